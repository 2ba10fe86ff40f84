/**
 * What a PDF says beside its pages, what its pages say, and whether it does something by itself (ISO 32000-1).
 * @module
 */
import { utf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { inflatedZlib } from '../skills/inflate.ts';
import type { MetadataText } from './metadata-text.ts';
import type { Unpacking } from './unpacking.ts';

const LATIN1 = new TextDecoder('windows-1252');
const UTF16 = new TextDecoder('utf-16be');

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\n', t: '\t', b: ' ', f: ' ' };

/** A literal string without its escapes (section 7.3.4.2). */
function literal(text: string): string {
  const plain = text.replaceAll(
    /\\(?:([0-7]{1,3})|\r?\n|([^]))/g,
    (_, octal?: string, char = '') => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
      return ESCAPES[char] ?? char;
    },
  );
  return plain.startsWith('\u00fe\u00ff')
    ? UTF16.decode(Uint8Array.from(plain.slice(2), (char) => char.charCodeAt(0)))
    : plain;
}

function hexadecimal(text: string): string {
  const digits = text.replaceAll(/\s/g, '');
  const bytes = Uint8Array.from({ length: digits.length >> 1 }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
  return bytes[0] === 0xfe && bytes[1] === 0xff
    ? UTF16.decode(bytes.subarray(2))
    : LATIN1.decode(bytes);
}

const FIELD =
  /\/(Title|Author|Subject|Keywords|Creator|Producer|Contents|TU|Alt|ActualText)\s{0,4}(?:\(((?:\\[^]|[^\\()]|\((?:\\[^]|[^\\()]){0,2000}\)){1,20000})\)|<([0-9A-Fa-f\s]{2,40000})>)/g;
const XMP = { start: '<x:xmpmeta', end: '</x:xmpmeta>' } as const;

/** Fields of the document and texts of notes, and XMP; `at` is where the characters begin in the file. */
function* fieldsIn(characters: string, at: number, length?: number): Generator<MetadataText> {
  for (const { index, 0: found, 1: name = '', 2: text, 3: hex = '' } of characters.matchAll(
    FIELD,
  )) {
    const value = text === undefined ? hexadecimal(hex) : literal(text);
    const place =
      length === undefined ? { index: at + index, length: found.length } : { index: at, length };
    yield { ...place, field: name, bytes: utf8(value), isWhole: true };
  }
  for (let start = characters.indexOf(XMP.start); start >= 0;) {
    const end = characters.indexOf(XMP.end, start);
    if (end < 0) return;
    const place =
      length === undefined ? { index: at + start, length: end - start } : { index: at, length };
    yield { ...place, field: 'XMP', bytes: utf8(characters.slice(start, end)), isWhole: true };
    start = characters.indexOf(XMP.start, end);
  }
}

const SHOWN =
  /\(((?:\\[^]|[^\\()]|\((?:\\[^]|[^\\()]){0,2000}\)){0,20000})\)|(T[jJ*dD]|'|ET)(?=[\s\]]|$)/g;

/** The text that a content stream shows, as far as its fonts encode it plainly (section 9.4.3). */
function shownText(stream: string): string {
  let text = '';
  for (const { 1: string, 2: operator } of stream.matchAll(SHOWN))
    if (string !== undefined) text += literal(string);
    else if (operator !== 'Tj' && operator !== 'TJ' && !text.endsWith('\n')) text += '\n';
  return text;
}

interface Stream {
  readonly at: number;
  readonly end: number;
  readonly content: Uint8Array;
}

/** Streams that are deflated and no pictures, for as long as there is something left of what may be unpacked. */
function* streamsOf(
  bytes: Uint8Array,
  characters: string,
  unpacking: Unpacking,
): Generator<Stream> {
  for (let mark = characters.indexOf('stream'); mark >= 0;) {
    const at = characters.charCodeAt(mark + 6) === 0x0d ? mark + 8 : mark + 7;
    const next = characters.indexOf('endstream', at);
    const end = next < 0 ? bytes.length : next;
    const dictionary = characters.slice(Math.max(0, mark - 600), mark);
    const own = dictionary.slice(dictionary.lastIndexOf(' obj') + 1);
    if (own.includes('FlateDecode') && !/\/Subtype\s{0,4}\/Image\b/.test(own)) {
      const content = inflatedZlib(bytes.subarray(at, end), LIMITS.scanFileBytes);
      if (!unpacking.take(content?.length ?? LIMITS.scanFileBytes)) return;
      if (content !== undefined) yield { at, end, content };
    }
    if (next < 0) return;
    mark = characters.indexOf('stream', next + 9);
  }
}

/** What a PDF holds in text, one piece after the other: each may be large. */
export function* pdfTexts(
  bytes: Uint8Array,
  characters: string,
  unpacking: Unpacking,
): Generator<MetadataText> {
  yield* fieldsIn(characters, 0);
  for (const { at, end, content } of streamsOf(bytes, characters, unpacking)) {
    const place = { index: at, length: end - at };
    const stream = LATIN1.decode(content);
    yield* fieldsIn(stream, at, end - at);
    const text = shownText(stream);
    if (/[A-Za-z]{3}/.test(text))
      yield { ...place, field: 'page', bytes: utf8(text), isWhole: true };
    const active = activeIn(stream);
    if (active !== undefined)
      yield { ...place, field: `action ${active}`, bytes: content, isWhole: true };
  }
}

const ACTIVE = /\/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|SubmitForm|ImportData|GoToR)\b/;

/** What a PDF does by itself, or carries along (section 12.6.4); `undefined` for one that is only read. */
export function activeIn(characters: string): string | undefined {
  return ACTIVE.exec(characters)?.[1];
}
