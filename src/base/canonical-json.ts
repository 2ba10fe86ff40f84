/**
 * JSON Canonicalization Scheme (RFC 8785): what gitkel's own documents are made of.
 * @module
 */
import canonicalize from 'canonicalize';
import { fromUtf8, utf8 } from './bytes.ts';
import { malformed } from './errors.ts';
import { LIMITS } from './limits.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

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

/** Refuses text that nests too deeply, before anything recurses into it. Brackets inside of strings do not count. */
function checkDepth(text: string, what: string): void {
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) isInString = !isInString;
    else if (isInString) {
      if (char === BACKSLASH) i++;
    } else if (char === 0x5b || char === 0x7b) {
      depth++;
      if (depth > LIMITS.jsonDepth) throw malformed('json-depth', `Cannot read ${what}: nested too deeply`);
    } else if (char === 0x5d || char === 0x7d) depth--;
  }
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
  return Object.entries(value).every(([key, item]) => isUnicode(key) && canBeWritten(item));
}

/**
 * Parses bytes that must be exactly the RFC 8785 form of what they mean.
 * @throws GitkelError `malformed` for anything else.
 */
export function parseCanonical(bytes: Uint8Array, limit: number, what: string): Json {
  if (bytes.length > limit) {
    throw malformed('too-large', `Cannot read ${what}: ${bytes.length} bytes, the limit is ${limit}`);
  }
  const text = fromUtf8(bytes);
  if (text === undefined) throw malformed('not-utf8', `Cannot read ${what}: it is not UTF-8 text`);
  checkDepth(text, what);
  let value: Json;
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse gives nothing else
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw malformed('not-json', `Cannot read ${what}: it is not JSON`, { cause });
  }
  if (!canBeWritten(value) || canonicalText(value) !== text) {
    throw malformed('not-canonical', `Cannot read ${what}: it is not canonical JSON (RFC 8785)`);
  }
  return value;
}
