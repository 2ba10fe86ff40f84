import { canonicalBytes, type Json, parseCanonical } from '../base/canonical-json.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { decodePrimitive, encodePrimitive } from '../cesr/primitive.ts';
import { decodeIndexedSignature, encodeIndexedSignature, type IndexedSignature } from '../cesr/signature.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { checkSignature, signingKeys } from '../keri/signatures.ts';
import { signedBytes } from '../records/record.ts';
import type { Plan } from './planned.ts';

/** One signature of a contribution and the SAID of the event that it signs. */
export interface EventSignature {
  readonly event: string;
  readonly signature: IndexedSignature;
}

/** One signature over a record, by the key at an index of its signer's key state. */
export interface RecordContribution {
  readonly record: string;
  readonly index: number;
  /** 64 bytes, Ed25519. */
  readonly raw: Uint8Array;
}

/** The signatures of one key. */
export interface Signatures {
  readonly events: readonly EventSignature[];
  readonly records: readonly RecordContribution[];
}

/** What one key adds to one batch. A file of its own; it names batch, signer and events, so it can come from anywhere. */
export interface Contribution extends Signatures {
  readonly batch: string;
  /** The public key that signed. */
  readonly signer: string;
  readonly bytes: Uint8Array;
}

const FORMAT = 'gitkel-contribution/1';
const SIGNATURE_CODE = '0B';

/** Writes a contribution; signatures in the order of the batch's events and records. */
export function encodeContribution(batch: string, signer: string, { events, records }: Signatures): Contribution {
  const document: Json = {
    batch,
    format: FORMAT,
    records: records.map(({ record, index, raw }) => ({ index, record, signature: encodePrimitive({ code: SIGNATURE_CODE, raw }) })),
    signatures: events.map(({ event, signature }) => ({ event, signature: encodeIndexedSignature(signature) })),
    signer,
  };
  return { batch, signer, events, records, bytes: canonicalBytes(document) };
}

const WHAT = 'the contribution';

function parseEventSignature(value: Json): EventSignature {
  const fields = fieldsOf(value, WHAT, ['event', 'signature']);
  return { event: fields.text('event'), signature: decodeIndexedSignature(fields.text('signature')) };
}

function parseRecordContribution(value: Json): RecordContribution {
  const fields = fieldsOf(value, WHAT, ['index', 'record', 'signature']);
  const { code, raw } = decodePrimitive(fields.text('signature'));
  if (code !== SIGNATURE_CODE) throw malformed('contribution-signature', `Cannot read ${WHAT}: a signature is not of Ed25519`);
  return { record: fields.text('record'), index: fields.integer('index'), raw };
}

/**
 * Reads a contribution: canonical JSON, exact fields. Nothing is verified yet.
 * @throws GitkelError `malformed`.
 */
export function parseContribution(bytes: Uint8Array): Contribution {
  const fields = fieldsOf(parseCanonical(bytes, LIMITS.batchFileBytes, WHAT), WHAT, ['batch', 'format', 'records', 'signatures', 'signer']);
  if (fields.text('format') !== FORMAT) {
    throw malformed('contribution-format', `Cannot read ${WHAT}: format ${quoted(fields.text('format'))}, this version reads "${FORMAT}"`);
  }
  const events = fields.list('signatures').map(parseEventSignature);
  const records = fields.list('records').map(parseRecordContribution);
  if (events.length + records.length === 0) throw malformed('contribution-empty', `Cannot read ${WHAT}: it holds no signature`);
  return { batch: fields.text('batch'), signer: fields.text('signer'), events, records, bytes };
}

/** Why a contribution is not taken: who, which event or record, which rule. */
export interface ContributionProblem {
  readonly signer: string;
  readonly event: string | undefined;
  readonly reason: string;
  readonly detail: string;
}

type Problem = readonly [reason: string, detail: string];

function eventProblem(crypto: Crypto, plan: Plan, signer: string, { event: said, signature }: EventSignature): Problem | undefined {
  const found = plan.events.find(({ event }) => event.said === said);
  if (found === undefined) return ['event-unknown', `the batch has no event ${quoted(said)}`];
  const key = signingKeys(found.event, found.before)[signature.index];
  if (key !== signer) return ['wrong-key', `index ${signature.index} of event ${found.event.sn} is not the key ${signer}`];
  const verdict = checkSignature(crypto, found.event, found.before, signature);
  return verdict === 'valid'
    ? undefined
    : [verdict, `the signature at index ${signature.index} of event ${found.event.sn} is not valid (${verdict})`];
}

function recordProblem(crypto: Crypto, plan: Plan, signer: string, { record: said, index, raw }: RecordContribution): Problem | undefined {
  const found = plan.records.find(({ record }) => record.said === said);
  if (found?.signerState === undefined) return ['record-unknown', `the batch asks for no signature over ${quoted(said)}`];
  if (found.signerState.publicKeys[index] !== signer) return ['wrong-key', `index ${index} of ${found.signerState.aid} is not the key ${signer}`];
  return crypto.verify(decodePrimitive(signer).raw, signedBytes(found.record), raw)
    ? undefined
    : ['bad-signature', `the signature at index ${index} over the ${found.record.body.type} is not valid`];
}

/** Verifies every signature of a contribution against the batch; the first that does not hold is named. */
export function contributionProblem(crypto: Crypto, batch: string, plan: Plan, contribution: Contribution): ContributionProblem | undefined {
  const { signer } = contribution;
  if (contribution.batch !== batch) {
    return { signer, event: undefined, reason: 'other-batch', detail: `it is for the batch ${quoted(contribution.batch)}` };
  }
  const seen = new Set<string>();
  const places = [
    ...contribution.events.map((one) => ({ said: one.event, index: one.signature.index, check: () => eventProblem(crypto, plan, signer, one) })),
    ...contribution.records.map((one) => ({ said: one.record, index: one.index, check: () => recordProblem(crypto, plan, signer, one) })),
  ];
  for (const { said, index, check } of places) {
    const problem: Problem | undefined = seen.has(`${said} ${index}`) ? ['signature-twice', `index ${index} stands twice`] : check();
    if (problem !== undefined) return { signer, event: said, reason: problem[0], detail: problem[1] };
    seen.add(`${said} ${index}`);
  }
  return undefined;
}

/** What earlier contributions, made for another batch, give to a batch that holds some of the same events and records. */
export function carriedOver(crypto: Crypto, batch: string, plan: Plan, files: readonly Uint8Array[]): readonly Contribution[] {
  return files.flatMap((bytes) => {
    const earlier = tryParse(bytes);
    if (earlier === undefined) return [];
    const events = earlier.events.filter((one) => plan.events.some(({ event }) => event.said === one.event));
    const records = earlier.records.filter((one) => plan.records.some(({ record }) => record.said === one.record));
    if (events.length + records.length === 0) return [];
    const contribution = encodeContribution(batch, earlier.signer, { events, records });
    return contributionProblem(crypto, batch, plan, contribution) === undefined ? [contribution] : [];
  });
}

function tryParse(bytes: Uint8Array): Contribution | undefined {
  try {
    return parseContribution(bytes);
  } catch (error) {
    if (error instanceof GitkelError) return undefined;
    throw error;
  }
}
