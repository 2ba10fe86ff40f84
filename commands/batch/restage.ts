import * as Args from '@oclif/core/args';
import { batchState, restage } from '../../src/batch/batches.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import {
  batchLines,
  batchReport,
  type BatchReport,
  namedBatch,
} from '../../src/cli/batch-report.ts';

export default class BatchRestage extends BaseCommand {
  static override summary = 'Build a new batch from what can still stand of one that lost a race.';
  static override description =
    'Takes those events whose places are free, byte for byte, with the signatures they have: nothing that others signed is thrown away.';
  static override examples = [
    '<%= config.bin %> batch restage EKq3',
    '<%= config.bin %> batch restage EKq3 --json',
  ];
  static override args = {
    id: Args.string({ required: true, description: 'The batch id, or the beginning of it.' }),
  };

  async run(): Promise<BatchReport & { readonly from: string }> {
    const { args, flags } = await this.parse(BatchRestage);
    const session = this.session(flags);
    const log = await session.log();
    const old = namedBatch(log, args.id);
    const batch = await restage(log, session.ground(log), old);
    await session.note({ action: 'restage', batch: batch.id, from: old.id, outcome: 'staged' });
    const report = batchReport(session.host.crypto, batchState(log, batch));
    this.print(...batchLines(report, session.hasKey));
    return { ...report, from: old.id };
  }
}
