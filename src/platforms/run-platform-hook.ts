/**
 * One run of a hook of an agent platform, from its input to its end. Whatever happens, it ends in time and in the way that
 * its platform takes for a no, unless the answer is yes.
 * @module
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { LIMITS } from '../base/limits.ts';
import { blocking } from './claude-answer.ts';
import { claudeTrouble, quickAnswer } from './claude-quick.ts';
import { endHook } from './end-hook.ts';
import { type PlatformName, timeoutOf } from './hook-options.ts';
import { answeredInTime, before, type HookEnd, type InTime, type ThreadTask } from './in-time.ts';
import { blocked, ended, troubleAnswer } from './openclaw-answer.ts';
import { speaksProtocol } from './openclaw-request.ts';
import { platformInput } from './platform-input.ts';

/** What a platform takes for a no. @param input what it wrote, as far as that was read */
function refusal(name: PlatformName, why: string, input?: Uint8Array): HookEnd {
  switch (name) {
    case 'claude-code':
      return blocking(why);
    case 'openclaw-install-policy':
      return ended(blocked(why), input !== undefined && speaksProtocol(input));
  }
}

const INPUT_BYTES: Readonly<Record<PlatformName, number>> = {
  'claude-code': LIMITS.platformEventBytes,
  'openclaw-install-policy': LIMITS.installRequestBytes,
};

function endOf(name: PlatformName, found: InTime, input: Uint8Array, seconds: number): HookEnd {
  switch (found.outcome) {
    case 'ended':
      return found.end;
    case 'timed-out':
      return refusal(name, `timed-out: nothing was found out within ${seconds} s`, input);
    case 'failed':
      return refusal(name, `error: what judges ended early: ${found.why}`, input);
  }
}

/**
 * How a run ends.
 * @param program the hook's own program: its thread runs {@link answerInThread}
 * @param stream the standard input
 */
export async function platformHookEnd(
  name: PlatformName,
  program: string | URL,
  args: readonly string[],
  stream: AsyncIterable<Uint8Array>,
): Promise<HookEnd> {
  try {
    const seconds = timeoutOf(name, args);
    const at = performance.now() + seconds * 1000;
    const input = await before(at, platformInput(stream, INPUT_BYTES[name]));
    if (input === undefined)
      return refusal(name, `timed-out: no whole request came within ${seconds} s`);
    const task: ThreadTask = { args, input };
    const quick = name === 'claude-code' ? quickAnswer(task, process.env) : undefined;
    return quick ?? endOf(name, await answeredInTime(program, task, at), input, seconds);
  } catch (error) {
    return name === 'claude-code' ? claudeTrouble(error) : ended(troubleAnswer(error), false);
  }
}

/** In the thread: judges, and posts how the hook ends. */
export async function answerInThread(name: PlatformName): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- given by `answeredInTime` alone
  const task = workerData as ThreadTask;
  const end =
    name === 'claude-code'
      ? await (await import('./claude-code.ts')).claudeAnswer(task, process.env)
      : await (await import('./openclaw-policy.ts')).openclawAnswer(task, process.env);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of a thread, which has no origin
  parentPort?.postMessage(end);
}

/** Runs a hook to its end, and the process with it: on the main thread, or on the one that judges. */
export async function runPlatformHook(
  name: PlatformName,
  program: string | URL,
  args: readonly string[],
): Promise<void> {
  if (!isMainThread) return answerInThread(name);
  // Until it is told otherwise, nothing passes.
  process.exitCode = refusal(name, '').exitCode;
  endHook(await platformHookEnd(name, program, args, process.stdin));
}
