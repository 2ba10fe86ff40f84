import * as Flags from '@oclif/core/flags';
import { listBatches } from '../../src/batch/batches.ts';
import { dropBatch } from '../../src/batch/mailbox.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';

interface Pruned {
  readonly batch: string;
  readonly state: string;
}

export default class BatchPrune extends BaseCommand {
  static override summary =
    'Remove staged batches that are over: committed, in conflict, withdrawn, expired or unreadable.';
  static override description =
    'A batch in conflict whose signatures are still wanted should be restaged first.';
  static override examples = [
    '<%= config.bin %> batch prune',
    '<%= config.bin %> batch prune --dry-run',
  ];
  static override flags = { 'dry-run': Flags.boolean({ summary: 'Only say what would go.' }) };

  async run(): Promise<{ pruned: readonly Pruned[] }> {
    const { flags } = await this.parse(BatchPrune);
    const session = this.session(flags);
    const log = await session.log();
    const pruned = listBatches(log)
      .map((found) => ({
        batch: found.state === 'unreadable' ? found.id : found.batch.id,
        state: found.state,
      }))
      .filter(({ state }) => state !== 'open' && state !== 'complete');
    for (const { batch, state } of pruned) {
      if (!flags['dry-run']) {
        await dropBatch(log, batch);
        await session.note({ action: 'prune', batch, outcome: state });
      }
      this.print(`${flags['dry-run'] ? 'would remove' : 'removed'} ${batch} (${state})`);
    }
    if (pruned.length === 0) this.print('nothing to remove');
    return { pruned };
  }
}
