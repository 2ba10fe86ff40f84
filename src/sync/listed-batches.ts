/**
 * What a remote lists of staged batches and announcements: names and commits, of which nothing was verified.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import { batchIdOf } from '../batch/mailbox.ts';
import type { ReadableObjects } from '../git/objects.ts';
import { fetchRefs, fromAnywhere, listRemoteRefs } from '../git/remote-refs.ts';
import { BATCH_REFS, parseBatchRef, requestRef } from '../log/layout.ts';
import { isPlaceRef, localBatchRef, MAILBOX_PREFIXES } from '../log/mailbox-names.ts';
import type { Log } from '../log/log.ts';
import { objectsOf, type Remote } from './remote.ts';

/** A ref of a staged batch at a remote. */
export interface MailboxRef {
  /** Its name there, and here. */
  readonly there: string;
  readonly ref: string;
  readonly oid: string;
}

/** What a remote has of one staged batch. Nothing of it was verified. */
export interface ListedBatch {
  readonly id: string;
  readonly request: MailboxRef | undefined;
  readonly contributions: readonly (MailboxRef & { readonly signer: string })[];
}

/** Refs of staged batches and announcements among those of a remote; where it has both forms of a name, the one that is no branch counts. */
export function mailboxRefs(listed: ReadonlyMap<string, string>): readonly MailboxRef[] {
  const found = new Map<string, MailboxRef>();
  for (const [there, oid] of listed) {
    const ref = localBatchRef(there);
    if (parseBatchRef(ref) === undefined && !isPlaceRef(ref)) continue;
    if (!found.has(ref) || there === ref) found.set(ref, { there, ref, oid });
  }
  return [...found.values()];
}

/** Refs of staged batches and announcements at a remote, and how many there are beyond the bounds. */
export interface ListedMailbox {
  readonly refs: readonly MailboxRef[];
  readonly left: number;
}

/**
 * Asks a remote for the refs of staged batches and announcements. Where there are more than the bounds allow, those of
 * batches that are here come first, so that nobody keeps them out of reach by adding others.
 * @param wanted further refs that come first, by their names here
 */
export async function listMailbox(
  log: Log,
  { place }: Remote,
  wanted: (ref: string) => boolean = () => false,
): Promise<ListedMailbox> {
  const here = new Set(
    [...log.refs.list(BATCH_REFS).keys()].flatMap((ref) => parseBatchRef(ref)?.batch ?? []),
  );
  const isFirst = (there: string): boolean => {
    const ref = localBatchRef(there);
    const batch = parseBatchRef(ref)?.batch;
    return (batch !== undefined && here.has(batch)) || wanted(ref);
  };
  const listing = { prefixes: MAILBOX_PREFIXES, isFirst };
  const { refs, left } = await listRemoteRefs(log.host, place, listing);
  return { refs: mailboxRefs(refs), left };
}

/** Refs by the batches that they name, the batches by their ids in hex. */
export function listedBatches(refs: readonly MailboxRef[]): readonly ListedBatch[] {
  const found = new Map<string, ListedBatch>();
  for (const one of refs) {
    const parsed = parseBatchRef(one.ref);
    if (parsed === undefined) continue;
    const before = found.get(parsed.batch) ?? {
      id: batchIdOf(parsed.batch),
      request: undefined,
      contributions: [],
    };
    found.set(
      parsed.batch,
      parsed.kind === 'request'
        ? { ...before, request: one }
        : {
            ...before,
            contributions: [...before.contributions, { ...one, signer: parsed.signer }],
          },
    );
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, batch]) => batch);
}

/** Works on what some refs reach, fetched; those that could not be had are `missing`, by their names there. */
export async function withFetched<T>(
  log: Log,
  { place }: Remote,
  refs: readonly MailboxRef[],
  work: (store: ReadableObjects, missing: ReadonlySet<string>) => Promise<T>,
): Promise<T> {
  const fetched = await fetchRefs(
    log.host,
    place,
    refs.map(({ there }) => there),
    objectsOf(log.repository),
  );
  try {
    return await work(fetched.store, fetched.missing);
  } finally {
    fetched.close();
  }
}

/**
 * The batches of a remote that are looked at, as many as the bounds allow: those that are here before any other, and of the
 * others, where they are too many, not always the same, so that nobody can keep some out of reach by adding more.
 */
export function lookedAt(log: Log, all: readonly ListedBatch[]): readonly ListedBatch[] {
  if (all.length <= LIMITS.stagedBatches) return all;
  const here = log.refs.list(BATCH_REFS);
  const isHere = ({ id }: ListedBatch): boolean => here.has(requestRef(id));
  const others = all.filter((one) => !isHere(one));
  return [...all.filter(isHere), ...fromAnywhere(log.host, others)].slice(0, LIMITS.stagedBatches);
}
