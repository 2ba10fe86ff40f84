import { quoted } from '../base/errors.ts';
import { ed25519Signature } from '../cesr/signature.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { checkedSignature } from '../keys/checked-signature.ts';
import type { Signer } from '../keys/signer.ts';
import type { Collected } from './collected.ts';
import { type Contribution, encodeContribution, type EventSignature } from './contribution.ts';
import type { PlannedEvent } from './plan.ts';

import { type EventStatus, statusOf } from './status.ts';

/** One receipt that a witness may be asked for: for which event, at which index of its witnesses. */
export interface OpenReceipt {
  /** The witness, CESR text `B…`. */
  readonly witness: string;
  readonly index: number;
  readonly planned: PlannedEvent;
  /** Why the event cannot be receipted yet, in words; `undefined` when it can. */
  readonly obstacle: string | undefined;
}

interface Judged {
  readonly planned: PlannedEvent;
  readonly status: EventStatus;
  readonly obstacle: string | undefined;
}

function signaturesObstacle({
  aid,
  sn,
  current,
  priorNext,
  words,
}: EventStatus): string | undefined {
  return current.met && priorNext?.met !== false
    ? undefined
    : `event ${sn} of ${aid} lacks signatures of its controllers: ${words}`;
}

/**
 * Why an event of the batch on which another one rests does not stand yet for one of these witnesses: it has to be
 * receipted enough, unless they witness it themselves (KERI specification, "Witness": a witness takes for accepted what
 * it receipts).
 */
function standingObstacle(
  { status, obstacle }: Judged,
  isOwn: (aid: string) => boolean,
): string | undefined {
  if (obstacle !== undefined) return obstacle;
  const { witnesses, aid, sn } = status;
  if (witnesses === undefined || witnesses.have >= witnesses.need) return undefined;
  if (witnesses.list.some((one) => isOwn(one.aid))) return undefined;
  return `event ${sn} of ${aid}, on which it rests, has ${witnesses.have} of ${witnesses.need} receipts`;
}

/** The events of the batch on which an event rests: the one before it, and the one that anchors it. */
function restsOn({ event, anchor }: PlannedEvent, before: readonly Judged[]): readonly Judged[] {
  return [
    ...before.filter(({ planned }) => planned.event.aid === event.aid).slice(-1),
    ...before.filter(({ planned }) => planned.event.said === anchor?.said),
  ];
}

/**
 * Every place in the batch where one of the given witnesses is asked for. An event can be receipted once the thresholds
 * of its controllers are met and all that it rests on stands.
 */
export function receiptsFor(
  crypto: Crypto,
  collected: Collected,
  isOwn: (witness: string) => boolean,
): readonly OpenReceipt[] {
  const judged: Judged[] = [];
  const { events } = statusOf(crypto, collected);
  for (const [at, planned] of collected.planned.entries()) {
    const status = events[at];
    if (status === undefined) throw new Error('each event of a batch has a status');
    const obstacle =
      signaturesObstacle(status) ??
      restsOn(planned, judged)
        .map((one) => standingObstacle(one, isOwn))
        .find((found) => found !== undefined);
    judged.push({ planned, status, obstacle });
  }
  return judged.flatMap(({ planned, obstacle }) =>
    planned.after.witnesses.flatMap((witness, index) =>
      isOwn(witness) ? [{ witness, index, planned, obstacle }] : [],
    ),
  );
}

/**
 * Receipts events; one contribution for each witness. `remember` is called, and must have made durable what it was told,
 * before a receipt is made: it refuses a rival of what was receipted before by throwing.
 * @throws GitkelError `refused` from `remember`, or when a signer returns a wrong signature.
 */
export async function signReceipts(
  crypto: Crypto,
  collected: Collected,
  open: readonly OpenReceipt[],
  findSigner: (publicKey: string) => Promise<Signer | undefined>,
  remember: (open: OpenReceipt) => Promise<void>,
): Promise<readonly Contribution[]> {
  const contributions: Contribution[] = [];
  const ready = open.filter(({ obstacle }) => obstacle === undefined);
  for (const witness of new Set(ready.map((one) => one.witness))) {
    const signer = await findSigner(witness);
    if (signer === undefined) continue;
    const own = ready.filter((one) => one.witness === witness);
    for (const one of own) await remember(one);
    const receipts: EventSignature[] = [];
    for (const { index, planned } of own) {
      const { bytes, said, sn, aid } = planned.event;
      const action = `Cannot receipt event ${sn} of ${quoted(aid)}`;
      const raw = await checkedSignature(crypto, signer, witness, bytes, action);
      receipts.push({ event: said, signature: ed25519Signature(raw, index, index) });
    }
    contributions.push(encodeContribution(collected.batch.id, witness, [], [], receipts));
  }
  return contributions;
}
