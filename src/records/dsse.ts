/**
 * DSSE 1.0.2 envelopes in one canonical form: standard base64, keys named `<AID>#<index>`, in the order of the indices.
 * @module
 */
import { concat, utf8 } from '../base/bytes.ts';
import { canonicalBytes, type Json } from '../base/canonical-json.ts';
import { decodeStandardBase64, encodeStandardBase64 } from '../base/standard-base64.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';

/** The payload type of in-toto statements. */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** A signature of an envelope by one key of the issuer. */
export interface EnvelopeSignature {
  readonly index: number;
  /** 64 bytes, Ed25519, over {@link preAuthenticationEncoding}. */
  readonly raw: Uint8Array;
}

/** What is signed: `DSSEv1`, type and payload, each with its length (DSSE protocol, "Signature Definition"). */
export function preAuthenticationEncoding(payload: Uint8Array): Uint8Array {
  return concat(utf8(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload);
}

export function encodeEnvelope(
  payload: Uint8Array,
  issuer: string,
  signatures: readonly EnvelopeSignature[],
): Uint8Array {
  return canonicalBytes({
    payload: encodeStandardBase64(payload),
    payloadType: PAYLOAD_TYPE,
    signatures: signatures.map(({ index, raw }) => ({
      keyid: `${issuer}#${index}`,
      sig: encodeStandardBase64(raw),
    })),
  });
}

export interface ParsedEnvelope {
  readonly payload: Uint8Array;
  readonly signatures: readonly EnvelopeSignature[];
}

function parseSignature(value: Json): EnvelopeSignature {
  const fields = fieldsOf(value, 'an envelope', ['keyid', 'sig']);
  const [, digits] = /^[A-Za-z0-9_-]+#(0|[1-9][0-9]{0,5})$/.exec(fields.text('keyid')) ?? [];
  const raw = decodeStandardBase64(fields.text('sig'));
  if (digits === undefined || raw?.length !== 64) {
    throw malformed(
      'envelope-signature',
      `Cannot read an envelope: ${quoted(fields.text('keyid'))} names no key and signature of ours`,
    );
  }
  return { index: Number(digits), raw };
}

/**
 * Reads a parsed envelope. Whose keys its key ids name is seen by writing it again for its issuer.
 * @throws GitkelError `malformed`.
 */
export function parseEnvelope(value: Json): ParsedEnvelope {
  const fields = fieldsOf(value, 'an envelope', ['payload', 'payloadType', 'signatures']);
  if (fields.text('payloadType') !== PAYLOAD_TYPE) {
    throw malformed(
      'payload-type',
      `Cannot read an envelope: its payload type is ${quoted(fields.text('payloadType'))}`,
    );
  }
  const payload = decodeStandardBase64(fields.text('payload'));
  if (payload === undefined)
    throw malformed('payload', 'Cannot read an envelope: its payload is not standard base64');
  return { payload, signatures: fields.list('signatures').map(parseSignature) };
}
