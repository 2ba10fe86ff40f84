import path from 'node:path';
import * as Flags from '@oclif/core/flags';
import { utf8 } from '../src/base/bytes.ts';
import { counted } from '../src/base/counted.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { unbornLine } from '../src/cli/unborn-line.ts';
import { writeFileDurably } from '../src/host/files.ts';
import {
  allowedSigners,
  type EverCurrentKey,
  everCurrentKeys,
} from '../src/log/allowed-signers.ts';

interface Exported {
  readonly log: string | null;
  readonly file: string | null;
  readonly signers: readonly EverCurrentKey[];
}

export default class AllowedSigners extends BaseCommand {
  static override summary =
    'Print the keys of the log for stock Git, so that it can check the signatures of the commits.';
  static override description =
    'One line for every key that ever was current, of every identity; the principal is the AID. Git then says Good to each commit. That is for the eye: whether a key was allowed to sign where it did, only `gitkel audit` tells.';
  static override examples = [
    '<%= config.bin %> allowed-signers -o signers && git -c gpg.ssh.allowedSignersFile=signers verify-commit main',
    '<%= config.bin %> allowed-signers --log team-log -o signers && git -C team-log -c gpg.ssh.allowedSignersFile="$PWD/signers" log --show-signature',
  ];
  static override flags = {
    output: Flags.string({ char: 'o', helpValue: 'FILE', summary: 'Write it to a file.' }),
  };

  async run(): Promise<Exported> {
    const { flags } = await this.parse(AllowedSigners);
    const session = this.session(flags, 'reads');
    const log = await session.log();
    const { contents } = log;
    const text = allowedSigners(contents);
    const signers = everCurrentKeys(contents);
    if (flags.output !== undefined) {
      writeFileDurably(session.host, path.resolve(flags.output), utf8(text), 0o644);
      this.print(`wrote ${counted(signers.length, 'key')} to ${flags.output}`);
    } else if (text === '') session.tell(unbornLine(log, 'keys'));
    else this.printExact(...text.trimEnd().split('\n'));
    return { log: contents.genesis?.logId ?? null, file: flags.output ?? null, signers };
  }
}
