import { quoted } from '../../src/base/errors.ts';
import { type KeyEntry, listKeys } from '../../src/keys/keystore.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { inColumns } from '../../src/cli/terminal-text.ts';

/** Where a key is, or what signs with it. */
function whereabouts({ kind, path, directory, command = [] }: KeyEntry): string {
  if (path !== undefined) return path;
  switch (kind) {
    case 'file':
      return `MISSING: its file is not in ${directory ?? 'the home'} any more`;
    case 'ssh-agent':
      return 'in your ssh-agent';
    case 'command':
      return `through ${quoted(command.join(' '), 512)}`;
    case 'elsewhere':
      return 'elsewhere';
  }
}

export default class KeyList extends BaseCommand {
  static override summary = 'List the keys of this home.';
  static override examples = ['<%= config.bin %> key list', '<%= config.bin %> key list --json'];

  async run(): Promise<{ keys: readonly KeyEntry[] }> {
    const { flags } = await this.parse(KeyList);
    const keys = listKeys(this.session(flags, 'reads').home);
    const rows = keys.map((key) => {
      const { name, label, publicKey, digest } = key;
      return [
        name.padEnd(15),
        label.padEnd(8),
        publicKey ?? `digest ${digest}`,
        whereabouts(key),
      ] as const;
    });
    this.print(...inColumns(rows));
    if (keys.length === 0) this.print('no keys yet: gitkel key new NAME');
    return { keys };
  }
}
