import { canonicalBytes, type Json, parseCanonical } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { decodePrimitive, encodePrimitive } from '../cesr/primitive.ts';
import {
  decodeIndexedSignature,
  encodeIndexedSignature,
  type IndexedSignature,
} from '../cesr/signature.ts';

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

/** What one key adds to one batch. A file of its own; it names batch, signer and events, so it can come from anywhere. */
export interface Contribution {
  readonly batch: string;
  /** The public key that signed. */
  readonly signer: string;
  readonly signatures: readonly EventSignature[];
  /** Signatures of the signer as a witness of the events: receipts. Their indices are those of the witness lists. */
  readonly receipts: readonly EventSignature[];
  readonly records: readonly RecordContribution[];
  readonly bytes: Uint8Array;
}

const FORMAT = 'gitkel-contribution/1';
const SIGNATURE_CODE = '0B';

function signaturesJson(signatures: readonly EventSignature[]): Json {
  return signatures.map(({ event, signature }) => ({
    event,
    signature: encodeIndexedSignature(signature),
  }));
}

/** Writes a contribution; signatures and receipts in the order of the batch's events. */
export function encodeContribution(
  batch: string,
  signer: string,
  signatures: readonly EventSignature[],
  records: readonly RecordContribution[] = [],
  receipts: readonly EventSignature[] = [],
): Contribution {
  const document: Json = {
    batch,
    format: FORMAT,
    signatures: signaturesJson(signatures),
    signer,
    ...(receipts.length === 0 ? {} : { receipts: signaturesJson(receipts) }),
    ...(records.length === 0
      ? {}
      : {
          records: records.map(({ record, index, raw }) => ({
            index,
            record,
            signature: encodePrimitive({ code: SIGNATURE_CODE, raw }),
          })),
        }),
  };
  return { batch, signer, signatures, receipts, records, bytes: canonicalBytes(document) };
}

function parseSignatures(list: readonly Json[]): readonly EventSignature[] {
  return list.map((item) => {
    const fields = fieldsOf(item, 'the contribution', ['event', 'signature']);
    return {
      event: fields.text('event'),
      signature: decodeIndexedSignature(fields.text('signature')),
    };
  });
}

function parseRecordContribution(value: Json): RecordContribution {
  const fields = fieldsOf(value, 'the contribution', ['index', 'record', 'signature']);
  const { code, raw } = decodePrimitive(fields.text('signature'));
  if (code !== SIGNATURE_CODE)
    throw malformed(
      'contribution-signature',
      'Cannot read the contribution: a signature is not of Ed25519',
    );
  return { record: fields.text('record'), index: fields.integer('index'), raw };
}

/**
 * Reads a contribution: canonical JSON, exact fields. Nothing is verified yet.
 * @throws GitkelError `malformed`.
 */
export function parseContribution(bytes: Uint8Array): Contribution {
  const what = 'the contribution';
  const fields = fieldsOf(
    parseCanonical(bytes, LIMITS.contributionBytes, what),
    what,
    ['batch', 'format', 'signatures', 'signer'],
    ['receipts', 'records'],
  );
  if (fields.text('format') !== FORMAT) {
    throw malformed(
      'contribution-format',
      `Cannot read ${what}: format ${quoted(fields.text('format'))}, this version reads "${FORMAT}"`,
    );
  }
  const optional = (key: string): readonly Json[] => (fields.has(key) ? fields.list(key) : []);
  const signatures = parseSignatures(fields.list('signatures'));
  const receipts = parseSignatures(optional('receipts'));
  const records = optional('records').map(parseRecordContribution);
  if (signatures.length + receipts.length + records.length === 0)
    throw malformed('contribution-empty', `Cannot read ${what}: it holds no signature`);
  for (const [key, list] of Object.entries({ receipts, records })) {
    if (fields.has(key) && list.length === 0)
      throw malformed('contribution-form', `Cannot read ${what}: its list of ${key} is empty`);
  }
  const [batch, signer] = [fields.text('batch'), fields.text('signer')];
  return { batch, signer, signatures, receipts, records, bytes };
}
