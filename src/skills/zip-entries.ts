/**
 * Entries of a zip file (PKWARE APPNOTE 6.3.10), read in one way only: its directory and its local headers say the same,
 * its files fill it without gap or overlap, and nothing comes before or after. What two programs could read differently is
 * refused.
 * @module
 */
import { fromUtf8, isPrintableAscii, sameBytes } from '../base/bytes.ts';
import { type GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { crc32, inflateRaw } from './inflate.ts';
import type { EntryKind, SkillEntry } from './skill-entry.ts';

const SIGNATURE = {
  local: 0x04034b50,
  descriptor: 0x08074b50,
  central: 0x02014b50,
  end: 0x06054b50,
} as const;
/** Bytes of the fixed parts (sections 4.3.7, 4.3.12 and 4.3.16). */
const SIZE = { local: 30, central: 46, end: 22 } as const;
/** Bits of the flags that are understood (section 4.4.4); 1 and 2 tell how it was compressed. */
const FLAG = { descriptor: 0x8, utf8: 0x800, known: 0x80e } as const;
const METHOD = { stored: 0, deflated: 8 } as const;
/** Extra fields that give an entry another size, or another name (sections 4.5.3 and 4.6.9). */
const EXTRA = { zip64: 0x0001, unicodePath: 0x7075 } as const;
/** Systems whose attributes hold Unix modes (section 4.4.2): Unix and macOS. */
const UNIX_SYSTEMS: ReadonlySet<number> = new Set([3, 19]);
const DOS_DIRECTORY = 0x10;

interface CentralEntry {
  readonly rawName: Uint8Array;
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly unixMode: number | undefined;
  readonly isDosDirectory: boolean;
  readonly offset: number;
}

function damaged(why: string): GitkelError {
  return malformed('archive-damaged', `Cannot read the zip file: ${why}`);
}

function unsupported(why: string): GitkelError {
  return malformed('archive-unsupported', `Cannot read the zip file: ${why}`, {
    hint: 'Pack it anew with another program: for a skill, `git archive --format=zip`.',
  });
}

/** Little-endian numbers and parts of the file; what would lie outside of it is refused. */
interface Numbers {
  readonly bytes: Uint8Array;
  u16(at: number): number;
  u32(at: number): number;
  slice(at: number, length: number): Uint8Array;
}

function numbersOf(bytes: Uint8Array): Numbers {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const inside = (at: number, length: number): number => {
    if (at + length > bytes.length) throw damaged('it is cut off');
    return at;
  };
  return {
    bytes,
    u16: (at) => view.getUint16(inside(at, 2), true),
    u32: (at) => view.getUint32(inside(at, 4), true),
    slice: (at, length) => bytes.subarray(inside(at, length), at + length),
  };
}

/** The end record: the only one that its comment, which is text, leaves possible. */
function findEnd(zip: Numbers): number {
  const { length } = zip.bytes;
  for (let at = length - SIZE.end; at >= 0 && at >= length - SIZE.end - 0xffff; at--) {
    if (zip.u32(at) !== SIGNATURE.end) continue;
    const comment = zip.slice(at + SIZE.end, length - at - SIZE.end);
    if (zip.u16(at + 20) !== comment.length || !isPrintableAscii(fromUtf8(comment) ?? '\0'))
      throw unsupported('its comment is no text, or bytes follow on it');
    return at;
  }
  throw damaged('it has no end record');
}

function checkExtra(zip: Numbers, start: number, length: number): void {
  const end = start + length;
  for (let at = start; at < end;) {
    if (at + 4 > end) throw damaged('an extra field is cut off');
    const id = zip.u16(at);
    if (id === EXTRA.zip64) throw unsupported('it is in the zip64 form');
    if (id === EXTRA.unicodePath) throw unsupported('an entry has a second name');
    at += 4 + zip.u16(at + 2);
    if (at > end) throw damaged('an extra field is cut off');
  }
}

function nameOf(rawName: Uint8Array, flags: number): string {
  const name = fromUtf8(rawName);
  if (name === undefined || ((flags & FLAG.utf8) === 0 && !/^[\0-\u007f]*$/.test(name)))
    throw unsupported('the name of an entry is not marked as UTF-8, or is no UTF-8');
  return name;
}

function centralAt(
  zip: Numbers,
  at: number,
): { readonly entry: CentralEntry; readonly end: number } {
  if (zip.u32(at) !== SIGNATURE.central)
    throw damaged('its directory has fewer entries than it says');
  const [flags, method] = [zip.u16(at + 8), zip.u16(at + 10)];
  const [nameLength, extraLength, commentLength] = [
    zip.u16(at + 28),
    zip.u16(at + 30),
    zip.u16(at + 32),
  ];
  const rawName = zip.slice(at + SIZE.central, nameLength);
  const name = nameOf(rawName, flags);
  if ((flags & ~FLAG.known) !== 0) throw unsupported(`${quoted(name)} is encrypted or patched`);
  if (method !== METHOD.stored && method !== METHOD.deflated)
    throw unsupported(`${quoted(name)} is compressed by method ${method}`);
  if (zip.u16(at + 34) !== 0) throw unsupported('it has several parts');
  checkExtra(zip, at + SIZE.central + nameLength, extraLength);
  const attributes = zip.u32(at + 38);
  const isUnix = UNIX_SYSTEMS.has(zip.u16(at + 4) >> 8);
  const entry = {
    rawName,
    name,
    flags,
    method,
    crc: zip.u32(at + 16),
    compressedSize: zip.u32(at + 20),
    size: zip.u32(at + 24),
    unixMode: isUnix ? attributes >>> 16 : undefined,
    isDosDirectory: (attributes & DOS_DIRECTORY) !== 0,
    offset: zip.u32(at + 42),
  };
  return { entry, end: at + SIZE.central + nameLength + extraLength + commentLength };
}

function readDirectory(
  zip: Numbers,
  most: number,
): {
  readonly entries: readonly CentralEntry[];
  readonly start: number;
} {
  const end = findEnd(zip);
  const [disk, startDisk, here, total] = [4, 6, 8, 10].map((offset) => zip.u16(end + offset));
  const [size, start] = [zip.u32(end + 12), zip.u32(end + 16)];
  if (total === 0xffff || start === 0xffffffff) throw unsupported('it is in the zip64 form');
  if (disk !== 0 || startDisk !== 0 || here !== total) throw unsupported('it has several parts');
  if ((total ?? 0) > most) throw unsupported(`it has more than ${most} entries`);
  if (start + size !== end) throw damaged('its directory is not where the end record says');
  const entries: CentralEntry[] = [];
  let at = start;
  for (let index = 0; index < (total ?? 0); index++) {
    const found = centralAt(zip, at);
    entries.push(found.entry);
    at = found.end;
  }
  if (at !== end) throw damaged('its directory has more entries than it says');
  return { entries, start };
}

/** Checks the header before an entry's data against the directory; gives where the data begins. */
function dataStart(zip: Numbers, entry: CentralEntry): number {
  const at = entry.offset;
  if (zip.u32(at) !== SIGNATURE.local) throw damaged(`${quoted(entry.name)} is not where it says`);
  const [nameLength, extraLength] = [zip.u16(at + 26), zip.u16(at + 28)];
  const sums = [zip.u32(at + 14), zip.u32(at + 18), zip.u32(at + 22)];
  const told = [entry.crc, entry.compressedSize, entry.size];
  const isLater = (entry.flags & FLAG.descriptor) !== 0;
  const agrees =
    zip.u16(at + 6) === entry.flags &&
    zip.u16(at + 8) === entry.method &&
    sameBytes(zip.slice(at + SIZE.local, nameLength), entry.rawName) &&
    sums.every((value, index) => value === told[index] || (isLater && value === 0));
  if (!agrees) throw damaged(`the two headers of ${quoted(entry.name)} differ`);
  checkExtra(zip, at + SIZE.local + nameLength, extraLength);
  return at + SIZE.local + nameLength + extraLength;
}

/** Whether the descriptor that follows on the data is there and ends at `end` (section 4.3.9). */
function descriptorFits(zip: Numbers, entry: CentralEntry, at: number, end: number): boolean {
  if ((entry.flags & FLAG.descriptor) === 0) return at === end;
  const hasSignature = end - at === 16 && zip.u32(at) === SIGNATURE.descriptor;
  if (!hasSignature && end - at !== 12) return false;
  const sums = hasSignature ? at + 4 : at;
  return (
    zip.u32(sums) === entry.crc &&
    zip.u32(sums + 4) === entry.compressedSize &&
    zip.u32(sums + 8) === entry.size
  );
}

/** Where the data of each entry begins. They fill the file up to its directory, in some order. */
function layOut(
  zip: Numbers,
  entries: readonly CentralEntry[],
  end: number,
): ReadonlyMap<CentralEntry, number> {
  const sorted = entries.toSorted((a, b) => a.offset - b.offset);
  const starts = new Map<CentralEntry, number>();
  if ((sorted[0]?.offset ?? end) !== 0) throw damaged('bytes come before its first entry');
  for (const [index, entry] of sorted.entries()) {
    const start = dataStart(zip, entry);
    const next = sorted[index + 1]?.offset ?? end;
    if (!descriptorFits(zip, entry, start + entry.compressedSize, next))
      throw damaged(`${quoted(entry.name)} does not end where the next entry begins`);
    starts.set(entry, start);
  }
  return starts;
}

const TYPE = { mask: 0o170000, file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;

function kindOf({ name, size, unixMode, isDosDirectory }: CentralEntry): EntryKind {
  const isNamedDirectory = name.endsWith('/');
  const type = (unixMode ?? 0) & TYPE.mask;
  if (type === TYPE.symlink) return 'symlink';
  if (type !== 0 && type !== TYPE.file && type !== TYPE.directory) return 'special';
  const isTypedDirectory = type === TYPE.directory || (type === 0 && isDosDirectory);
  if ((isTypedDirectory && !isNamedDirectory) || (type === TYPE.file && isNamedDirectory))
    throw damaged(`${quoted(name)} is a directory by one sign and a file by another`);
  if (isNamedDirectory && size !== 0) throw damaged(`the directory ${quoted(name)} has content`);
  return isNamedDirectory ? 'directory' : 'file';
}

function contentOf(zip: Numbers, entry: CentralEntry, start: number): Uint8Array {
  const what = `${quoted(entry.name)} in the zip file`;
  const data = zip.slice(start, entry.compressedSize);
  const bytes = entry.method === METHOD.stored ? data : inflateRaw(data, entry.size, what);
  if (bytes.length !== entry.size || crc32(bytes) !== entry.crc)
    throw damaged(`${quoted(entry.name)} has another size or checksum than it says`);
  return bytes;
}

/**
 * The entries of a zip file; a file is inflated when it is read.
 * @param most how many there may be
 * @throws GitkelError `malformed`: `archive-damaged`, `archive-unsupported` (encryption, zip64, several parts, …),
 * `archive-ratio`.
 */
export function zipEntries(
  bytes: Uint8Array,
  most: number = LIMITS.skillEntries,
): readonly SkillEntry[] {
  const zip = numbersOf(bytes);
  const { entries, start } = readDirectory(zip, most);
  const starts = layOut(zip, entries, start);
  return entries.map((entry) => {
    const kind = kindOf(entry);
    if (
      entry.size > LIMITS.skillArchiveSlack &&
      entry.size > LIMITS.skillArchiveRatio * entry.compressedSize
    ) {
      throw malformed(
        'archive-ratio',
        `Cannot read the zip file: ${quoted(entry.name)} inflates to more than ${LIMITS.skillArchiveRatio} times its size`,
      );
    }
    return {
      path: kind === 'directory' ? entry.name.slice(0, -1) : entry.name,
      kind,
      mode: (entry.unixMode ?? 0o644) & 0o7777,
      size: entry.size,
      links: 1,
      read: () => contentOf(zip, entry, starts.get(entry) ?? 0),
    };
  });
}
