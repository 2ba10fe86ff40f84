/**
 * Going on from what this machine verified of a log before, and remembering what it verified now.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { parseCommit } from '../git/commit.ts';
import { storedTree } from '../git/growing-tree.ts';
import type { ReadableObjects } from '../git/objects.ts';
import { claimedLogId } from './claimed-log-id.ts';
import { Contents } from './contents.ts';
import { Remembered, valueBytes } from './remembered.ts';
import { nothingReplayed, replay, type Replayed } from './replay.ts';
import { RULES_VERSION } from './rules-version.ts';
import type { Snapshot, VerifiedMemory } from './verified-memory.ts';

/** Up to which batch a log was verified. */
interface Mark {
  readonly position: number;
  readonly payloadDigest: string;
  readonly commit: string;
}

function unlessUnreadable<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof GitkelError && error.code !== 'environment') return undefined;
    throw error;
  }
}

/** Reads a mark; `undefined` for one that was made by other rules. */
function readMark({ mark }: Snapshot): Mark | undefined {
  const what = 'the mark of what was verified';
  const fields = fieldsOf(mark, what, ['commit', 'payloadDigest', 'position', 'rules']);
  return fields.integer('rules') === RULES_VERSION
    ? {
        position: fields.integer('position'),
        payloadDigest: fields.text('payloadDigest'),
        commit: fields.text('commit'),
      }
    : undefined;
}

/** The tree of the commit that was verified last; `undefined` when the repository has not that commit. */
function verifiedTree(
  crypto: Crypto,
  store: ReadableObjects,
  { commit, payloadDigest }: Mark,
): string | undefined {
  const object = store.read(commit, LIMITS.commitBytes);
  const parsed = object?.type === 'commit' ? parseCommit(object.bytes) : undefined;
  if (parsed?.ok !== true) return undefined;
  const { payload, tree } = parsed.commit;
  // The id is no identity: what was verified is the payload.
  return digestText(crypto, payload) === payloadDigest ? tree : undefined;
}

/** Verifies the log from its first batch up to a mark. */
function verifyAgain(
  crypto: Crypto,
  store: ReadableObjects,
  { commit, payloadDigest }: Mark,
): ReadonlyMap<string, Uint8Array> {
  const outcome = replay(crypto, store, nothingReplayed(), commit);
  const { contents } = outcome.replayed;
  if (!outcome.ok || contents.lastBatch?.payloadDigest !== payloadDigest) {
    const detail = outcome.ok ? 'it is not the one that was verified' : outcome.failure.detail;
    throw new GitkelError('refused', `Cannot use this log: ${detail}`, {
      reason: outcome.ok ? 'log-forked' : outcome.failure.reason,
      hint: 'Run `gitkel audit --full` for the whole verdict; go on from a copy that verifies.',
    });
  }
  return new Map(Array.from(contents.changes(), ([key, value]) => [key, valueBytes(value)]));
}

/**
 * What this machine verified of the log that ends at `tip`; `undefined` when it has to begin from nothing. Whether the
 * tip descends from what was verified is for the replay to see.
 */
export function resume(
  crypto: Crypto,
  store: ReadableObjects,
  memory: VerifiedMemory,
  tip: string,
): Replayed | undefined {
  const logId = unlessUnreadable(() => claimedLogId(crypto, store, tip));
  const snapshot = logId === undefined ? undefined : memory.recall(logId);
  if (logId === undefined || snapshot === undefined) return undefined;
  return unlessUnreadable(() => {
    const mark = readMark(snapshot);
    const root = mark === undefined ? undefined : verifiedTree(crypto, store, mark);
    if (mark === undefined || root === undefined) return undefined;
    const remembered = new Remembered(snapshot, () => {
      memory.forget(logId);
      return verifyAgain(crypto, store, mark);
    });
    const tree = storedTree((oid) => store.read(oid, LIMITS.treeBytes), root);
    return { contents: new Contents(remembered), tree, tip: mark.commit };
  });
}

/** Remembers what was verified of a log, as far as it is not remembered yet. */
export async function rememberContents(memory: VerifiedMemory, contents: Contents): Promise<void> {
  const { genesis, lastBatch, remembered } = contents;
  if (genesis === undefined || lastBatch === undefined) return;
  if (contents.rememberedBatches === contents.batches && remembered.again.size === 0) return;
  const { commit, payloadDigest } = lastBatch;
  const values = function* (): Generator<readonly [string, Uint8Array]> {
    yield* remembered.again;
    for (const [key, value] of contents.changes()) yield [key, valueBytes(value)];
  };
  const snapshot = await memory.keep(genesis.logId, {
    mark: { commit, payloadDigest, position: contents.batches - 1, rules: RULES_VERSION },
    values: values(),
    since: remembered.snapshot,
  });
  if (snapshot === undefined) return;
  remembered.settle(snapshot);
  contents.settle();
}
