import { Args, Flags } from '@oclif/core';
import { batchState } from '../../src/batch/batches.ts';
import type { TakenPlace } from '../../src/batch/commit.ts';
import type { StagedBatch } from '../../src/batch/staged-batch.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { namedBatch } from '../../src/cli/batch-report.ts';
import { requireAdvised } from '../../src/cli/consent.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { passphraseFlag } from '../../src/cli/flags.ts';
import { committedAlready, type CommittedAlready } from '../../src/cli/committed-already.ts';
import { commitStaged } from '../../src/cli/propose.ts';

interface Committed {
  readonly status: 'committed' | 'incomplete' | 'conflict';
  readonly batch: string;
  readonly commit?: string;
  readonly position?: number;
  readonly missing: readonly string[];
  readonly reason?: string;
  readonly taken?: readonly TakenPlace[];
}

export default class BatchCommit extends BaseCommand {
  static override summary = 'Commit a complete batch: all of it, or nothing.';
  static override description =
    'Folds the batch on the log as it is now, signs the commit with a key of this home that may, and moves the branch by compare-and-swap.';
  static override examples = [
    '<%= config.bin %> batch commit EKq3',
    '<%= config.bin %> batch commit EKq3 --json',
  ];
  static override args = {
    id: Args.string({ required: true, description: 'The batch id, or the beginning of it.' }),
  };
  static override flags = {
    ...passphraseFlag,
    anyway: Flags.boolean({ summary: 'Commit although it was withdrawn or has expired.' }),
  };

  async run(): Promise<Committed> {
    const { args, flags } = await this.parse(BatchCommit);
    const session = this.session(flags);
    const log = await session.log();
    const earlier = committedAlready(session, log, args.id);
    if (earlier !== undefined) return this.#already(earlier);
    const batch = namedBatch(log, args.id);
    const state = batchState(log, batch);
    if (state.state === 'committed') return this.#done(batch, state.commit, state.position);
    if (state.state === 'conflict')
      return this.#conflict(batch, `${state.reason}: ${state.detail}`, state.taken);
    requireAdvised(session, state.collected, 'commit', flags.anyway);
    const outcome = await commitStaged(session, log, batch);
    switch (outcome.status) {
      case 'committed':
        return this.#done(batch, outcome.commit, outcome.position);
      case 'conflict':
        return this.#conflict(batch, `${outcome.reason}: ${outcome.detail}`, outcome.taken);
      case 'incomplete':
        this.print(
          `incomplete: batch ${batch.id}`,
          ...outcome.missing.map((phrase) => `  missing: ${phrase}`),
        );
        process.exitCode = EXIT.incomplete;
        return { status: 'incomplete', batch: batch.id, missing: outcome.missing };
    }
  }

  #already({ batch, commit, position }: CommittedAlready): Committed {
    this.print(`committed already: batch ${position}, commit ${commit}`);
    return { status: 'committed', batch, commit, position, missing: [] };
  }

  #done(batch: StagedBatch, commit: string, position: number): Committed {
    this.print(`committed: batch ${position}, commit ${commit}`);
    return { status: 'committed', batch: batch.id, commit, position, missing: [] };
  }

  #conflict(batch: StagedBatch, reason: string, taken: readonly TakenPlace[]): Committed {
    this.print(
      `conflict: ${reason}`,
      '  nothing was written',
      `  its free events with their signatures can go into a new batch: gitkel batch restage ${batch.id}`,
    );
    process.exitCode = EXIT.conflict;
    return { status: 'conflict', batch: batch.id, missing: [], reason, taken };
  }
}
