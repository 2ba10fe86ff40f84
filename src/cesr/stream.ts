/**
 * Where a stream can be entered without knowing what came before (CESR specification, "Cold start stream parsing").
 * @module
 */

/**
 * What starts with a byte: a counter in text or in binary, an operation code, a message in one of three
 * serialisations, or the white space of annotated CESR.
 */
export type ColdStart = 'annotated' | 'text' | 'operation' | 'json' | 'msgpack' | 'cbor' | 'binary';

const BY_FIRST_THREE_BITS: readonly ColdStart[] = [
  'annotated',
  'text',
  'operation',
  'json',
  'msgpack',
  'cbor',
  'msgpack',
  'binary',
];

/** What a stream continues with, by its next byte. */
export function coldStart(byte: number): ColdStart {
  const kind = BY_FIRST_THREE_BITS[byte >> 5];
  if (kind === undefined) throw new Error(`${byte} is not a byte`);
  return kind;
}
