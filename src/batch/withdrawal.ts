import { canonicalBytes, type Json, parseCanonical } from '../base/canonical-json.ts';
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

function documentOf(batch: string, signer: string, reason: string): { readonly [key: string]: Json } {
  return { batch, format: FORMAT, reason, signer };
}

/** Signs a withdrawal: the signature is over the document's canonical JSON without `signature`. */
export async function signWithdrawal(
  crypto: Crypto,
  batch: string,
  reason: string,
  signer: Signer,
): Promise<Withdrawal> {
  const document = documentOf(batch, signer.publicKey, reason);
  const message = canonicalBytes(document);
  const raw = await checkedSignature(crypto, signer, signer.publicKey, message, 'Cannot withdraw');
  const signature = encodePrimitive({ code: SIGNATURE_CODE, raw });
  return { batch, signer: signer.publicKey, reason, bytes: canonicalBytes({ ...document, signature }) };
}

/**
 * Reads a withdrawal and verifies its signature. Whether the signer has a say is for the caller.
 * @throws GitkelError `malformed`, or `refused` for a wrong signature.
 */
export function parseWithdrawal(crypto: Crypto, bytes: Uint8Array): Withdrawal {
  const what = 'the withdrawal';
  const fields = fieldsOf(parseCanonical(bytes, LIMITS.homeFileBytes, what), what, ['batch', 'format', 'reason', 'signature', 'signer']);
  if (fields.text('format') !== FORMAT) {
    throw malformed('withdrawal-format', `Cannot read ${what}: format ${quoted(fields.text('format'))}`);
  }
  const [batch, signer, reason] = [fields.text('batch'), fields.text('signer'), fields.text('reason')];
  const signature = decodePrimitive(fields.text('signature'));
  const message = canonicalBytes(documentOf(batch, signer, reason));
  if (signature.code !== SIGNATURE_CODE || !crypto.verify(decodePrimitive(signer).raw, message, signature.raw)) {
    throw new GitkelError('refused', `Cannot take ${what}: the signature of ${quoted(signer)} does not hold`, { reason: 'bad-signature' });
  }
  return { batch, signer, reason, bytes };
}
