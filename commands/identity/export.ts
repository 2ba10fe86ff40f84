import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { concat, fromUtf8, toHex } from '../../src/base/bytes.ts';
import { counted } from '../../src/base/counted.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { requireOutput, writeOutput } from '../../src/cli/output-file.ts';
import { printedBytes } from '../../src/cli/printed.ts';
import { requireKel } from '../../src/cli/require-kel.ts';
import { exportStream } from '../../src/exchange/export-stream.ts';

interface Exported {
  readonly aid: string;
  readonly sn: number;
  readonly said: string;
  /** The identities in the stream, delegators first. */
  readonly aids: readonly string[];
  readonly events: number;
  /** Endorsements by identities that are not in the stream. */
  readonly leftOut: number;
  readonly file?: string;
  /** The stream, where it goes to no file; in hexadecimal when its attachments are binary. */
  readonly stream?: string;
}

export default class IdentityExport extends BaseCommand {
  static override summary = 'Export the key event log of an identity as a stream.';
  static override description =
    'Writes its events with all signatures that the log has, after those of its delegators, so that any implementation of KERI can follow that knows nothing; branches that were superseded stand where they were accepted. `gitkel stream check` and `gitkel identity import` read it.';
  static override examples = [
    '<%= config.bin %> identity export team -o team.cesr',
    '<%= config.bin %> identity export team | <%= config.bin %> stream check -',
    '<%= config.bin %> identity export team --binary -o team.cesr --json',
  ];
  static override args = { identity: Args.string({ required: true, description: 'AID or name.' }) };
  static override flags = {
    binary: Flags.boolean({ summary: 'Write what is attached in binary, not as text.' }),
    output: Flags.string({
      char: 'o',
      helpValue: 'FILE',
      summary: 'Write it here; else to the standard output.',
    }),
  };

  async run(): Promise<Exported> {
    const { args, flags } = await this.parse(IdentityExport);
    const session = this.session(flags, 'reads');
    const log = await session.log();
    const aid = session.aid(args.identity);
    const { sn, said } = requireKel(log, aid).state;
    const { binary, output } = flags;
    if (output !== undefined) requireOutput(session.host, output);
    const { aids, events, leftOut, messages } = exportStream(log, aid, { binary });
    if (leftOut > 0) {
      session.warn(
        `${counted(leftOut, 'endorsement')} left out: by identities that are not in the stream, or more than a message has room for`,
      );
    }
    const head = { aid, sn, said, aids, events, leftOut };
    const bytes = concat(...messages);
    if (output !== undefined) {
      writeOutput(session.host, output, bytes);
      this.print(
        `wrote ${output}: ${counted(events, 'event')} of ${counted(aids.length, 'identity', 'identities')}`,
        `${aid} is at event ${sn}: ${said}`,
      );
      return { ...head, file: output };
    }
    if (!this.jsonEnabled()) await printedBytes(bytes);
    return { ...head, stream: binary ? toHex(bytes) : (fromUtf8(bytes) ?? '') };
  }
}
