/**
 * Answers within a time. What judges a skill reads files and verifies signatures without a pause, so that no timer could
 * go off beside it: it runs on a thread of its own, and this one keeps the time.
 * @module
 */
import { Worker } from 'node:worker_threads';

/** How a hook ends: what it prints, and its exit code. */
export interface HookEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the thread is given. */
export interface ThreadTask {
  readonly args: readonly string[];
  /** What the platform wrote to the standard input. */
  readonly input: Uint8Array;
}

export type InTime =
  | { readonly outcome: 'ended'; readonly end: HookEnd }
  | { readonly outcome: 'timed-out' }
  /** The thread ended without an answer. */
  | { readonly outcome: 'failed'; readonly why: string };

function isHookEnd(value: unknown): value is HookEnd {
  if (typeof value !== 'object' || value === null) return false;
  const { exitCode, stdout, stderr } = { exitCode: 0, stdout: 0, stderr: 0, ...value };
  return typeof exitCode === 'number' && typeof stdout === 'string' && typeof stderr === 'string';
}

/** Settles with `undefined` at a time; what is awaited meanwhile goes on. @param at milliseconds, by `performance.now` */
export async function before<T>(at: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, at - performance.now()));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs a program as a thread until it posts how the hook ends.
 * @param at when to give up, in milliseconds, by `performance.now`
 */
export async function answeredInTime(
  program: string | URL,
  task: ThreadTask,
  at: number,
): Promise<InTime> {
  const worker = new Worker(program, { workerData: task });
  const answer = new Promise<InTime>((resolve) => {
    worker.once('message', (end: unknown) => {
      resolve(
        isHookEnd(end)
          ? { outcome: 'ended', end }
          : { outcome: 'failed', why: 'its answer is none' },
      );
    });
    worker.once('error', (error) => {
      resolve({ outcome: 'failed', why: error instanceof Error ? error.message : String(error) });
    });
    worker.once('exit', (code) => {
      resolve({ outcome: 'failed', why: `it ended with ${code} and without an answer` });
    });
  });
  const found = await before(at, answer);
  // Nobody waits for its end: it may be in the middle of something long.
  void worker.terminate();
  return found ?? { outcome: 'timed-out' };
}
