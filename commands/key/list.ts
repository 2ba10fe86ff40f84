import { type KeyEntry, listKeys } from '../../src/keys/keystore.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';

export default class KeyList extends BaseCommand {
  static override summary = 'List the keys of this home.';
  static override examples = ['<%= config.bin %> key list', '<%= config.bin %> key list --json'];

  async run(): Promise<{ keys: readonly KeyEntry[] }> {
    const { flags } = await this.parse(KeyList);
    const keys = listKeys(this.session(flags, 'reads').home);
    for (const { name, label, publicKey, path, directory } of keys) {
      this.print(
        `${name.padEnd(16)} ${label.padEnd(9)} ${publicKey}  ${path ?? `missing (was put into ${directory ?? 'the home'})`}`,
      );
    }
    if (keys.length === 0) this.print('no keys yet: gitkel key new NAME');
    return { keys };
  }
}
