/**
 * Indexed signatures: a signature with the place of its key in the list of an event's keys, and of that key's digest in
 * the list that the prior establishment event committed to (CESR specification, "Indexed code table").
 * @module
 */
import { malformed, quoted, type GitkelError } from '../base/errors.ts';
import { decodeBase64, decodeBase64Number, encodeBase64, encodeBase64Number } from './base64.ts';

export interface IndexedSignature {
  readonly code: string;
  /** Place of the key among the current keys. */
  readonly index: number;
  /** Place of the key's digest among the prior next digests; `undefined` for a code that says nothing about it. */
  readonly priorIndex: number | undefined;
  /** 64 bytes; 114 for Ed448. */
  readonly raw: Uint8Array;
}

interface Layout {
  readonly code: string;
  /** Characters of each index. */
  readonly digits: number;
  /** Whether a prior index of its own follows the index; where not, it equals the index. */
  readonly hasPrior: boolean;
  /** Whether the prior index is absent; where one follows nonetheless, it is zero. */
  readonly currentOnly: boolean;
  readonly rawSize: number;
  readonly codeSize: number;
  readonly fullSize: number;
}

function layouts(): ReadonlyMap<string, Layout> {
  const table = new Map<string, Layout>();
  const add = (codes: string, digits: number, hasPrior: boolean, rawSize: number): void => {
    for (const code of codes.split(' ')) {
      const codeSize = code.length + digits * (hasPrior ? 2 : 1);
      const fullSize = codeSize + Math.ceil((rawSize * 8) / 6);
      const currentOnly = 'BDF'.includes(code.slice(-1));
      table.set(code, { code, digits, hasPrior, currentOnly, rawSize, codeSize, fullSize });
    }
  };
  // A and B Ed25519, C and D secp256k1, E and F P-256; 0A, 0B, 3A and 3B Ed448.
  add('A B C D E F', 1, false, 64);
  add('0A 0B', 1, true, 114);
  add('2A 2B 2C 2D 2E 2F', 2, true, 64);
  add('3A 3B', 3, true, 114);
  return table;
}

const LAYOUTS = layouts();

/** The codes of all indexed signatures. */
export const signatureCodes: readonly string[] = [...LAYOUTS.keys()];

function unreadable(reason: string, text: string, offset: number, why: string): GitkelError {
  const shown = quoted(text.slice(offset, offset + 44));
  return malformed(reason, `Cannot read the indexed signature ${shown}: ${why}`);
}

function layoutAt(text: string, offset: number): Layout {
  const first = text[offset];
  if (first === undefined) throw unreadable('cesr-short', text, offset, 'the text ends before it');
  const layout = LAYOUTS.get(first) ?? LAYOUTS.get(text.slice(offset, offset + 2));
  if (layout === undefined && text.length < offset + 2)
    throw unreadable('cesr-short', text, offset, 'its code is cut off');
  if (layout === undefined)
    throw unreadable('cesr-code', text, offset, 'no indexed signature has such a code');
  return layout;
}

/**
 * Characters of the indexed signature that starts at a character, told by its code.
 * @throws GitkelError `malformed`: unknown code, or `cesr-short` where the text ends before that can be told.
 */
export function signatureSize(text: string, offset: number): number {
  return layoutAt(text, offset).fullSize;
}

/** The prior index that a text states, or `null` when its code does not allow what stands there. */
function priorIndexAt(
  layout: Layout,
  text: string,
  offset: number,
  index: number,
): number | undefined | null {
  if (!layout.hasPrior) return layout.currentOnly ? undefined : index;
  const prior = decodeBase64Number(
    text,
    offset + layout.code.length + layout.digits,
    layout.digits,
  );
  if (!layout.currentOnly) return prior ?? null;
  return prior === 0 ? undefined : null;
}

/**
 * Reads the indexed signature that starts at a character; `end` is where the next one starts.
 * @throws GitkelError `malformed`: unknown code, text too short, a character outside of the alphabet, pad bits that are
 * not zero, or a prior index where the code allows none.
 */
export function readIndexedSignature(
  text: string,
  offset: number,
): { readonly signature: IndexedSignature; readonly end: number } {
  const layout = layoutAt(text, offset);
  const { code, codeSize } = layout;
  const end = offset + layout.fullSize;
  if (end > text.length)
    throw unreadable('cesr-short', text, offset, `${end - text.length} characters are missing`);
  const index = decodeBase64Number(text, offset + code.length, layout.digits);
  if (index === undefined)
    throw unreadable('cesr-value', text, offset, 'its index is not a number');
  const priorIndex = priorIndexAt(layout, text, offset, index);
  if (priorIndex === null)
    throw unreadable('cesr-prior-index', text, offset, 'its prior index is not one of this code');
  const blank = codeSize % 4;
  const raw = decodeBase64(text, offset + codeSize - blank, end, blank, blank);
  if (raw === undefined) {
    throw unreadable(
      'cesr-value',
      text,
      offset,
      'it has a character outside of Base64, or pad bits that are not zero',
    );
  }
  return { signature: { code, index, priorIndex, raw }, end };
}

/**
 * Reads a text that is one indexed signature and nothing else.
 * @throws GitkelError `malformed` as `readIndexedSignature`, and for characters that follow.
 */
export function decodeIndexedSignature(text: string): IndexedSignature {
  const { signature, end } = readIndexedSignature(text, 0);
  if (end !== text.length)
    throw unreadable('cesr-trailing', text, 0, `it ends at character ${end}, more follows`);
  return signature;
}

/** The text of an indexed signature whose indices and length its code allows. */
export function encodeIndexedSignature(signature: IndexedSignature): string {
  const { code, index, priorIndex, raw } = signature;
  const layout = LAYOUTS.get(code);
  if (layout === undefined) throw new Error(`no indexed signature has the code ${quoted(code)}`);
  const fits = layout.currentOnly
    ? priorIndex === undefined
    : priorIndex !== undefined && (layout.hasPrior || priorIndex === index);
  if (!fits) {
    throw new Error(
      `an indexed signature of code ${code} cannot have the indices ${index} and ${priorIndex}`,
    );
  }
  if (raw.length !== layout.rawSize)
    throw new Error(`a signature of code ${code} has not ${raw.length} bytes`);
  const blank = layout.codeSize % 4;
  const padded = new Uint8Array(blank + raw.length);
  padded.set(raw, blank);
  const prior = layout.hasPrior ? encodeBase64Number(priorIndex ?? 0, layout.digits) : '';
  return (
    code + encodeBase64Number(index, layout.digits) + prior + encodeBase64(padded).slice(blank)
  );
}

/** The bytes of an indexed signature in the binary domain. */
export function encodeIndexedSignatureBinary(signature: IndexedSignature): Uint8Array {
  const text = encodeIndexedSignature(signature);
  const bytes = decodeBase64(text, 0, text.length);
  if (bytes === undefined) throw new Error('an indexed signature is Base64');
  return bytes;
}

/**
 * Reads the indexed signature in the binary domain that starts at a byte; `end` is where the next one starts.
 * @throws GitkelError `malformed` as `readIndexedSignature`.
 */
export function readIndexedSignatureBinary(
  bytes: Uint8Array,
  offset: number,
): { readonly signature: IndexedSignature; readonly end: number } {
  const available = Math.max(0, Math.floor((bytes.length - offset) / 3) * 3);
  const head = encodeBase64(bytes, offset, offset + Math.min(available, 3));
  const size = (layoutAt(head, 0).fullSize / 4) * 3;
  if (size > available) throw unreadable('cesr-short', head, 0, 'the bytes end before it does');
  const { signature } = readIndexedSignature(encodeBase64(bytes, offset, offset + size), 0);
  return { signature, end: offset + size };
}

/**
 * Reads bytes that are one indexed signature in the binary domain and nothing else.
 * @throws GitkelError `malformed` as `readIndexedSignature`, and for bytes that follow.
 */
export function decodeIndexedSignatureBinary(bytes: Uint8Array): IndexedSignature {
  const { signature, end } = readIndexedSignatureBinary(bytes, 0);
  if (end !== bytes.length) {
    throw malformed(
      'cesr-trailing',
      `Cannot read an indexed signature of ${end} bytes: ${bytes.length} are given`,
    );
  }
  return signature;
}

/**
 * An Ed25519 signature under the shortest code that states its indices. `priorIndex` is `undefined` for a key that no
 * prior next digest commits to, or where there is none to expose.
 */
export function ed25519Signature(
  raw: Uint8Array,
  index: number,
  priorIndex: number | undefined,
): IndexedSignature {
  if (priorIndex === undefined) return { code: index < 64 ? 'B' : '2B', index, priorIndex, raw };
  return { code: index < 64 && priorIndex === index ? 'A' : '2A', index, priorIndex, raw };
}
