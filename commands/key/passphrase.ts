import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { changePassphrase } from '../../src/keys/key-passphrase.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { passphraseFlag } from '../../src/cli/flags.ts';

export default class KeyPassphrase extends BaseCommand {
  static override summary = 'Put all key files of a name under another passphrase.';
  static override description =
    'Each file is replaced at once, and only after all of them could be opened. If it is cut off, every key still opens with the old passphrase or the new one, and the same command ends what was begun. Copies that you made elsewhere, and backups, keep the old one.';
  static override examples = [
    '<%= config.bin %> key passphrase alice',
    '<%= config.bin %> key passphrase alice --passphrase-file old --new-passphrase-file new',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'The name of the key.' }),
  };
  static override flags = {
    ...passphraseFlag,
    'new-passphrase-file': Flags.string({
      helpValue: 'FILE',
      summary: 'File with the new passphrase; else it is asked for.',
    }),
    'no-passphrase': Flags.boolean({
      summary: 'Keep the keys unencrypted from now on.',
      exclusive: ['new-passphrase-file'],
    }),
  };

  async run(): Promise<{
    status: string;
    name: string;
    protection: 'passphrase' | 'plain';
    publicKeys: readonly string[];
  }> {
    const { args, flags } = await this.parse(KeyPassphrase);
    const { home, passphrases } = this.session(flags);
    const isPlain = flags['no-passphrase'];
    const passphrase = isPlain
      ? undefined
      : await passphrases.chooseAnother(args.name, flags['new-passphrase-file']);
    const publicKeys = await passphrases.unlocking((unlock) =>
      changePassphrase(home, args.name, unlock, { passphrase }),
    );
    this.print(
      `${publicKeys.length} ${publicKeys.length === 1 ? 'key' : 'keys'} of ${args.name}: ${isPlain ? 'unencrypted now' : 'under the new passphrase now'}`,
      ...publicKeys.map((publicKey) => `  ${publicKey}`),
    );
    return {
      status: 'done',
      name: args.name,
      protection: isPlain ? 'plain' : 'passphrase',
      publicKeys,
    };
  }
}
