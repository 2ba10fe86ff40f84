/**
 * Git's configuration files (git-config(1), "Syntax"), read without following what they include.
 * @module
 */
import { fromUtf8 } from '../base/bytes.ts';
import { malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';

interface ConfigEntry {
  /** Lower case. */
  readonly section: string;
  /** As written; `undefined` when the section has none. */
  readonly subsection: string | undefined;
  /** Lower case. */
  readonly key: string;
  /** `undefined` for a key without `=`, which Git reads as true. */
  readonly value: string | undefined;
}

/** The entries of a file in their order; of those that say the same thing the last one counts. */
export type Config = readonly ConfigEntry[];

interface Cursor {
  readonly text: string;
  at: number;
}

function failure(cursor: Cursor, what: string): Error {
  const line = cursor.text.slice(0, cursor.at).split('\n').length;
  return malformed('config', `Cannot read a Git config: ${what} in line ${line}`);
}

function skipBlanks(cursor: Cursor): void {
  while (/^\s$/.test(cursor.text[cursor.at] ?? '')) cursor.at++;
}

function skipLine(cursor: Cursor): void {
  const end = cursor.text.indexOf('\n', cursor.at);
  cursor.at = end < 0 ? cursor.text.length : end + 1;
}

function match(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  if (found !== undefined) cursor.at += found.length;
  return found;
}

interface Section {
  readonly section: string;
  readonly subsection: string | undefined;
}

function readSubsection(cursor: Cursor): string {
  let name = '';
  for (;;) {
    const char = cursor.text[cursor.at++];
    if (char === undefined || char === '\n') throw failure(cursor, 'a section name without an end');
    if (char === '"') return name;
    // Inside a section's name a backslash only takes the next character as it is.
    name += char === '\\' ? (cursor.text[cursor.at++] ?? '') : char;
  }
}

function readSection(cursor: Cursor): Section {
  const name = match(cursor, /[A-Za-z0-9.-]+/y)?.toLowerCase();
  if (name === undefined) throw failure(cursor, 'a section without a name');
  match(cursor, /[ \t]+/y);
  let quotedName: string | undefined;
  if (cursor.text[cursor.at] === '"') {
    cursor.at++;
    quotedName = readSubsection(cursor);
  }
  if (cursor.text[cursor.at++] !== ']') throw failure(cursor, 'a section without an end');
  const dot = name.indexOf('.');
  // The old form `[section.subsection]`.
  if (dot < 0) return { section: name, subsection: quotedName };
  const tail = name.slice(dot + 1);
  return {
    section: name.slice(0, dot),
    subsection: quotedName === undefined ? tail : `${tail}.${quotedName}`,
  };
}

const ESCAPES: { readonly [char: string]: string } = {
  n: '\n',
  t: '\t',
  b: '\b',
  '\\': '\\',
  '"': '"',
};

function readValue(cursor: Cursor): string {
  let value = '';
  let blanks = '';
  let inQuotes = false;
  for (;;) {
    const char = cursor.text[cursor.at++];
    if (char === undefined || char === '\n') {
      if (inQuotes) throw failure(cursor, 'a value whose quotes do not end');
      return value;
    }
    if (!inQuotes && (char === '#' || char === ';')) {
      skipLine(cursor);
      return value;
    }
    if (!inQuotes && /\s/.test(char)) {
      // Blanks at the end of a value are no part of it.
      if (value !== '') blanks += char;
      continue;
    }
    value += blanks;
    blanks = '';
    if (char === '"') inQuotes = !inQuotes;
    else if (char === '\\') value += readEscape(cursor);
    else value += char;
  }
}

function readEscape(cursor: Cursor): string {
  const char = cursor.text[cursor.at++];
  // A line goes on after a backslash; the end of the file counts as the end of a line.
  if (char === '\n' || char === undefined) return '';
  const meant = ESCAPES[char];
  if (meant === undefined) throw failure(cursor, `an unknown escape ${quoted(`\\${char}`)}`);
  return meant;
}

function readKey(cursor: Cursor, section: Section): ConfigEntry {
  const key = match(cursor, /[A-Za-z][A-Za-z0-9-]*/y)?.toLowerCase();
  if (key === undefined) throw failure(cursor, 'neither a section nor a key');
  match(cursor, /[ \t]+/y);
  const next = cursor.text[cursor.at];
  if (next === '=') {
    cursor.at++;
    return { ...section, key, value: readValue(cursor) };
  }
  if (next !== undefined && next !== '\n' && next !== '#' && next !== ';') {
    throw failure(cursor, `no = after ${quoted(key)}`);
  }
  skipLine(cursor);
  return { ...section, key, value: undefined };
}

/**
 * Reads a configuration file.
 * @throws GitkelError `malformed`, reason `config`, for what Git would not read either.
 */
export function parseConfig(bytes: Uint8Array): Config {
  const text = fromUtf8(bytes);
  if (text === undefined || text.includes('\0'))
    throw malformed('config', 'Cannot read a Git config: it is not UTF-8 text');
  const cursor = { text: text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n'), at: 0 };
  const entries: ConfigEntry[] = [];
  // Keys before the first section belong to none, and mean nothing.
  let section: Section = { section: '', subsection: undefined };
  for (skipBlanks(cursor); cursor.at < cursor.text.length; skipBlanks(cursor)) {
    const char = cursor.text[cursor.at];
    if (char === '#' || char === ';') skipLine(cursor);
    else if (char === '[') {
      cursor.at++;
      section = readSection(cursor);
    } else entries.push(readKey(cursor, section));
    if (entries.length > LIMITS.configEntries)
      throw failure(cursor, `more than ${LIMITS.configEntries} keys`);
  }
  return entries;
}

/** The value that counts; `undefined` when the key is not set, `true` for a key without a value. */
export function configValue(
  config: Config,
  section: string,
  key: string,
  subsection?: string,
): string | undefined {
  const found = config.findLast(
    (entry) => entry.section === section && entry.key === key && entry.subsection === subsection,
  );
  return found === undefined ? undefined : (found.value ?? 'true');
}

/**
 * A value as Git reads truth; `undefined` when it is not set.
 * @throws GitkelError `malformed`, reason `config`, when the value is neither true nor false.
 */
export function configTruth(value: string | undefined): boolean | undefined {
  switch (value?.toLowerCase()) {
    case undefined:
      return undefined;
    case 'true':
    case 'yes':
    case 'on':
    case '1':
      return true;
    case 'false':
    case 'no':
    case 'off':
    case '0':
    case '':
      return false;
    default:
      throw malformed(
        'config',
        `Cannot read a Git config: ${quoted(value)} is neither true nor false`,
      );
  }
}

/** Paths of files that a config includes, whatever the condition. They were not read. */
export function configIncludes(config: Config): readonly string[] {
  return config.flatMap((entry) =>
    (entry.section === 'include' || entry.section === 'includeif') &&
    entry.key === 'path' &&
    entry.value !== undefined
      ? [entry.value]
      : [],
  );
}
