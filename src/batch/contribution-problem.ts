import { GitkelError, quoted } from '../base/errors.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import { ed25519Signature, type IndexedSignature } from '../cesr/signature.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isRotation } from '../keri/event.ts';
import { checkSignature, priorIndexOf, signingKeys } from '../keri/signatures.ts';
import { signedBytes } from '../records/record.ts';
import {
  type Contribution,
  encodeContribution,
  type EventSignature,
  parseContribution,
  type RecordContribution,
} from './contribution.ts';
import type { PlannedEvent } from './plan.ts';
import type { BatchPlan } from './planned.ts';

/** Why a contribution is not taken: who, which event, which rule. */
export interface ContributionProblem {
  readonly signer: string;
  readonly event: string | undefined;
  readonly reason: string;
  readonly detail: string;
}

type Problem = readonly [reason: string, detail: string];

/** Which prior index the signature of a key states: of a rotation the one that it reveals, else the index itself. */
function priorIndexFor(
  crypto: Crypto,
  { event, before }: PlannedEvent,
  publicKey: string,
  index: number,
): number | undefined {
  return isRotation(event) && before !== undefined
    ? priorIndexOf(crypto, before, publicKey)
    : index;
}

function signatureProblem(
  crypto: Crypto,
  planned: PlannedEvent,
  signer: string,
  signature: IndexedSignature,
): Problem | undefined {
  const { event, before } = planned;
  const { index, code, raw } = signature;
  if (signingKeys(event, before)[index] !== signer) {
    return ['wrong-key', `index ${index} of event ${event.sn} is not the key ${quoted(signer)}`];
  }
  const verdict = checkSignature(crypto, event, before, signature);
  if (verdict !== 'valid') {
    return [
      verdict,
      `the signature at index ${index} of event ${event.sn} is not valid (${verdict})`,
    ];
  }
  const priorIndex = priorIndexFor(crypto, planned, signer, index);
  return code === ed25519Signature(raw, index, priorIndex).code &&
    signature.priorIndex === priorIndex
    ? undefined
    : [
        'signature-form',
        `the signature at index ${index} of event ${event.sn} does not state its indices as they are asked for`,
      ];
}

function receiptProblem(
  crypto: Crypto,
  { event, after }: PlannedEvent,
  signer: string,
  { index, code, priorIndex, raw }: IndexedSignature,
): Problem | undefined {
  if (after.witnesses[index] !== signer)
    return [
      'wrong-witness',
      `index ${index} of event ${event.sn} is not the witness ${quoted(signer)}`,
    ];
  if (!crypto.verify(decodePrimitive(signer).raw, event.bytes, raw))
    return ['bad-signature', `the receipt of witness ${index} over event ${event.sn} is not valid`];
  return code === ed25519Signature(raw, index, index).code && priorIndex === index
    ? undefined
    : [
        'signature-form',
        `the receipt of witness ${index} over event ${event.sn} does not state its index in the one form`,
      ];
}

function recordProblem(
  crypto: Crypto,
  plan: BatchPlan,
  signer: string,
  { record: said, index, raw }: RecordContribution,
): Problem | undefined {
  const found = plan.records.find(({ record }) => record.said === said);
  if (found?.signerState === undefined)
    return ['record-unknown', `the batch asks for no signature over ${quoted(said)}`];
  if (found.signerState.publicKeys[index] !== signer)
    return [
      'wrong-key',
      `index ${index} of ${found.signerState.aid} is not the key ${quoted(signer)}`,
    ];
  return crypto.verify(decodePrimitive(signer).raw, signedBytes(found.record), raw)
    ? undefined
    : [
        'bad-signature',
        `the signature at index ${index} over the ${found.record.body.type} is not valid`,
      ];
}

/** The first of a list of signatures over events that does not hold, with the event's SAID. */
function eventsProblem(
  plan: BatchPlan,
  signatures: readonly EventSignature[],
  problemOf: (planned: PlannedEvent, signature: IndexedSignature) => Problem | undefined,
): readonly [...Problem, event: string] | undefined {
  const open = new Map(plan.events.map((one) => [one.event.said, one]));
  const seen = new Set<string>();
  for (const { event, signature } of signatures) {
    const asked = open.get(event);
    const problem: Problem | undefined =
      asked === undefined
        ? ['event-unknown', `the batch has no event ${quoted(event)}`]
        : seen.has(event)
          ? ['signature-twice', `event ${asked.event.sn} is signed twice`]
          : problemOf(asked, signature);
    if (problem !== undefined) return [...problem, event];
    seen.add(event);
  }
  return undefined;
}

/** Verifies every signature of a contribution against the batch; the first that does not hold is named. */
export function contributionProblem(
  crypto: Crypto,
  batch: string,
  plan: BatchPlan,
  contribution: Contribution,
): ContributionProblem | undefined {
  const { signer } = contribution;
  if (contribution.batch !== batch) {
    return {
      signer,
      event: undefined,
      reason: 'other-batch',
      detail: `it is for the batch ${quoted(contribution.batch)}`,
    };
  }
  const inEvents =
    eventsProblem(plan, contribution.signatures, (planned, signature) =>
      signatureProblem(crypto, planned, signer, signature),
    ) ??
    eventsProblem(plan, contribution.receipts, (planned, signature) =>
      receiptProblem(crypto, planned, signer, signature),
    );
  if (inEvents !== undefined) {
    const [reason, detail, event] = inEvents;
    return { signer, event, reason, detail };
  }
  const seen = new Set<string>();
  for (const one of contribution.records) {
    const problem: Problem | undefined = seen.has(one.record)
      ? ['signature-twice', `the record ${one.record} is signed twice`]
      : recordProblem(crypto, plan, signer, one);
    if (problem !== undefined)
      return { signer, event: one.record, reason: problem[0], detail: problem[1] };
    seen.add(one.record);
  }
  return undefined;
}

/** What earlier contributions, made for another batch, give to a batch that holds some of the same events. */
export function carriedOver(
  crypto: Crypto,
  batch: string,
  plan: BatchPlan,
  files: Iterable<Uint8Array>,
): readonly Contribution[] {
  const open = new Set([
    ...plan.events.map(({ event }) => event.said),
    ...plan.records.map(({ record }) => record.said),
  ]);
  const carried: Contribution[] = [];
  for (const bytes of files) {
    const earlier = tryParse(bytes);
    if (earlier === undefined) continue;
    const signatures = earlier.signatures.filter(({ event }) => open.has(event));
    const receipts = earlier.receipts.filter(({ event }) => open.has(event));
    const records = earlier.records.filter(({ record }) => open.has(record));
    if (signatures.length + receipts.length + records.length === 0) continue;
    const contribution = encodeContribution(batch, earlier.signer, signatures, records, receipts);
    if (contributionProblem(crypto, batch, plan, contribution) === undefined)
      carried.push(contribution);
  }
  return carried;
}

function tryParse(bytes: Uint8Array): Contribution | undefined {
  try {
    return parseContribution(bytes);
  } catch (error) {
    if (error instanceof GitkelError) return undefined;
    throw error;
  }
}
