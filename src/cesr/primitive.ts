/**
 * CESR primitives: a code that tells what a value is, and the value, as text and as bytes.
 * @module
 */
import { malformed, quoted, type GitkelError } from '../base/errors.ts';
import {
  decodeBase64,
  decodeBase64Number,
  encodeBase64,
  encodeBase64Behind,
  encodeBase64Number,
  isBase64,
} from './base64.ts';
import { hardSize, layoutOf, type Layout } from './codes.ts';

/** A value and the code that says what it is, e.g. `D` and the 32 bytes of an Ed25519 key. */
export interface Primitive {
  /** The code without the size that follows it in a primitive of variable length. */
  readonly code: string;
  readonly raw: Uint8Array;
}

function unreadable(reason: string, text: string, offset: number, why: string): GitkelError {
  const shown = quoted(text.slice(offset, offset + 44));
  return malformed(reason, `Cannot read the CESR primitive ${shown}: ${why}`);
}

/** The layout of the primitive that starts at a character. */
function layoutAt(text: string, offset: number): Layout {
  if (offset >= text.length)
    throw unreadable('cesr-short', text, offset, 'the text ends before it');
  const codeEnd = offset + hardSize(text.charAt(offset));
  const layout = layoutOf(text.slice(offset, codeEnd));
  if (layout !== undefined) return layout;
  throw codeEnd > text.length
    ? unreadable('cesr-short', text, offset, 'its code is cut off')
    : unreadable('cesr-code', text, offset, 'no primitive has such a code');
}

/** Characters of the primitive of this layout that starts at a character. */
function sizeAt(layout: Layout, text: string, offset: number): number {
  if (layout.fullSize !== undefined) return layout.fullSize;
  const { code, codeSize } = layout;
  if (offset + codeSize > text.length)
    throw unreadable('cesr-short', text, offset, 'its size is cut off');
  const quadlets = decodeBase64Number(text, offset + code.length, codeSize - code.length);
  if (quadlets === undefined)
    throw unreadable('cesr-character', text, offset, 'its size is not a number');
  return codeSize + 4 * quadlets;
}

/**
 * Characters of the primitive that starts at a character, told by its code and the size in it; at most eight characters
 * are looked at.
 * @throws GitkelError `malformed`: unknown code, or `cesr-short` where the text ends before that can be told.
 */
export function primitiveSize(text: string, offset: number): number {
  return sizeAt(layoutAt(text, offset), text, offset);
}

/**
 * Reads the primitive that starts at a character; `end` is where the next one starts.
 * @throws GitkelError `malformed`: unknown code, text too short, a character outside of the alphabet, or pad bits or
 * lead bytes that are not zero (CESR specification, "Code table and primitive conversion").
 */
export function readPrimitive(
  text: string,
  offset: number,
): { readonly primitive: Primitive; readonly end: number } {
  const layout = layoutAt(text, offset);
  const end = offset + sizeAt(layout, text, offset);
  if (end > text.length)
    throw unreadable('cesr-short', text, offset, `${end - text.length} characters are missing`);
  const blank = layout.codeSize % 4;
  const raw = decodeBase64(text, offset + layout.codeSize - blank, end, blank, layout.drop);
  if (raw === undefined) {
    throw unreadable(
      'cesr-value',
      text,
      offset,
      'it has a character outside of Base64, or pad bits that are not zero',
    );
  }
  return { primitive: { code: layout.code, raw }, end };
}

/**
 * Reads a text that is one primitive and nothing else.
 * @throws GitkelError `malformed` as `readPrimitive`, and for characters that follow.
 */
export function decodePrimitive(text: string): Primitive {
  const { primitive, end } = readPrimitive(text, 0);
  if (end !== text.length)
    throw unreadable('cesr-trailing', text, 0, `it ends at character ${end}, more follows`);
  return primitive;
}

/** Whether a text is exactly one primitive of this code, which is one of fixed size. */
export function isPrimitiveOf(code: string, text: string): boolean {
  const layout = layoutOf(code);
  if (layout === undefined || text.length !== layout.fullSize || !text.startsWith(code))
    return false;
  const blank = layout.codeSize % 4;
  return isBase64(text, layout.codeSize - blank, text.length, blank, layout.drop);
}

/**
 * The text of a primitive. The raw value must have the length that the code stands for; in a code of variable length
 * the lead bytes that the code names must align it.
 */
export function encodePrimitive({ code, raw }: Primitive): string {
  const layout = layoutOf(code);
  if (layout === undefined) throw new Error(`no primitive has the code ${quoted(code)}`);
  const { codeSize, drop, fullSize } = layout;
  const size = codeSize - (codeSize % 4) + ((drop + raw.length) / 3) * 4;
  if (!Number.isInteger(size) || (fullSize !== undefined && size !== fullSize)) {
    throw new Error(`a primitive of code ${code} cannot hold ${raw.length} bytes`);
  }
  const soft =
    fullSize === undefined ? encodeBase64Number((size - codeSize) / 4, codeSize - code.length) : '';
  return encodeBase64Behind(code + soft, raw, drop);
}

/** The bytes of a primitive in the binary domain: what Base64 makes of its text. */
export function encodePrimitiveBinary(primitive: Primitive): Uint8Array {
  const text = encodePrimitive(primitive);
  const bytes = decodeBase64(text, 0, text.length);
  if (bytes === undefined) throw new Error('a primitive is Base64');
  return bytes;
}

/**
 * Reads the primitive in the binary domain that starts at a byte; `end` is where the next one starts.
 * @throws GitkelError `malformed` as `readPrimitive`.
 */
export function readPrimitiveBinary(
  bytes: Uint8Array,
  offset: number,
): { readonly primitive: Primitive; readonly end: number } {
  const available = Math.max(0, Math.floor((bytes.length - offset) / 3) * 3);
  const head = encodeBase64(bytes, offset, offset + Math.min(available, 6));
  const size = (sizeAt(layoutAt(head, 0), head, 0) / 4) * 3;
  if (size > available) throw unreadable('cesr-short', head, 0, 'the bytes end before it does');
  const { primitive } = readPrimitive(encodeBase64(bytes, offset, offset + size), 0);
  return { primitive, end: offset + size };
}

/**
 * Reads bytes that are one primitive in the binary domain and nothing else.
 * @throws GitkelError `malformed` as `readPrimitive`, and for bytes that follow.
 */
export function decodePrimitiveBinary(bytes: Uint8Array): Primitive {
  const { primitive, end } = readPrimitiveBinary(bytes, 0);
  if (end !== bytes.length) {
    throw malformed(
      'cesr-trailing',
      `Cannot read a CESR primitive of ${end} bytes: ${bytes.length} are given`,
    );
  }
  return primitive;
}
