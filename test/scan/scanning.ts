/** Scans in memory, and files in which a scan finds something. */
import { crc32, deflateSync } from 'node:zlib';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import type { Finding } from '../../src/scan/finding.ts';
import { scanFiles } from '../../src/scan/scan-files.ts';
import { scanInput } from '../../src/scan/scanned-entries.ts';
import type { ScanResult } from '../../src/scan/scan-result.ts';
import type { SkillEntry } from '../../src/skills/skill-entry.ts';
import { entriesOf, file, type MadeFile } from '../skills/making.ts';

/** A `SKILL.md` with a body, and with lines of its own in its frontmatter. */
export const skillMd = (body: string, lines = ''): MadeFile =>
  file(
    'SKILL.md',
    `---\nname: notes\ndescription: Takes notes.\n${lines}---\n# Notes\n\n${body}\n`,
  );

export const bytesFile = (path: string, bytes: Uint8Array, executable = false): MadeFile => ({
  path,
  bytes,
  executable,
});

/** What a scan without patterns of text comes to. */
export function scanEntries(entries: Iterable<SkillEntry>): Promise<ScanResult> {
  const tools = { crypto: nativeCrypto, elapsed: () => 0, engine: undefined };
  return scanFiles(tools, scanInput(nativeCrypto, entries));
}

/** The findings of rules in code, in files beside an ordinary `SKILL.md` where they have none. */
export async function findingsIn(files: readonly MadeFile[]): Promise<readonly Finding[]> {
  const hasSkill = files.some(({ path }) => path === 'SKILL.md');
  const all = hasSkill ? files : [skillMd('Take notes.'), ...files];
  const { findings } = await scanEntries(entriesOf(all));
  return findings.filter(({ reason }) => reason !== 'engine-missing');
}

/** Bytes that nobody can guess and that are always the same. */
export function noise(length: number): Uint8Array {
  let state = 0x9e3779b9;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concat(utf8(type), data);
  return concat(u32(data.length), body, u32(crc32(body)));
}

/** A picture of one pixel, with further chunks. */
export function png(...chunks: readonly (readonly [type: string, data: Uint8Array])[]): Uint8Array {
  return concat(
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', concat(u32(1), u32(1), Uint8Array.of(8, 0, 0, 0, 0))),
    ...chunks.map(([type, data]) => chunk(type, data)),
    chunk('IDAT', new Uint8Array(deflateSync(Uint8Array.of(0, 0)))),
    chunk('IEND', new Uint8Array()),
  );
}

/** A JPEG of segments alone, as far as their readers go. */
export function jpeg(
  ...segments: readonly (readonly [marker: number, data: Uint8Array])[]
): Uint8Array {
  const parts = segments.map(([marker, data]) =>
    concat(Uint8Array.of(0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255), data),
  );
  return concat(
    Uint8Array.of(0xff, 0xd8),
    Uint8Array.of(0xff, 0xe0, 0, 16),
    utf8('JFIF\0'),
    Uint8Array.of(1, 1, 0, 0, 1, 0, 1, 0, 0),
    ...parts,
    Uint8Array.of(0xff, 0xda, 0, 2, 0xff, 0xd9),
  );
}

/** A PDF with its information, and a page that shows a text in a deflated stream. */
export function pdf(information: string, shown: string): Uint8Array {
  const page = new Uint8Array(deflateSync(utf8(`BT /F1 12 Tf (${shown}) Tj ET`)));
  return concat(
    utf8(`%PDF-1.4\n%\u00e2\u00e3\n1 0 obj\n<< ${information} >>\nendobj\n`),
    utf8(`2 0 obj\n<< /Filter /FlateDecode /Length ${page.length} >>\nstream\n`),
    page,
    utf8('\nendstream\nendobj\ntrailer\n<< /Info 1 0 R >>\n%%EOF\n'),
  );
}
