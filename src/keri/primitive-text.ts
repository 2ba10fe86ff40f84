/**
 * CESR primitives as events hold them: text that may be anything until it is checked.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { isDigestCode } from '../cesr/codes.ts';
import { decodePrimitive, isPrimitiveOf } from '../cesr/primitive.ts';
import type { Crypto } from '../crypto/crypto.ts';

/** The code of a digest or an Ed25519 key by its first characters; other codes may come out cut short. */
export function codeOf(text: string): string {
  return text.slice(0, text.startsWith('0') ? 2 : 1);
}

/** The raw value of a text that is exactly one CESR primitive; `undefined` for anything else. */
function rawOf(text: string): Uint8Array | undefined {
  try {
    return decodePrimitive(text).raw;
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return undefined;
  }
}

/** Whether a text is exactly one digest. */
export function isDigest(text: string): boolean {
  const code = codeOf(text);
  return isDigestCode(code) && isPrimitiveOf(code, text);
}

/** Whether a text is exactly one identifier prefix: a digest or an Ed25519 key. */
export function isPrefix(text: string): boolean {
  const code = codeOf(text);
  return (code === 'B' || code === 'D' || isDigestCode(code)) && isPrimitiveOf(code, text);
}

/** What is wrong with a text that should be an Ed25519 key of this code (`B`, which cannot rotate, or `D`). */
export function keyProblem(
  crypto: Crypto,
  text: string,
  code: 'B' | 'D',
): 'code' | 'point' | undefined {
  const raw = text.startsWith(code) ? rawOf(text) : undefined;
  if (raw === undefined) return 'code';
  return crypto.isPublicKey(raw) ? undefined : 'point';
}
