/** The chain of the log of a run: what is written is whole, and whatever is changed is found and named. */
import { appendFileSync, mkdtempSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { endAfter } from '../../src/cli/logged-run.ts';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { nativeCrypto, nodeHost, openHome } from '../../src/index.ts';
import { runLogPath } from '../../src/keys/home-layout.ts';
import { checkRunLog, type RunLogState } from '../../src/runs/check-run-log.ts';
import { redaction } from '../../src/runs/redaction.ts';
import { lineBytes } from '../../src/runs/run-line.ts';
import type { RunEntry, RunLine, StartEntry } from '../../src/runs/run-log.ts';
import { RunWriter, type WriterOptions } from '../../src/runs/run-writer.ts';
import type { RunEvent } from '../../src/sandbox/run-event.ts';

const RUN = '2026-11-22-0123456789ab';

const START: StartEntry = {
  kind: 'start',
  run: RUN,
  started: 1_795_305_600,
  skill: 'notes',
  manifest: `E${'M'.repeat(43)}`,
  release: undefined,
  state: 'trusted',
  permissions: `E${'P'.repeat(43)}`,
  policy: undefined,
  command: `E${'C'.repeat(43)}`,
  argv: ['python3', 'main.py'],
  sandbox: 'bwrap',
  sources: ['proxy', 'trace'],
};

const EVENTS: readonly RunEvent[] = [
  {
    kind: 'exec',
    source: 'trace',
    program: '/usr/bin/python3',
    args: ['python3', 'a é'],
    error: undefined,
  },
  { kind: 'file', source: 'trace', access: 'read', path: '/skill/main.py', error: undefined },
  { kind: 'file', source: 'trace', access: 'write', path: '/skill/x', error: 'EROFS' },
  {
    kind: 'net',
    source: 'proxy',
    host: 'evil.example',
    port: 443,
    refused: 'not-declared',
    method: 'CONNECT',
  },
  {
    kind: 'net',
    source: 'proxy',
    host: 'a.example',
    port: 80,
    refused: undefined,
    method: 'GET',
    secret: true,
  },
  { kind: 'net', source: 'trace', host: '1.1.1.1', port: 443, error: 'ENETUNREACH' },
  { kind: 'blind', source: 'trace', call: 'io_uring_setup' },
  { kind: 'limit', limit: 'processes', allowed: 64 },
  { kind: 'output-truncated', stream: 'stdout', passed: 12 },
  { kind: 'exit', end: { why: 'ended', exitCode: 3 } },
  {
    kind: 'file',
    source: 'workspace',
    access: 'write',
    path: '/workspace/AGENTS.md',
    error: 'moved-aside',
  },
];

const PLAIN: WriterOptions = {
  clock: () => 0,
  redaction: redaction([], []),
  failed: (error) => {
    throw error;
  },
};

interface Written {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly head: string;
}

function written(
  events: readonly RunEvent[] = EVENTS,
  options: Partial<WriterOptions> = {},
): Written {
  const home = openHome(
    nodeHost(),
    path.join(mkdtempSync(path.join(tmpdir(), 'gitkel-run-')), 'home'),
  );
  let now = 0;
  const writer = new RunWriter(home, START, { ...PLAIN, clock: () => now++, ...options });
  for (const event of events) writer.event(event);
  const { head } = writer.end();
  const file = runLogPath(home.dir, RUN);
  return { file, head, bytes: new Uint8Array(readFileSync(file)) };
}

function check(bytes: Uint8Array): RunLogState {
  return checkRunLog(nativeCrypto, bytes);
}

function linesIn(bytes: Uint8Array): string[] {
  return new TextDecoder().decode(bytes).trimEnd().split('\n');
}

function joined(lines: readonly string[]): Uint8Array {
  return utf8(`${lines.join('\n')}\n`);
}

/** Where a log is said to be broken, and why. */
function fault(bytes: Uint8Array): readonly [line: number, reason: string] {
  const state = check(bytes);
  if (state.state !== 'broken') throw new Error(`it is ${state.state}`);
  return [state.line, state.reason];
}

/** Lines chained anew, as somebody does it who wants to pass a log for another one. */
function chained(entries: readonly RunEntry[]): Uint8Array {
  let [prev, n] = ['', 0];
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const line: RunLine = { n: n++, prev, t: n, entry };
    const bytes = lineBytes(nativeCrypto, line);
    const state = check(concat(bytes, utf8('\n')));
    prev = 'head' in state ? state.head : digestOf(bytes);
    parts.push(bytes, utf8('\n'));
  }
  return concat(...parts);
}

function digestOf(bytes: Uint8Array): string {
  return digestText(nativeCrypto, bytes);
}

const { bytes: BYTES, head: HEAD } = written();
const LINES = linesIn(BYTES);

test('RunWriter writes a log that is whole, of its owner alone, and reads back as it was told', () => {
  const { file } = written();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  const told: RunLine[] = [];
  const state = checkRunLog(nativeCrypto, BYTES, (line) => told.push(line));
  expect(state).toEqual({ state: 'whole', start: START, lines: EVENTS.length + 2, head: HEAD });
  expect(told.map(({ entry }) => entry)).toEqual([
    START,
    ...EVENTS,
    {
      kind: 'end',
      counts: { read: 1, write: 2, exec: 1, net: 3, blind: 1, limit: 1, 'output-truncated': 1 },
      leftOut: {},
      unread: 0,
    },
  ]);
  expect(told.map(({ n }) => n)).toEqual(told.map((_, at) => at));
});

test('checkRunLog() finds every single byte that is changed, and every end that is cut off', () => {
  for (let at = 0; at < BYTES.length; at++) {
    const changed = Uint8Array.from(BYTES);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    expect(check(changed).state, `byte ${at}`).not.toBe('whole');
    if (at % 9 === 0) expect(check(BYTES.subarray(0, at)).state, `cut at ${at}`).not.toBe('whole');
  }
});

test('checkRunLog() names the line that was changed', () => {
  LINES.forEach((line, at) => {
    const isStart = at === 0;
    const [from, to] = isStart
      ? ['notes', 'ntoes']
      : [/"(?:path|host|program)":"(.)/.exec(line)?.[0] ?? '"t":', undefined];
    const changed =
      to === undefined
        ? line.replace(from, from === '"t":' ? '"t":9' : `${from}x`)
        : line.replace(from, to);
    expect(changed).not.toBe(line);
    const [found] = fault(joined(LINES.with(at, changed)));
    // Of a time that is too late the line after it tells, too.
    expect([at + 1, ...(from === '"t":' ? [at + 2] : [])]).toContain(found);
  });
});

test('checkRunLog() finds lines that are missing, moved, doubled or added', () => {
  expect(fault(joined(LINES.toSpliced(4, 1)))).toEqual([5, 'line-number']);
  expect(fault(joined(LINES.slice(1)))).toEqual([1, 'line-number']);
  expect(fault(joined(LINES.with(4, LINES[5] ?? '').with(5, LINES[4] ?? '')))).toEqual([
    5,
    'line-number',
  ]);
  expect(fault(joined(LINES.toSpliced(3, 0, LINES[2] ?? '')))).toEqual([4, 'line-number']);
  expect(fault(joined([...LINES, LINES.at(-1) ?? '']))).toEqual([LINES.length + 1, 'line-number']);
  expect(fault(concat(BYTES, utf8('{')))).toEqual([LINES.length + 1, 'after-end']);
  expect(fault(concat(BYTES, utf8('\n')))).toEqual([LINES.length + 1, 'line-form']);
  expect(fault(new Uint8Array(0))).toEqual([1, 'empty']);
});

test('checkRunLog() takes no other spelling of a line', () => {
  const [first = ''] = LINES;
  const line = (text: string): readonly [number, string] =>
    fault(joined([text, ...LINES.slice(1)]));
  expect(line(first.replace(',', ', '))).toEqual([1, 'line-form']);
  expect(line(first.replace('"n":0', '"n":0.0'))).toEqual([1, 'line-form']);
  expect(line(first.replace('{', '{"a":1,'))).toEqual([1, 'line-form']);
  expect(line('[]')).toEqual([1, 'line-form']);
  expect(line('no json')).toEqual([1, 'line-form']);
  expect(fault(utf8(LINES.join('\r\n')))).toEqual([1, 'line-form']);
});

test('checkRunLog() calls a log without its last line unfinished, whatever it ends with', () => {
  const short = check(joined(LINES.slice(0, -1)));
  expect(short).toMatchObject({ state: 'unfinished', lines: LINES.length - 1, start: START });
  const torn = check(BYTES.subarray(0, BYTES.length - 1));
  expect(torn).toMatchObject({ state: 'unfinished', detail: `line ${LINES.length} is not whole` });
});

test('checkRunLog() finds orders that no run writes, though every line follows on the one before it', () => {
  const exit: RunEntry = { kind: 'exit', end: { why: 'interrupted' } };
  const end: RunEntry = { kind: 'end', counts: {}, leftOut: {}, unread: 0 };
  const limit: RunEntry = { kind: 'limit', limit: 'writeMB', allowed: 1 };
  expect(check(chained([START, exit, end])).state).toBe('whole');
  expect(fault(chained([exit, end]))).toEqual([1, 'no-start']);
  expect(fault(chained([START, START, exit, end]))).toEqual([2, 'second-start']);
  expect(fault(chained([START, end]))).toEqual([2, 'no-exit']);
  expect(fault(chained([START, exit, exit, end]))).toEqual([3, 'second-exit']);
  expect(fault(chained([START, exit, end, end]))).toEqual([4, 'after-end']);
  expect(fault(chained([START, limit, exit, end]))).toEqual([4, 'counts']);
  const counted = { ...end, counts: { limit: 1 } };
  expect(check(chained([START, limit, exit, counted])).state).toBe('whole');
});

test('RunWriter writes no more of a kind than its share, says so, and counts the rest', () => {
  const read = (name: string): RunEvent => ({
    kind: 'file',
    source: 'trace',
    access: 'read',
    path: name,
    error: undefined,
  });
  const many = Array.from({ length: 40 }, (_, at) => read(`/usr/lib/${at}`));
  const { bytes } = written([...many, ...EVENTS.slice(3)], { share: 2_000 });
  const told: RunEntry[] = [];
  expect(checkRunLog(nativeCrypto, bytes, ({ entry }) => told.push(entry)).state).toBe('whole');
  const reads = told.filter(({ kind }) => kind === 'file').length - 1;
  const full = told.flatMap((entry) => (entry.kind === 'log-full' ? entry : []));
  expect(full).toEqual([{ kind: 'log-full', of: 'read', counts: { read: reads } }]);
  expect(reads).toBeGreaterThan(5);
  // What comes rarely has a share of its own.
  expect(told.filter(({ kind }) => kind === 'net')).toHaveLength(3);
  const end = told.at(-1);
  expect(end).toMatchObject({
    kind: 'end',
    counts: { read: reads },
    leftOut: { read: 40 - reads },
  });
});

test('RunWriter keeps what is secret out of every line', () => {
  const hide = redaction(['s3cret-token', 'x"\\y'], ['a-long-value', 'short', '/workspace/data']);
  const events: readonly RunEvent[] = [
    {
      kind: 'exec',
      source: 'trace',
      program: '/usr/bin/curl',
      args: ['curl', '-H', 'Authorization: Bearer q1q2q3', 'https://u:pw@h.example/p?key=v4v5#f6'],
      error: undefined,
    },
    {
      kind: 'exec',
      source: 'trace',
      program: '/usr/bin/env',
      args: [
        'env',
        'API_KEY=k7k8',
        '--password=k9',
        's3cret-token',
        'czNjcmV0LXRva2Vu',
        'is s3cret-t',
      ],
      error: undefined,
    },
    {
      kind: 'file',
      source: 'trace',
      access: 'write',
      path: '/workspace/s3cret-token/a-long-value',
      error: undefined,
    },
    {
      kind: 'net',
      source: 'proxy',
      host: 's3cret-token.evil.example',
      port: 80,
      refused: 'not-declared',
      method: 'k0K0',
    },
    {
      kind: 'net',
      source: 'proxy',
      host: 'x"\\y.example',
      port: 80,
      refused: 'not-declared',
      method: 'GET',
    },
    { kind: 'exit', end: { why: 'interrupted' } },
  ];
  const text = new TextDecoder().decode(written(events, { redaction: hide }).bytes);
  for (const secret of [
    's3cret',
    'czNjcmV0',
    'q1q2',
    'v4v5',
    'f6',
    'u:pw',
    'k7k8',
    'k9',
    'k0K0',
    'a-long-value',
    'x\\"\\\\y',
  ])
    expect(text).not.toContain(secret);
  for (const told of [
    'https://[hidden]@h.example/p?[hidden]',
    'API_KEY=[hidden]',
    '/workspace/[hidden]/[hidden]',
  ])
    expect(text).toContain(told);
});

test('RunWriter cuts what is too long, and what is no Unicode', () => {
  const long = 'a'.repeat(9_000);
  const { bytes } = written([
    { kind: 'file', source: 'trace', access: 'read', path: `/${long}\ud800`, error: undefined },
    {
      kind: 'exec',
      source: 'trace',
      program: '/p',
      args: ['\udc00', ...Array.from({ length: 200 }, () => long)],
      error: undefined,
    },
    { kind: 'exit', end: { why: 'interrupted' } },
  ]);
  expect(check(bytes).state).toBe('whole');
  expect(linesIn(bytes)[2]).toContain('... and 138 more');
  expect(bytes.length).toBeLessThan(100_000);
});

test('RunWriter tells when a line cannot be written, and leaves a log that is unfinished', () => {
  const host = nodeHost();
  let isFull = false;
  const fs: typeof host.fs = {
    ...host.fs,
    writeSync: (fd, buffer, offset, length) => {
      if (isFull) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      return host.fs.writeSync(fd, buffer, offset, length);
    },
  };
  const home = openHome(
    { ...host, fs },
    path.join(mkdtempSync(path.join(tmpdir(), 'gitkel-run-')), 'home'),
  );
  const failures: unknown[] = [];
  const writer = new RunWriter(home, START, { ...PLAIN, failed: (error) => failures.push(error) });
  isFull = true;
  for (const event of EVENTS) writer.event(event);
  expect(failures).toHaveLength(1);
  expect(failures[0]).toMatchObject({ code: 'environment', reason: 'enospc' });
  expect(() => writer.end()).toThrow(GitkelError);
  const file = runLogPath(home.dir, RUN);
  expect(check(new Uint8Array(readFileSync(file)))).toMatchObject({
    state: 'unfinished',
    lines: 1,
  });
});

test('a log with a torn last line stays unfinished when the rest is cut off', () => {
  const { file } = written();
  truncateSync(file, BYTES.length - 30);
  expect(check(new Uint8Array(readFileSync(file))).state).toBe('unfinished');
  appendFileSync(file, '\n');
  expect(check(new Uint8Array(readFileSync(file)))).toMatchObject({
    state: 'broken',
    reason: 'line-form',
  });
});

test('a flood of what is allowed hides nothing of what was refused or moved aside', () => {
  const allowed: RunEvent = {
    kind: 'net',
    source: 'proxy',
    host: 'a.example',
    port: 80,
    refused: undefined,
    method: 'GET',
  };
  const write: RunEvent = {
    kind: 'file',
    source: 'trace',
    access: 'write',
    path: '/tmp/x',
    error: undefined,
  };
  const flood = Array.from({ length: 100 }, () => [allowed, write]).flat();
  const { bytes } = written([...flood, ...EVENTS], { share: 2_000 });
  expect(check(bytes).state).toBe('whole');
  const text = Buffer.from(bytes).toString();
  for (const told of ['evil.example', '1.1.1.1', '"secret":true', 'AGENTS.md'])
    expect(text).toContain(told);
});

test.each([
  [
    'nothing was seen',
    false,
    new GitkelError('environment', 'x', { reason: 'sandbox-failed' }),
    'whole',
  ],
  ['something was seen', true, new GitkelError('environment', 'x'), 'unfinished'],
  ['something broke', false, new TypeError('x'), 'unfinished'],
] as const)('endAfter() when %s', (_, wasSeen, error, state) => {
  const dir = path.join(mkdtempSync(path.join(tmpdir(), 'gitkel-run-')), 'home');
  const home = openHome(nodeHost(), dir);
  endAfter(new RunWriter(home, START, PLAIN), error, wasSeen);
  expect(check(new Uint8Array(readFileSync(runLogPath(home.dir, RUN)))).state).toBe(state);
});
