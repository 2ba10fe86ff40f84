/**
 * A place in a CESR section of bytes, read primitive by primitive in either domain.
 * @module
 */
import { malformed, quoted } from '../base/errors.ts';
import { asciiText, encodeBase64 } from './base64.ts';
import { readCounter, type Counter } from './counter.ts';
import { primitiveSize, readPrimitive } from './primitive.ts';
import { readIndexedSignature, type IndexedSignature } from './signature.ts';

/** Text has four bytes for each quadlet of characters, binary has three. */
export type Domain = 'text' | 'binary';

/**
 * A window of text over the bytes, so that both domains are read as text and no bytes are turned into text twice.
 * Reading moves it; only the reader that made it holds it.
 */
export interface Cursor {
  readonly bytes: Uint8Array;
  readonly domain: Domain;
  /** The byte at which the section must end. */
  readonly limit: number;
  /** The first byte that is not in the window yet. */
  next: number;
  window: string;
  /** The character of the window that is read next. */
  at: number;
}

/** Characters that the window grows by. No primitive of fixed size is longer than `LONGEST`. */
const STEP = 512;
const LONGEST = 160;

export function cursorAt(bytes: Uint8Array, domain: Domain, start: number, limit: number): Cursor {
  return { bytes, domain, limit, next: start, window: '', at: 0 };
}

/** Bytes that this many characters take. */
export function byteLength(domain: Domain, characters: number): number {
  return domain === 'text' ? characters : (characters / 4) * 3;
}

/** The byte that is read next. */
export function positionOf(cursor: Cursor): number {
  return cursor.next - byteLength(cursor.domain, cursor.window.length - cursor.at);
}

function fill(cursor: Cursor, characters = LONGEST): void {
  if (cursor.window.length - cursor.at >= characters) return;
  const { bytes, domain, limit, next } = cursor;
  const available = limit - next;
  const whole = domain === 'text' ? available : Math.floor(available / 3) * 3;
  const end = next + Math.min(whole, byteLength(domain, Math.max(STEP, characters)));
  if (end === next) return;
  const more = domain === 'text' ? asciiText(bytes, next, end) : encodeBase64(bytes, next, end);
  cursor.window = cursor.window.slice(cursor.at) + more;
  cursor.at = 0;
  cursor.next = end;
}

export function takeCounter(cursor: Cursor): Counter {
  fill(cursor);
  const { counter, end } = readCounter(cursor.window, cursor.at);
  cursor.at = end;
  return counter;
}

export function takeSignature(cursor: Cursor): IndexedSignature {
  fill(cursor);
  const { signature, end } = readIndexedSignature(cursor.window, cursor.at);
  cursor.at = end;
  return signature;
}

/** Leaves out characters that are framed by their number alone. */
export function skipCharacters(cursor: Cursor, characters: number): void {
  const { domain, limit } = cursor;
  const to = positionOf(cursor) + byteLength(domain, characters);
  if (to > limit) {
    throw malformed(
      'cesr-short',
      `Cannot read ${characters} characters of a group: ${to - limit} bytes are missing`,
    );
  }
  cursor.next = to;
  cursor.window = '';
  cursor.at = 0;
}

/** The CESR text of the next primitive, whose code must be one that is expected. */
export function takeText(
  cursor: Cursor,
  what: string,
  isExpected: (code: string) => boolean,
): string {
  fill(cursor);
  fill(cursor, primitiveSize(cursor.window, cursor.at));
  const start = cursor.at;
  const { primitive, end } = readPrimitive(cursor.window, start);
  const text = cursor.window.slice(start, end);
  if (!isExpected(primitive.code)) {
    throw malformed(
      'cesr-code',
      `Cannot read ${what}: ${quoted(text)} has a code for something else`,
    );
  }
  cursor.at = end;
  return text;
}
