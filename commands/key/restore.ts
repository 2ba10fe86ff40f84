import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { LIMITS } from '../../src/base/limits.ts';
import { type Restored, restoreKeys } from '../../src/keys/backup.ts';
import { listKeys } from '../../src/keys/keystore.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { passphraseFlag } from '../../src/cli/flags.ts';
import { inputFile } from '../../src/cli/input.ts';

export default class KeyRestore extends BaseCommand {
  static override summary = 'Put the keys of a backup into this home.';
  static override description =
    'Every secret is checked against its public key, and no file is replaced. The keys are kept under the passphrase of the backup unless another is given. What the former home had signed is not in a backup: while it still exists, do not sign for one place in both.';
  static override examples = [
    '<%= config.bin %> key restore alice.backup',
    '<%= config.bin %> key restore /media/usb/alice-next.backup --home new-home',
  ];
  static override args = { file: Args.string({ required: true, description: 'The backup.' }) };
  static override flags = {
    ...passphraseFlag,
    'new-passphrase-file': Flags.string({
      helpValue: 'FILE',
      summary:
        'File with the passphrase that the keys are kept under here; else that of the backup.',
    }),
    as: Flags.string({
      helpValue: 'NAME',
      summary: 'What to call the keys here; else what they were called.',
    }),
    'next-out': Flags.string({
      helpValue: 'DIR',
      summary: 'Put next keys here instead of into the home.',
    }),
    'no-passphrase': Flags.boolean({
      summary: 'Keep the keys unencrypted.',
      exclusive: ['new-passphrase-file'],
    }),
  };

  async run(): Promise<Restored & { readonly status: string }> {
    const { args, flags } = await this.parse(KeyRestore);
    const { host, home, passphrases } = this.session(flags);
    const bytes = inputFile(host, args.file, LIMITS.homeFileBytes);
    const another = flags['new-passphrase-file'];
    const passphrase =
      another === undefined ? undefined : await passphrases.chooseAnother(args.file, another);
    const nextDirectory = flags['next-out'];
    const options = {
      name: flags.as,
      protection: flags['no-passphrase']
        ? 'plain'
        : passphrase === undefined
          ? undefined
          : { passphrase },
      nextDirectory: nextDirectory === undefined ? undefined : path.resolve(nextDirectory),
    } as const;
    const restored = await passphrases.unlocking((unlock) =>
      restoreKeys(home, bytes, async () => unlock(args.file), options),
    );
    const { name, written, kept, without } = restored;
    const current = listKeys(home).find((key) => key.name === name && key.label === 'current');
    this.print(
      `restored ${name}: ${written.length} of ${written.length + kept.length} ${written.length + kept.length === 1 ? 'key' : 'keys'} written`,
      ...written.map((publicKey) => `  ${publicKey}`),
      ...kept.map((publicKey) => `  ${publicKey} (here already)`),
      ...without.map((publicKey) => `  ${publicKey} (its secret is not here)`),
      'What the former home had signed is not known here.',
      ...(current?.kind === 'elsewhere'
        ? [
            'next: gitkel identity rotate AID --log DIR   puts the next key in place of the lost one',
          ]
        : []),
    );
    return { status: 'done', ...restored };
  }
}
