/** Traces as strace 6.1 wrote them of runs in a sandbox, and texts of every kind. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { askedNames } from '../../src/runs/dns-question.ts';
import { readStraceLine } from '../../src/runs/strace-line.ts';
import { straceReader, type TraceCounts } from '../../src/runs/strace-reader.ts';
import { quotedText, readDescriptor, splitArguments } from '../../src/runs/strace-text.ts';
import { TracedLinks } from '../../src/runs/traced-links.ts';
import { runEventOf, type TraceEvent } from '../../src/runs/trace-event.ts';

const VECTORS = fileURLToPath(new URL('../vectors/strace/', import.meta.url));

function linesOf(name: string): readonly string[] {
  return readFileSync(`${VECTORS}${name}.txt`, 'utf8').trimEnd().split('\n');
}

interface Read {
  readonly events: readonly TraceEvent[];
  readonly counts: TraceCounts;
}

function readLines(lines: readonly string[]): Read {
  const reader = straceReader('/skill');
  const events = [...lines.flatMap((line) => reader.line(line)), ...reader.end()];
  return { events, counts: reader.counts() };
}

const SYSTEM = /^\/(?:usr|lib|etc|proc|sys|dev)\//;

/** What was done to files elsewhere than in places of the system: `use path`, with the error where there is one. */
function files({ events }: Read): readonly string[] {
  return events.flatMap((event) =>
    event.kind === 'file' && !SYSTEM.test(event.path)
      ? [`${event.use} ${event.path}${event.error === undefined ? '' : ` ${event.error}`}`]
      : [],
  );
}

function programs({ events }: Read): readonly string[] {
  return events.flatMap((event) =>
    event.kind === 'exec' && event.error === undefined ? [event.program] : [],
  );
}

function connections({ events }: Read): readonly string[] {
  return events.flatMap((event) =>
    event.kind === 'net' && event.family !== 'unix'
      ? [`${event.use} ${event.address} ${event.port} ${event.error ?? ''}`.trim()]
      : [],
  );
}

test('straceReader() follows a shell, its children and where each of them stands', () => {
  const read = readLines(linesOf('shell'));
  expect(read.counts.unread).toBe(0);
  expect(files(read)).toEqual(
    expect.arrayContaining([
      'make-directory /tmp/made é',
      'create /tmp/x',
      'make-directory /tmp/rel',
      'remove /tmp/rel',
      'create /tmp/made é/a"b\nc<d>, (e',
      'read /tmp/made é/a"b\nc<d>, (e',
      'link /tmp/made é/lnk',
      'rename /tmp/made é/lnk',
      'rename /tmp/made é/lnk2',
      'make-directory /tmp/made é/deep/deeper',
      'remove /tmp/made é/deep/deeper',
      'create /skill/evil EROFS',
      'read /root/.ssh/id_rsa ENOENT',
      'create /workspace/out',
      String.raw`create /tmp/made \xc3\xa9/bad\xffname`,
    ]),
  );
  expect(programs(read)).toEqual(
    expect.arrayContaining(['/run/gitkel/prlimit', '/usr/bin/sh', '/usr/bin/curl']),
  );
  expect(connections(read)).toEqual(['connect 127.0.0.1 3128', 'connect 192.0.2.1 80 ENETUNREACH']);
});

test('straceReader() follows threads, a changed directory of a child, and addresses of every family', () => {
  const read = readLines(linesOf('node'));
  expect(read.counts.unread).toBe(0);
  expect(files(read)).toEqual(
    expect.arrayContaining([
      'create /tmp/a\tb é <x>',
      'rename /tmp/q',
      'remove /tmp/q',
      'write /tmp/zz ENOENT',
      'link /tmp/pw EXDEV',
      'make-directory /tmp/rel',
      'create /workspace/spawned',
      'read /tmp/thread-read ENOENT',
    ]),
  );
  expect(connections(read)).toEqual(
    expect.arrayContaining([
      'connect 1.1.1.1 443 ENETUNREACH',
      'connect ::1 80',
      'connect 2606:4700::1111 443 ENETUNREACH',
      'bind 0.0.0.0 0',
      'send 8.8.8.8 53 ENETUNREACH',
    ]),
  );
  const names = read.events.flatMap((event) =>
    event.kind === 'net' && event.family === 'unix' ? [event.address] : [],
  );
  expect(names).toContain('@abstract');
  const spawned = read.events.find(
    (event) => event.kind === 'exec' && event.program === '/usr/bin/sh',
  );
  expect(spawned).toMatchObject({
    args: ['sh', '-c', 'echo hi > spawned; exit 3', 'a'.repeat(256)],
    isCut: true,
  });
});

test('straceReader() follows a thread that becomes its process, and descriptors of directories', () => {
  const read = readLines(linesOf('python'));
  expect(read.counts.unread).toBe(0);
  expect(files(read)).toEqual(
    expect.arrayContaining([
      'create /workspace/plain',
      'make-directory /workspace/dir',
      'rename /workspace/plain',
      'rename /workspace/moved',
      'make-directory /workspace/dir/in-fd',
      'remove /workspace/dir/in-fd',
      'create /workspace/from-thread',
    ]),
  );
});

test('straceReader() counts what it cannot read, and keeps what was begun', () => {
  const first = '1 execve("/run/gitkel/prlimit", ["x"], 0x7f /* 1 var */) = 0';
  const { counts, events } = readLines([
    first,
    'no trace at all',
    '1 openat(AT_FDCWD</skill>, "a", O_RDONLY) 3',
    '1 openat(AT_FDCWD</skill>, "cut, O_RDONLY) = 3',
    '1 mkdir("far", 0777) = 0 and more',
    '1 notasyscall("x") = 0',
    '1 <... openat resumed>) = 3',
    "2 <... clone resumed>, child_tidptr=0x7f) = 2 /* 1 in strace's PID NS */",
    '1 openat(AT_FDCWD</skill>, "b"..., O_RDONLY) = -1 ENOENT (No such file or directory)',
    '1 unlink("gone" <unfinished ...>',
    '1 +++ killed by SIGKILL +++',
    '3 mkdir("nowhere known", 0777) = 0',
  ]);
  expect(counts).toEqual({ lines: 12, unread: 8, open: 2 });
  expect(events.filter(({ kind }) => kind === 'file')).toEqual([
    { kind: 'file', pid: 1, use: 'remove', path: '/skill/gone', error: '?' },
  ]);
});

test('straceReader() places what a child did before it was told who made it', () => {
  const { events, counts } = readLines([
    '1 execve("/run/gitkel/prlimit", ["x"], 0x7f /* 1 var */) = 0',
    '1 chdir("/workspace") = 0',
    '1 vfork( <unfinished ...>',
    '2 chdir("sub") = 0',
    '2 mkdir("made", 0777 <unfinished ...>',
    "1 <... vfork resumed>) = 5 /* 2 in strace's PID NS */",
    '2 <... mkdir resumed>) = -1 EROFS (Read-only file system)',
    '1 rmdir("other") = 0',
    '1 io_uring_setup(8, {flags=0}) = 4<anon_inode:[io_uring]>',
  ]);
  expect(counts.unread).toBe(0);
  expect(events.slice(1)).toEqual([
    { kind: 'file', pid: 2, use: 'make-directory', path: '/workspace/sub/made', error: 'EROFS' },
    { kind: 'file', pid: 1, use: 'remove', path: '/workspace/other', error: undefined },
    { kind: 'blind', pid: 1, call: 'io_uring_setup' },
  ]);
});

/** As strace quotes bytes: what is printable as it is, the rest by its short name or in octal. */
function straceQuoted(bytes: Uint8Array, special = ''): string {
  const short: Readonly<Record<number, string>> = { 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r' };
  return Array.from(bytes, (byte, index) => {
    const letter = String.fromCharCode(byte);
    if (letter === '"' || letter === '\\') return `\\${letter}`;
    if (short[byte] !== undefined) return `\\${short[byte]}`;
    if (byte >= 0x20 && byte < 0x7f && !special.includes(letter)) return letter;
    const next = bytes[index + 1];
    const isBeforeDigit = next !== undefined && next >= 0x30 && next <= 0x39;
    return `\\${byte.toString(8).padStart(isBeforeDigit ? 3 : 1, '0')}`;
  }).join('');
}

const NAME = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
  .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..');

test('quotedText() and readDescriptor() read every name that strace quotes', () => {
  fc.assert(
    fc.property(NAME, (name) => {
      const bytes = new TextEncoder().encode(`/${name}`);
      expect(quotedText(`"${straceQuoted(bytes)}"`)).toEqual({
        text: `/${name}`,
        isCut: false,
        rest: '',
      });
      expect(readDescriptor(`7<${straceQuoted(bytes, '<>')}>`)).toEqual({
        number: 7,
        path: `/${name}`,
      });
    }),
  );
});

test('straceReader() reads a call about any name', () => {
  fc.assert(
    fc.property(NAME, NAME, (from, to) => {
      const [a, b] = [from, to].map((name) => straceQuoted(new TextEncoder().encode(name)));
      const call = `1 renameat2(AT_FDCWD</skill>, "${a}", 4</tmp/${straceQuoted(new TextEncoder().encode(from), '<>')}>, "${b}", 0) = 0`;
      const { events, counts } = readLines([call]);
      expect(counts.unread).toBe(0);
      expect(events.map((event) => event.kind === 'file' && event.path)).toEqual([
        `/skill/${from}`,
        `/tmp/${from}/${to}`,
      ]);
    }),
  );
});

test('straceReader() tells of each line, whatever it holds, and reads only what is exact', () => {
  const lines = ['shell', 'node', 'python'].flatMap(linesOf);
  fc.assert(
    fc.property(
      fc.constantFrom(...lines),
      fc.nat(),
      fc.string({ unit: 'binary-ascii', maxLength: 3 }),
      (line, at, other) => {
        const place = at % line.length;
        const changed = line.slice(0, place) + other + line.slice(place + 1);
        const { counts } = readLines([changed]);
        expect(counts.lines).toBe(1);
        expect(counts.unread).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 300 },
  );
  const long = `1 mkdir("${'a'.repeat(70_000)}", 0777) = 0`;
  expect(readStraceLine(long)).toEqual({ kind: 'unread' });
});

test('readStraceLine() tells ends and signals from calls', () => {
  expect(
    [
      '12 +++ exited with 0 +++',
      '12 +++ killed by SIGSEGV (core dumped) +++',
      '12 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---',
      '[ Process PID=12 runs in 32 bit mode. ]',
      '12 +++ something else +++',
    ].map((line) => readStraceLine(line).kind),
  ).toEqual(['ended', 'ended', 'other', 'other', 'unread']);
});

test('splitArguments() keeps together what stands in brackets, quotes and descriptors', () => {
  expect(splitArguments('3</a, (b>, {x="},", y=[1, 2]}, /* a, b */ 4) = 0', 0)?.args).toEqual([
    '3</a, (b>',
    '{x="},", y=[1, 2]}',
    '/* a, b */ 4',
  ]);
  expect(splitArguments('"open', 0)).toBeUndefined();
});

test('askedNames() reads a question for a name, and nothing from other data', () => {
  const question = String.raw`"\264\320\1\0\0\1\0\0\0\0\0\0\3api\7example\3com\0\0\1\0\1"`;
  expect(askedNames(question)).toEqual(['api.example.com']);
  expect(askedNames(`[{msg_hdr={msg_iov=[{iov_base=${question}, iov_len=33}]}}]`)).toEqual([
    'api.example.com',
  ]);
  expect(askedNames('"GET / HTTP/1.1"')).toEqual([]);
});

test('TracedLinks.followed() leaves no way up, and runEventOf() says what a log has of an event', () => {
  expect(new TracedLinks().followed('/a/./b//../../../c/', true)).toBe('/c');
  const file = { kind: 'file', pid: 1, use: 'make-directory', path: '/a', error: 'EROFS' } as const;
  expect(runEventOf(file)).toEqual({
    kind: 'file',
    source: 'trace',
    access: 'write',
    path: '/a',
    error: 'EROFS',
  });
});

test('straceReader() follows links that were made in the run, also of calls that failed', () => {
  const at = '7  ';
  const failed = '= -1 ENOENT (No such file or directory)';
  const read = readLines([
    `${at}symlink("/home", "/tmp/h") = 0`,
    `${at}openat(AT_FDCWD</skill>, "/tmp/h/alice/.ssh/id_rsa", O_RDONLY) ${failed}`,
    `${at}mkdir("/tmp/d", 0700) = 0`,
    `${at}symlinkat("../../workspace/sub", AT_FDCWD</skill>, "/tmp/d/l") = 0`,
    `${at}rename("/tmp/d", "/tmp/e") = 0`,
    `${at}openat(AT_FDCWD</skill>, "/tmp/e/l/../AGENTS.md", O_WRONLY|O_CREAT, 0600) = -1 EROFS (Read-only file system)`,
    `${at}openat(AT_FDCWD</skill>, "/proc/self/root/home/bob/x", O_RDONLY) ${failed}`,
    `${at}openat(AT_FDCWD</skill>, "/proc/7/task/7/root/proc/self/root/home/bob/y", O_RDONLY) ${failed}`,
    `${at}unlink("/tmp/h") = 0`,
    `${at}symlink("round", "/tmp/round") = 0`,
    `${at}openat(AT_FDCWD</skill>, "/tmp/round/x", O_RDONLY) = -1 ELOOP (Too many levels of symbolic links)`,
  ]);
  expect(files(read)).toEqual([
    'link /tmp/h',
    'target /home',
    'read /home/alice/.ssh/id_rsa ENOENT',
    'make-directory /tmp/d',
    'link /tmp/d/l',
    'target /workspace/sub',
    'rename /tmp/d',
    'rename /tmp/e',
    'create /workspace/AGENTS.md EROFS',
    'read /home/bob/x ENOENT',
    'read /home/bob/y ENOENT',
    'remove /tmp/h',
    'link /tmp/round',
    'target /tmp/round',
    'read /tmp/round/x ELOOP',
  ]);
  expect(read.counts.unread).toBe(0);
});

test('straceReader() cannot tell where a call that failed led through a descriptor', () => {
  const unread = (path: string, error: string): number =>
    readLines([`7  openat(AT_FDCWD</skill>, "${path}", O_WRONLY) = -1 ${error} (Some words)`])
      .counts.unread;
  expect(unread('/proc/self/fd/5', 'EROFS')).toBe(1);
  expect(unread('/proc/12/task/12/cwd/x', 'ENOENT')).toBe(1);
  expect(unread('/dev/fd/5/x', 'ENOENT')).toBe(1);
  expect(unread('/dev/stdout', 'EROFS')).toBe(1);
  // Whatever the caller has there can be somebody else's.
  expect(unread('/dev/stdout', 'EACCES')).toBe(0);
  expect(unread('/proc/self/fd/2', 'EACCES')).toBe(0);
});

test('TracedLinks remembers no more than it may', () => {
  const links = new TracedLinks();
  const made = Array.from({ length: 16_385 }, (_, index) => links.made(`/tmp/${index}`, '/home'));
  expect([made.indexOf(false), links.made('/tmp/0', '/')]).toEqual([16_384, true]);
});

test('straceReader() tells of a child that nobody traces', () => {
  const { events } = readLines(['7  clone(child_stack=NULL, flags=CLONE_UNTRACED|SIGCHLD) = 9']);
  expect(events).toEqual([{ kind: 'blind', pid: 7, call: 'clone' }]);
});

test('straceReader() tells of how many processes the end is missing', () => {
  const lines = [
    '7  clone(child_stack=NULL, flags=SIGCHLD) = 9',
    '9  openat(AT_FDCWD</skill>, "/tmp/x", O_RDONLY) = -1 ENOENT (No such file or directory)',
    '9  +++ killed by SIGKILL +++',
    '7  +++ exited with 0 +++',
  ];
  expect(readLines(lines).counts.open).toBe(0);
  expect(readLines(lines.slice(0, 3)).counts.open).toBe(1);
  expect(readLines(lines.slice(0, 2)).counts.open).toBe(2);
});
