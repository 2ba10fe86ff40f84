import { writeSync } from 'node:fs';
import { nodeHost } from '../host/node.ts';
import { answerOfClientHook, type ClientRun } from './client-hook.ts';
import type { HookAnswer } from './hook-place.ts';
import { type HookName, hasInput } from './hook-name.ts';
import { standardInput } from './run-hook.ts';

/** What a hook of a clone answers in the surroundings of this process. @param args what Git gives it */
export async function clientAnswer(
  name: HookName,
  decide: (run: ClientRun) => Promise<HookAnswer>,
  args: readonly string[],
): Promise<HookAnswer> {
  return answerOfClientHook(decide, {
    host: nodeHost(),
    environment: process.env,
    directory: process.cwd(),
    args,
    input: hasInput(name) ? standardInput() : new Uint8Array(),
  });
}

/** Runs a hook of a clone to its end: by its exit code Git goes on or does not. @param args what Git gives it */
export async function runClientHook(
  name: HookName,
  decide: (run: ClientRun) => Promise<HookAnswer>,
  args: readonly string[],
): Promise<void> {
  const { isAllowed, lines } = await clientAnswer(name, decide, args);
  if (lines.length > 0) writeSync(2, lines.map((line) => `${line}\n`).join(''));
  if (!isAllowed) process.exitCode = 1;
}
