import { BaseCommand } from '../../src/cli/base-command.ts';
import { escrowLine, type EscrowReport, escrowReport } from '../../src/cli/escrow-lines.ts';
import { escrowName } from '../../src/cli/imports.ts';
import { readEscrow } from '../../src/keys/escrow-file.ts';

export default class EscrowList extends BaseCommand {
  static override summary = 'List what waits to be imported into the log, and for what.';
  static override description =
    'Messages that are neither accepted nor refused yet are kept in the home, apart for each log, and never in the log. They go into it by themselves, with the next import or commit after what they wait for has come.';
  static override examples = [
    '<%= config.bin %> escrow list',
    '<%= config.bin %> escrow list --json',
  ];

  async run(): Promise<{ waiting: readonly EscrowReport[] }> {
    const { flags } = await this.parse(EscrowList);
    const session = this.session(flags, 'reads');
    const entries = readEscrow(session.home, escrowName(await session.log()));
    this.print(...entries.map(escrowLine));
    if (entries.length === 0) this.print('nothing waits');
    return { waiting: entries.map(escrowReport) };
  }
}
