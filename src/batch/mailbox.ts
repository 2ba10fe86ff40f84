import { fromHex, sameBytes } from '../base/bytes.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { encodePrimitive } from '../cesr/primitive.ts';
import { mailboxCommit, parseMailboxCommit } from '../git/commit.ts';
import { type GitObject, objectId } from '../git/object.ts';
import type { ReadableObjects } from '../git/objects.ts';
import { decodeTree, encodeTree } from '../git/tree.ts';
import {
  BATCH_REFS,
  batchRefs,
  CONTRIBUTION_FILE,
  contributionRef,
  parseBatchRef,
  refHex,
  REQUEST_FILE,
  requestRef,
} from '../log/layout.ts';
import { ANNOUNCEMENT_FILE } from '../log/mailbox-names.ts';
import type { Log, LogView } from '../log/log.ts';
import { parseStagedBatch, type StagedBatch } from './staged-batch.ts';

/**
 * Staged batches and what was contributed to them, on create-only refs: each points at a parentless, unsigned commit
 * that holds one file. Whatever is read here is unverified; `collect` and `loadCollected` verify.
 */

const BATCH_ID = /^E[A-Za-z0-9_-]{43}$/;

const BYTES: ReadonlyMap<string, number> = new Map([
  [REQUEST_FILE, LIMITS.batchFileBytes],
  [ANNOUNCEMENT_FILE, LIMITS.announcementBytes],
]);

/** Whether a text is a batch id in full. */
export function isBatchId(text: string): boolean {
  return BATCH_ID.test(text);
}

/** The parentless, unsigned commit that carries one file, with all that it reaches. */
export function carrierOf(
  crypto: Crypto,
  name: string,
  bytes: Uint8Array,
  message: string,
): { readonly objects: readonly GitObject[]; readonly oid: string } {
  const blob = { type: 'blob', bytes } as const;
  const tree = {
    type: 'tree',
    bytes: encodeTree([{ mode: '100644', name, oid: objectId(crypto, 'blob', bytes) }]),
  } as const;
  const commit = {
    type: 'commit',
    bytes: mailboxCommit(objectId(crypto, 'tree', tree.bytes), message),
  } as const;
  return { objects: [blob, tree, commit], oid: objectId(crypto, 'commit', commit.bytes) };
}

/**
 * Stores a file under the ref that its digest names; says whether it was not there. Whatever else stands there, somebody
 * put it in the way, and it gives way.
 */
async function putFile(
  log: Log,
  ref: string,
  name: string,
  bytes: Uint8Array,
  message: string,
): Promise<boolean> {
  const { objects, oid } = carrierOf(log.host.crypto, name, bytes, message);
  const present = log.refs.read(ref);
  const held = present === undefined ? undefined : tryReadFile(log, present, name);
  if (held !== undefined && sameBytes(held, bytes)) return false;
  try {
    log.store.writePack(objects);
    await log.moveRef(ref, present, oid);
    return true;
  } catch (error) {
    // Another process has put the very same there meanwhile.
    if (error instanceof GitkelError && error.code === 'conflict' && log.refs.read(ref) === oid)
      return false;
    throw error;
  } finally {
    log.store.release();
  }
}

/**
 * The file that a commit carries which a ref of a batch names; `undefined` where it is anything but a commit of that form.
 * @throws GitkelError `malformed` or `refused` for objects that cannot be read.
 */
export function readMailboxFile(
  store: ReadableObjects,
  oid: string,
  name: string,
): Uint8Array | undefined {
  const limit = BYTES.get(name) ?? LIMITS.contributionBytes;
  const commit = store.read(oid, LIMITS.commitBytes);
  if (commit?.type !== 'commit') return undefined;
  const parsed = parseMailboxCommit(commit.bytes);
  if (!parsed.ok) return undefined;
  const tree = store.read(parsed.tree, LIMITS.treeBytes);
  if (tree?.type !== 'tree') return undefined;
  const [entry, ...others] = decodeTree(tree.bytes);
  if (entry?.name !== name || entry.mode !== '100644' || others.length > 0) return undefined;
  const blob = store.read(entry.oid, limit);
  return blob?.type === 'blob' ? blob.bytes : undefined;
}

/** The file, or nothing where anything but such a file is stored: refs come from anybody. */
function tryReadFile(log: LogView, oid: string, name: string): Uint8Array | undefined {
  try {
    return readMailboxFile(log.store, oid, name);
  } catch (error) {
    if (error instanceof GitkelError && error.code !== 'environment') return undefined;
    throw error;
  }
}

/** Stores a staged batch. Idempotent. */
export async function putBatch(log: Log, batch: StagedBatch): Promise<void> {
  await putFile(log, requestRef(batch.id), REQUEST_FILE, batch.bytes, `staged batch ${batch.id}\n`);
}

/**
 * Stores a contribution or a withdrawal of a signer; says whether it was not there yet. The name holds the digest, so
 * that nothing of others is replaced.
 */
export async function putContribution(
  log: Log,
  batch: string,
  signer: string,
  bytes: Uint8Array,
): Promise<boolean> {
  const ref = contributionRef(batch, signer, digestText(log.host.crypto, bytes));
  return putFile(log, ref, CONTRIBUTION_FILE, bytes, `contribution of ${signer} to ${batch}\n`);
}

/**
 * Reads a staged batch by its id; `undefined` when there is none.
 * @throws GitkelError `malformed` or `refused` when its ref holds anything else.
 */
export function getBatch(log: LogView, id: string): StagedBatch | undefined {
  const oid = isBatchId(id) ? log.refs.read(requestRef(id)) : undefined;
  if (oid === undefined) return undefined;
  const bytes = readMailboxFile(log.store, oid, REQUEST_FILE);
  if (bytes === undefined)
    throw malformed(
      'batch-ref',
      `Cannot read batch ${quoted(id)}: its ref does not hold the file of a batch`,
    );
  const batch = parseStagedBatch(log.host.crypto, bytes);
  if (batch.id !== id)
    throw malformed(
      'batch-ref',
      `Cannot read batch ${quoted(id)}: its ref holds the batch ${batch.id}`,
    );
  return batch;
}

/**
 * The files that were contributed to a batch under the names of these keys, unverified. Each key's first file comes
 * before any key's second: no key can crowd out another. Whoever takes them bounds what of it counts; at most
 * `LIMITS.contributionRefs` are read.
 */
export function* contributionFiles(
  log: LogView,
  id: string,
  signers: ReadonlySet<string>,
): Generator<Uint8Array> {
  const asked = new Set([...signers].map(refHex));
  const ranks = new Map<string, number>();
  const named = [...log.refs.list(batchRefs(id))].flatMap(([ref, oid]) => {
    const parsed = parseBatchRef(ref);
    if (parsed?.kind !== 'contribution' || !asked.has(parsed.signer)) return [];
    const rank = ranks.get(parsed.signer) ?? 0;
    ranks.set(parsed.signer, rank + 1);
    return [{ oid, rank }];
  });
  for (const { oid } of named
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, LIMITS.contributionRefs)) {
    const bytes = tryReadFile(log, oid, CONTRIBUTION_FILE);
    if (bytes !== undefined) yield bytes;
  }
}

/** The id of a batch whose raw bytes these are in hex. */
export function batchIdOf(hex: string): string {
  return encodePrimitive({ code: 'E', raw: fromHex(hex) ?? new Uint8Array() });
}

function stagedRefs(log: Log): readonly { readonly id: string; readonly hex: string }[] {
  return [...log.refs.list(BATCH_REFS).keys()].flatMap((ref) => {
    const parsed = parseBatchRef(ref);
    return parsed?.kind === 'request' ? [{ id: batchIdOf(parsed.batch), hex: parsed.batch }] : [];
  });
}

/** How many staged batches are here, also of those that {@link batchIds} leaves out. */
export function stagedCount(log: Log): number {
  return stagedRefs(log).length;
}

/** The ids of all staged batches here; whether each can be read is for {@link getBatch}. */
export function batchIds(log: Log): readonly string[] {
  return stagedRefs(log)
    .slice(0, LIMITS.stagedBatches)
    .map(({ id }) => id);
}

/**
 * The one staged batch whose id begins with `text`, or whose id in hex does.
 * @throws GitkelError `not-found`, or `usage` when several do.
 */
export function findBatchId(log: Log, text: string): string {
  const staged = stagedRefs(log);
  const [only, ...others] = staged.filter(
    ({ id, hex }) => text !== '' && (id.startsWith(text) || hex.startsWith(text)),
  );
  if (only === undefined) {
    throw new GitkelError('not-found', `Cannot find a staged batch ${quoted(text)}`, {
      hint:
        staged.length === 0
          ? 'No batch is staged here; `gitkel batch pull` takes over what co-signers have pushed.'
          : 'List them with `gitkel batch list`; `gitkel batch pull` takes over what co-signers have pushed.',
    });
  }
  if (others.length > 0) {
    throw new GitkelError(
      'usage',
      `Cannot tell which batch ${quoted(text)} is: ${others.length + 1} begin so`,
      { hint: 'Give more of the id.' },
    );
  }
  return only.id;
}

/** Removes a ref; one that is gone already is fine. */
async function dropRef(log: Log, ref: string, oid: string): Promise<void> {
  try {
    await log.moveRef(ref, oid, undefined);
  } catch (error) {
    if (
      !(error instanceof GitkelError) ||
      error.code !== 'conflict' ||
      log.refs.read(ref) !== undefined
    )
      throw error;
  }
}

/** All refs of batches, those that make them batches last. */
function refsOfBatches(log: Log, ids: readonly string[]): ReadonlyMap<string, string> {
  const requests = new Set(ids.map(requestRef));
  const refs = new Map(
    ids.length === 1
      ? log.refs.list(batchRefs(ids[0] ?? ''))
      : [...log.refs.list(BATCH_REFS)].filter(([ref]) =>
          requests.has(`${ref.slice(0, ref.indexOf('/', BATCH_REFS.length))}/request`),
        ),
  );
  return new Map(
    [...refs].toSorted(([a], [b]) => Number(requests.has(a)) - Number(requests.has(b))),
  );
}

/** Removes batches and all that was contributed to them. After a power cut some of it may be back. Idempotent. */
export async function dropBatches(log: Log, ids: readonly string[]): Promise<void> {
  const refs = refsOfBatches(log, ids);
  for (const ref of log.refs.forget(refs)) await dropRef(log, ref, refs.get(ref) ?? '');
}

/** Removes a batch and all that was contributed to it, the batch itself last. Idempotent. */
export async function dropBatch(log: Log, id: string): Promise<void> {
  await dropBatches(log, [id]);
}
