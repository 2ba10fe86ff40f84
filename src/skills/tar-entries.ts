/**
 * Entries of a tar archive (POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange Format"; of GNU's additions
 * the long names). What changes an entry's name or size in a way that not every program follows is refused.
 * @module
 */
import { fromUtf8 } from '../base/bytes.ts';
import { type GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { EntryKind, SkillEntry } from './skill-entry.ts';

const BLOCK = 512;
/** Fields of a header: where, and how many bytes. */
const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  size: [124, 12],
  checksum: [148, 8],
  magic: [257, 8],
  prefix: [345, 155],
} as const;
const TYPE_AT = 156;
const SPACE = 0x20;

/** Keys of extended headers that change nothing that counts here: times, owners, comments, attributes. */
const HARMLESS_KEY =
  /^(?:atime|mtime|ctime|uid|gid|uname|gname|comment|(?:SCHILY|LIBARCHIVE)\.(?!realsize)[\w.:-]+)$/;

function damaged(why: string): GitkelError {
  return malformed('archive-damaged', `Cannot read the tar archive: ${why}`);
}

function unsupported(why: string): GitkelError {
  return malformed('archive-unsupported', `Cannot read the tar archive: ${why}`, {
    hint: 'Pack it anew with `tar --format=pax -czf` or `git archive`.',
  });
}

/** A field's text up to its first NUL. Bytes that are no UTF-8 are shown as U+FFFD, which no path may hold. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return fromUtf8(end < 0 ? bytes : bytes.subarray(0, end)) ?? '\ufffd';
}

function field(header: Uint8Array, [start, length]: readonly [number, number]): Uint8Array {
  return header.subarray(start, start + length);
}

/** An octal number; GNU's binary form, for sizes that no skill has, is refused. */
function octal(header: Uint8Array, place: readonly [number, number]): number {
  const text = textOf(field(header, place)).trim();
  if (!/^[0-7]{0,11}$/.test(text)) throw unsupported(`a header holds the number ${quoted(text)}`);
  return text === '' ? 0 : Number.parseInt(text, 8);
}

function checkSum(header: Uint8Array): void {
  const [start, length] = FIELD.checksum;
  let sum = length * SPACE;
  for (const [at, byte] of header.entries()) if (at < start || at >= start + length) sum += byte;
  if (octal(header, FIELD.checksum) !== sum) throw damaged('the checksum of a header is wrong');
}

function nameOf(header: Uint8Array): string {
  const magic = textOf(field(header, FIELD.magic));
  if (magic !== '' && !magic.startsWith('ustar')) throw damaged('a header is none of tar');
  const name = textOf(field(header, FIELD.name));
  // In GNU's own form other things stand in place of the prefix.
  const prefix =
    magic === 'ustar' || magic === 'ustar00' ? textOf(field(header, FIELD.prefix)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** The records of an extended header: `<length> <key>=<value>` and LF each. */
function paxRecords(bytes: Uint8Array): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(SPACE, at);
    const length = Number(/^[1-9][0-9]{0,6}$/.exec(textOf(bytes.subarray(at, space)))?.[0] ?? 0);
    const end = at + length;
    const record = fromUtf8(bytes.subarray(space + 1, end)) ?? '';
    const [, key, value] = /^([^=]+)=([^]*)\n$/.exec(record) ?? [];
    if (
      space < 0 ||
      end > bytes.length ||
      key === undefined ||
      value === undefined ||
      records.has(key)
    )
      throw damaged('an extended header is not as it should be');
    records.set(key, value);
    at = end;
  }
  return records;
}

/** What headers before an entry say about it. */
interface Announced {
  readonly longName: string | undefined;
  readonly pax: ReadonlyMap<string, string> | undefined;
}

const NOTHING: Announced = { longName: undefined, pax: undefined };

function checkRecords(records: ReadonlyMap<string, string>, allowed: readonly string[]): void {
  for (const key of records.keys()) {
    if (!HARMLESS_KEY.test(key) && !allowed.includes(key))
      throw unsupported(`an extended header sets ${quoted(key)}`);
  }
}

/** The name that counts, of those that the headers give. */
function finalName(header: Uint8Array, { longName, pax }: Announced): string {
  const path = pax?.get('path');
  if (path !== undefined && longName !== undefined)
    throw unsupported('an entry has two long names');
  return path ?? longName ?? nameOf(header);
}

function kindOf(type: string, name: string): EntryKind {
  switch (type) {
    case '0':
    case '\0':
      return name.endsWith('/') ? 'directory' : 'file';
    case '5':
      return 'directory';
    case '1':
      return 'hard-link';
    case '2':
      return 'symlink';
    case '3':
    case '4':
    case '6':
      return 'special';
    default:
      throw unsupported(`${quoted(name)} is of the type ${quoted(type)}`);
  }
}

/** `./a/` is `a`: what tar writes for `tar -c .`; the root itself becomes empty. */
function plainPath(name: string): string {
  const relative = name === '.' ? '' : name.replace(/^\.\//, '');
  return relative.replace(/\/$/, '');
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

interface Member {
  readonly header: Uint8Array;
  readonly type: string;
  readonly data: Uint8Array;
}

/** Headers with their data, up to the end mark; only zeros may follow on it. */
function* members(tar: Uint8Array): Generator<Member> {
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK);
    if (isZero(header)) {
      if (!isZero(tar.subarray(at))) throw damaged('bytes follow on its end');
      return;
    }
    checkSum(header);
    const size = octal(header, FIELD.size);
    const start = at + BLOCK;
    if (start + size > tar.length) throw damaged('it is cut off');
    const data = tar.subarray(start, start + size);
    yield { header, type: String.fromCharCode(header[TYPE_AT] ?? 0), data };
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw damaged('it has no end mark');
}

function entryOf({ header, type, data }: Member, announced: Announced): SkillEntry {
  const name = finalName(header, announced);
  const kind = kindOf(type, name);
  const size = announced.pax?.get('size');
  if (size !== undefined && size !== String(data.length))
    throw unsupported('an entry has two sizes');
  if (kind !== 'file' && data.length > 0)
    throw unsupported(`${quoted(name)} is no file and has content`);
  return {
    path: plainPath(name),
    kind,
    mode: octal(header, FIELD.mode) & 0o7777,
    size: data.length,
    links: 1,
    read: () => data,
  };
}

/**
 * The entries of a tar archive.
 * @throws GitkelError `malformed`: `archive-damaged`, `archive-unsupported`.
 */
export function tarEntries(tar: Uint8Array): readonly SkillEntry[] {
  const entries: SkillEntry[] = [];
  let announced = NOTHING;
  let [count, announcing] = [0, 0];
  for (const member of members(tar)) {
    if (++count > 2 * LIMITS.skillEntries)
      throw unsupported(`it has more than ${LIMITS.skillEntries} entries`);
    if (/^[gxLK]$/.test(member.type)) announcing += member.data.length;
    if (announcing > LIMITS.skillTarHeaderBytes)
      throw unsupported(`its extended headers have more than ${LIMITS.skillTarHeaderBytes} bytes`);
    if (member.type === 'g') checkRecords(paxRecords(member.data), []);
    else if (member.type === 'x') {
      if (announced.pax !== undefined) throw unsupported('an entry has two extended headers');
      const pax = paxRecords(member.data);
      checkRecords(pax, ['path', 'linkpath', 'size']);
      announced = { longName: announced.longName, pax };
    } else if (member.type === 'L') {
      if (announced.longName !== undefined) throw unsupported('an entry has two long names');
      announced = { longName: textOf(member.data), pax: announced.pax };
    } else if (member.type !== 'K') {
      const entry = entryOf(member, announced);
      if (entry.path !== '' || entry.kind !== 'directory') entries.push(entry);
      announced = NOTHING;
    }
  }
  if (announced.pax !== undefined || announced.longName !== undefined)
    throw damaged('headers announce an entry that does not come');
  return entries;
}
