/**
 * Groups of version 1 that no key event has: signatures over parts of a message (-J, -K), and material that is framed
 * by its size alone (-L, -0L, -Z). They are read exactly as far as their structure goes, and kept as they are.
 * @module
 */
import { malformed, quoted } from '../base/errors.ts';
import { takeSignatureGroup } from './attachment-item.ts';
import type { Counter } from './counter.ts';
import { positionOf, skipCharacters, takeCounter, takeText, type Cursor } from './cursor.ts';

/** A group that was read and set aside. */
export interface SetAsideGroup {
  /** The code of its counter, e.g. `-J`. */
  readonly code: string;
  /** The bytes that its counter counts, in the domain in which they came; it is not among them. */
  readonly bytes: Uint8Array;
}

const CODES: ReadonlySet<string> = new Set(['-J', '-K', '-L', '-0L', '-Z']);

export function isSetAside(code: string): boolean {
  return CODES.has(code);
}

/** A path into a message is written as text of any length. */
function isPathCode(code: string): boolean {
  return code.endsWith('A') && '456789'.includes(code.charAt(0));
}

function takePath(cursor: Cursor): void {
  takeText(cursor, 'the path of an attachment', isPathCode);
}

/** A path, and the signatures over what it leads to. */
function takePathSignatures(cursor: Cursor): void {
  takePath(cursor);
  takeSignatureGroup(cursor);
}

/** A root path, and groups of signatures whose paths start there. */
function takeRootedGroups(cursor: Cursor, count: number): void {
  takePath(cursor);
  for (let i = 0; i < count; i++) {
    const counter = takeCounter(cursor);
    if (counter.code !== '-J' || counter.count === 0) {
      throw malformed(
        'cesr-code',
        `Cannot read a group of signatures by paths: it starts with ${quoted(counter.code)}, not "-J"`,
      );
    }
    for (let item = 0; item < counter.count; item++) takePathSignatures(cursor);
  }
}

/** Reads what a counter of such a group counts. */
export function takeSetAside(cursor: Cursor, { code, count }: Counter): SetAsideGroup {
  const start = positionOf(cursor);
  switch (code) {
    case '-J':
      for (let i = 0; i < count; i++) takePathSignatures(cursor);
      break;
    case '-K':
      takeRootedGroups(cursor, count);
      break;
    default:
      skipCharacters(cursor, 4 * count);
  }
  return { code, bytes: cursor.bytes.slice(start, positionOf(cursor)) };
}
