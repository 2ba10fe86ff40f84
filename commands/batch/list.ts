import { batchState, requireBatch } from '../../src/batch/batches.ts';
import { batchIds } from '../../src/batch/mailbox.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { batchReport, type BatchReport } from '../../src/cli/batch-report.ts';

export default class BatchList extends BaseCommand {
  static override summary = 'List the batches that are staged here.';
  static override examples = ['<%= config.bin %> batch list', '<%= config.bin %> batch list --json'];

  async run(): Promise<{ batches: readonly BatchReport[] }> {
    const { flags } = await this.parse(BatchList);
    const session = this.session(flags);
    const log = await session.log();
    const batches = batchIds(log).map((id) => batchReport(session.host.crypto, batchState(log, requireBatch(log, id))));
    for (const { batch, state, events, missing } of batches) {
      const what = events.map(({ type, sn, aid }) => `${type} ${sn} of ${aid.slice(0, 12)}...`).join(', ');
      this.print(`${batch}  ${state.padEnd(9)} ${what}${missing.length === 0 ? '' : `  missing: ${missing.join('; ')}`}`);
    }
    if (batches.length === 0) this.print('no batch is staged here');
    return { batches };
  }
}
