/**
 * Standard Base64 with padding (RFC 4648 section 4), for formats that ask for it.
 * @module
 */

export function encodeStandardBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** The bytes of exactly what {@link encodeStandardBase64} writes, or `undefined`. */
export function decodeStandardBase64(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return encodeStandardBase64(bytes) === text ? bytes : undefined;
}
