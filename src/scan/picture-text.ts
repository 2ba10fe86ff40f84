/**
 * Text in JPEG, GIF and WebP files: comments, EXIF, XMP.
 * @module
 */
import { concat } from '../base/bytes.ts';
import type { MetadataText } from './metadata-text.ts';

/** Markers of JPEG (ITU-T T.81, table B.1) that stand alone, and such behind which the picture begins. */
const isAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
const SCAN = 0xda;
const COMMENT = 0xfe;

/** The comment, and the application segments, of which APP0 and APP14 hold numbers. */
export function jpegTexts(bytes: Uint8Array): readonly MetadataText[] {
  const texts: MetadataText[] = [];
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff || isAlone(marker)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const length = 256 * (bytes[at + 2] ?? 0) + (bytes[at + 3] ?? 0);
    if (marker === SCAN || length < 2) break;
    const data = bytes.subarray(at + 4, at + 2 + length);
    const isApplication = marker > 0xe0 && marker <= 0xef && marker !== 0xee && marker !== 0xe2;
    if (marker === COMMENT || isApplication) {
      const field = marker === COMMENT ? 'comment' : `APP${marker - 0xe0}`;
      texts.push({ index: at, length: 2 + length, field, bytes: data, isWhole: true });
    }
    at += 2 + length;
  }
  return texts;
}

/** The sub-blocks at a place, joined, and where they end (GIF89a, section 15). */
function subBlocks(
  bytes: Uint8Array,
  start: number,
): { readonly data: Uint8Array; readonly end: number } {
  const parts: Uint8Array[] = [];
  let at = start;
  for (let size = bytes[at] ?? 0; size > 0; size = bytes[at] ?? 0) {
    parts.push(bytes.subarray(at + 1, at + 1 + size));
    at += 1 + size;
  }
  return { data: concat(...parts), end: at + 1 };
}

function tableBytes(packed: number): number {
  return (packed & 0x80) === 0 ? 0 : 3 * 2 ** ((packed & 7) + 1);
}

const GIF = {
  extension: 0x21,
  image: 0x2c,
  comment: 0xfe,
  application: 0xff,
  plainText: 0x01,
} as const;

/** Comment, plain text and application extensions. */
export function gifTexts(bytes: Uint8Array): readonly MetadataText[] {
  const texts: MetadataText[] = [];
  for (let at = 13 + tableBytes(bytes[10] ?? 0); at < bytes.length;) {
    if (bytes[at] === GIF.image) {
      at = subBlocks(bytes, at + 11 + tableBytes(bytes[at + 9] ?? 0)).end;
      continue;
    }
    if (bytes[at] !== GIF.extension) break;
    const label = bytes[at + 1];
    const { data, end } = subBlocks(bytes, at + 2);
    if (label === GIF.comment || label === GIF.application || label === GIF.plainText)
      texts.push({
        index: at,
        length: end - at,
        field: label === GIF.comment ? 'comment' : 'extension',
        bytes: data,
        isWhole: true,
      });
    at = end;
  }
  return texts;
}

/** The chunks `EXIF` and `XMP ` of a WebP (RFC 9649, section 2.7.1.5). */
export function webpTexts(bytes: Uint8Array): readonly MetadataText[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: MetadataText[] = [];
  for (let at = 12; at + 8 <= bytes.length;) {
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'EXIF' || type === 'XMP ')
      texts.push({
        index: at,
        length: Math.min(8 + length, bytes.length - at),
        field: type.trim(),
        bytes: data,
        isWhole: true,
      });
    at += 8 + length + (length % 2);
  }
  return texts;
}
