import * as Args from '@oclif/core/args';
import { batchState } from '../../src/batch/batches.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import {
  batchLines,
  batchReport,
  type BatchReport,
  namedBatch,
} from '../../src/cli/batch-report.ts';

export default class BatchShow extends BaseCommand {
  static override summary = 'Show per event of a staged batch what is there and what is missing.';
  static override examples = [
    '<%= config.bin %> batch show EKq3',
    '<%= config.bin %> batch show EKq3 --json',
  ];
  static override args = {
    id: Args.string({ required: true, description: 'The batch id, or the beginning of it.' }),
  };

  async run(): Promise<BatchReport> {
    const { args, flags } = await this.parse(BatchShow);
    const session = this.session(flags, 'reads');
    const log = await session.log();
    const report = batchReport(session.host.crypto, batchState(log, namedBatch(log, args.id)));
    this.print(...batchLines(report, session.hasKey));
    return report;
  }
}
