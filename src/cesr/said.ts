/**
 * Self-addressing identifiers: the digest of a serialisation that carries it (CESR specification, "Self-addressing
 * identifier (SAID)").
 * @module
 */
import { malformed } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isDigestCode, layoutOf } from './codes.ts';
import { digestText } from './digest.ts';

/** Bytes of a serialisation: `length` of them from `start`. */
export interface Span {
  readonly start: number;
  readonly length: number;
}

const HASH_SIGN = 0x23;

function sizeOf(code: string): number {
  const size = isDigestCode(code) ? layoutOf(code)?.fullSize : undefined;
  if (size === undefined) throw new Error(`${code} is not the code of a digest`);
  return size;
}

/** What stands in place of a digest of this code while it is computed: `#` as often as it has characters. */
export function dummy(code: string): string {
  return '#'.repeat(sizeOf(code));
}

/**
 * The SAID of a serialisation in which the spans are where the SAID stands, whatever stands there now.
 * @throws GitkelError `malformed` for a span that is outside of the bytes or has not the size of the code.
 */
export function saidOf(
  crypto: Crypto,
  bytes: Uint8Array,
  spans: readonly Span[],
  code = 'E',
): string {
  const size = sizeOf(code);
  const blanked = new Uint8Array(bytes);
  for (const { start, length } of spans) {
    if (length !== size || !Number.isInteger(start) || start < 0 || start + length > bytes.length) {
      throw malformed(
        'said-span',
        `Cannot compute a SAID of ${size} characters for a field of ${length} at ${start}`,
      );
    }
    blanked.fill(HASH_SIGN, start, start + length);
  }
  return digestText(crypto, blanked, code);
}
