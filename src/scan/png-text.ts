/**
 * Text in the chunks of a PNG (PNG specification, section 11.3.3).
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import { inflatedZlib } from '../skills/inflate.ts';
import type { MetadataText } from './metadata-text.ts';
import type { Unpacking } from './unpacking.ts';

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
  readonly at: number;
  readonly end: number;
}

const SIGNATURE_BYTES = 8;
const LATIN1 = new TextDecoder('windows-1252');

function* chunks(bytes: Uint8Array): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE_BYTES; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) return;
    const type = LATIN1.decode(bytes.subarray(at + 4, at + 8));
    yield { type, data: bytes.subarray(at + 8, end - 4), at, end };
    if (type === 'IEND') return;
    at = end;
  }
}

/** Where the picture ends; `undefined` when it has no end. */
export function pngEnd(bytes: Uint8Array): number | undefined {
  for (const { type, end } of chunks(bytes)) if (type === 'IEND') return end;
  return undefined;
}

/** The bytes up to the first NUL, and those behind it. */
function parted(data: Uint8Array): readonly [string, Uint8Array] {
  const at = data.indexOf(0);
  return at < 0 ? ['', data] : [LATIN1.decode(data.subarray(0, at)), data.subarray(at + 1)];
}

function inflatedText(
  data: Uint8Array,
  unpacking: Unpacking,
): { readonly bytes: Uint8Array; readonly isWhole: boolean } {
  if (!unpacking.take(LIMITS.scanMetadataBytes)) return { bytes: new Uint8Array(), isWhole: false };
  const bytes = inflatedZlib(data, LIMITS.scanMetadataBytes);
  return { bytes: bytes ?? new Uint8Array(), isWhole: bytes !== undefined };
}

/** Keyword, flag and method of compression, language, translated keyword, text in UTF-8. */
function international(
  data: Uint8Array,
  unpacking: Unpacking,
): readonly [string, Uint8Array, boolean] {
  const [keyword, rest] = parted(data);
  const [, behindLanguage] = parted(rest.subarray(2));
  const [translated, text] = parted(behindLanguage);
  const isDeflated = rest[0] === 1;
  const found = isDeflated ? inflatedText(text, unpacking) : { bytes: text, isWhole: true };
  return [`${keyword} ${translated}`.trim(), found.bytes, found.isWhole];
}

function textIn({ type, data, at, end }: Chunk, unpacking: Unpacking): MetadataText | undefined {
  const place = { index: at, length: end - at };
  if (type === 'tEXt') {
    const [keyword, text] = parted(data);
    return { ...place, field: `tEXt ${keyword}`, bytes: text, isWhole: true };
  }
  if (type === 'zTXt') {
    const [keyword, rest] = parted(data);
    const { bytes, isWhole } = inflatedText(rest.subarray(1), unpacking);
    return { ...place, field: `zTXt ${keyword}`, bytes, isWhole };
  }
  if (type === 'iTXt') {
    const [keyword, bytes, isWhole] = international(data, unpacking);
    return { ...place, field: `iTXt ${keyword}`, bytes, isWhole };
  }
  return type === 'eXIf' ? { ...place, field: 'eXIf', bytes: data, isWhole: true } : undefined;
}

/** Ancillary chunks that hold numbers only. */
const NUMBERS: ReadonlySet<string> = new Set(
  'bKGD cHRM cICP dSIG gAMA hIST iCCP mDCV cLLI pHYs sBIT sPLT sRGB sTER tIME tRNS acTL fcTL fdAT oFFs pCAL sCAL vpAg orNT'.split(
    ' ',
  ),
);

/** The texts of a PNG, one after the other: each may be large. Chunks that nobody knows are taken for texts. */
export function* pngTexts(bytes: Uint8Array, unpacking: Unpacking): Generator<MetadataText> {
  for (const chunk of chunks(bytes)) {
    const text = textIn(chunk, unpacking);
    if (text !== undefined) yield text;
    else if (/^[a-z]/.test(chunk.type) && !NUMBERS.has(chunk.type))
      yield {
        index: chunk.at,
        length: chunk.end - chunk.at,
        field: `chunk ${chunk.type}`,
        bytes: chunk.data,
        isWhole: true,
      };
  }
}
