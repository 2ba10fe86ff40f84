/**
 * JSON Canonicalization Scheme (RFC 8785): what gitkel's own documents are made of.
 * @module
 */
import canonicalize from 'canonicalize';
import { type Json, parseBounded } from './bounded-json.ts';
import { utf8 } from './bytes.ts';
import { malformed } from './errors.ts';

export type { Json } from './bounded-json.ts';

/** The package is CommonJS; its types describe the module object, Node gives the function itself. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the package is at run time
const serialize = canonicalize as unknown as (value: Json) => string | undefined;

/** The RFC 8785 text of a value: sorted keys, no white space. */
export function canonicalText(value: Json): string {
  return serialize(value) ?? 'null';
}

/** The RFC 8785 bytes of a value, UTF-8. */
export function canonicalBytes(value: Json): Uint8Array {
  return utf8(canonicalText(value));
}

/** Whether text is Unicode: no half of a surrogate pair stands alone. */
export function isUnicode(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether RFC 8785 can write a value: finite numbers, and text that is Unicode. */
function canBeWritten(value: Json): boolean {
  if (typeof value === 'string') return isUnicode(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (isList(value)) return value.every(canBeWritten);
  return Object.keys(value).every(isUnicode) && Object.values(value).every(canBeWritten);
}

function isRising(keys: readonly string[]): boolean {
  return keys.every((key, at) => at === 0 || (keys[at - 1] ?? '') < key);
}

/** Whether the keys of every object stand in the order in which RFC 8785 writes them: that of UTF-16 code units. */
function isInOrder(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (isList(value)) return value.every(isInOrder);
  return isRising(Object.keys(value)) && Object.values(value).every(isInOrder);
}

/** Whether a text is the RFC 8785 form of a value. But for the order of keys that is how ECMAScript writes JSON. */
function isCanonical(text: string, value: Json): boolean {
  if (!canBeWritten(value)) return false;
  return (isInOrder(value) ? JSON.stringify(value) : canonicalText(value)) === text;
}

/**
 * Parses bytes that must be exactly the RFC 8785 form of what they mean.
 * @throws GitkelError `malformed` for anything else.
 */
export function parseCanonical(bytes: Uint8Array, limit: number, what: string): Json {
  const { text, value } = parseBounded(bytes, limit, what);
  if (!isCanonical(text, value)) {
    throw malformed('not-canonical', `Cannot read ${what}: it is not canonical JSON (RFC 8785)`);
  }
  return value;
}
