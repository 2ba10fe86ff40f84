import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Deferred } from '../crypto/deferred.ts';
import { treeId } from '../git/growing-tree.ts';
import { hookStore } from '../git/hook-store.ts';
import { ObjectStore, type ReadableObjects } from '../git/objects.ts';
import { fileRefs, type RefStore } from '../git/refs.ts';
import type { Repository } from '../git/repository.ts';
import type { Host } from '../host/host.ts';
import { shownPath } from '../host/files.ts';
import { askedRemotes } from '../keys/asked.ts';
import { type Home, openHome } from '../keys/home.ts';
import { checkAgainst, knownLog, remember } from '../keys/pins.ts';
import { VerifiedMemory } from '../keys/verified-memory.ts';
import type { BatchFailure } from '../log/check-batch.ts';
import type { Contents } from '../log/contents.ts';
import { type Freshness, freshnessOf } from '../log/freshness.ts';
import {
  nothingReplayed,
  replay,
  type Replayed,
  type ReplayOutcome,
  SIGNATURES_PER_BATCH,
} from '../log/replay.ts';
import { rememberContents, resume } from '../log/resume.ts';
import { recordPath } from '../log/layout.ts';
import { TreeFiles } from '../log/tree-files.ts';
import type { RecordType } from '../records/record-type.ts';
import type { HookConfig } from './hook-config.ts';
import { hookHome } from './hook-name.ts';
import { type HookPlace, logRepository } from './hook-place.ts';

/** What is wrong with a log, for the operator. */
function unusable(reason: string, why: string, hint: string): GitkelError {
  return new GitkelError('refused', `Cannot use the log: ${why}`, { reason, hint });
}

/** A batch that does not hold, in words. */
export function failureWords({ position, commit, path, detail }: BatchFailure): string {
  const place =
    position === undefined ? `commit ${commit}` : `batch ${position} (commit ${commit})`;
  return `${place}${path === undefined ? '' : ` at ${quoted(path, 200)}`}: ${detail}`;
}

/**
 * The log by which pushes are judged, verified up to a commit, from what the hooks of this repository verified before.
 * Reads through the quarantine where the log is in the repository that is pushed to. Close it when done.
 */
export class GateLog {
  readonly repository: Repository;
  readonly refs: RefStore;
  readonly store: ReadableObjects;
  readonly host: Host;
  readonly #files: TreeFiles;
  readonly #config: HookConfig;
  readonly #home: Home;
  readonly #memory: VerifiedMemory;
  /** What was verified of the last push, apart from what was of the log. */
  readonly #pushed: VerifiedMemory;
  /** Whether the log is what was verified when it was pushed. */
  #isAsPushed = false;
  readonly #closeStore: () => void;
  readonly #later: Deferred | undefined;
  #replayed: Replayed = nothingReplayed();

  private constructor(place: HookPlace, later: Deferred | undefined) {
    const { host, config, objects } = place;
    this.host = host;
    this.#later = later;
    this.#config = config;
    this.repository = logRepository(place);
    this.refs = fileRefs(host, this.repository);
    const store =
      config.logDir === undefined
        ? hookStore(host, this.repository.commonDir, objects)
        : new ObjectStore(host, this.repository);
    this.store = store;
    this.#files = new TreeFiles(store);
    this.#closeStore = () => store.close();
    this.#home = openHome(host, hookHome(place.repository.commonDir));
    this.#memory = new VerifiedMemory(this.#home);
    this.#pushed = new VerifiedMemory(this.#home, 'pushed');
  }

  /**
   * Opens the log at the tip that it has now, and remembers what was verified of it.
   * @param later what the host's crypto defers signatures with: before anything is remembered it is known that they hold.
   * What {@link advance} concludes later on is for the caller to settle
   * @throws Error when signatures turn out not to hold that were deferred: nothing is known then
   * @throws GitkelError `refused` for a log that does not hold, is another one than the configuration names, went back or
   * forked; `environment`.
   */
  static async open(place: HookPlace, later?: Deferred): Promise<GateLog> {
    const log = new GateLog(place, later);
    try {
      const tip = log.readTip();
      if (tip !== undefined) log.#begin(tip);
      log.#compareNewest();
      if (later !== undefined && !(await later.settle()))
        throw new Error('a signature of the log does not hold');
      await log.#remember();
      return log;
    } catch (error) {
      log.close();
      throw error;
    }
  }

  get contents(): Contents {
    return this.#replayed.contents;
  }

  /** The commit up to which the log is verified. */
  get tip(): string | undefined {
    return this.#replayed.tip;
  }

  /** Where the log's ref stands now. */
  readTip(): string | undefined {
    return this.refs.read(this.#config.logRef);
  }

  #replay(from: Replayed, tip: string): ReplayOutcome {
    const onBatch = (_: unknown, done: number, total: number): void => {
      if (done === 1) this.#later?.announce(SIGNATURES_PER_BATCH * (total - done));
    };
    return replay(this.host.crypto, this.store, from, tip, { onBatch });
  }

  #begin(tip: string): void {
    const { crypto } = this.host;
    const pushed = resume(crypto, this.store, this.#pushed, tip);
    this.#isAsPushed = pushed?.tip === tip;
    if (pushed?.tip === tip) {
      this.#replayed = pushed;
      return;
    }
    const from = resume(crypto, this.store, this.#memory, tip);
    if (from !== undefined) {
      const outcome = this.#replay(from, tip);
      this.#replayed = outcome.replayed;
      if (outcome.ok) return;
    }
    // What is wrong is for a full replay to say.
    const outcome = this.#replay(nothingReplayed(), tip);
    this.#replayed = outcome.replayed;
    if (outcome.ok) return;
    throw unusable(
      outcome.failure.reason,
      failureWords(outcome.failure),
      `Run \`gitkel audit ${shownPath(this.repository.commonDir)}\`, and put a copy that verifies in its place.`,
    );
  }

  /** Another push may have moved the log, and remembered that, since it was read: then it is read again. */
  #compareNewest(): void {
    for (;;) {
      const tip = this.readTip();
      try {
        this.#compare();
        return;
      } catch (error) {
        const isOlder = error instanceof GitkelError && error.reason === 'log-rolled-back';
        if (!isOlder || tip === undefined || tip === this.tip) throw error;
        this.#begin(tip);
      }
    }
  }

  /** Holds the log against what these hooks know of it. */
  #compare(): void {
    const { genesis, batches } = this.contents;
    const { logId } = this.#config;
    if (genesis !== undefined && genesis.logId !== logId) {
      throw unusable(
        'log-id',
        `it is ${genesis.logId}, and the hooks were installed for ${logId}`,
        'Install the hooks again with `gitkel hook install --server`, if the other log is meant.',
      );
    }
    const known = knownLog(this.#home, logId);
    if (known === undefined) return;
    const [alarm] =
      batches === 0
        ? [
            {
              reason: 'log-rolled-back',
              detail: `it is empty, and had ${known.position + 1} batches`,
            },
          ]
        : checkAgainst(this.#home, logId, {
            position: batches - 1,
            digestAt: (position) => this.contents.batchAt(position)?.payloadDigest,
            aids: new Map(),
          });
    if (alarm === undefined) return;
    throw unusable(
      alarm.reason,
      alarm.detail,
      'Find out who changed it; put the newest copy that verifies in its place.',
    );
  }

  async #remember(): Promise<void> {
    const { lastBatch, batches } = this.contents;
    const { logId } = this.#config;
    if (lastBatch === undefined) return;
    const { payloadDigest } = lastBatch;
    if (knownLog(this.#home, logId)?.payloadDigest !== payloadDigest) {
      try {
        await remember(this.#home, { logId, position: batches - 1, payloadDigest }, []);
      } catch (error) {
        // Another push saw more of the log meanwhile; that stays remembered.
        if (!(error instanceof GitkelError) || error.reason !== 'log-rolled-back') throw error;
      }
    }
    const { snapshot } = this.contents.remembered;
    if (this.#isAsPushed && snapshot !== undefined) await this.#memory.adopt(logId, snapshot);
    await rememberContents(this.#memory, this.contents);
  }

  /**
   * Remembers what {@link advance} verified, for when it has become the log: until then it counts for nothing. Only for a
   * push that passes, whose signatures are all known to hold. What goes wrong with the disk costs no more than time.
   */
  async rememberPushed(): Promise<void> {
    try {
      await rememberContents(this.#pushed, this.contents);
    } catch (error) {
      if (!(error instanceof GitkelError) || error.code !== 'environment') throw error;
    }
  }

  /**
   * Verifies on, from where the log stands to a commit that is pushed, or that it was moved to since. Nothing of that is
   * remembered of the log, which it may never become ({@link rememberPushed}).
   * @returns what is wrong with it
   */
  advance(to: string): BatchFailure | undefined {
    const outcome = this.#replay(this.#replayed, to);
    this.#replayed = outcome.replayed;
    const { genesis } = this.contents;
    if (!outcome.ok) return outcome.failure;
    if (genesis?.logId === this.#config.logId) return undefined;
    return {
      commit: to,
      reason: 'log-id',
      detail: `it is the log ${genesis?.logId ?? 'of nobody'}, not ${this.#config.logId}`,
    };
  }

  /** The bytes of a record's file; `undefined` when they are gone. */
  readRecordFile(type: RecordType, said: string): Uint8Array | undefined {
    const { crypto } = this.host;
    const path = recordPath(crypto, type, said);
    return this.#files.read(treeId(crypto, this.#replayed.tree), path, LIMITS.fileBytes);
  }

  /** How fresh the log is, by when the home of the hooks asked for it. */
  freshness(maxAge: number): Freshness {
    const { repository, refs, contents } = this;
    const log = { repository, refs, ref: this.#config.logRef, contents };
    const asked = askedRemotes(this.#home, this.#config.logId);
    return freshnessOf(log, asked, this.host.now(), maxAge);
  }

  close(): void {
    this.#memory.close();
    this.#pushed.close();
    this.#closeStore();
  }
}
