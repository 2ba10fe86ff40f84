/**
 * Records as a log holds them: with the signatures that their types ask for.
 * @module
 */
import { sameBytes } from '../base/bytes.ts';
import { canonicalBytes, type Json, parseCanonical } from '../base/canonical-json.ts';
import { malformed } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { decodePrimitive, encodePrimitive } from '../cesr/primitive.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { encodeEnvelope, parseEnvelope } from './dsse.ts';
import { parseRecord, signerOf, type UnsignedRecord } from './record.ts';
import { isInTotoType, type RecordType } from './record-type.ts';

/** A signature over a record by the key at an index of its signer's key state. */
export interface RecordSignature {
  readonly index: number;
  /** 64 bytes, Ed25519. */
  readonly raw: Uint8Array;
}

/** A record with its signatures, in the order of their indices. */
export interface SignedRecord {
  readonly record: UnsignedRecord;
  readonly signatures: readonly RecordSignature[];
}

const SIGNATURE_CODE = '0B';

/** The file of a record: a DSSE envelope for an in-toto statement, otherwise the record beside its signatures. */
export function encodeRecordFile({ record, signatures }: SignedRecord): Uint8Array {
  if (isInTotoType(record.body.type))
    return encodeEnvelope(record.bytes, record.issuer, signatures);
  return canonicalBytes({
    record: parseCanonical(record.bytes, LIMITS.fileBytes, 'a record'),
    signatures: signatures.map(({ index, raw }) => ({
      index,
      signature: encodePrimitive({ code: SIGNATURE_CODE, raw }),
    })),
  });
}

function parseSignature(value: Json): RecordSignature {
  const fields = fieldsOf(value, 'the signature of a record', ['index', 'signature']);
  const { code, raw } = decodePrimitive(fields.text('signature'));
  if (code !== SIGNATURE_CODE)
    throw malformed('record-signatures', 'Cannot read a record: a signature is not of Ed25519');
  return { index: fields.integer('index'), raw };
}

function parseFile(crypto: Crypto, type: RecordType, value: Json): SignedRecord {
  if (isInTotoType(type)) {
    const { payload, signatures } = parseEnvelope(value);
    return { record: parseRecord(crypto, type, payload), signatures };
  }
  const fields = fieldsOf(value, 'a record', ['record', 'signatures']);
  return {
    record: parseRecord(crypto, type, canonicalBytes(fields.json('record'))),
    signatures: fields.list('signatures').map(parseSignature),
  };
}

/**
 * Reads the file of a record in its one form; no signature is verified yet.
 * @throws GitkelError `malformed`.
 */
export function parseRecordFile(crypto: Crypto, type: RecordType, bytes: Uint8Array): SignedRecord {
  const signed = parseFile(crypto, type, parseCanonical(bytes, LIMITS.fileBytes, 'a record'));
  const { record, signatures } = signed;
  if (signatures.some(({ index }, at) => at > 0 && index <= (signatures[at - 1]?.index ?? 0))) {
    throw malformed(
      'record-signatures',
      'Cannot read a record: its signatures are not in the order of their indices',
    );
  }
  if (signerOf(record) === undefined && signatures.length > 0) {
    throw malformed(
      'record-signatures',
      `Cannot read a record: a ${record.body.type} carries no signatures`,
    );
  }
  if (!sameBytes(encodeRecordFile(signed), bytes)) {
    throw malformed(
      'record-form',
      'Cannot read a record: it is not in the one form that a log holds',
    );
  }
  return signed;
}
