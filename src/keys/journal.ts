/**
 * The journal of a home: who contributed what, when, from where, and what came of it. Each line carries the digest of
 * the line before it, so that a line that was changed, dropped, added or moved is seen; a file beside it names the last
 * line, so that a shortened journal is seen as well.
 * @module
 */
import { type Json, canonicalBytes, parseCanonical } from '../base/canonical-json.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import { fsyncDirectory, onDisk, readFileBounded } from '../host/files.ts';
import type { Home } from './home.ts';
import { documentBytes, parseDocument } from './home-document.ts';
import { journalHeadPath, journalPath, previousJournalPath } from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import { appendLines, dropTornEnd, readLastLine, readLines } from './line-file.ts';
import { replaceUnsynced } from './unsynced-file.ts';

/** One thing that happened. Texts longer than 256 characters are cut. */
export interface JournalEntry {
  /** Seconds since 1970-01-01T00:00:00Z by this machine's clock. */
  readonly at: number;
  readonly action: string;
  readonly batch?: string | undefined;
  readonly signer?: string | undefined;
  readonly event?: string | undefined;
  /** Where it came from: a file, a ref, a remote. */
  readonly from?: string | undefined;
  readonly outcome: string;
  readonly reason?: string | undefined;
}

export interface Journal {
  /** Oldest first; every line that can be read, also after a break. */
  readonly entries: readonly JournalEntry[];
  /** Whether nothing was changed since it was written. */
  readonly intact: boolean;
  /** The number of the first line that is not what was written, counted from 0 over the life of the journal. */
  readonly brokenAt: number | undefined;
}

const OPTIONAL = ['batch', 'signer', 'event', 'from', 'reason'] as const;
const TEXT_LIMIT = 256;

interface Line {
  readonly bytes: Uint8Array;
  readonly n: number;
  readonly prior: string;
  readonly entry: JournalEntry;
}

/**
 * Appends an entry, or several; all are on the disk when this returns.
 * @param capacity entries of one file; when it is full it becomes the previous one, and the one before that is dropped
 * @throws GitkelError `environment`, reason `journal-damaged`, when the last line cannot be continued.
 */
export async function journal(
  home: Home,
  entries: JournalEntry | readonly JournalEntry[],
  capacity: number = LIMITS.journalEntries,
): Promise<void> {
  const { host, dir } = home;
  const path = journalPath(dir);
  await withHomeLock(home, 'journal', () => {
    const { last, torn, rolled } = lastLine(home);
    if (torn) dropTornEnd(host, path, LIMITS.journalBytes);
    let n = last === undefined ? 0 : last.n + 1;
    let digest = last === undefined ? '' : digestText(host.crypto, last.bytes);
    let isFull = n > 0 && n % capacity === 0 && !rolled;
    let lines: Uint8Array[] = [];
    for (const entry of [entries].flat()) {
      if (isFull) {
        appendLines(host, path, lines);
        lines = [];
        rollOver(home);
      }
      const line = canonicalBytes({ ...toJson(entry), n, prior: digest });
      lines.push(line);
      digest = digestText(host.crypto, line);
      n++;
      isFull = n % capacity === 0;
    }
    if (lines.length === 0) return;
    appendLines(host, path, lines);
    // Not synced: after a loss of power it may name an earlier line, which is as true.
    replaceUnsynced(host, journalHeadPath(dir), documentBytes({ digest, n: n - 1 }));
  });
}

/**
 * Reads the whole journal and checks its chain. Damage is told, not thrown.
 * @param capacity as given to `journal`
 */
export function readJournal(home: Home, capacity: number = LIMITS.journalEntries): Journal {
  const { host, dir } = home;
  const all = [previousJournalPath(dir), journalPath(dir)].flatMap(
    (path) => readLines(host, path, LIMITS.journalBytes).lines,
  );
  const entries: JournalEntry[] = [];
  let brokenAt: number | undefined;
  let before: Line | undefined;
  let expected: number | undefined;
  for (const bytes of all) {
    const line = parseLine(bytes);
    if (line !== undefined) entries.push(line.entry);
    const follows = line !== undefined && isNext(home, before, expected, line, capacity);
    if (!follows) brokenAt ??= expected ?? 0;
    expected = (line?.n ?? expected ?? 0) + 1;
    before = line;
  }
  brokenAt ??= brokenHead(home, all, before);
  return { entries, intact: brokenAt === undefined, brokenAt };
}

function isNext(
  { host }: Home,
  before: Line | undefined,
  expected: number | undefined,
  line: Line,
  capacity: number,
): boolean {
  // The first line at hand begins a file, whose predecessor may have been dropped when it was rolled over.
  if (expected === undefined) return line.n % capacity === 0 && (line.n > 0 || line.prior === '');
  return (
    line.n === expected &&
    before !== undefined &&
    line.prior === digestText(host.crypto, before.bytes)
  );
}

/** Checks that the line which the head names is still there; it may be behind, where power was lost. */
function brokenHead(
  home: Home,
  all: readonly Uint8Array[],
  last: Line | undefined,
): number | undefined {
  const { host, dir } = home;
  const bytes = readFileBounded(host, journalHeadPath(dir), LIMITS.refBytes);
  const end = last === undefined ? 0 : last.n + 1;
  // No head is written yet between the first line and its head.
  if (bytes === undefined) return all.length > 1 ? end : undefined;
  if (bytes.length === 0) return undefined;
  const head = parseHead(bytes);
  if (head === undefined || head.n >= end) return end;
  const named = all.at(head.n - end);
  return named !== undefined && digestText(host.crypto, named) === head.digest ? undefined : head.n;
}

function parseHead(bytes: Uint8Array): { readonly digest: string; readonly n: number } | undefined {
  return unlessMalformed(() => {
    const value = parseDocument(bytes, LIMITS.refBytes, 'the head of the journal');
    const fields = fieldsOf(value, 'the head of the journal', ['digest', 'n']);
    return { digest: fields.text('digest'), n: fields.integer('n') };
  });
}

interface LastLine {
  readonly last: Line | undefined;
  readonly torn: boolean;
  /** Whether the last line stands in the previous file, because the journal was just rolled over. */
  readonly rolled: boolean;
}

function lastLine({ host, dir }: Home): LastLine {
  const own = readLastLine(host, journalPath(dir), LIMITS.journalLineBytes);
  const rolled = own.line === undefined;
  const { line } = rolled
    ? readLastLine(host, previousJournalPath(dir), LIMITS.journalLineBytes)
    : own;
  if (line === undefined) return { last: undefined, torn: own.torn, rolled };
  const last = parseLine(line);
  if (last !== undefined) return { last, torn: own.torn, rolled };
  throw new GitkelError(
    'environment',
    `Cannot continue the journal ${quoted(journalPath(dir))}: its last line is damaged`,
    {
      reason: 'journal-damaged',
      hint: 'look at it, then move the files named journal.* away to begin a new one',
    },
  );
}

function rollOver({ host, dir }: Home): void {
  const path = journalPath(dir);
  onDisk(`Cannot roll over ${quoted(path)}`, () => {
    host.fs.renameSync(path, previousJournalPath(dir));
  });
  fsyncDirectory(host, dir);
}

function toJson(entry: JournalEntry): { readonly [key: string]: Json } {
  const value: { [key: string]: Json } = {
    action: cut(entry.action),
    at: entry.at,
    outcome: cut(entry.outcome),
  };
  for (const key of OPTIONAL) {
    const text = entry[key];
    if (text !== undefined) value[key] = cut(text);
  }
  return value;
}

/** Cuts a text; where that leaves half of a surrogate pair, or one came in, U+FFFD stands for it: JSON has no other way. */
function cut(text: string): string {
  const short = text.length <= TEXT_LIMIT ? text : `${text.slice(0, TEXT_LIMIT - 3)}...`;
  return short.replaceAll(/\p{Surrogate}/gu, '\u{fffd}');
}

/** A line of the journal, or `undefined` when it is not one. */
function parseLine(bytes: Uint8Array): Line | undefined {
  const what = 'a line of the journal';
  return unlessMalformed(() => {
    const value = parseCanonical(bytes, LIMITS.journalLineBytes, what);
    const fields = fieldsOf(value, what, ['action', 'at', 'n', 'outcome', 'prior'], OPTIONAL);
    const entry: { -readonly [K in keyof JournalEntry]: JournalEntry[K] } = {
      at: fields.integer('at'),
      action: fields.text('action'),
      outcome: fields.text('outcome'),
    };
    for (const key of OPTIONAL) {
      const text = fields.optionalText(key);
      if (text !== undefined) entry[key] = text;
    }
    return { bytes, n: fields.integer('n'), prior: fields.text('prior'), entry };
  });
}

function unlessMalformed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return undefined;
  }
}
