/**
 * What lies in archives and documents: their members, as far as they can be unpacked within bounds, and what in them runs by
 * itself.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { gunzip } from '../skills/inflate.ts';
import type { SkillEntry } from '../skills/skill-entry.ts';
import { tarEntries } from '../skills/tar-entries.ts';
import { zipEntries } from '../skills/zip-entries.ts';
import { formatOf } from './file-kind.ts';
import type { Spotted } from './finding.ts';
import { harmlessText } from './harmless-text.ts';
import { SCAN_INCOMPLETE } from './scan-result.ts';
import type { ScanPart } from './scan-part.ts';
import { spotted } from './spot.ts';
import type { Unpacking } from './unpacking.ts';

export interface Member {
  readonly name: string;
  readonly executable: boolean;
  readonly bytes: Uint8Array;
}

export interface Contents {
  readonly members: readonly Member[];
  readonly spotted: readonly Spotted[];
}

/** An archive that was opened, or why it was not. */
type Opened =
  | { readonly outcome: 'entries'; readonly entries: readonly SkillEntry[] }
  | { readonly outcome: 'single'; readonly bytes: Uint8Array }
  | { readonly outcome: 'closed'; readonly why: string };

function whole(part: ScanPart): { readonly index: number; readonly length: number } {
  return { index: 0, length: part.bytes.length };
}

function unread(part: ScanPart, why: string, reason: 'unreadable' | 'truncated'): Spotted {
  return { rule: SCAN_INCOMPLETE, start: 0, end: part.bytes.length, reason, detail: why };
}

/** Whether the first entry of a zip file is encrypted (APPNOTE, section 4.4.4). */
function isEncrypted(part: ScanPart): boolean {
  return formatOf(part.bytes) === 'zip' && ((part.bytes[6] ?? 0) & 1) === 1;
}

function opened(part: ScanPart, unpacking: Unpacking): Opened {
  const format = formatOf(part.bytes);
  try {
    if (format === 'zip') return { outcome: 'entries', entries: zipEntries(part.bytes) };
    if (format === 'tar') return { outcome: 'entries', entries: tarEntries(part.bytes) };
    if (format !== 'gzip')
      return {
        outcome: 'closed',
        why: `archives of the form ${format ?? 'unknown'} cannot be read`,
      };
    const limit = Math.min(
      LIMITS.skillBytes,
      LIMITS.skillArchiveRatio * part.bytes.length + LIMITS.skillArchiveSlack,
    );
    const bytes = gunzip(part.bytes, limit, 'the file');
    if (!unpacking.take(bytes.length))
      return { outcome: 'closed', why: 'too much is packed in this skill' };
    return formatOf(bytes) === 'tar'
      ? { outcome: 'entries', entries: tarEntries(bytes) }
      : { outcome: 'single', bytes };
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code !== 'malformed') throw error;
    return { outcome: 'closed', why: error.message };
  }
}

const CODE =
  /\.(?:sh|bash|zsh|fish|py|pyw|js|mjs|cjs|ts|rb|pl|php|ps1|bat|cmd|vbs|exe|dll|so|dylib|scr|msi|jar|class|pyc|app|command|lua)$/i;

/** Whether a member is code: by its name, its first bytes, or the right to run it. */
function isCode({ name, executable, bytes }: Member): boolean {
  const format = formatOf(bytes);
  const isProgram = format === 'elf' || format === 'pe' || format === 'macho' || format === 'pyc';
  return executable || isProgram || CODE.test(name) || (bytes[0] === 0x23 && bytes[1] === 0x21);
}

const OFFICE =
  /\.(?:docx|docm|dotx|dotm|xlsx|xlsm|xltx|xltm|xlsb|pptx|pptm|potx|ppsx|odt|ods|odp|epub)$/i;
const MACROS = /(?:^|\/)(?:vbaProject\.bin|vbaData\.xml|macrosheets\/.*|Basic\/.*|Scripts\/.*)$/i;
const EMBEDDED = /(?:^|\/)(?:embeddings|activeX)\/[^/]+$|(?:^|\/)Object \d+$/i;
const FOREIGN_TEMPLATE =
  /(?:attachedTemplate|oleObject|frame|subDocument)"[^>]{0,400}TargetMode="External"|TargetMode="External"[^>]{0,400}(?:attachedTemplate|oleObject|frame|subDocument)"/;
const FIELD_COMMAND = /\b(?:DDEAUTO|DDE)\s+["\\A-Za-z]/;

/** What in an office document runs, or is fetched, by itself. */
function* activeIn(part: ScanPart, members: readonly Member[]): Generator<Spotted> {
  for (const { name, bytes } of members) {
    const shown = harmlessText(name);
    if (MACROS.test(name))
      yield spotted('OBF-03', whole(part), `the document has macros: ${shown}`);
    else if (EMBEDDED.test(name))
      yield spotted(
        'OBF-03',
        whole(part),
        `the document carries another one along: ${shown}`,
        'medium',
      );
    if (!/\.(?:xml|rels)$/.test(name)) continue;
    const text = new TextDecoder().decode(bytes.subarray(0, LIMITS.scanFileBytes));
    if (FOREIGN_TEMPLATE.test(text))
      yield spotted('OBF-03', whole(part), `the document loads a part from elsewhere: ${shown}`);
    if (FIELD_COMMAND.test(text))
      yield spotted('OBF-03', whole(part), `a field of the document runs a command: ${shown}`);
  }
}

function* archiveFindings(part: ScanPart, { members, entries }: Read): Generator<Spotted> {
  if (OFFICE.test(part.name)) {
    yield* activeIn(part, members);
    return;
  }
  const first = members.find(isCode);
  const odd = entries.find(({ kind }) => kind !== 'file' && kind !== 'directory');
  if (odd !== undefined)
    yield spotted(
      'OBF-03',
      whole(part),
      `the archive holds a ${odd.kind}: ${harmlessText(odd.path)}`,
    );
  const climbing = entries.find(({ path }) =>
    /(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:/.test(path),
  );
  if (climbing !== undefined)
    yield spotted(
      'OBF-03',
      whole(part),
      `a member would be unpacked elsewhere: ${harmlessText(climbing.path)}`,
    );
  yield first === undefined
    ? spotted('OBF-03', whole(part), `an archive of ${members.length} files`, 'low')
    : spotted('OBF-03', whole(part), `an archive with code in it: ${harmlessText(first.name)}`);
}

interface Read extends Contents {
  readonly entries: readonly SkillEntry[];
}

/** Reads the members of an archive one after the other, for as long as there is something left of what may be unpacked. */
function readMembers(part: ScanPart, entries: readonly SkillEntry[], unpacking: Unpacking): Read {
  const members: Member[] = [];
  const trouble: Spotted[] = [];
  const files = entries.filter(({ kind }) => kind === 'file');
  if (files.length > LIMITS.scanMembers)
    trouble.push(
      unread(part, `the first ${LIMITS.scanMembers} of ${files.length} members`, 'truncated'),
    );
  for (const entry of files.slice(0, LIMITS.scanMembers)) {
    if (!unpacking.take(entry.size)) {
      trouble.push(unread(part, 'too much is packed in this skill', 'truncated'));
      break;
    }
    try {
      members.push({
        name: entry.path,
        executable: (entry.mode & 0o111) !== 0,
        bytes: entry.read(),
      });
    } catch (error) {
      if (!(error instanceof GitkelError) || error.code !== 'malformed') throw error;
      trouble.push(unread(part, error.message, 'unreadable'));
    }
  }
  return { members, spotted: trouble, entries };
}

const OLE_MACROS = /_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T|M\0a\0c\0r\0o\0s\0|_VBA_PROJECT/;
const OLE_ENCRYPTED = /E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e/;

/** Documents in the binary form of old: nothing of them is read but the names of their streams. */
function ofCompound(part: ScanPart): Contents {
  const characters = part.characters();
  const found: Spotted[] = [
    unread(part, 'documents of this binary form cannot be read', 'unreadable'),
  ];
  if (OLE_MACROS.test(characters))
    found.push(spotted('OBF-03', whole(part), 'the document has macros'));
  if (OLE_ENCRYPTED.test(characters))
    found.push(spotted('OBF-03', whole(part), 'the document is encrypted'));
  return { members: [], spotted: found };
}

/** What lies in an archive or an office document. */
export function contentsOf(part: ScanPart, unpacking: Unpacking): Contents {
  if (part.kind === 'office') return ofCompound(part);
  const archive = opened(part, unpacking);
  switch (archive.outcome) {
    case 'closed': {
      const what = isEncrypted(part)
        ? 'an archive with a password'
        : 'an archive that cannot be looked into';
      return {
        members: [],
        spotted: [spotted('OBF-03', whole(part), what), unread(part, archive.why, 'unreadable')],
      };
    }
    case 'single': {
      const name = part.name.replace(/^.*\//, '').replace(/\.gz$/i, '');
      const member = {
        name: name === '' ? 'content' : name,
        executable: part.executable,
        bytes: archive.bytes,
      };
      const found = isCode(member)
        ? [spotted('OBF-03', whole(part), `code in compressed form: ${harmlessText(member.name)}`)]
        : [];
      return { members: [member], spotted: found };
    }
    case 'entries': {
      const read = readMembers(part, archive.entries, unpacking);
      return { members: read.members, spotted: [...read.spotted, ...archiveFindings(part, read)] };
    }
  }
}
