/**
 * Starts what was planned, watches over it, and ends it: whatever happens, nothing of it is left running.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { callFilter } from './call-filter.ts';
import { inheritedDescriptors } from './inherited-descriptors.ts';
import type { LimitEvent, RunEnd } from './run-event.ts';
import { runWatch } from './run-watch.ts';
import { commandInside, sandboxArguments } from './sandbox-arguments.ts';
import type { RunObserver, SandboxPlan } from './sandbox-plan.ts';

/** System calls by which files, programs and the network are used. */
const TRACED = [
  'open,openat,openat2,creat,truncate,mkdir,mkdirat,mknod,mknodat,rmdir,unlink,unlinkat',
  'rename,renameat,renameat2,link,linkat,symlink,symlinkat,chmod,fchmodat',
  'execve,execveat,connect,sendto,sendmsg,sendmmsg,bind',
  // Where each process stands, for paths from there, and what gets past a trace.
  'chdir,fchdir,clone,clone3,fork,vfork,io_uring_setup',
].join(',');
/** Characters of texts that are traced: of the arguments of programs, and of questions for names. */
const TRACED_TEXT = LIMITS.traceArgumentCharacters;

/** Which file descriptors of the child are for its arguments, for what becomes of it, and for the filter of its calls. */
const ARGUMENTS_FD = 3;
const STATUS_FD = 4;
const FILTER_FD = 5;
/** Bytes of the beginning of what is printed to standard error that are kept, to tell why nothing was started. */
const KEPT_BYTES = 1_024;
/** Milliseconds for output to arrive of processes that are gone. */
const DRAIN = 1_000;

function startArguments(plan: SandboxPlan): readonly [program: string, args: readonly string[]] {
  const { tools, traceFile } = plan;
  const sandbox = [
    tools.bwrap,
    '--args',
    String(ARGUMENTS_FD),
    '--json-status-fd',
    String(STATUS_FD),
    '--seccomp',
    String(FILTER_FD),
    '--',
    ...commandInside(plan.permissions, plan.limits, plan.command),
  ];
  if (tools.strace === undefined) return [tools.bwrap, sandbox.slice(1)];
  // A tracer that is left alone would keep all of it alive: it ends with this process.
  return [
    tools.setpriv,
    [
      '--pdeathsig',
      'KILL',
      tools.strace,
      '-f',
      // The end of each process is told: a trace without it was cut off.
      '-q',
      '-y',
      '--seccomp-bpf',
      '--pidns-translation',
      `--string-limit=${TRACED_TEXT}`,
      `--trace=${TRACED}`,
      '--signal=none',
      '-o',
      traceFile,
      ...sandbox,
    ],
  ];
}

interface Status {
  readonly init: () => number | undefined;
  readonly exitCode: () => number | undefined;
}

/** Follows what bwrap says of its child: lines of JSON. */
function statusOf(stream: Readable): Status {
  let text = '';
  stream.on('data', (part: Buffer) => {
    if (text.length < KEPT_BYTES) text += part.toString('latin1');
  });
  stream.on('error', () => {});
  const numberOf = (expression: RegExp): number | undefined => {
    const found = expression.exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return {
    init: () => numberOf(/"child-pid": ([1-9][0-9]{0,9})\b/),
    exitCode: () => numberOf(/"exit-code": ([0-9]{1,3})\b/),
  };
}

function killNumber(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

/** Kills the first process inside, with which the kernel ends all others there, and what started it. */
function killAll(child: ChildProcess, status: Status): void {
  const init = status.init();
  if (init !== undefined && status.exitCode() === undefined) killNumber(init);
  if (child.pid !== undefined) killNumber(-child.pid);
}

/** Passes on what is printed, as much as is allowed. */
export function passOutput(
  stream: Readable,
  name: 'stdout' | 'stderr',
  limit: number,
  { output, event }: RunObserver,
): void {
  let [passed, isTold] = [0, false];
  stream.on('data', (part: Buffer) => {
    const kept = part.subarray(0, limit - passed);
    passed += kept.length;
    if (kept.length > 0) output(name, new Uint8Array(kept));
    if (kept.length === part.length || isTold) return;
    isTold = true;
    event({ kind: 'output-truncated', stream: name, passed });
  });
  stream.on('error', () => {});
}

function notStarted(detail: string): GitkelError {
  return new GitkelError(
    'environment',
    `Cannot start a sandbox: ${detail === '' ? 'bwrap ended before the command began' : quoted(detail, 300)}`,
    {
      reason: 'sandbox-failed',
      hint: 'Is this user allowed to make user name spaces here? "bwrap --unshare-all --unshare-user --ro-bind / / true" has to work.',
    },
  );
}

interface Started {
  readonly child: ChildProcess;
  readonly status: Status;
  /** What was printed first to standard error. */
  readonly said: () => string;
}

function isWritable(stream: unknown): stream is Writable {
  return stream instanceof Writable;
}

/** Starts the child with its pipes, and with nothing that this process was started with: in place of that it has nothing. */
function spawned(plan: SandboxPlan, hasInput: boolean): ChildProcess {
  const [program, args] = startArguments(plan);
  const nothing = openSync('/dev/null', 'r');
  try {
    const own = [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'] as const;
    const inherited = new Set(inheritedDescriptors(own.length));
    const rest = Array.from({ length: Math.max(0, ...inherited) + 1 - own.length }, (_, index) =>
      inherited.has(own.length + index) ? nothing : ('ignore' as const),
    );
    return spawn(program, [...args], {
      // A group of its own: Ctrl-C reaches this process, which ends all of it in order.
      detached: true,
      env: {},
      cwd: '/',
      stdio: [...own, ...rest],
      ...plan.user,
    });
  } finally {
    closeSync(nothing);
  }
}

function start(plan: SandboxPlan, observer: RunObserver, input: Readable | undefined): Started {
  const child = spawned(plan, input !== undefined);
  const { stdout, stderr } = child;
  const [, , , argumentsPipe, statusPipe, filterPipe]: readonly unknown[] = child.stdio;
  if (
    stdout === null ||
    stderr === null ||
    !isWritable(argumentsPipe) ||
    !(statusPipe instanceof Readable) ||
    !isWritable(filterPipe)
  )
    throw new Error('a child was started without the pipes that were asked for');
  let said = '';
  stderr.on('data', (part: Buffer) => {
    if (said.length < KEPT_BYTES) said += part.toString('latin1');
  });
  passOutput(stdout, 'stdout', plan.limits.outputBytes, observer);
  passOutput(stderr, 'stderr', plan.limits.outputBytes, observer);
  argumentsPipe.on('error', () => {});
  const list = sandboxArguments(plan.permissions, plan.places, plan.limits);
  argumentsPipe.end(list.map((argument) => `${argument}\0`).join(''));
  filterPipe.on('error', () => {});
  filterPipe.end(callFilter(plan.tools.processor));
  if (input !== undefined && child.stdin !== null) {
    child.stdin.on('error', () => input.unpipe());
    input.pipe(child.stdin);
  }
  return { child, status: statusOf(statusPipe), said: () => said.slice(0, KEPT_BYTES).trim() };
}

async function ended({ child }: Started): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (_, signal) => {
      const drain = setTimeout(() => {
        for (const stream of child.stdio) stream?.destroy();
        resolve(signal ?? undefined);
      }, DRAIN);
      child.on('close', () => {
        clearTimeout(drain);
        resolve(signal ?? undefined);
      });
    });
  });
}

/** What ended a run from outside of it. */
type Cut =
  | { readonly why: 'limit'; readonly limit: LimitEvent['limit'] }
  | { readonly why: 'interrupted' };

function endOf(
  { status, said }: Started,
  cut: Cut | undefined,
  signal: string | undefined,
  hasBegun: boolean,
): RunEnd {
  if (cut !== undefined) return cut;
  const exitCode = status.exitCode();
  if (exitCode !== undefined) return { why: 'ended', exitCode };
  // The command ran, and whatever it ran under is gone without a word.
  if (hasBegun) return { why: 'killed', signal: signal ?? 'SIGKILL' };
  if (signal !== undefined && status.init() !== undefined) return { why: 'killed', signal };
  throw notStarted(said());
}

export interface RunOptions {
  readonly observer: RunObserver;
  /** What the command reads; nothing unless given. */
  readonly input?: Readable | undefined;
  /** Ends the run. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a command in a sandbox, to its end. Every event of it is told before this returns, the exit last.
 * @throws GitkelError `environment`, reason `sandbox-failed`, where the sandbox could not be made: then nothing ran.
 */
export async function runInSandbox(
  plan: SandboxPlan,
  { observer, input, signal }: RunOptions,
): Promise<RunEnd> {
  const started = start(plan, observer, input);
  let cut: Cut | undefined;
  const end = (why: Cut): void => {
    if (cut === undefined && why.why === 'limit')
      observer.event({ kind: 'limit', limit: why.limit, allowed: watch.allowed(why.limit) });
    cut ??= why;
    killAll(started.child, started.status);
  };
  const watch = runWatch(plan, observer, started.status.init, (limit) =>
    end({ why: 'limit', limit }),
  );
  const interrupt = (): void => end({ why: 'interrupted' });
  signal?.addEventListener('abort', interrupt);
  if (signal?.aborted === true) interrupt();
  try {
    const died = await ended(started);
    watch.last();
    const result = endOf(started, cut, died, watch.hasBegun());
    observer.event({ kind: 'exit', end: result });
    return result;
  } finally {
    signal?.removeEventListener('abort', interrupt);
    watch.stop();
    killAll(started.child, started.status);
    if (input !== undefined && started.child.stdin !== null) {
      input.unpipe(started.child.stdin);
      // Nobody reads on: what is still open would keep this process from ending.
      input.pause();
    }
  }
}
