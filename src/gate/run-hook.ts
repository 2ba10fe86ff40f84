/** What the hooks of a server have in common: what Git gives them, and how they end. @module */
import { readSync, writeSync } from 'node:fs';
import { LIMITS } from '../base/limits.ts';
import type { HookAnswer, HookRun } from './hook-place.ts';
import { answerOfHook } from './server-hook.ts';
import { GitkelError } from '../base/errors.ts';
import { nodeHost } from '../host/node.ts';
import { callingGit } from '../host/processes.ts';

const CHUNK = 65_536;

/** What Git writes to the standard input, and one byte more than may be read. */
export function standardInput(): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length <= LIMITS.hookInputBytes) {
    const part = new Uint8Array(CHUNK);
    const read = readSync(0, part);
    if (read === 0) break;
    parts.push(part.subarray(0, read));
    length += read;
  }
  return Buffer.concat(parts);
}

function thisRun(): HookRun {
  const caller = callingGit();
  if (caller === undefined) {
    throw new GitkelError('environment', 'Cannot tell which Git runs this hook', {
      reason: 'no-calling-git',
      hint: 'Let Git start the hook.',
    });
  }
  return {
    host: nodeHost(),
    environment: process.env,
    directory: process.cwd(),
    input: standardInput(),
    caller,
  };
}

/** What a hook of a server answers in the surroundings of this process. */
export async function serverAnswer(
  decide: (run: HookRun) => Promise<HookAnswer>,
): Promise<HookAnswer> {
  return answerOfHook(async () => decide(thisRun()));
}

/** Runs a hook to its end: by its exit code Git goes on or does not. */
export async function runHook(decide: (run: HookRun) => Promise<HookAnswer>): Promise<void> {
  // Until it is told otherwise, nothing passes: not even where waiting for something never ends.
  process.exitCode = 1;
  const { isAllowed, lines } = await serverAnswer(decide);
  if (lines.length > 0) writeSync(2, lines.map((line) => `${line}\n`).join(''));
  if (isAllowed) process.exitCode = 0;
}
