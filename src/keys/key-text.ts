/**
 * Ed25519 keys, seeds and key digests in their CESR text form (codes D, B, A; table of CESR section "Master code table").
 * @module
 */
import { utf8 } from '../base/bytes.ts';
import { malformed, quoted } from '../base/errors.ts';
import { isDigestCode } from '../cesr/codes.ts';
import { digestText } from '../cesr/digest.ts';
import { decodePrimitive, encodePrimitive } from '../cesr/primitive.ts';
import type { Crypto } from '../crypto/crypto.ts';

const TRANSFERABLE = 'D';
const NON_TRANSFERABLE = 'B';
const SEED = 'A';
const NEXT_DIGEST = 'E';

/** The text of a public key that can be rotated. */
export function publicKeyText(raw: Uint8Array): string {
  return encodePrimitive({ code: TRANSFERABLE, raw });
}

/** The text of a public key that never rotates: the identifier of a witness. */
export function nonTransferableText(raw: Uint8Array): string {
  return encodePrimitive({ code: NON_TRANSFERABLE, raw });
}

/**
 * The transferable text of a public key in either form, which names its key file.
 * @throws GitkelError `malformed` for anything but an Ed25519 public key.
 */
export function transferableText(publicKey: string): string {
  const { code, raw } = decodePrimitive(publicKey);
  if (code !== TRANSFERABLE && code !== NON_TRANSFERABLE) {
    throw malformed(
      'public-key',
      `Cannot use ${quoted(publicKey)}: it is not an Ed25519 public key`,
    );
  }
  return publicKeyText(raw);
}

/** The digest by which an event commits to a key before it is revealed (KERI, "Pre-rotation"). */
export function nextDigestOf(crypto: Crypto, publicKey: string): string {
  return digestText(crypto, utf8(publicKey));
}

/** @throws GitkelError `malformed` unless the text is the transferable form of an Ed25519 public key. */
export function requirePublicKey(text: string, what: string): void {
  if (decodePrimitive(text).code === TRANSFERABLE) return;
  throw malformed(
    'public-key',
    `Cannot read ${what}: ${quoted(text)} is not a transferable Ed25519 public key`,
  );
}

/** @throws GitkelError `malformed` unless the text is a digest in CESR. */
export function requireDigest(text: string, what: string): void {
  if (isDigestCode(decodePrimitive(text).code)) return;
  throw malformed('digest', `Cannot read ${what}: ${quoted(text)} is not a digest`);
}

/** @throws GitkelError `malformed` unless the text is a BLAKE3-256 digest, by which this home's next keys are told. */
export function requireNextDigest(text: string, what: string): void {
  if (decodePrimitive(text).code === NEXT_DIGEST) return;
  throw malformed('digest', `Cannot read ${what}: ${quoted(text)} is not a BLAKE3-256 digest`);
}

export function seedText(seed: Uint8Array): string {
  return encodePrimitive({ code: SEED, raw: seed });
}

/**
 * The 32 bytes of a seed's text.
 * @throws GitkelError `malformed`, never quoting the text.
 */
export function seedBytes(text: string, what: string): Uint8Array {
  const wrong = (): Error =>
    malformed('seed', `Cannot read ${what}: its secret is not an Ed25519 seed`);
  if (text.length !== 44 || !text.startsWith(SEED)) throw wrong();
  try {
    return decodePrimitive(text).raw;
  } catch {
    throw wrong();
  }
}
