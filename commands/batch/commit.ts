import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError } from '../../src/base/errors.ts';
import { type BatchState, batchState } from '../../src/batch/batches.ts';
import type { BatchResult } from '../../src/batch/commit-all.ts';
import type { TakenPlace } from '../../src/batch/places.ts';
import type { StagedBatch } from '../../src/batch/staged-batch.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { namedBatch } from '../../src/cli/batch-report.ts';
import {
  commitAllStaged,
  exitCodeOfAll,
  nextLines,
  resultWords,
} from '../../src/cli/commit-all.ts';
import { requireAdvised } from '../../src/cli/consent.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { passphraseFlag } from '../../src/cli/flags.ts';
import { committedAlready, type CommittedAlready } from '../../src/cli/committed-already.ts';
import { addLateProofs, dropCommitted, hasLateProof } from '../../src/cli/late-proof.ts';
import { commitStaged } from '../../src/cli/propose.ts';
import type { Session } from '../../src/cli/session.ts';
import type { Log } from '../../src/log/log.ts';

interface Committed {
  readonly status: 'committed' | 'incomplete' | 'conflict';
  readonly batch: string;
  readonly commit?: string;
  readonly position?: number;
  readonly missing: readonly string[];
  readonly reason?: string;
  readonly taken?: readonly TakenPlace[];
}

interface CommittedAll {
  /** How many are in the log now. */
  readonly committed: number;
  readonly batches: readonly BatchResult[];
}

export default class BatchCommit extends BaseCommand {
  static override summary = 'Commit a complete batch: all of it, or nothing.';
  static override description =
    'Folds the batch on the log as it is now, signs the commit with a key of this home that may, and moves the branch by compare-and-swap. With --all every complete batch gets a commit of its own, and the branch moves once; the others are left as they are, and named: it ends with 5 when one is in conflict, with 1 when one cannot be committed here.';
  static override examples = [
    '<%= config.bin %> batch commit EKq3',
    '<%= config.bin %> batch commit EKq3 --json',
    '<%= config.bin %> batch commit --all',
  ];
  static override args = {
    id: Args.string({ description: 'The batch id, or the beginning of it.' }),
  };
  static override flags = {
    ...passphraseFlag,
    all: Flags.boolean({
      summary: 'Commit every batch that is complete.',
      exclusive: ['anyway'],
    }),
    anyway: Flags.boolean({ summary: 'Commit although it was withdrawn or has expired.' }),
  };

  async run(): Promise<Committed | CommittedAll> {
    const { args, flags } = await this.parse(BatchCommit);
    const session = this.session(flags);
    if (flags.all ? args.id !== undefined : args.id === undefined) {
      throw new GitkelError(
        'usage',
        flags.all ? 'Cannot commit one batch and all' : 'Cannot commit: no batch is named',
        { hint: 'Give the id of a batch, or --all.' },
      );
    }
    return args.id === undefined ? this.#all(session) : this.#one(session, args.id, flags.anyway);
  }

  async #all(session: Session): Promise<CommittedAll> {
    const log = await session.log();
    const batches = await commitAllStaged(session, log);
    for (const result of batches)
      this.print(`${result.batch}  ${result.status.padEnd(10)} ${resultWords(result)}`);
    this.print(...nextLines(log, batches));
    if (batches.length === 0) this.print('no batch is staged here');
    process.exitCode = exitCodeOfAll(batches);
    const committed = batches.filter(({ status }) => status === 'committed').length;
    return { committed, batches };
  }

  async #one(session: Session, id: string, anyway: boolean): Promise<Committed> {
    const log = await session.log();
    const earlier = committedAlready(session, log, id);
    if (earlier !== undefined) return this.#already(earlier);
    const batch = namedBatch(log, id);
    const state = batchState(log, batch);
    if (state.state === 'committed') return this.#late(session, log, state);
    if (state.state === 'conflict')
      return this.#conflict(batch, `${state.reason}: ${state.detail}`, state.taken);
    requireAdvised(session, state.collected, 'commit', anyway);
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

  /** The log holds it: what was signed for it since is added as more proof. */
  async #late(
    session: Session,
    log: Log,
    { batch, commit, position }: Extract<BatchState, { readonly state: 'committed' }>,
  ): Promise<Committed> {
    if (hasLateProof(log, batch.id)) {
      await addLateProofs(session, log, [batch.id]);
      this.print('added what was signed for it since as more proof');
      await dropCommitted(session, log, [batch.id]);
    }
    return this.#done(batch, commit, position);
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
