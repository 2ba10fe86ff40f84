import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { requireDescribed } from './answers.ts';
import { runResident } from './resident.ts';

/** The built binary, as its users run it; `npm test` builds it first. */
export const BINARY = path.resolve(import.meta.dirname, '../../dist/src/cli/gitkel.cjs');
/** The main module, which does the same, once for each time that it is imported. */
const MAIN = path.join(path.dirname(BINARY), 'main.js');

/** What a run of a program came to. */
export interface Ran {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly input?: string | Uint8Array | undefined;
  /** Options of Node itself, e.g. a module to import first. */
  readonly nodeOptions?: readonly string[] | undefined;
  /** What the clock says when the binary starts (with `faketime`), e.g. `2001-01-01 00:00:00` in UTC or `+1 day`. */
  readonly clock?: string | undefined;
  /** Whether it must be a process that runs nothing else, before or after. */
  readonly alone?: boolean | undefined;
}

/** An environment in which nothing of the surroundings steers git or gitkel. */
export function bareEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:GIT_|GITKEL_|NODE_OPTIONS|NODE_ENV|VITEST|FORCE_COLOR)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    HOME: path.join(tmpdir(), 'gitkel-no-home'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.com',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.com',
    ...more,
  };
}

/** Runs a program to its end. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd: options.cwd,
      env: bareEnvironment(options.env),
      stdio: 'pipe',
    });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      resolve({
        exitCode,
        signal,
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
  });
}

/**
 * Runs the built binary: in a process that stays, unless the run needs something of its own. Runs at the same time are
 * in different processes. What it answers with `--json` must be what the published schemas say.
 */
export async function runBinary(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const ran = await runUnchecked(args, options);
  if (ran.signal === null) requireDescribed(args, ran.stdout);
  return ran;
}

async function runUnchecked(args: readonly string[], options: RunOptions): Promise<Ran> {
  const { input, nodeOptions = [], clock, alone } = options;
  if (alone !== true && (input ?? clock) === undefined) {
    const cwd = options.cwd ?? process.cwd();
    return runResident([...nodeOptions], MAIN, { cwd, env: bareEnvironment(options.env), args });
  }
  const command = [process.execPath, ...nodeOptions, BINARY, ...args] as const;
  if (options.clock === undefined) return runProgram(command[0], command.slice(1), options);
  const env = { TZ: 'UTC', ...options.env };
  return runProgram('faketime', ['--exclude-monotonic', options.clock, ...command], {
    ...options,
    env,
  });
}

/** Runs stock git; gives what it printed, without the last line feed. */
export async function runGit(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input: string | Uint8Array = '',
): Promise<string> {
  const ran = await runProgram('git', args, { cwd, env, input });
  if (ran.exitCode !== 0)
    throw new Error(
      `git ${args.join(' ')} ended with ${ran.exitCode ?? ran.signal}: ${ran.stderr}`,
    );
  return ran.stdout.replace(/\n$/, '');
}
