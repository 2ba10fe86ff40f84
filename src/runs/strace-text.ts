/**
 * The text of one system call as strace writes it: quoted strings, what stands in brackets, paths of file descriptors.
 * @module
 */
import { fromUtf8 } from '../base/bytes.ts';

const PLAIN_ESCAPES: Readonly<Record<string, number>> = {
  '"': 0x22,
  '\\': 0x5c,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
};
const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9a-f]{2})|(["\\fnrtv]))|([^\\])/gsy;

/** Bytes as text: UTF-8 where they are, else every byte beyond ASCII by its number. */
function textOf(bytes: readonly number[]): string {
  const text = fromUtf8(Uint8Array.from(bytes));
  if (text !== undefined) return text;
  return bytes
    .map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : String.raw`\x${byte.toString(16)}`))
    .join('');
}

/** The bytes of what stands between quotes; `undefined` for an escape that strace does not write. */
export function unescapedBytes(text: string): readonly number[] | undefined {
  const bytes: number[] = [];
  ESCAPE.lastIndex = 0;
  while (ESCAPE.lastIndex < text.length) {
    const [, octal, hex, plain, other] = ESCAPE.exec(text) ?? [];
    const byte =
      octal !== undefined
        ? Number.parseInt(octal, 8)
        : hex !== undefined
          ? Number.parseInt(hex, 16)
          : plain === undefined
            ? other?.charCodeAt(0)
            : PLAIN_ESCAPES[plain];
    // The trace is ASCII; whoever reads it may have made bytes of it (ISO 8859-1), never more.
    if (byte === undefined || byte > 0xff) return undefined;
    bytes.push(byte);
  }
  return bytes;
}

/** What stands between quotes, as text. */
export function unescaped(text: string): string | undefined {
  const bytes = unescapedBytes(text);
  return bytes === undefined ? undefined : textOf(bytes);
}

/** The place after the quote that ends a string which begins at `at`; `undefined` where it does not end. */
export function afterQuoted(text: string, at: number): number | undefined {
  for (let index = at + 1; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text[index] === '"') return index + 1;
  }
  return undefined;
}

/** A quoted string that an argument is, or begins with. */
export interface QuotedText {
  readonly text: string;
  /** Whether strace left the rest of it out. */
  readonly isCut: boolean;
  /** What follows it in the argument. */
  readonly rest: string;
}

/** Reads a quoted string at the beginning of an argument. */
export function quotedText(argument: string): QuotedText | undefined {
  if (!argument.startsWith('"')) return undefined;
  const end = afterQuoted(argument, 0);
  if (end === undefined) return undefined;
  const text = unescaped(argument.slice(1, end - 1));
  const isCut = argument.startsWith('...', end);
  return text === undefined
    ? undefined
    : { text, isCut, rest: argument.slice(isCut ? end + 3 : end) };
}

const OPENING = '([{';
const CLOSING = ')]}';

/** The place after something in which no comma or bracket counts: a string, a comment, the path of a descriptor. */
function afterWhole(text: string, at: number): number | undefined {
  if (text[at] === '"') return afterQuoted(text, at);
  const closing = text.startsWith('/*', at)
    ? '*/'
    : text[at] === '<' && /[0-9D]/.test(text[at - 1] ?? '') && text[at + 1] !== '<'
      ? '>'
      : undefined;
  if (closing === undefined) return at + 1;
  const end = text.indexOf(closing, at + 1);
  return end < 0 ? undefined : end + closing.length;
}

/** Arguments, and the place after the bracket that ends them. */
export interface SplitArguments {
  readonly args: readonly string[];
  readonly end: number;
}

/**
 * Splits what follows an opening bracket at the commas that stand in no further bracket.
 * @returns `undefined` where the closing bracket is missing
 */
export function splitArguments(text: string, at: number): SplitArguments | undefined {
  const args: string[] = [];
  let [depth, begin, index] = [0, at, at];
  while (index < text.length) {
    const letter = text[index] ?? '';
    if (OPENING.includes(letter)) depth++;
    else if (CLOSING.includes(letter) && depth-- === 0) {
      const last = text.slice(begin, index).trim();
      return { args: last === '' && args.length === 0 ? [] : [...args, last], end: index + 1 };
    } else if (letter === ',' && depth === 0) {
      args.push(text.slice(begin, index).trim());
      begin = index + 1;
    }
    const next = afterWhole(text, index);
    if (next === undefined) return undefined;
    index = next;
  }
  return undefined;
}

/** A file descriptor, and what it is open on. */
export interface Descriptor {
  /** `undefined` for the working directory. */
  readonly number: number | undefined;
  /** A full path; `undefined` for what has none, or where strace did not say. */
  readonly path: string | undefined;
}

/** Reads `3</path>`, `AT_FDCWD</path>`, and both without a path. */
export function readDescriptor(argument: string): Descriptor | undefined {
  const [all, name, about] =
    /^(AT_FDCWD|-?[0-9]{1,10})(?:<([^<>]*(?:<[^<>]*>)?)>(?:\(deleted\))?)?$/s.exec(argument) ?? [];
  if (all === undefined) return undefined;
  const text = about === undefined ? undefined : unescaped(about.replace(/<[^<>]*>$/, ''));
  return {
    number: name === 'AT_FDCWD' ? undefined : Number(name),
    path: text?.startsWith('/') === true ? text : undefined,
  };
}
