import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { configValue } from '../git/config.ts';
import { treeId } from '../git/growing-tree.ts';
import { ObjectStore, type ReadableObjects } from '../git/objects.ts';
import { fileRefs, moveRefWaiting, type RefStore } from '../git/refs.ts';
import { readHead, type Repository } from '../git/repository.ts';
import type { Host } from '../host/host.ts';
import type { RecordType } from '../records/record-type.ts';
import { withoutSync } from '../host/without-sync.ts';
import type { EventFile } from './accepted-event.ts';
import type { SignedBatchCommit } from './append.ts';
import type { BatchFailure } from './check-batch.ts';
import type { Contents } from './contents.ts';
import { CONFIG_FSYNC, CONFIG_SECTION, DETACHED_HEAD, eventPath, recordPath } from './layout.ts';
import { nothingReplayed, replay, type Replayed, type ReplayOptions } from './replay.ts';
import { resume } from './resume.ts';
import { TreeFiles } from './tree-files.ts';
import type { VerifiedMemory } from './verified-memory.ts';

/** The error for a batch that does not hold: it names the place. */
function brokenLog(failure: BatchFailure): GitkelError {
  const { position, commit, path, reason, detail } = failure;
  const at = path === undefined ? '' : ` at ${path}`;
  const place =
    position === undefined ? `commit ${commit}` : `batch ${position} (commit ${commit})`;
  return new GitkelError('refused', `Cannot use this log: ${place}${at}: ${detail}`, {
    reason,
    hint: 'Run `gitkel audit` for the whole verdict; go on from a copy that verifies.',
  });
}

/** Whether writing to a log waits for the disk, as it does unless `gitkel.fsync` is `false` in the repository's config. */
export function isSynced({ config }: Pick<Repository, 'config'>): boolean {
  return configValue(config, CONFIG_SECTION, CONFIG_FSYNC) !== 'false';
}

/**
 * Publishes a signed batch, whose objects are stored, where the log comes from. `false` when the log stood elsewhere there;
 * what is new has been taken over by then.
 */
export type Publish = (commit: SignedBatchCommit) => Promise<boolean>;

/** What a log holds, wherever it lies. */
export type LogGround = Pick<Log, 'host' | 'contents'>;

/** What batches are folded on: a log, or a log as it will be once batches that are prepared are written. */
export type LogView = Pick<Log, 'host' | 'refs' | 'store' | 'contents' | 'replayed'>;

/** An open log: one branch of one repository, verified up to its tip. Reads and appends; close it when done. */
export class Log {
  readonly host: Host;
  readonly repository: Repository;
  /** The ref of the log's branch, or `HEAD` where that is detached. */
  readonly ref: string;
  readonly store: ObjectStore;
  readonly refs: RefStore;
  readonly #files: TreeFiles;
  readonly #memory: VerifiedMemory | undefined;
  #replayed: Replayed = nothingReplayed();
  #publish: Publish | undefined;

  /** @param memory what this machine verified before, to go on from */
  constructor(host: Host, repository: Repository, ref: string, memory?: VerifiedMemory) {
    this.host = isSynced(repository) ? host : withoutSync(host);
    this.repository = repository;
    this.ref = ref;
    this.store = new ObjectStore(this.host, repository);
    this.refs = fileRefs(this.host, repository);
    this.#files = new TreeFiles(this.store);
    this.#memory = memory;
  }

  /** What the log held when it was last refreshed. */
  get replayed(): Replayed {
    return this.#replayed;
  }

  get contents(): Contents {
    return this.#replayed.contents;
  }

  /** Whether what is appended is published first. */
  get publishes(): boolean {
    return this.#publish !== undefined;
  }

  /** From now on nothing is appended here that was not published before. */
  publishWith(publish: Publish): void {
    this.#publish = publish;
  }

  #readTip(): string | undefined {
    if (this.ref !== DETACHED_HEAD) return this.refs.read(this.ref);
    const head = readHead(this.host, this.repository.gitDir);
    return head?.kind === 'detached' ? head.oid : undefined;
  }

  /**
   * Verifies what the log holds now, from the position that was verified before.
   * @throws GitkelError `refused` for a batch that does not hold, or a log that was rewritten.
   */
  refresh(options: ReplayOptions = {}): void {
    const tip = this.#readTip();
    if (tip === this.#replayed.tip) return;
    if (tip === undefined) {
      throw new GitkelError('refused', `Cannot use this log: its branch ${this.ref} is gone`, {
        reason: 'log-rolled-back',
      });
    }
    if (this.#replayed.tip === undefined && this.#resume(tip, options)) return;
    const failure = this.#replay(this.#replayed, tip, options);
    if (failure !== undefined) throw brokenLog(failure);
  }

  /** Goes on from what is remembered. Where that leads nowhere, nothing of it counts: what is wrong is for a full replay to say. */
  #resume(tip: string, options: ReplayOptions): boolean {
    if (this.#memory === undefined) return false;
    const from = resume(this.host.crypto, this.store, this.#memory, tip);
    if (from === undefined) return false;
    if (this.#replay(from, tip, options) === undefined) return true;
    this.#replayed = nothingReplayed();
    return false;
  }

  /**
   * Verifies batches that follow on what the log holds and lie in another store; its branch is not moved. When one does
   * not hold, or what they come to is not welcome, the log is as before.
   */
  extend(
    store: ReadableObjects,
    tip: string,
    options: ReplayOptions & { readonly isWelcome?: (contents: Contents) => boolean } = {},
  ): BatchFailure | undefined {
    const before = { ...this.#replayed, contents: this.contents.copy() };
    const failure = this.#replay(this.#replayed, tip, options, store);
    if (failure !== undefined || options.isWelcome?.(this.contents) === false)
      this.#replayed = before;
    return failure;
  }

  #replay(
    from: Replayed,
    tip: string,
    options: ReplayOptions,
    store: ReadableObjects = this.store,
  ): BatchFailure | undefined {
    const { contents } = from;
    this.#replayed = from;
    const outcome = replay(this.host.crypto, store, from, tip, {
      ...options,
      // Batch by batch, so that what is known stays whole wherever the replay ends.
      onBatch: (batch, done, total) => {
        this.#replayed = { contents, tree: batch.tree, tip: batch.mark.commit };
        options.onBatch?.(batch, done, total);
      },
    });
    return outcome.ok ? undefined : outcome.failure;
  }

  /**
   * The bytes of an accepted event's file: the message and its attachments; `undefined` for an event that the log has
   * not, or whose stored bytes are gone.
   */
  readEvent(aid: string, sn: number): Uint8Array | undefined {
    const file = this.contents.kel(aid)?.fileAt(sn);
    return file === undefined ? undefined : this.readEventFile(aid, file);
  }

  /** The bytes of an event's file, also of one that was superseded; `undefined` when they are gone. */
  readEventFile(aid: string, { ordinal, type, said }: EventFile): Uint8Array | undefined {
    const { crypto } = this.host;
    const path = eventPath(crypto, aid, ordinal, type, said);
    return this.#files.read(treeId(crypto, this.#replayed.tree), path, LIMITS.fileBytes);
  }

  /** The bytes of a record's file; `undefined` for one that the log has not, or whose stored bytes are gone. */
  readRecordFile(type: RecordType, said: string): Uint8Array | undefined {
    if (this.contents.records.positionOf(said) === undefined) return undefined;
    const { crypto } = this.host;
    const path = recordPath(crypto, type, said);
    return this.#files.read(treeId(crypto, this.#replayed.tree), path, LIMITS.fileBytes);
  }

  /**
   * Writes a signed batch, publishes it if the log has an upstream, and moves the branch from its parent to it. Durable
   * when it returns `true`; `false` when the branch stands elsewhere by now, and then nothing that anybody sees has changed.
   * @throws GitkelError `environment`, reason `remote-unreachable`, when it could not be published.
   */
  async append(commit: SignedBatchCommit): Promise<boolean> {
    try {
      this.store.writePack(commit.objects);
      if (this.#publish !== undefined && !(await this.#publish(commit))) return false;
      const moved = await moveRefWaiting(this.host, this.refs, this.ref, commit.parent, commit.oid);
      if (!moved.ok) return false;
    } finally {
      this.store.release();
    }
    this.store.fold();
    return true;
  }

  /**
   * Moves another ref of this repository by compare-and-swap.
   * @throws GitkelError `conflict` when it stands elsewhere.
   */
  async moveRef(
    ref: string,
    expected: string | undefined,
    next: string | undefined,
  ): Promise<void> {
    const moved = await moveRefWaiting(this.host, this.refs, ref, expected, next);
    if (!moved.ok) {
      throw new GitkelError(
        'conflict',
        `Cannot move ${ref}: it is at ${moved.current ?? 'nothing'}, not at ${expected ?? 'nothing'}`,
        { reason: 'ref-moved' },
      );
    }
  }
}
