/**
 * What rules look at, one piece after the other: a file, a member of an archive, a text in metadata.
 * @module
 */
import { fromUtf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { type FileKind, kindOf } from './file-kind.ts';

/** How an agent comes to read a part: `SKILL.md` is what it obeys, documentation what it may look up. */
export type PartContext = 'instructions' | 'documentation' | 'content';

export interface ScanPart {
  /** The file of the skill that it is, or lies in. */
  readonly path: string;
  /** Where in that file: `a.zip` holds `b.tar`, which holds `c.sh`: `b.tar!c.sh`. */
  readonly within: string | undefined;
  /** The path by which its kind and its use are told: its own, or that of the member. */
  readonly name: string;
  readonly executable: boolean;
  readonly kind: FileKind;
  readonly context: PartContext;
  /** What is analysed: all of it, or the first `LIMITS.scanFileBytes` of anything that is read as text. */
  readonly bytes: Uint8Array;
  /** How many bytes there are. */
  readonly size: number;
  /** One character for each byte, ASCII as it is: positions in it are positions in the bytes. */
  readonly characters: () => string;
  /** The text of the bytes; `undefined` when they are no UTF-8, or hold NUL. */
  readonly text: () => string | undefined;
}

/** Each byte as one character. */
const SINGLE_BYTES = new TextDecoder('windows-1252');

const DOCUMENTATION =
  /^(?:readme|changelog|changes|history|license|licence|notice|contributing|authors|code_of_conduct)(?:\.[a-z]{1,8})?$|(?:^|\/)(?:docs?|references?|examples?)\/(?:.*\/)?[^/]+\.(?:md|markdown|txt|rst|adoc|html?)$/i;

function contextOf(path: string, within: string | undefined): PartContext {
  if (path === 'SKILL.md') return 'instructions';
  return within === undefined && DOCUMENTATION.test(path) ? 'documentation' : 'content';
}

/** Kinds whose form is looked at, whatever their size; the text in them is a part of its own. */
const STRUCTURED: ReadonlySet<FileKind> = new Set<FileKind>([
  'image',
  'pdf',
  'archive',
  'office',
  'media',
  'font',
  'native',
  'bytecode',
  'wasm',
]);

/** Whether a part is looked at as text. */
export function isRead({ kind }: ScanPart): boolean {
  return !STRUCTURED.has(kind);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

export interface PartSource {
  readonly path: string;
  readonly within?: string | undefined;
  readonly name?: string | undefined;
  readonly executable?: boolean | undefined;
  readonly bytes: Uint8Array;
}

/** A piece of a skill, as rules look at it. Nothing of it is decoded before somebody asks. */
export function scanPart({ path, within, name, executable, bytes: all }: PartSource): ScanPart {
  const kind = kindOf(all);
  const isWhole = STRUCTURED.has(kind) || all.length <= LIMITS.scanFileBytes;
  const bytes = isWhole ? all : all.subarray(0, LIMITS.scanFileBytes);
  return {
    path,
    within,
    name: name ?? path,
    executable: executable === true,
    kind,
    context: contextOf(path, within),
    bytes,
    size: all.length,
    characters: once(() => SINGLE_BYTES.decode(bytes)),
    text: once(() => {
      const text = fromUtf8(isWhole ? bytes : withoutCutCharacter(bytes));
      return text?.includes('\0') === true ? undefined : text;
    }),
  };
}

/** Bytes of UTF-8 without the character in which they were cut off. */
function withoutCutCharacter(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > bytes.length - 4 && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80) end--;
  return ((bytes[end - 1] ?? 0) & 0xc0) === 0xc0 ? bytes.subarray(0, end - 1) : bytes;
}
