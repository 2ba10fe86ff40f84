/**
 * JSON that people write: any layout, but one meaning only (RFC 8259; no name stands twice in an object, which its section
 * 4 leaves open and readers judge differently).
 * @module
 */
import { type Json, parseBounded } from './bounded-json.ts';
import { isUnicode } from './canonical-json.ts';
import { malformed, quoted } from './errors.ts';

/** Strings and the marks around them; of a text that is JSON nothing else matters here. */
const TOKENS = /"[^"\\]*(?:\\[^][^"\\]*)*"|[{}[\]:]/g;

/** The text of a string token. */
function textOf(token: string): string {
  const value: unknown = JSON.parse(token);
  return typeof value === 'string' ? value : token;
}

/** Refuses a name that stands twice in one object, and text that is not Unicode. */
function checkNames(text: string, what: string): void {
  /** The names of each object that is open; `undefined` for a list. */
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const name = textOf(last);
      if (open.at(-1)?.has(name) === true)
        throw malformed(
          'json-duplicate',
          `Cannot read ${what}: ${quoted(name)} stands in it twice`,
        );
      open.at(-1)?.add(name);
    } else if (!isUnicode(textOf(token))) {
      throw malformed('json-unicode', `Cannot read ${what}: ${quoted(token)} is not Unicode text`);
    }
    last = token;
  }
}

/**
 * Parses UTF-8 bytes of at most `limit` as JSON.
 * @param what the document, as a message calls it
 * @throws GitkelError `malformed`: `too-large`, `not-utf8`, `json-depth`, `not-json`, `json-duplicate`, `json-unicode`.
 */
export function parseStrictJson(bytes: Uint8Array, limit: number, what: string): Json {
  const { text, value } = parseBounded(bytes, limit, what);
  checkNames(text, what);
  return value;
}
