/**
 * What a server decides about the refs of staged batches: they are created, each for exactly what its name stands for and
 * what the log could take, and deleted once the places of the batch are filled.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import { askedKeys } from '../batch/collected.ts';
import { announcementProblem, isPlaceFilled } from '../batch/announcement.ts';
import {
  announcementAt,
  type IncomingBatch,
  incomingBatch,
  incomingContribution,
  incomingLater,
} from '../batch/incoming.ts';
import { type LaterBatch, laterBatch } from '../batch/late.ts';
import { batchIdOf } from '../batch/mailbox.ts';
import type { StagedBatch } from '../batch/staged-batch.ts';
import { hookStore } from '../git/hook-store.ts';
import type { ReadableObjects } from '../git/objects.ts';
import { fileRefs } from '../git/refs.ts';
import { type BatchRef, batchRefs, parseBatchRef, refHex, requestRef } from '../log/layout.ts';
import type { LogGround } from '../log/log.ts';
import { isPlaceRef, localBatchRef, MAILBOX_PREFIXES } from '../log/mailbox-names.ts';
import type { RefMove } from './approval.ts';
import type { HookPlace } from './hook-place.ts';
import type { MoveOrigin, RefRefusal } from './judge-moves.ts';

type Problem = Pick<RefRefusal, 'reason' | 'detail' | 'hint'>;

function countedAs(parsed: BatchRef): string {
  return parsed.kind === 'request' ? 'request' : `${parsed.batch} ${parsed.signer}`;
}

/** What stands, and what is to stand, under the names of staged batches. */
class BatchRefs {
  readonly #log: LogGround;
  readonly #store: ReadableObjects;
  /** By their names here: what is there now, with what is to be created. */
  readonly #refs: Map<string, string>;
  /** How many there are of what is bounded together. */
  readonly #counts = new Map<string, number>();
  readonly #placeCount: number;
  readonly #judged = new Map<string, IncomingBatch>();

  constructor(log: LogGround, store: ReadableObjects, refs: Map<string, string>) {
    this.#log = log;
    this.#store = store;
    this.#refs = refs;
    this.#placeCount = [...refs.keys()].filter(isPlaceRef).length;
    for (const ref of refs.keys()) {
      const parsed = parseBatchRef(ref);
      if (parsed === undefined) continue;
      const key = countedAs(parsed);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
  }

  /** The batch that a ref belongs to, by what its request is at, or is to be at. */
  #batchOf(
    { batch }: BatchRef,
    oid = this.#refs.get(requestRef(batchIdOf(batch))),
  ): IncomingBatch | undefined {
    if (oid === undefined) return undefined;
    const ref = requestRef(batchIdOf(batch));
    const key = `${ref} ${oid}`;
    const found = this.#judged.get(key) ?? incomingBatch(this.#log, this.#store, ref, oid);
    this.#judged.set(key, found);
    return found;
  }

  #tooMany(parsed: BatchRef): string | undefined {
    const count = this.#counts.get(countedAs(parsed)) ?? 0;
    if (parsed.kind === 'request')
      return count > LIMITS.stagedBatches
        ? `there are more than ${LIMITS.stagedBatches} staged batches`
        : undefined;
    return count > LIMITS.contributionsPerKey
      ? `one key has more than ${LIMITS.contributionsPerKey} contributions to one batch`
      : undefined;
  }

  #announcement(ref: string, oid: string): Problem | undefined {
    const found = announcementAt(this.#log, this.#store, ref, oid);
    if (found === undefined) return problem('batch-ref', 'it does not hold an announcement');
    const why = announcementProblem(this.#log, found);
    if (why !== undefined) return problem(...why);
    return this.#placeCount > LIMITS.announcements
      ? problem('batch-refs-full', `there are more than ${LIMITS.announcements} announcements`)
      : undefined;
  }

  /** Why an announcement may not be deleted. */
  #announcementStays(ref: string): Problem | undefined {
    const oid = this.#refs.get(ref);
    const found = oid === undefined ? undefined : announcementAt(this.#log, this.#store, ref, oid);
    return found === undefined || isPlaceFilled(this.#log, found.place) ? undefined : OPEN;
  }

  /** Why a ref may not be created. */
  creation(ref: string, oid: string): Problem | undefined {
    if (isPlaceRef(ref)) return this.#announcement(ref, oid);
    const parsed = parseBatchRef(ref);
    if (parsed === undefined)
      return problem('batch-ref', 'that is no name of a staged batch or of a contribution to one');
    const many = this.#tooMany(parsed);
    if (many !== undefined) return problem('batch-refs-full', many);
    // A batch can come under both forms of its name at once: each is judged by what it is to be at itself.
    const batch = parsed.kind === 'request' ? this.#batchOf(parsed, oid) : this.#batchOf(parsed);
    if (batch === undefined)
      return problem('batch-missing', 'the batch that it contributes to is not there');
    switch (batch.kind) {
      case 'bad':
        return problem(batch.reason, batch.detail);
      case 'over':
        return this.#later(parsed, batch.batch, ref, oid);
      case 'batch': {
        if (parsed.kind === 'request') return undefined;
        const isAsked = [...askedKeys(batch.plan)].some((key) => refHex(key) === parsed.signer);
        if (!isAsked) return problem('signer-unknown', 'the batch does not ask for this key');
        const one = incomingContribution(this.#log, batch, this.#store, ref, oid);
        return one.kind === 'bad' ? problem(one.reason, one.detail) : undefined;
      }
    }
  }

  /** Whether a ref stands for more proof of a batch that the log holds. */
  #laterProblem(later: LaterBatch, signer: string, ref: string, oid: string): Problem | undefined {
    if (![...later.lacking].some((key) => refHex(key) === signer))
      return problem('batch-over', 'the log has this batch, with all signatures of this key');
    const one = incomingLater(this.#log, later, this.#store, ref, oid);
    return one.kind === 'bad' ? problem(one.reason, one.detail) : undefined;
  }

  /** Why a batch that is over may not be there, or a contribution to it: the log takes more proof of what it holds. */
  #later(parsed: BatchRef, batch: StagedBatch, ref: string, oid: string): Problem | undefined {
    const later = laterBatch(this.#log, batch);
    if (later !== undefined && parsed.kind === 'contribution')
      return this.#laterProblem(later, parsed.signer, ref, oid);
    const isWanted =
      later !== undefined &&
      [...this.#refs].some(([other, at]) => {
        const found = other.startsWith(batchRefs(batch.id)) ? parseBatchRef(other) : undefined;
        return (
          found?.kind === 'contribution' &&
          this.#laterProblem(later, found.signer, other, at) === undefined
        );
      });
    return isWanted
      ? undefined
      : problem('batch-over', 'the log does not take this batch any more');
  }

  /** Why a ref may not be deleted. */
  deletion(ref: string): Problem | undefined {
    if (isPlaceRef(ref)) return this.#announcementStays(ref);
    const parsed = parseBatchRef(ref);
    const batch = parsed === undefined ? undefined : this.#batchOf(parsed);
    return batch === undefined || (batch.kind === 'over' && batch.isFilled) ? undefined : OPEN;
  }
}

const OPEN: Problem = {
  reason: 'batch-open',
  detail: 'the refs of a staged batch are deleted once its places in the log are filled',
  hint: 'To say that nobody should sign it any more: gitkel batch withdraw.',
};

function problem(reason: string, detail: string): Problem {
  return { reason, detail, hint: 'See what it is: gitkel batch list, gitkel batch show ID.' };
}

function problemOf(refs: BatchRefs, { ref, from, to }: RefMove): Problem | undefined {
  const name = localBatchRef(ref);
  if (to === undefined) return refs.deletion(name);
  if (from !== undefined) {
    return {
      reason: 'batch-ref-moved',
      detail: 'the refs of staged batches are created, never moved',
      hint: 'Leave it out of what you push.',
    };
  }
  return refs.creation(name, to);
}

/** What is there, and what is to be created, by the names that the refs have in a log. */
function refsOf({ host, repository }: HookPlace, moves: readonly RefMove[]): Map<string, string> {
  const store = fileRefs(host, repository);
  const there = MAILBOX_PREFIXES.flatMap((prefix) => [...store.list(prefix)]);
  const created = moves.flatMap(({ ref, to }) => (to === undefined ? [] : [[ref, to] as const]));
  return new Map([...there, ...created].map(([ref, oid]) => [localBatchRef(ref), oid]));
}

/**
 * Judges moves of refs of staged batches by what the log holds, with what is pushed to it. A Git on the server itself may
 * delete any of them.
 */
export function judgeBatchRefs(
  place: HookPlace,
  log: LogGround,
  moves: readonly RefMove[],
  origin: MoveOrigin,
): readonly RefRefusal[] {
  const asked = moves.filter(({ to }) => to !== undefined || origin === 'push');
  if (asked.length === 0) return [];
  const store = hookStore(place.host, place.repository.commonDir, place.objects);
  try {
    const refs = new BatchRefs(log, store, refsOf(place, asked));
    return asked.flatMap((move) => {
      const found = problemOf(refs, move);
      return found === undefined ? [] : [{ path: move.ref, refs: [move.ref], ...found }];
    });
  } finally {
    store.close();
  }
}
