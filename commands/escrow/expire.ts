import * as Flags from '@oclif/core/flags';
import { counted } from '../../src/base/counted.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { duration } from '../../src/cli/duration.ts';
import { escrowName } from '../../src/cli/imports.ts';
import { changeEscrow } from '../../src/keys/escrow-file.ts';

export default class EscrowExpire extends BaseCommand {
  static override summary = 'Drop what has waited for longer than a time.';
  static override description =
    'Nothing expires by itself: run this as often as you want it to. What is dropped can be imported again.';
  static override examples = [
    '<%= config.bin %> escrow expire --older-than 30d',
    '<%= config.bin %> escrow expire --older-than 12h --json',
  ];
  static override flags = {
    'older-than': Flags.string({
      required: true,
      helpValue: 'DURATION',
      summary: 'A number with s, m, h, d or w, for one 30d.',
    }),
  };

  async run(): Promise<{ status: 'done'; dropped: number; waiting: number }> {
    const { flags } = await this.parse(EscrowExpire);
    const session = this.session(flags);
    const oldest = session.host.now() - duration(flags['older-than']);
    let dropped = 0;
    const left = await changeEscrow(session.home, escrowName(await session.log()), (before) => {
      const kept = before.filter(({ since }) => since >= oldest);
      dropped = before.length - kept.length;
      return kept;
    });
    this.print(`dropped ${counted(dropped, 'message')}, ${left.length} left`);
    return { status: 'done', dropped, waiting: left.length };
  }
}
