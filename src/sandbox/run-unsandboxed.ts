/**
 * A run without a sandbox, where a machine can make none and a policy allows it: nothing of the manifest is enforced, and nothing
 * is seen. What is kept is that the files are those that were verified, and that only declared variables are given.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, realpathSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { GitkelError, quoted } from '../base/errors.ts';
import { makeScratch } from '../host/scratch.ts';
import type { Host } from '../host/host.ts';
import { findProgram } from './find-tools.ts';
import {
  giveTo,
  type LeftOver,
  ownDirectory,
  PREFIX,
  type RunRequest,
  writeSkill,
} from './prepare-run.ts';
import { existingWorkspace, newWorkspace, runUser } from './run-workspace.ts';
import type { RunEnd } from './run-event.ts';
import { runLimits } from './run-limits.ts';
import { passOutput, type RunOptions } from './run-in-sandbox.ts';
import { runSecrets } from './run-secrets.ts';
import { sandboxEnvironment } from './sandbox-arguments.ts';
import { INSIDE } from './sandbox-places.ts';

/** The variable by which a command learns where its workspace is: without a sandbox it is not at `/workspace`. */
const WORKSPACE = 'GITKEL_WORKSPACE';
/** Milliseconds that a timer can wait: 24 days. */
const LONGEST_TIMER = 0x7fff_ffff;

/** A run without a sandbox that can begin. */
export interface UnsandboxedRun {
  readonly workspace: string;
  /** The values of secrets that it is given: what nobody may be told. */
  readonly secrets: readonly string[];
  readonly start: (options: RunOptions) => Promise<RunEnd>;
}

/** Ends a command and what it started, as far as that stayed in its group. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

interface Ready {
  readonly own: string;
  readonly workspace: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

function startCommand(
  [program = '', ...args]: readonly string[],
  { own, workspace, environment, user }: Ready,
  input: Readable | undefined,
): ChildProcess {
  const skill = join(own, 'skill');
  const isOwn = program.startsWith(`${INSIDE.skill}/`);
  const path = isOwn
    ? join(skill, program.slice(INSIDE.skill.length))
    : findProgram(program)?.outside;
  if (path === undefined)
    throw new Error(`the program ${program} was there when it was looked for`);
  return spawn(path, args, {
    argv0: isOwn ? path : program,
    cwd: skill,
    detached: true,
    env: {
      ...Object.fromEntries(environment),
      HOME: join(own, 'home'),
      TMPDIR: join(own, 'tmp'),
      [WORKSPACE]: workspace,
    },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...user,
  });
}

/** Waits for the end of a command, and ends it when its time is up or somebody interrupts it. */
async function runToEnd(
  request: RunRequest,
  ready: Ready,
  { observer, input, signal }: RunOptions,
): Promise<RunEnd> {
  const limits = runLimits(request.permissions);
  const child = startCommand(request.command, ready, input);
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    if (stream !== null) passOutput(stream, name, limits.outputBytes, observer);
  }
  if (input !== undefined && child.stdin !== null) {
    child.stdin.on('error', () => input.unpipe());
    input.pipe(child.stdin);
  }
  let cut: RunEnd | undefined;
  const end = (why: RunEnd): void => {
    cut ??= why;
    killGroup(child);
  };
  const timer = setTimeout(
    () => {
      observer.event({ kind: 'limit', limit: 'wallSeconds', allowed: limits.wallSeconds });
      end({ why: 'limit', limit: 'wallSeconds' });
    },
    Math.min(limits.wallSeconds * 1_000, LONGEST_TIMER),
  );
  const interrupt = (): void => end({ why: 'interrupted' });
  signal?.addEventListener('abort', interrupt);
  if (signal?.aborted === true) interrupt();
  try {
    const result = await new Promise<RunEnd>((resolve, reject) => {
      child.on('error', (error) =>
        reject(
          new GitkelError(
            'environment',
            `Cannot start ${quoted(request.command[0])}: ${error.message}`,
            {
              reason: 'not-started',
            },
          ),
        ),
      );
      child.on('close', (exitCode, by) =>
        resolve(
          cut ??
            (by === null
              ? { why: 'ended', exitCode: exitCode ?? 0 }
              : { why: 'killed', signal: by }),
        ),
      );
    });
    observer.event({ kind: 'exit', end: result });
    return result;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', interrupt);
    killGroup(child);
    if (input !== undefined) {
      input.unpipe();
      input.pause();
    }
  }
}

/**
 * Makes a run without a sandbox ready, gives it to `use`, and takes away what it needed.
 * @throws GitkelError `refused`, `not-found`, `environment`.
 */
export async function withUnsandboxedRun<T>(
  host: Pick<Host, 'fs' | 'processes' | 'random'>,
  request: RunRequest,
  use: (run: UnsandboxedRun) => Promise<T>,
): Promise<{ readonly result: T; readonly left: LeftOver }> {
  const { permissions } = request;
  const named = request.workspace === undefined ? undefined : existingWorkspace(request.workspace);
  const user = runUser(named, true);
  const scratch = makeScratch(realpathSync(tmpdir()), PREFIX);
  try {
    const own = ownDirectory(scratch, user);
    for (const name of ['home', 'tmp']) mkdirSync(join(own, name));
    writeSkill(join(own, 'skill'), request.files);
    const workspace = named ?? newWorkspace(user);
    const roots = { workspace, home: join(own, 'home'), user };
    const place = { directory: own, random: (length: number) => host.random(length) };
    const secrets = runSecrets(permissions, request.secrets, request.environment, roots, place);
    const environment = sandboxEnvironment(
      // Nobody would put a value in the place of a stand-in: only what is given away itself is given.
      { ...permissions, connect: [] },
      {
        environment: request.environment,
        secrets: secrets.places.filter(({ isExposed }) => isExposed),
      },
    );
    if (user !== undefined) giveTo(own, user);
    const ready = { own, workspace, environment, user };
    const result = await use({
      workspace,
      secrets: secrets.places.map(({ given }) => given),
      start: async (options) => runToEnd(request, ready, options),
    });
    const isEmpty = named === undefined && readdirSync(workspace).length === 0;
    if (isEmpty) rmdirSync(workspace);
    return { result, left: { workspace: isEmpty ? undefined : workspace, aside: undefined } };
  } finally {
    scratch.remove();
  }
}
