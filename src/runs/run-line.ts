/**
 * The one spelling of each line of the log of a run.
 * @module
 */
import { sameBytes } from '../base/bytes.ts';
import { canonicalBytes, type Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { runDay } from '../base/run-id.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { digestText } from '../cesr/digest.ts';
import { dummy } from '../cesr/said.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { RUN_SANDBOXES, RUN_SOURCES } from '../records/run-record.ts';
import { readWord } from '../records/skill-statement.ts';
import { NET_REFUSALS, RUN_LIMITS, type RunEvent } from '../sandbox/run-event.ts';
import {
  COUNTED_KINDS,
  type EndEntry,
  type NotStartedEntry,
  type RunCounts,
  type RunEntry,
  type RunLine,
  type StartEntry,
} from './run-log.ts';

type Members = { readonly [key: string]: Json };

const WHAT = 'a line of the log of a run';
const CHAIN_KEYS = ['kind', 'n', 'prev', 't'];

function without(members: { readonly [key: string]: Json | undefined }): Members {
  const kept: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(members)) if (value !== undefined) kept[key] = value;
  return kept;
}

function countsJson(counts: RunCounts): Json {
  return without(counts);
}

function entryJson(entry: RunEntry): Members {
  switch (entry.kind) {
    case 'start':
      return without({ ...entry });
    case 'file':
    case 'exec':
    case 'net':
    case 'blind':
    case 'limit':
    case 'output-truncated':
      return without({ ...entry });
    case 'exit':
      return { kind: entry.kind, ...entry.end };
    case 'log-full':
      return { kind: entry.kind, of: entry.of, counts: countsJson(entry.counts) };
    case 'end':
      return {
        kind: entry.kind,
        counts: countsJson(entry.counts),
        leftOut: countsJson(entry.leftOut),
        unread: entry.unread,
      };
  }
}

/**
 * The bytes of a line, without a line feed. The last one carries its own digest, since no line follows that has it: `d` is
 * computed with `#` in its place.
 */
export function lineBytes(crypto: Crypto, { n, prev, t, entry }: RunLine): Uint8Array {
  const members: Members = { ...entryJson(entry), n, prev, t };
  if (entry.kind !== 'end') return canonicalBytes(members);
  const d = digestText(crypto, canonicalBytes({ ...members, d: dummy('E') }));
  return canonicalBytes({ ...members, d });
}

function readSources(fields: Fields): StartEntry['sources'] {
  const texts = fields.texts('sources');
  return RUN_SOURCES.filter((source) => texts.includes(source));
}

const START_KEYS = [
  'argv',
  'command',
  'manifest',
  'permissions',
  'run',
  'sandbox',
  'skill',
  'sources',
  'started',
  'state',
];

function readStart(value: Json): StartEntry {
  const keys = [...CHAIN_KEYS, ...START_KEYS];
  const fields = fieldsOf(value, WHAT, keys, ['policy', 'release']);
  const run = fields.text('run');
  if (runDay(run) === undefined)
    throw malformed('run-id', `Cannot read ${WHAT}: ${quoted(run)} is no name of a run`);
  return {
    kind: 'start',
    run,
    started: fields.integer('started'),
    skill: fields.text('skill'),
    manifest: fields.text('manifest'),
    release: fields.optionalText('release'),
    state: fields.text('state'),
    permissions: fields.text('permissions'),
    policy: fields.optionalText('policy'),
    command: fields.text('command'),
    argv: fields.texts('argv'),
    sandbox: readWord(fields, 'sandbox', RUN_SANDBOXES),
    sources: readSources(fields),
  };
}

function readFile(value: Json): RunEvent {
  const keys = [...CHAIN_KEYS, 'access', 'path', 'source'];
  const fields = fieldsOf(value, WHAT, keys, ['error']);
  const path = fields.text('path');
  const access = readWord(fields, 'access', ['read', 'write', 'remove']);
  if (readWord(fields, 'source', ['trace', 'workspace']) === 'trace')
    return { kind: 'file', source: 'trace', access, path, error: fields.optionalText('error') };
  readWord(fields, 'access', ['write']);
  const error = readWord(fields, 'error', ['moved-aside']);
  return { kind: 'file', source: 'workspace', access: 'write', path, error };
}

function readExec(value: Json): RunEvent {
  const keys = [...CHAIN_KEYS, 'args', 'program', 'source'];
  const fields = fieldsOf(value, WHAT, keys, ['error']);
  return {
    kind: 'exec',
    source: readWord(fields, 'source', ['trace']),
    program: fields.text('program'),
    args: fields.texts('args'),
    error: fields.optionalText('error'),
  };
}

function readNet(value: Json): RunEvent {
  const keys = [...CHAIN_KEYS, 'host', 'port', 'source'];
  const fields = fieldsOf(value, WHAT, keys, ['error', 'method', 'refused', 'secret']);
  const place = { host: fields.text('host'), port: fields.integer('port') };
  const has = (key: string): boolean => fields.has(key);
  if (readWord(fields, 'source', ['proxy', 'trace']) === 'trace') {
    fieldsOf(value, WHAT, keys, ['error']);
    return { kind: 'net', source: 'trace', ...place, error: fields.optionalText('error') };
  }
  fieldsOf(value, WHAT, keys, ['method', 'refused', 'secret']);
  if (has('secret') && fields.json('secret') !== true)
    throw malformed('field', `Cannot read ${WHAT}: "secret" must be true`);
  return {
    kind: 'net',
    source: 'proxy',
    ...place,
    refused: has('refused') ? readWord(fields, 'refused', NET_REFUSALS) : undefined,
    method: fields.optionalText('method'),
    ...(has('secret') ? { secret: true } : {}),
  };
}

function readExit(value: Json): Extract<RunEvent, { kind: 'exit' }> | NotStartedEntry {
  const all = fieldsOf(
    value,
    WHAT,
    [...CHAIN_KEYS, 'why'],
    ['exitCode', 'limit', 'reason', 'signal'],
  );
  const whys = ['ended', 'killed', 'limit', 'interrupted', 'not-started'] as const;
  const why = readWord(all, 'why', whys);
  const only = (...keys: readonly string[]): Fields =>
    fieldsOf(value, WHAT, [...CHAIN_KEYS, 'why', ...keys]);
  switch (why) {
    case 'ended':
      return { kind: 'exit', end: { why, exitCode: only('exitCode').integer('exitCode') } };
    case 'killed':
      return { kind: 'exit', end: { why, signal: only('signal').text('signal') } };
    case 'limit':
      return { kind: 'exit', end: { why, limit: readWord(only('limit'), 'limit', RUN_LIMITS) } };
    case 'interrupted':
      only();
      return { kind: 'exit', end: { why } };
    case 'not-started':
      return { kind: 'exit', end: { why, reason: only('reason').text('reason') } };
  }
}

function readCounts(fields: Fields, key: string): RunCounts {
  const counts = fieldsOf(fields.json(key), `the ${key} of ${WHAT}`, [], COUNTED_KINDS);
  const found: { -readonly [K in keyof RunCounts]: RunCounts[K] } = {};
  for (const kind of COUNTED_KINDS) if (counts.has(kind)) found[kind] = counts.integer(kind);
  return found;
}

function readEnd(value: Json): EndEntry {
  const fields = fieldsOf(value, WHAT, [...CHAIN_KEYS, 'counts', 'd', 'leftOut', 'unread']);
  return {
    kind: 'end',
    counts: readCounts(fields, 'counts'),
    leftOut: readCounts(fields, 'leftOut'),
    unread: fields.integer('unread'),
  };
}

const KINDS = [
  'start',
  'file',
  'exec',
  'net',
  'blind',
  'limit',
  'output-truncated',
  'log-full',
  'exit',
  'end',
] as const;

function readEntry(kind: (typeof KINDS)[number], value: Json): RunEntry {
  switch (kind) {
    case 'start':
      return readStart(value);
    case 'file':
      return readFile(value);
    case 'exec':
      return readExec(value);
    case 'net':
      return readNet(value);
    case 'blind': {
      const fields = fieldsOf(value, WHAT, [...CHAIN_KEYS, 'call', 'source']);
      return { kind, source: readWord(fields, 'source', ['trace']), call: fields.text('call') };
    }
    case 'limit': {
      const fields = fieldsOf(value, WHAT, [...CHAIN_KEYS, 'allowed', 'limit']);
      const limit = readWord(fields, 'limit', RUN_LIMITS);
      return { kind, limit, allowed: fields.integer('allowed') };
    }
    case 'output-truncated': {
      const fields = fieldsOf(value, WHAT, [...CHAIN_KEYS, 'passed', 'stream']);
      const stream = readWord(fields, 'stream', ['stdout', 'stderr']);
      return { kind, stream, passed: fields.integer('passed') };
    }
    case 'log-full': {
      const fields = fieldsOf(value, WHAT, [...CHAIN_KEYS, 'counts', 'of']);
      return {
        kind,
        of: readWord(fields, 'of', COUNTED_KINDS),
        counts: readCounts(fields, 'counts'),
      };
    }
    case 'exit':
      return readExit(value);
    case 'end':
      return readEnd(value);
  }
}

/**
 * Reads a line: canonical JSON that says just what such lines say. Whether it follows on another one is not looked at.
 * @throws GitkelError `malformed`.
 */
export function parseLine(crypto: Crypto, bytes: Uint8Array): RunLine {
  const value = parseStrictJson(bytes, LIMITS.runLogLineBytes, WHAT);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const fields = fieldsOf(value, WHAT, CHAIN_KEYS, isObject ? Object.keys(value) : []);
  const line: RunLine = {
    n: fields.integer('n'),
    prev: fields.text('prev'),
    t: fields.integer('t'),
    entry: readEntry(readWord(fields, 'kind', KINDS), value),
  };
  // What is written in one way only is compared as a whole: counts of nothing, sources twice, the digest of the last line.
  if (sameBytes(lineBytes(crypto, line), bytes)) return line;
  throw malformed('line-form', `Cannot read ${WHAT}: it is not as such lines are written`);
}
