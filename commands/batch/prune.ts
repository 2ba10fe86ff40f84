import * as Flags from '@oclif/core/flags';
import { listBatches } from '../../src/batch/batches.ts';
import { dropBatch } from '../../src/batch/mailbox.ts';
import { holdsReceipted } from '../../src/batch/receipted.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { hasLateProof } from '../../src/cli/late-proof.ts';

interface Pruned {
  readonly batch: string;
  readonly state: string;
}

const RECEIPTED = { words: 'witnesses have receipted events of it', next: 'batch restage' };
const SIGNED_LATER = { words: 'it has signatures that the log lacks', next: 'batch commit' };

export default class BatchPrune extends BaseCommand {
  static override summary =
    'Remove staged batches that are over: committed, in conflict, withdrawn, expired or unreadable.';
  static override description =
    'A batch in conflict whose signatures are still wanted should be restaged first. One with events that witnesses have receipted is kept: they receipt no other events for those places. So is one in the log that has signatures which the log lacks.';
  static override examples = [
    '<%= config.bin %> batch prune',
    '<%= config.bin %> batch prune --dry-run',
  ];
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'Only say what would go.' }),
    anyway: Flags.boolean({
      summary:
        'Also remove what holds events that witnesses have receipted and that no log has, or signatures that the log lacks.',
    }),
  };

  async run(): Promise<{ pruned: readonly Pruned[]; kept: readonly Pruned[] }> {
    const { flags } = await this.parse(BatchPrune);
    const session = this.session(flags);
    const log = await session.log();
    const over = listBatches(log)
      .map((found) => {
        const batch = found.state === 'unreadable' ? found.id : found.batch.id;
        const holds = holdsReceipted(log, batch)
          ? RECEIPTED
          : found.state === 'committed' && hasLateProof(log, batch)
            ? SIGNED_LATER
            : undefined;
        return { batch, state: found.state, why: flags.anyway ? undefined : holds };
      })
      .filter(({ state }) => state !== 'open' && state !== 'complete');
    const pruned = over.flatMap(({ why, batch, state }) =>
      why === undefined ? [{ batch, state }] : [],
    );
    const kept = over.flatMap(({ why, batch, state }) =>
      why === undefined ? [] : [{ batch, state, why }],
    );
    for (const { batch, state } of pruned) {
      if (!flags['dry-run']) {
        await dropBatch(log, batch);
        await session.note({ action: 'prune', batch, outcome: state });
      }
      this.print(`${flags['dry-run'] ? 'would remove' : 'removed'} ${batch} (${state})`);
    }
    for (const { batch, state, why } of kept) {
      this.print(
        `kept ${batch} (${state}): ${why.words}`,
        `  next: gitkel ${why.next} ${batch}, or gitkel batch prune --anyway`,
      );
    }
    if (over.length === 0) this.print('nothing to remove');
    return { pruned, kept: kept.map(({ batch, state }) => ({ batch, state })) };
  }
}
