import { toHex, fromHex } from '../base/bytes.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import { decodePrimitive, encodePrimitive } from '../cesr/primitive.ts';
import { mailboxCommit, parseMailboxCommit } from '../git/commit.ts';
import { objectId } from '../git/object.ts';
import { decodeTree, encodeTree } from '../git/tree.ts';
import {
  BATCH_REFS,
  batchRefs,
  CONTRIBUTION_FILE,
  contributionRef,
  parseBatchRef,
  REQUEST_FILE,
  requestRef,
} from '../log/layout.ts';
import type { Log } from '../log/log.ts';
import { parseStagedBatch, type StagedBatch } from './staged-batch.ts';

/**
 * Staged batches and what was contributed to them, on create-only refs: each points at a parentless, unsigned commit
 * that holds one file. Whatever is read here is unverified; `collect` and `loadCollected` verify.
 */

async function putFile(log: Log, ref: string, name: string, bytes: Uint8Array, message: string): Promise<void> {
  const { crypto } = log.host;
  const blob = { type: 'blob', bytes } as const;
  const tree = {
    type: 'tree',
    bytes: encodeTree([{ mode: '100644', name, oid: objectId(crypto, 'blob', bytes) }]),
  } as const;
  const commit = {
    type: 'commit',
    bytes: mailboxCommit(objectId(crypto, 'tree', tree.bytes), message),
  } as const;
  const oid = objectId(crypto, 'commit', commit.bytes);
  const present = log.refs.read(ref);
  if (present === oid) return;
  log.store.writePack([blob, tree, commit]);
  await log.moveRef(ref, undefined, oid);
}

function readFile(log: Log, oid: string, name: string): Uint8Array | undefined {
  const commit = log.store.read(oid, LIMITS.commitBytes);
  if (commit?.type !== 'commit') return undefined;
  const parsed = parseMailboxCommit(commit.bytes);
  if (!parsed.ok) return undefined;
  const tree = log.store.read(parsed.tree, LIMITS.treeBytes);
  if (tree?.type !== 'tree') return undefined;
  const [entry, ...others] = decodeTree(tree.bytes);
  if (entry?.name !== name || entry.mode !== '100644' || others.length > 0) return undefined;
  const blob = log.store.read(entry.oid, LIMITS.batchFileBytes);
  return blob?.type === 'blob' ? blob.bytes : undefined;
}

/** Stores a staged batch. Idempotent. */
export async function putBatch(log: Log, batch: StagedBatch): Promise<void> {
  await putFile(log, requestRef(batch.id), REQUEST_FILE, batch.bytes, `staged batch ${batch.id}\n`);
}

/** Stores a contribution or a withdrawal of a signer. Idempotent; the name holds the digest, so nothing is replaced. */
export async function putContribution(
  log: Log,
  batch: string,
  signer: string,
  bytes: Uint8Array,
): Promise<void> {
  const ref = contributionRef(batch, signer, digestText(log.host.crypto, bytes));
  await putFile(log, ref, CONTRIBUTION_FILE, bytes, `contribution of ${signer} to ${batch}\n`);
}

/** Reads a staged batch by its id; `undefined` when there is none. */
export function getBatch(log: Log, id: string): StagedBatch | undefined {
  const oid = log.refs.read(requestRef(id));
  const bytes = oid === undefined ? undefined : readFile(log, oid, REQUEST_FILE);
  if (bytes === undefined) return undefined;
  const batch = parseStagedBatch(log.host.crypto, bytes);
  if (batch.id !== id) throw malformed('batch-ref', `Cannot read batch ${quoted(id)}: its ref holds the batch ${batch.id}`);
  return batch;
}

/** The files that were contributed to a batch, unverified, at most as many as are allowed. */
export function contributionFiles(log: Log, id: string): readonly Uint8Array[] {
  return [...log.refs.list(batchRefs(id))]
    .filter(([ref]) => ref !== requestRef(id))
    .slice(0, LIMITS.contributionsPerBatch)
    .flatMap(([, oid]) => readFile(log, oid, CONTRIBUTION_FILE) ?? []);
}

/** The ids of all staged batches here. */
export function batchIds(log: Log): readonly string[] {
  return [...log.refs.list(BATCH_REFS).keys()]
    .map(parseBatchRef)
    .filter(({ leaf }) => leaf === 'request')
    .slice(0, LIMITS.stagedBatches)
    .flatMap(({ batchHex }) => {
      const raw = fromHex(batchHex);
      return raw?.length === 32 ? [encodePrimitive({ code: 'E', raw })] : [];
    });
}

/**
 * The one staged batch whose id begins with `text`, or whose id in hex does.
 * @throws GitkelError `not-found`, or `usage` when several do.
 */
export function findBatchId(log: Log, text: string): string {
  const ids = batchIds(log);
  const found = ids.filter((id) => id === text || id.startsWith(text) || toHex(decodePrimitive(id).raw).startsWith(text));
  const [only, ...others] = found;
  if (only === undefined || text === '') {
    throw new GitkelError('not-found', `Cannot find a staged batch ${quoted(text)}`, {
      hint: ids.length === 0 ? 'No batch is staged here.' : 'List them with `gitkel batch list`.',
    });
  }
  if (others.length > 0) {
    throw new GitkelError('usage', `Cannot tell which batch ${quoted(text)} is: ${found.length} begin so`, { hint: 'Give more of the id.' });
  }
  return only;
}

/** Removes a batch and all that was contributed to it. */
export async function dropBatch(log: Log, id: string): Promise<void> {
  const refs = [...log.refs.list(batchRefs(id))].toSorted(([a], [b]) => (a === requestRef(id) ? 1 : b === requestRef(id) ? -1 : 0));
  for (const [ref, oid] of refs) await log.moveRef(ref, oid, undefined);
}
