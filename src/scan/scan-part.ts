/**
 * What rules look at, one piece after the other: a file, a member of an archive, a text in metadata.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import { extensionOf, type FileKind, kindOf, seemsText } from './file-kind.ts';
import { decodedWhole } from './lenient-text.ts';

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
  /** The text of the bytes as UTF-8; each byte that is none stands as U+001A, so that positions can be told. */
  readonly text: () => string;
  /** Whether every byte is below 0x80. */
  readonly isAscii: () => boolean;
  /** Whether it is looked at as text: anything that is not a file of a known binary form. */
  readonly isText: boolean;
  /** Whether it is about the skill and strictly of its form: statements, signatures. */
  readonly isSidecar: boolean;
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

/** A file that begins like a binary one and goes on as text is run by an interpreter all the same. */
function isTextual(kind: FileKind, name: string, bytes: Uint8Array): boolean {
  if (!STRUCTURED.has(kind)) return true;
  return seemsText(bytes) && !(kind === 'pdf' && extensionOf(name) === 'pdf');
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
  readonly isSidecar?: boolean | undefined;
  readonly bytes: Uint8Array;
}

/** A piece of a skill, as rules look at it. Nothing of it is decoded before somebody asks. */
export function scanPart(source: PartSource): ScanPart {
  const { path, within, bytes: all } = source;
  const name = source.name ?? path;
  const kind = kindOf(all);
  const isText = isTextual(kind, name, all);
  const isCut = isText && all.length > LIMITS.scanFileBytes;
  const bytes = isCut ? all.subarray(0, LIMITS.scanFileBytes) : all;
  return {
    path,
    within,
    name,
    executable: source.executable === true,
    isSidecar: source.isSidecar === true,
    kind,
    isText,
    context: contextOf(path, within),
    bytes,
    size: all.length,
    characters: once(() => SINGLE_BYTES.decode(bytes)),
    text: once(() => decodedWhole(bytes)),
    isAscii: once(() => bytes.every((byte) => byte < 0x80)),
  };
}
