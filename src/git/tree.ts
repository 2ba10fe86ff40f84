import {
  compareBytes,
  concat,
  fromHex,
  fromUtf8,
  isPrintableAscii,
  toHex,
  utf8,
} from '../base/bytes.ts';
import { malformed, quoted } from '../base/errors.ts';
import { isObjectId } from './object.ts';

export type TreeMode = '100644' | '100755' | '120000' | '40000' | '160000';

/** One entry of a tree object. The name is strict UTF-8; the id 40 hexadecimal digits. */
export interface TreeEntry {
  readonly mode: TreeMode;
  readonly name: string;
  readonly oid: string;
}

const OID_BYTES = 20;
const LONGEST_MODE = 6;

export function isTreeMode(text: string): text is TreeMode {
  return (
    text === '100644' ||
    text === '100755' ||
    text === '120000' ||
    text === '40000' ||
    text === '160000'
  );
}

/** Why a name cannot stand in a tree, or `undefined`. */
function nameProblem(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'it is no name of a file';
  if (/[/\0]/.test(name)) return 'it holds a slash or a NUL';
  // Git's own directory under any spelling that a file system may fold into it.
  if (
    /^(?:\.git|git~1)[. ]*$/i.test(
      name.replaceAll(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, ''),
    )
  ) {
    return 'it names the directory of Git itself';
  }
  return undefined;
}

/** The bytes by which Git orders entries: a directory sorts as if its name ended in a slash. */
function sortKey(entry: TreeEntry): Uint8Array {
  return utf8(entry.mode === '40000' ? `${entry.name}/` : entry.name);
}

function checkName(name: string): void {
  const problem = nameProblem(name);
  if (problem !== undefined)
    throw malformed('tree-name', `Cannot use the tree entry ${quoted(name)}: ${problem}`);
}

/** @throws GitkelError `malformed` for a name that no tree may hold, or that is not printable ASCII. */
export function checkTreeName(name: string): void {
  checkName(name);
  if (!isPrintableAscii(name))
    throw malformed('tree-name', `Cannot use the tree entry ${quoted(name)}: it is not ASCII`);
}

function checkEntry(entry: TreeEntry): void {
  checkName(entry.name);
  if (!isObjectId(entry.oid)) {
    throw malformed(
      'tree-id',
      `Cannot use the tree entry ${quoted(entry.name)}: ${quoted(entry.oid)} is no object id`,
    );
  }
}

function checkOrder(entries: readonly TreeEntry[]): void {
  const names = new Set<string>();
  let previous: Uint8Array | undefined;
  for (const entry of entries) {
    const key = sortKey(entry);
    if (names.has(entry.name)) {
      throw malformed(
        'tree-duplicate',
        `Cannot use a tree: ${quoted(entry.name)} stands in it twice`,
      );
    }
    if (previous !== undefined && compareBytes(previous, key) >= 0) {
      throw malformed('tree-order', `Cannot use a tree: ${quoted(entry.name)} is out of order`);
    }
    names.add(entry.name);
    previous = key;
  }
}

/**
 * The content of a tree object; the entries may come in any order.
 * @throws GitkelError `malformed` for names, ids or duplicates that no tree may hold.
 */
export function encodeTree(entries: readonly TreeEntry[]): Uint8Array {
  for (const entry of entries) checkEntry(entry);
  const sorted = entries
    .map((entry) => ({ entry, key: sortKey(entry) }))
    .toSorted((a, b) => compareBytes(a.key, b.key))
    .map(({ entry }) => entry);
  checkOrder(sorted);
  return concat(
    ...sorted.flatMap(({ mode, name, oid }) => [
      utf8(`${mode} ${name}\0`),
      fromHex(oid) ?? new Uint8Array(),
    ]),
  );
}

function entryAt(
  bytes: Uint8Array,
  start: number,
): { readonly entry: TreeEntry; readonly end: number } {
  const space = bytes.subarray(start, start + LONGEST_MODE + 1).indexOf(0x20);
  const mode = space < 0 ? undefined : fromUtf8(bytes.subarray(start, start + space));
  if (mode === undefined || !isTreeMode(mode)) {
    throw malformed(
      'tree-mode',
      `Cannot read a tree: the mode ${quoted(mode ?? null)} at byte ${start} is none of Git's`,
    );
  }
  const nameStart = start + space + 1;
  const nul = bytes.indexOf(0, nameStart);
  const end = nul + 1 + OID_BYTES;
  if (nul < 0 || end > bytes.length) {
    throw malformed('tree-truncated', `Cannot read a tree: the entry at byte ${start} is cut off`);
  }
  const name = fromUtf8(bytes.subarray(nameStart, nul));
  if (name === undefined) {
    throw malformed('tree-name', `Cannot read a tree: the name at byte ${nameStart} is not UTF-8`);
  }
  return { entry: { mode, name, oid: toHex(bytes.subarray(nul + 1, end)) }, end };
}

/**
 * Reads the content of a tree object exactly: only what {@link encodeTree} would write is accepted.
 * @throws GitkelError `malformed` for an odd mode or name, a wrong order, a duplicate, or a cut-off entry.
 */
export function decodeTree(bytes: Uint8Array): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let start = 0; start < bytes.length;) {
    const { entry, end } = entryAt(bytes, start);
    checkEntry(entry);
    entries.push(entry);
    start = end;
  }
  checkOrder(entries);
  return entries;
}

const SPACE = 0x20;
const FOUR = 0x34;

/**
 * Finds an entry by its name in the content of a tree object that {@link decodeTree} accepts; `undefined` when there is
 * none. Only one entry is decoded.
 */
export function findEntry(bytes: Uint8Array, name: string): TreeEntry | undefined {
  const wanted = utf8(name);
  for (let start = 0; start < bytes.length;) {
    // Of all modes only that of a directory, `40000`, begins with a 4, and only it has five digits.
    const nameStart = start + (bytes[start] === FOUR ? LONGEST_MODE : LONGEST_MODE + 1);
    const nul = bytes.indexOf(0, nameStart);
    if (nul < 0 || bytes[nameStart - 1] !== SPACE) return undefined;
    if (nul - nameStart === wanted.length && beginsAt(bytes, nameStart, wanted))
      return entryAt(bytes, start).entry;
    start = nul + 1 + OID_BYTES;
  }
  return undefined;
}

function beginsAt(bytes: Uint8Array, start: number, part: Uint8Array): boolean {
  for (let at = 0; at < part.length; at++) if (bytes[start + at] !== part[at]) return false;
  return true;
}
