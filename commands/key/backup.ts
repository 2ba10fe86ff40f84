import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { fsyncDirectory, writeNewFile } from '../../src/host/files.ts';
import { backUpKeys } from '../../src/keys/backup.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { passphraseFlag } from '../../src/cli/flags.ts';
import type { Session } from '../../src/cli/session.ts';

function writeBackup({ host }: Session, file: string, bytes: Uint8Array): void {
  const target = path.resolve(file);
  try {
    writeNewFile(host, target, bytes, 0o600);
  } catch (error) {
    if (!(error instanceof GitkelError) || error.reason !== 'eexist') throw error;
    throw new GitkelError(
      'usage',
      `Cannot write the backup to ${quoted(file, 512)}: a file is there`,
      {
        reason: 'eexist',
        hint: 'Name a new file: a backup is never written over another one.',
        cause: error,
      },
    );
  }
  fsyncDirectory(host, path.dirname(target));
}

export default class KeyBackup extends BaseCommand {
  static override summary = 'Write the keys of a name to a file under a passphrase.';
  static override description =
    'The file is an age file: `age -d` opens it too. With --next-only it holds the secrets of the next keys, not those in use: from it a lost key is recovered by a rotation, and who finds it and its passphrase can sign nothing but that. What this home has signed is not in it.';
  static override examples = [
    '<%= config.bin %> key backup alice -o alice.backup',
    '<%= config.bin %> key backup alice --next-only -o /media/usb/alice-next.backup',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'The name of the key.' }),
  };
  static override flags = {
    ...passphraseFlag,
    output: Flags.string({
      char: 'o',
      required: true,
      helpValue: 'FILE',
      summary: 'Where to write; never over a file that is there.',
    }),
    'next-only': Flags.boolean({ summary: 'Only the secrets of the next keys.' }),
    'new-passphrase-file': Flags.string({
      helpValue: 'FILE',
      summary:
        'File with the passphrase of the backup; else that of --passphrase-file, else it is asked for.',
    }),
  };

  async run(): Promise<{ status: string; name: string; file: string; holds: readonly string[] }> {
    const { args, flags } = await this.parse(KeyBackup);
    const session = this.session(flags);
    const { home, passphrases } = session;
    const label = `the backup of ${args.name}`;
    const another = flags['new-passphrase-file'];
    const passphrase =
      another === undefined
        ? await passphrases.choose(label)
        : await passphrases.chooseAnother(label, another);
    const { bytes, holds } = await passphrases.unlocking((unlock) =>
      backUpKeys(home, args.name, unlock, { passphrase, nextOnly: flags['next-only'] }),
    );
    writeBackup(session, flags.output, bytes);
    this.print(
      `wrote ${flags.output}: the secrets of ${holds.length} ${holds.length === 1 ? 'key' : 'keys'} of ${args.name}`,
      ...holds.map((publicKey) => `  ${publicKey}`),
      `restore with: gitkel key restore ${flags.output}`,
    );
    return { status: 'done', name: args.name, file: flags.output, holds };
  }
}
