/**
 * Signatures for batches that were committed without them: more proof of the same events, which the log takes later.
 * @module
 */
import { concat, utf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { placeInLog } from '../batch/commit.ts';
import type { Collected } from '../batch/collected.ts';
import {
  askedLater,
  collectedInLog,
  isProven,
  type LateSignatures,
  lateSignatures,
} from '../batch/late.ts';
import { dropBatches, getBatch } from '../batch/mailbox.ts';
import { signaturesFor } from '../batch/sign.ts';
import type { StagedBatch } from '../batch/staged-batch.ts';
import { encodeAttachments, noAttachments } from '../cesr/attachments.ts';
import type { Log } from '../log/log.ts';
import { importBytes } from './imports.ts';
import type { Session } from './session.ts';

/** The events of a batch that were signed later, as messages with those signatures. */
function messagesOf({ batch, signatures, receipts }: LateSignatures): readonly Uint8Array[] {
  return batch.events.flatMap(({ said, bytes }) => {
    const controllerSignatures = signatures.get(said) ?? [];
    const witnessSignatures = receipts.get(said) ?? [];
    if (controllerSignatures.length + witnessSignatures.length === 0) return [];
    const attached = { ...noAttachments, controllerSignatures, witnessSignatures };
    return [bytes, utf8(encodeAttachments(attached))];
  });
}

/** A staged batch that the log holds by now; `undefined` for any other, and for what cannot be read. */
function inLog(log: Log, id: string): StagedBatch | undefined {
  try {
    const batch = getBatch(log, id);
    return batch === undefined || placeInLog(log, batch) === undefined ? undefined : batch;
  } catch (error) {
    if (error instanceof GitkelError && error.code !== 'environment') return undefined;
    throw error;
  }
}

/** Whether a batch that the log holds has signatures here that the log lacks. */
export function hasLateProof(log: Log, id: string): boolean {
  const batch = inLog(log, id);
  return batch !== undefined && lateSignatures(log, batch) !== undefined;
}

/**
 * What keys of this home may still sign of a batch that the log holds.
 * @throws GitkelError `conflict`, reason `committed`, where the log has all of their signatures; what `collectedInLog` throws.
 */
export function requireUnproven(session: Session, log: Log, batch: StagedBatch): Collected {
  const collected = askedLater(collectedInLog(log, batch));
  const own = signaturesFor(session.host.crypto, collected, session.hasKey);
  if (own.length === 0 || own.some((open) => !isProven(log, open, 'controller', open.index)))
    return collected;
  throw new GitkelError(
    'conflict',
    `Cannot sign batch ${batch.id}: the log holds it, with your signature`,
    { reason: 'committed', hint: 'Nothing is left to do: gitkel batch prune' },
  );
}

/**
 * Adds to the log what was signed for batches that it holds by now, as far as it has not those signatures; each is verified
 * as everything that is imported.
 * @returns the ids of those that are in the log
 * @throws GitkelError `refused`, reason `no-committer`, where no key of this home may commit.
 */
export async function addLateProofs(
  session: Session,
  log: Log,
  ids: readonly string[],
): Promise<readonly string[]> {
  const batches = ids.flatMap((id) => inLog(log, id) ?? []);
  const stream = concat(
    ...batches.flatMap((batch) => {
      const late = lateSignatures(log, batch);
      return late === undefined ? [] : messagesOf(late);
    }),
  );
  if (stream.length > 0) await importBytes(session, log, stream);
  return batches.map(({ id }) => id);
}

/** {@link addLateProofs}; where nobody here may commit them, that is told, and they stay for somebody who may. */
export async function addLateProofsIfAllowed(
  session: Session,
  log: Log,
  ids: readonly string[],
): Promise<readonly string[]> {
  try {
    return await addLateProofs(session, log, ids);
  } catch (error) {
    if (!(error instanceof GitkelError) || error.reason !== 'no-committer') throw error;
    session.warn(`what was signed later is not in the log yet: ${error.message}`);
    return ids;
  }
}

/**
 * {@link addLateProofs} for who is about to push: where nobody here may commit them, they are to be handed on.
 * @returns the ids of batches of which nothing is left to do here, and of those with what the log lacks
 */
export async function settleLateProofs(
  session: Session,
  log: Log,
  ids: readonly string[],
): Promise<{ readonly late: readonly string[]; readonly handedOn: readonly string[] }> {
  try {
    return { late: await addLateProofs(session, log, ids), handedOn: [] };
  } catch (error) {
    if (!(error instanceof GitkelError) || error.reason !== 'no-committer') throw error;
    const there = ids.filter((id) => inLog(log, id) !== undefined);
    const handedOn = there.filter((id) => hasLateProof(log, id));
    return { late: there.filter((id) => !handedOn.includes(id)), handedOn };
  }
}

/**
 * Removes batches that are in the log from what is staged here; the journal tells of them from then on. One with signatures
 * that the log lacks stays.
 */
export async function dropCommitted(
  session: Session,
  log: Log,
  ids: readonly string[],
): Promise<void> {
  const places = ids.flatMap((id) => {
    const batch = inLog(log, id);
    const place = batch === undefined ? undefined : placeInLog(log, batch);
    return place === undefined || hasLateProof(log, id) ? [] : [{ id, commit: place.commit }];
  });
  const entries = places.map(({ id, commit }) => ({
    action: 'commit',
    batch: id,
    outcome: 'committed',
    from: commit,
  }));
  if (entries.length > 0) await session.note(...entries);
  await dropBatches(
    log,
    places.map(({ id }) => id),
  );
}
