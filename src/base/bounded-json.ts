/**
 * JSON from somebody else (RFC 8259): as large and as deep as it may be, and nothing said yet about its form.
 * @module
 */
import { fromUtf8 } from './bytes.ts';
import { malformed } from './errors.ts';
import { LIMITS } from './limits.ts';

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

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
      if (depth > LIMITS.jsonDepth)
        throw malformed('json-depth', `Cannot read ${what}: nested too deeply`);
    } else if (char === 0x5d || char === 0x7d) depth--;
  }
}

/**
 * Parses UTF-8 bytes of at most `limit` as JSON, and gives their text, too.
 * @param what the document, as a message calls it
 * @throws GitkelError `malformed`: `too-large`, `not-utf8`, `json-depth`, `not-json`.
 */
export function parseBounded(
  bytes: Uint8Array,
  limit: number,
  what: string,
): { readonly text: string; readonly value: Json } {
  if (bytes.length > limit) {
    throw malformed(
      'too-large',
      `Cannot read ${what}: ${bytes.length} bytes, the limit is ${limit}`,
    );
  }
  const text = fromUtf8(bytes);
  if (text === undefined) throw malformed('not-utf8', `Cannot read ${what}: it is not UTF-8 text`);
  checkDepth(text, what);
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse gives nothing else
    return { text, value: JSON.parse(text) as Json };
  } catch (cause) {
    throw malformed('not-json', `Cannot read ${what}: it is not JSON`, { cause });
  }
}
