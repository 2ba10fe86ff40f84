/**
 * Standard Base64 with padding (RFC 4648 section 4), for formats that ask for it.
 * @module
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const NO_DIGIT = 0xff;
/** The values of characters by their codes. */
const VALUES = new Uint8Array(128).fill(NO_DIGIT);
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

function valueAt(text: string, at: number): number {
  return VALUES[text.charCodeAt(at)] ?? NO_DIGIT;
}

export function encodeStandardBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const word = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += (ALPHABET[word >> 18] ?? '') + (ALPHABET[(word >> 12) & 63] ?? '');
    text += left > 1 ? ALPHABET[(word >> 6) & 63] : '=';
    text += left > 2 ? ALPHABET[word & 63] : '=';
  }
  return text;
}

/** The bytes of exactly what {@link encodeStandardBase64} writes, or `undefined`. */
export function decodeStandardBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let at = 0, filled = 0; at < digits; at += 4) {
    let word = 0;
    for (let place = 0; place < 4; place++) {
      const value = at + place < digits ? valueAt(text, at + place) : 0;
      if (value === NO_DIGIT) return undefined;
      word = (word << 6) | value;
    }
    // Bits that belong to no byte are zero, so that one text alone stands for these bytes.
    if (at + 4 > digits && (word & (padding === 2 ? 0xffff : 0xff)) !== 0) return undefined;
    for (let shift = 16; shift >= 0 && filled < bytes.length; shift -= 8)
      bytes[filled++] = (word >> shift) & 0xff;
  }
  return bytes;
}
