import { canonicalBytes, isUnicode, type Json, parseCanonical } from '../base/canonical-json.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { decodePrimitive, encodePrimitive } from '../cesr/primitive.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { checkedSignature } from '../keys/checked-signature.ts';
import type { Signer } from '../keys/signer.ts';

/** Advice of one requested signer to let a batch go. It ends nothing by itself: only filling the place does. */
export interface Withdrawal {
  readonly batch: string;
  readonly signer: string;
  readonly reason: string;
  readonly bytes: Uint8Array;
}

const FORMAT = 'gitkel-withdrawal/1';
const SIGNATURE_CODE = '0B';

/** Codes of Ed25519 keys. */
const KEY_CODE = /^[BD]$/;

function isReason(text: string): boolean {
  return text.length <= LIMITS.reasonCharacters && isUnicode(text);
}

function documentOf(
  batch: string,
  signer: string,
  reason: string,
): { readonly [key: string]: Json } {
  return { batch, format: FORMAT, reason, signer };
}

/**
 * Signs a withdrawal: the signature is over the document's canonical JSON without `signature`.
 * @throws GitkelError `usage` for a reason of more than `LIMITS.reasonCharacters`, `refused` for a wrong signature.
 */
export async function signWithdrawal(
  crypto: Crypto,
  batch: string,
  reason: string,
  signer: Signer,
): Promise<Withdrawal> {
  if (!isReason(reason)) {
    throw new GitkelError(
      'usage',
      `Cannot withdraw with the reason ${quoted(reason)}: write at most ${LIMITS.reasonCharacters} characters`,
      { reason: 'reason' },
    );
  }
  const document = documentOf(batch, signer.publicKey, reason);
  const message = canonicalBytes(document);
  const raw = await checkedSignature(crypto, signer, signer.publicKey, message, 'Cannot withdraw');
  const signature = encodePrimitive({ code: SIGNATURE_CODE, raw });
  return {
    batch,
    signer: signer.publicKey,
    reason,
    bytes: canonicalBytes({ ...document, signature }),
  };
}

/**
 * Reads a withdrawal and verifies its signature. Whether the signer has a say is for the caller.
 * @throws GitkelError `malformed`, or `refused` for a wrong signature.
 */
export function parseWithdrawal(crypto: Crypto, bytes: Uint8Array): Withdrawal {
  const what = 'the withdrawal';
  const fields = fieldsOf(parseCanonical(bytes, LIMITS.contributionBytes, what), what, [
    'batch',
    'format',
    'reason',
    'signature',
    'signer',
  ]);
  if (fields.text('format') !== FORMAT) {
    throw malformed(
      'withdrawal-format',
      `Cannot read ${what}: format ${quoted(fields.text('format'))}`,
    );
  }
  const [batch, signer, reason] = [
    fields.text('batch'),
    fields.text('signer'),
    fields.text('reason'),
  ];
  if (!isReason(reason))
    throw malformed(
      'field',
      `Cannot read ${what}: its reason is longer than ${LIMITS.reasonCharacters} characters`,
    );
  const [key, signature] = [decodePrimitive(signer), decodePrimitive(fields.text('signature'))];
  const message = canonicalBytes(documentOf(batch, signer, reason));
  const isSigned =
    KEY_CODE.test(key.code) &&
    signature.code === SIGNATURE_CODE &&
    crypto.verify(key.raw, message, signature.raw);
  if (!isSigned) {
    throw new GitkelError(
      'refused',
      `Cannot take ${what}: the signature of ${quoted(signer)} does not hold`,
      { reason: 'bad-signature' },
    );
  }
  return { batch, signer, reason, bytes };
}
