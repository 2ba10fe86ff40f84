/**
 * Blocks that are encoded: told, and decoded, so that what they hold is looked at like anything else.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import type { Spotted } from './finding.ts';
import { extensionOf, formatOf, kindOf } from './file-kind.ts';
import type { ScanPart } from './scan-part.ts';
import { entropyOf, type Place, placesOf, spotted } from './spot.ts';

/** Base64 of a hundred bytes at least, perhaps in lines; and hexadecimal of as many. */
const BASE64 = /(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{40,}(?:\r?\n[ \t]{0,16})?){1,}={0,2}/g;
const HEX = /(?<![0-9A-Za-z])(?:[0-9a-f]{2}){128,}(?![0-9a-z])|(?:\\x[0-9a-f]{2}){64,}/gi;
const DECODED_FROM = 128;
/** Fewer characters in a row are no line of a block. */
const SHORTEST_RUN = 40;
/** Bytes that blocks are made of. */
const OF_BLOCKS = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9+/_\\-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);
const TOLD_FROM = 1_024;
/** Bits for each character: text in words has fewer, and so has a row of one letter. */
const BASE64_ENTROPY = 4.6;
const HEX_ENTROPY = 3;

export interface DecodedBlock extends Place {
  readonly bytes: Uint8Array;
}

/** Whether there is a row of characters that a block could be: the expressions cost more than to look. */
function hasLongRun({ bytes }: ScanPart): boolean {
  let run = 0;
  for (const byte of bytes) {
    run = OF_BLOCKS[byte] === 1 ? run + 1 : 0;
    if (run >= SHORTEST_RUN) return true;
  }
  return false;
}

function fromBase64(text: string): Uint8Array | undefined {
  const plain = text
    .replaceAll(/\s/g, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/=+$/, '');
  if (plain.length % 4 === 1 || plain.length < DECODED_FROM) return undefined;
  const binary = atob(plain);
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

function fromHexBlock(text: string): Uint8Array {
  const digits = text.replaceAll('\\x', '').replaceAll('\\X', '');
  return Uint8Array.from({ length: digits.length >> 1 }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}

/** Whether decoded bytes are worth a look: text, or something of a known form. Anything else is noise, or encrypted. */
function isMeaningful(bytes: Uint8Array): boolean {
  const kind = kindOf(bytes);
  return kind !== 'binary' && kind !== 'empty';
}

/** What the encoded blocks of a part hold, as far as it has a form. */
export function decodedBlocks(part: ScanPart): readonly DecodedBlock[] {
  const blocks: DecodedBlock[] = [];
  if (!hasLongRun(part)) return blocks;
  for (const [expression, decode] of [
    [BASE64, fromBase64],
    [HEX, fromHexBlock],
  ] as const) {
    for (const { index, length, found } of placesOf(part, expression)) {
      if (blocks.length >= LIMITS.scanDecodedBlocks) return blocks;
      const bytes = length < DECODED_FROM ? undefined : decode(found);
      if (bytes !== undefined && isMeaningful(bytes)) blocks.push({ index, length, bytes });
    }
  }
  return blocks;
}

/** Lock files and notebooks hold digests and pictures; certificates and signatures are base64 by their nature. */
function isArmoured(part: ScanPart, { index }: Place): boolean {
  return /-----BEGIN [A-Z0-9 ]{1,60}-----\s{0,8}(?:[A-Za-z-]{1,40}: [^\n]{0,200}\s{1,4}){0,4}$/.test(
    part.characters().slice(Math.max(0, index - 400), index),
  );
}

/** OBF-01: long blocks that nobody can read. What decodes to a picture or a font is not hidden by that. */
export function* encodedBlocks(part: ScanPart): Generator<Spotted> {
  if (part.isSidecar || !hasLongRun(part)) return;
  for (const place of placesOf(part, BASE64)) {
    if (place.length < TOLD_FROM || entropyOf(place.found) < BASE64_ENTROPY) continue;
    if (isArmoured(part, place)) continue;
    const head = fromBase64(place.found.slice(0, 512));
    const kind = head === undefined ? 'binary' : kindOf(head);
    if (kind === 'image' || kind === 'font' || kind === 'media') continue;
    const what = head === undefined ? undefined : formatOf(head);
    yield spotted(
      'OBF-01',
      place,
      `${place.length} characters of base64${what === undefined ? '' : ` that hold a file of the form ${what}`}`,
      what === undefined ? undefined : 'high',
    );
  }
  for (const place of placesOf(part, HEX)) {
    if (place.length < TOLD_FROM || entropyOf(place.found) < HEX_ENTROPY) continue;
    yield spotted('OBF-01', place, `${place.length} characters of hexadecimal`);
  }
}

const SCRIPTS: ReadonlySet<string> = new Set([
  'js',
  'mjs',
  'cjs',
  'ts',
  'py',
  'sh',
  'bash',
  'zsh',
  'rb',
  'pl',
  'php',
  'ps1',
  'lua',
]);
/** Characters of one line that no person wrote. */
const LONGEST_LINE = 5_000;
const PACKED =
  /\beval\(function\(p,a,c,k,e,[dr]\)|\b_0x[0-9a-f]{4,6}\b.{0,200}\b_0x[0-9a-f]{4,6}\b.{0,200}\b_0x[0-9a-f]{4,6}\b|\b(?:sed|tail|awk|dd)\b[^\n]{0,120}["']?\$0["']?[^\n]{0,80}\|[ \t]*(?:tar|gunzip|gzip|base64|bash|sh|xz|openssl)\b|^__(?:ARCHIVE|PAYLOAD)(?:_BELOW|_FOLLOWS)?__$/gm;

/** OBF-05: scripts in one long line, and such as unpack themselves. */
export function* packedScripts(part: ScanPart): Generator<Spotted> {
  const characters = part.characters();
  if (!SCRIPTS.has(extensionOf(part.name)) && !characters.startsWith('#!')) return;
  for (const place of placesOf(part, PACKED))
    yield spotted('OBF-05', place, 'code that unpacks itself', 'high');
  for (let start = 0; start < characters.length;) {
    const next = characters.indexOf('\n', start);
    const end = next < 0 ? characters.length : next;
    if (end - start > LONGEST_LINE)
      yield spotted(
        'OBF-05',
        { index: start, length: end - start },
        `a line of ${end - start} characters`,
      );
    start = end + 1;
  }
}
