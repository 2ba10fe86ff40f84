import { GitkelError } from '../base/errors.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { Log } from '../log/log.ts';
import { parseContribution } from './contribution.ts';
import { contributionFiles, getBatch } from './mailbox.ts';
import { freeEvents } from './places.ts';
import type { StagedBatch } from './staged-batch.ts';

/** Who may be a witness of an event of a batch, whatever became of the batch: by the log, and by the batch's own events. */
function possibleWitnesses(log: Log, { events }: StagedBatch, aid: string): readonly string[] {
  return [
    ...(log.contents.kel(aid)?.state.witnesses ?? []),
    ...events
      .filter((event) => event.aid === aid)
      .flatMap((event): readonly string[] => {
        if ('witnesses' in event) return event.witnesses;
        return 'witnessAdds' in event ? event.witnessAdds : [];
      }),
  ];
}

function receiptsIn(bytes: Uint8Array): ReturnType<typeof parseContribution> | undefined {
  try {
    const contribution = parseContribution(bytes);
    return contribution.receipts.length === 0 ? undefined : contribution;
  } catch (error) {
    if (error instanceof GitkelError) return undefined;
    throw error;
  }
}

/**
 * The events of a staged batch that witnesses have receipted and whose places are free. A receipt ties down the bytes of
 * an event: whoever drops it can never get another one for the place, so that such an event is committed, in this batch
 * or in one that it is restaged into.
 */
export function receiptedEvents(log: Log, batch: StagedBatch): readonly KeyEvent[] {
  const { crypto } = log.host;
  const free = freeEvents(log, batch.events);
  const witnesses = new Map(
    free.map(({ said, aid }) => [said, new Set(possibleWitnesses(log, batch, aid))]),
  );
  const asked = new Set([...witnesses.values()].flatMap((set) => [...set]));
  if (asked.size === 0) return [];
  const found = new Set<string>();
  for (const bytes of contributionFiles(log, batch.id, asked)) {
    const contribution = receiptsIn(bytes);
    if (contribution === undefined) continue;
    const { signer, receipts } = contribution;
    for (const { event: said, signature } of receipts) {
      const event = free.find((one) => one.said === said);
      if (event === undefined || witnesses.get(said)?.has(signer) !== true) continue;
      if (crypto.verify(decodePrimitive(signer).raw, event.bytes, signature.raw)) found.add(said);
    }
  }
  return free.filter(({ said }) => found.has(said));
}

/** Whether a staged batch has such events, also one that can no longer be planned on the log. */
export function holdsReceipted(log: Log, id: string): boolean {
  try {
    const batch = getBatch(log, id);
    return batch !== undefined && receiptedEvents(log, batch).length > 0;
  } catch (error) {
    // What its ref holds is no batch.
    if (error instanceof GitkelError && error.code !== 'environment') return false;
    throw error;
  }
}

/**
 * Refuses to let go of a batch with events that witnesses have receipted.
 * @throws GitkelError `refused`, reason `receipted`.
 */
export function requireUnreceipted(log: Log, batch: StagedBatch, action: string): void {
  const [first] = receiptedEvents(log, batch);
  if (first === undefined) return;
  throw new GitkelError(
    'refused',
    `Cannot ${action} batch ${batch.id}: witnesses have receipted its event ${first.sn} of ${first.aid}`,
    {
      reason: 'receipted',
      hint: 'They receipt no other event for that place. Commit it, alone if need be (gitkel batch restage); --anyway overrides this.',
    },
  );
}
