/**
 * Taking over staged batches, and what was contributed to them, from a remote: each is fetched apart, verified by what the
 * log holds, and only then stored here.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import {
  type IncomingBatch,
  incomingBatch,
  incomingContribution,
  incomingLater,
  type IncomingProblem,
  judgeBatch,
} from '../batch/incoming.ts';
import { askedKeys } from '../batch/collected.ts';
import { type LaterBatch, laterBatch, lateSignatures } from '../batch/late.ts';
import { batchIdOf, getBatch, putBatch, putContribution, stagedCount } from '../batch/mailbox.ts';
import type { ReadableObjects } from '../git/objects.ts';
import { BATCH_REFS, batchRefs, parseBatchRef, refHex } from '../log/layout.ts';
import type { Log } from '../log/log.ts';
import {
  type ListedBatch,
  listedBatches,
  listMailbox,
  lookedAt,
  type MailboxRef,
  withFetched,
} from './listed-batches.ts';
import { rememberMailbox, seenAt } from './mailbox-memory.ts';
import type { Remote } from './remote.ts';

/** Something at a remote that does not count, by the name of its ref here. */
export type BadRef = Omit<IncomingProblem, 'kind'> & { readonly ref: string };

/** What was taken over of one batch. */
export interface PulledBatch {
  readonly batch: string;
  /**
   * `over`: what it asks for is in the log, or something else stands there. Nothing of it was taken over but signatures over
   * events that the log holds without them.
   */
  readonly status: 'new' | 'known' | 'over';
  /** The keys whose contributions are new here. */
  readonly signers: readonly string[];
  readonly bad: readonly BadRef[];
}

export interface PulledBatches {
  readonly batches: readonly PulledBatch[];
  /** Refs that stand for no batch that could ever be committed here. */
  readonly bad: readonly BadRef[];
  /** Refs that were not looked at, since there are more than the bounds allow, or they were gone when they were fetched. */
  readonly left: number;
  /** All refs of staged batches there. */
  readonly listed: readonly MailboxRef[];
  /** Those of batches whose places are filled: they can be deleted. */
  readonly filled: readonly MailboxRef[];
  /** Batches that are open here, and of which something is gone that was there when the remote was last asked. */
  readonly vanished: readonly string[];
}

/** A batch of a remote, judged by what the log holds; what is here already is not fetched. */
interface JudgedBatch {
  readonly listed: ListedBatch;
  /** `undefined`: it could not be had. */
  readonly found: IncomingBatch | undefined;
  readonly isNew: boolean;
  /** Of a batch that the log holds, to which somebody contributed something: how it can still be signed. */
  readonly later: LaterBatch | undefined;
}

async function judgeBatches(
  log: Log,
  remote: Remote,
  listed: readonly ListedBatch[],
): Promise<readonly JudgedBatch[]> {
  const here = new Map(
    listed.flatMap((one) => {
      const batch = one.request === undefined ? undefined : ownBatch(log, one.id);
      return batch === undefined ? [] : [[one.id, batch] as const];
    }),
  );
  const wanted = listed.flatMap(({ id, request }) =>
    request === undefined || here.has(id) ? [] : [request],
  );
  return withFetched(log, remote, wanted, async (store, missing) =>
    listed.flatMap((one): readonly JudgedBatch[] => {
      const { id, request } = one;
      if (request === undefined) return [];
      const batch = here.get(id);
      const isNew = batch === undefined;
      if (missing.has(request.there))
        return [{ listed: one, found: undefined, isNew, later: undefined }];
      const found = isNew
        ? incomingBatch(log, store, request.ref, request.oid)
        : judgeBatch(log, batch);
      const later =
        found.kind === 'over' && one.contributions.length > 0
          ? laterBatch(log, found.batch)
          : undefined;
      return [{ listed: one, found, isNew, later }];
    }),
  );
}

function ownBatch(log: Log, id: string): ReturnType<typeof getBatch> {
  try {
    return getBatch(log, id);
  } catch {
    // What stands here in its place gives way.
    return undefined;
  }
}

/** Contributions that the batch asks for and that are not here: each key's first before any key's second. */
function wantedOf(
  log: Log,
  { listed, found, later }: JudgedBatch,
): readonly ListedBatch['contributions'][number][] {
  const keys = found?.kind === 'batch' ? askedKeys(found.plan) : later?.lacking;
  if (keys === undefined) return [];
  const asked = new Set([...keys].map(refHex));
  const ranks = new Map<string, number>();
  return listed.contributions
    .filter(({ signer, ref, oid }) => asked.has(signer) && log.refs.read(ref) !== oid)
    .map((one) => {
      const rank = ranks.get(one.signer) ?? 0;
      ranks.set(one.signer, rank + 1);
      return { one, rank };
    })
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
}

async function takeContributions(
  log: Log,
  judged: JudgedBatch,
  wanted: readonly MailboxRef[],
  store: ReadableObjects,
): Promise<{ readonly pulled: PulledBatch; readonly left: number }> {
  const { found, isNew, later } = judged;
  const to = found?.kind === 'batch' ? found : later;
  if (to === undefined) throw new Error('only what a batch asks for is taken over');
  const { id } = to.batch;
  const signers: string[] = [];
  const bad: BadRef[] = [];
  const counts = countsHere(log, id);
  let left = 0;
  for (const { ref, oid } of wanted) {
    const one =
      later === undefined
        ? incomingContribution(log, to, store, ref, oid)
        : incomingLater(log, later, store, ref, oid);
    if (one.kind === 'bad') {
      const { code, reason, detail } = one;
      bad.push({ ref, code, reason, detail });
      continue;
    }
    const count = counts.get(refHex(one.signer)) ?? 0;
    if (count >= LIMITS.contributionsPerKey) {
      left++;
    } else {
      // Of a batch that is over only what is still wanted is kept.
      if (later !== undefined) await putBatch(log, later.batch);
      if (!(await putContribution(log, id, one.signer, one.bytes))) continue;
      counts.set(refHex(one.signer), count + 1);
      signers.push(one.signer);
    }
  }
  const status = later === undefined ? (isNew ? 'new' : 'known') : 'over';
  return { pulled: { batch: id, status, signers, bad }, left };
}

/** How many contributions to a batch are here, by the hex of the keys that they name. */
function countsHere(log: Log, id: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const ref of log.refs.list(batchRefs(id)).keys()) {
    const parsed = parseBatchRef(ref);
    if (parsed?.kind === 'contribution')
      counts.set(parsed.signer, (counts.get(parsed.signer) ?? 0) + 1);
  }
  return counts;
}

/**
 * Takes over the batches that can still be committed, with what was contributed to them. Anybody who may push can stage
 * valid batches without end: of new ones no more are taken over than there is room for.
 * @returns what was taken over, and how many batches and contributions were not, or could not be had
 */
async function takeOver(
  log: Log,
  remote: Remote,
  judged: readonly JudgedBatch[],
): Promise<{ readonly pulled: readonly PulledBatch[]; readonly left: number }> {
  const wanted = new Map(
    judged.map((one) => [one, wantedOf(log, one).slice(0, LIMITS.contributionRefs)] as const),
  );
  return withFetched(log, remote, [...wanted.values()].flat(), async (store, missing) => {
    const pulled: PulledBatch[] = [];
    let room = LIMITS.stagedBatches - stagedCount(log);
    let left = missing.size;
    for (const [one, refs] of wanted) {
      const { found, isNew, later } = one;
      if (found?.kind !== 'batch' && (later === undefined || refs.length === 0)) continue;
      if (isNew && room <= 0) {
        left += 1 + refs.length;
        continue;
      }
      if (isNew && found?.kind === 'batch') await putBatch(log, found.batch);
      if (isNew) room--;
      const had = refs.filter(({ there }) => !missing.has(there));
      const taken = await takeContributions(log, one, had, store);
      pulled.push(taken.pulled);
      left += taken.left;
    }
    return { pulled, left };
  });
}

function over(
  judged: readonly JudgedBatch[],
  pulled: readonly PulledBatch[],
): readonly PulledBatch[] {
  const told = new Set(pulled.map(({ batch }) => batch));
  return judged.flatMap(({ found }) =>
    found?.kind === 'over' && !told.has(found.batch.id)
      ? [{ batch: found.batch.id, status: 'over' as const, signers: [], bad: [] }]
      : [],
  );
}

/**
 * Pulls the staged batches of a remote once. The log should have been pulled first: batches are judged by what it holds.
 * @param only the id of the one batch that is wanted
 * @throws GitkelError `environment`, reason `remote-unreachable`.
 */
export async function pullBatches(log: Log, remote: Remote, only?: string): Promise<PulledBatches> {
  const at = log.host.now();
  const before = seenAt(log, remote.address)?.refs ?? [];
  const { refs, left: unlisted } = await listMailbox(log, remote);
  const all = listedBatches(refs).filter(
    ({ id, request }) => request !== undefined && (only === undefined || id === only),
  );
  const judged = await judgeBatches(log, remote, lookedAt(log, all));
  const taken = await takeOver(log, remote, judged);
  const had = new Set(judged.flatMap(({ listed: { id }, found }) => (found ? [id] : [])));
  const left = all
    .filter(({ id }) => !had.has(id))
    .reduce((sum, { contributions }) => sum + 1 + contributions.length, taken.left + unlisted);
  rememberMailbox(log, { address: remote.address, at, refs: known(log, refs) });
  return {
    batches: [...taken.pulled, ...over(judged, taken.pulled)],
    bad: judged.flatMap(({ listed: { request }, found }) => {
      if (found?.kind !== 'bad') return [];
      const { code, reason, detail } = found;
      return [{ ref: request?.ref ?? '', code, reason, detail }];
    }),
    left,
    listed: refs,
    vanished: vanished(log, before, refs),
    filled: judged.flatMap(({ listed: { request, contributions }, found, later }) =>
      // What the log lacks of it stays, until somebody who may has committed that.
      found?.kind === 'over' &&
      found.isFilled &&
      (later === undefined || lateSignatures(log, found.batch) === undefined)
        ? [...contributions, ...(request === undefined ? [] : [request])]
        : [],
    ),
  };
}

/** The batches of which refs are gone at a remote that are still here, and that can still be committed. */
function vanished(
  log: Log,
  before: readonly string[],
  now: readonly MailboxRef[],
): readonly string[] {
  const there = new Set(now.map(({ ref }) => ref));
  const gone = before.flatMap((ref) => {
    const parsed = there.has(ref) ? undefined : parseBatchRef(ref);
    return parsed === undefined || log.refs.read(ref) === undefined
      ? []
      : [batchIdOf(parsed.batch)];
  });
  return [...new Set(gone)].filter((id) => {
    const batch = ownBatch(log, id);
    return batch !== undefined && judgeBatch(log, batch).kind === 'batch';
  });
}

/**
 * Of refs at a remote those that are the same here: all that is worth remembering. Of what others put under such a name
 * nothing is, so that it is found to be missing there.
 */
function known(log: Log, refs: readonly MailboxRef[]): readonly string[] {
  const here = log.refs.list(BATCH_REFS);
  return refs.flatMap(({ ref, oid }) => (here.get(ref) === oid ? [ref] : []));
}
