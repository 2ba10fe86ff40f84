/**
 * The hooks of a clone: early warnings, which change nothing. What they cannot tell they say, and let Git go on: the server
 * decides.
 * @module
 */
import { join, resolve } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { hookReader } from '../git/git-reader.ts';
import { hookObjects } from '../git/hook-objects.ts';
import type { ObjectReader } from '../git/object-reader.ts';
import { findRepository, openRepository, type Repository } from '../git/repository.ts';
import type { Host } from '../host/host.ts';
import { GateLog } from './gate-log.ts';
import type { HookConfig } from './hook-config.ts';
import type { HookAnswer, HookPlace } from './hook-place.ts';
import { asciiLine } from './server-hook.ts';

/** One run of a hook in a clone. */
export interface ClientRun {
  readonly host: Host;
  readonly environment: NodeJS.ProcessEnv;
  /** The working directory: the top of the work tree, as Git leaves it. */
  readonly directory: string;
  readonly args: readonly string[];
  /** What Git wrote to the standard input. */
  readonly input: Uint8Array;
}

/** A clone in which a hook runs, and its objects. */
export interface ClientPlace {
  readonly host: Host;
  readonly repository: Repository;
  readonly objects: ObjectReader;
}

/** Refuses, with lines that say why and how to go on all the same. */
export function warned(lines: readonly string[], anyway: string): HookAnswer {
  return {
    isAllowed: false,
    lines: [...lines.map((line) => asciiLine(`gitkel: ${line}`)), `gitkel: ${anyway}`],
  };
}

/** Lets Git go on, with lines that say what else there is. */
export function passed(lines: readonly string[] = []): HookAnswer {
  return { isAllowed: true, lines: lines.map((line) => asciiLine(`gitkel: ${line}`)) };
}

/**
 * Opens the repository that Git names to the hook, or that of the working directory, and reads in it.
 * @throws GitkelError `not-found`, `environment`; what `step` throws.
 */
export async function inClient<T>(
  { host, environment, directory }: ClientRun,
  step: (place: ClientPlace) => Promise<T>,
): Promise<T> {
  const named = environment['GIT_DIR'];
  const isNamed = named !== undefined && named !== '';
  const dir = isNamed ? resolve(directory, named) : (findRepository(host, directory) ?? directory);
  const repository = openRepository(host, dir, { hostile: false });
  const objects = hookReader(host, hookObjects(host, repository.commonDir, environment, directory));
  try {
    return await step({ host, repository, objects });
  } finally {
    await objects.close();
  }
}

/**
 * Opens a log for the hooks of a clone, verified as far as it goes.
 * @throws GitkelError for a log that does not hold.
 */
export async function withLog<T>(
  { host, repository }: ClientPlace,
  config: HookConfig,
  step: (log: GateLog) => Promise<T>,
): Promise<T> {
  const objects = { own: join(repository.commonDir, 'objects'), quarantine: undefined };
  const { head } = repository;
  const place: HookPlace = { host, repository, head, config, objects, caller: host.processes };
  const log = await GateLog.open(place);
  try {
    return await step(log);
  } finally {
    log.close();
  }
}

/** Runs a hook of a clone; what goes wrong in it is told, and holds nobody up. */
export async function answerOfClientHook(
  decide: (run: ClientRun) => Promise<HookAnswer>,
  run: ClientRun,
): Promise<HookAnswer> {
  try {
    return await decide(run);
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    const { message, hint } = error;
    return passed([
      `warning: nothing was checked: ${message}`,
      ...(hint === undefined ? [] : [hint]),
    ]);
  }
}
