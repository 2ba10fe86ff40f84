/**
 * Signatures for batches that were committed without them: more proof of the same events, which the log takes later.
 * @module
 */
import { concat, utf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { placeInLog } from '../batch/commit.ts';
import { type Contribution, parseContribution } from '../batch/contribution.ts';
import { contributionFiles, dropBatches, getBatch } from '../batch/mailbox.ts';
import type { StagedBatch } from '../batch/staged-batch.ts';
import { encodeAttachments, noAttachments } from '../cesr/attachments.ts';
import type { Log } from '../log/log.ts';
import { importBytes } from './imports.ts';
import type { Session } from './session.ts';

function keysOf(log: Log, { events }: StagedBatch): ReadonlySet<string> {
  return new Set(
    events.flatMap(({ aid, sn }) => {
      const kel = log.contents.kel(aid);
      const states = [kel?.stateAt(sn - 1), kel?.stateAt(sn)];
      return states.flatMap((state) => [...(state?.publicKeys ?? []), ...(state?.witnesses ?? [])]);
    }),
  );
}

function parsed(bytes: Uint8Array): readonly Contribution[] {
  try {
    return [parseContribution(bytes)];
  } catch (error) {
    if (error instanceof GitkelError && error.code !== 'environment') return [];
    throw error;
  }
}

/** The events of a batch, each once for every contribution of a key of this home, as messages with their signatures. */
function messagesOf(log: Log, batch: StagedBatch, session: Session): readonly Uint8Array[] {
  const own = new Set([...keysOf(log, batch)].filter(session.hasKey));
  const files = [...contributionFiles(log, batch.id, own)].flatMap(parsed);
  return files.flatMap(({ signatures, receipts }) =>
    batch.events.flatMap(({ said, bytes }) => {
      const of = (list: Contribution['signatures']) =>
        list.filter(({ event }) => event === said).map(({ signature }) => signature);
      const [controllerSignatures, witnessSignatures] = [of(signatures), of(receipts)];
      if (controllerSignatures.length + witnessSignatures.length === 0) return [];
      const attached = { ...noAttachments, controllerSignatures, witnessSignatures };
      return [bytes, utf8(encodeAttachments(attached))];
    }),
  );
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

/**
 * Adds to the log what keys of this home signed for batches that it holds by now, as far as it has not those signatures;
 * each is verified as everything that is imported.
 * @returns the ids of those that are in the log
 */
export async function addLateProofs(
  session: Session,
  log: Log,
  ids: readonly string[],
): Promise<readonly string[]> {
  const batches = ids.flatMap((id) => inLog(log, id) ?? []);
  const stream = concat(...batches.flatMap((batch) => messagesOf(log, batch, session)));
  if (stream.length > 0) await importBytes(session, log, stream);
  return batches.map(({ id }) => id);
}

/** Removes batches that are in the log from what is staged here; the journal tells of them from then on. */
export async function dropCommitted(
  session: Session,
  log: Log,
  ids: readonly string[],
): Promise<void> {
  const places = ids.flatMap((id) => {
    const batch = inLog(log, id);
    const place = batch === undefined ? undefined : placeInLog(log, batch);
    return place === undefined ? [] : [{ id, commit: place.commit }];
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
