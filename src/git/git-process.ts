/**
 * The one place where stock `git` is started, in surroundings in which a prepared repository, configuration or
 * environment cannot make it run other programs or see other objects.
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { type HookObjects, objectVariables } from './hook-objects.ts';

export interface GitOptions {
  /** The repository; foreign objects are never given here but as `objectDirectory` beside a repository of our own. */
  readonly gitDir?: string;
  readonly objectDirectory?: string;
  /** The objects that a hook may read, those in quarantine among them. */
  readonly hookObjects?: HookObjects;
  readonly workingDirectory?: string;
  /** The index to read, where it is not that of the repository. */
  readonly indexFile?: string;
  /** Whether it acts as the user's own git would, with their credentials, proxies and ssh: only their own config names these. */
  readonly asUser?: boolean;
  /** Given to git's standard input, which is empty otherwise. */
  readonly input?: Uint8Array;
  /** After this time git is killed. Default: ten minutes. */
  readonly timeoutMs?: number;
  /** Asked now and then while git runs: for what reason it is to be stopped, if for any. */
  readonly watch?: () => string | undefined;
  /** Further settings as `section.key=value`; they win over the hardened ones. */
  readonly config?: readonly string[];
}

/** A git that runs. */
export type RunningGit = ChildProcessWithoutNullStreams;

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  /** The last part of what git said, at most 64 KiB. */
  readonly stderr: string;
}

const TEN_MINUTES = 600_000;
const STDERR_CHARACTERS = 65_536;
/** Milliseconds. */
const WATCH_EVERY = 200;
/** Milliseconds that git has to end what it started. */
const KILL_AFTER = 2_000;

/** Settings that win over every configuration file. */
const HARDENED: readonly string[] = [
  'protocol.ext.allow=never',
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.commitGraph=false',
  'core.fsync=all',
  'core.askPass=',
  'fetch.recurseSubmodules=no',
  'submodule.recurse=false',
  'transfer.bundleURI=false',
  'gc.auto=0',
  'maintenance.auto=false',
];

/** What steers how a user's Git reaches a remote, and which config is theirs. */
const OF_THE_USER =
  /^GIT_(?:ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|SSL_[A-Z_]+|PROXY_[A-Z_]+|HTTP_[A-Z_]+|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM)$/;

/** The environment of a child: nothing that steers Git, no passphrase, and everything off that a repository could use. */
export function gitEnvironment(
  environment: NodeJS.ProcessEnv,
  options: GitOptions = {},
): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) =>
      !/^(?:GIT_.*|GITKEL_PASSPHRASE)$/i.test(name) ||
      (options.asUser === true && OF_THE_USER.test(name)),
  );
  return {
    ...Object.fromEntries(kept),
    LC_ALL: 'C',
    ...(options.asUser === true
      ? { GIT_ALLOC_LIMIT: String(LIMITS.fetchAllocation), GIT_DEFAULT_REF_FORMAT: 'files' }
      : { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }),
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    ...(options.gitDir === undefined ? {} : { GIT_DIR: options.gitDir }),
    ...(options.indexFile === undefined ? {} : { GIT_INDEX_FILE: options.indexFile }),
    ...(options.objectDirectory === undefined
      ? {}
      : { GIT_OBJECT_DIRECTORY: options.objectDirectory }),
    ...(options.hookObjects === undefined ? {} : objectVariables(options.hookObjects)),
  };
}

/** The error for a git that could not be started. */
export function startProblem(cause: Error): GitkelError {
  const isMissing = 'code' in cause && cause.code === 'ENOENT';
  return new GitkelError(
    'environment',
    `Cannot run git: ${isMissing ? 'it is not installed' : cause.message}`,
    {
      reason: isMissing ? 'git-missing' : 'git-failed',
      ...(isMissing ? { hint: 'Install git, or put it on the PATH.' } : {}),
      cause,
    },
  );
}

function stopped(what: string): GitkelError {
  return new GitkelError('environment', `Cannot run git: ${what}, it was stopped`, {
    reason: 'git-stopped',
  });
}

/** Starts stock git; whoever starts it listens to it, and ends it. */
export function startGit(args: readonly string[], options: GitOptions = {}): RunningGit {
  const hardened = options.asUser === true ? [] : HARDENED;
  const settings = [...hardened, ...(options.config ?? [])].flatMap((setting) => ['-c', setting]);
  return spawn('git', ['--no-replace-objects', ...settings, ...args], {
    env: gitEnvironment(process.env, options),
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.workingDirectory === undefined ? {} : { cwd: options.workingDirectory }),
  });
}

/**
 * Runs stock git to its end. A non-zero exit code is a result, not an error.
 * @throws GitkelError `environment`: `git-missing`, `git-failed`, `git-stopped` (time or output beyond the bounds).
 */
export async function runGit(
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  const child = startGit(args, options);
  return new Promise((resolve, reject) => {
    const output: Buffer[] = [];
    let outputBytes = 0;
    let stderr = '';
    let failure: GitkelError | undefined;
    let hasExited = false;
    // Programs that git started may outlive it, and hold its outputs open for as long as a remote keeps them waiting.
    const letGo = (): void => {
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const stop = (what: string): void => {
      failure ??= stopped(what);
      if (hasExited) letGo();
      // Asked to, git ends what it started; killed, it cannot.
      child.kill('SIGTERM');
      killing ??= setTimeout(() => child.kill('SIGKILL'), KILL_AFTER);
    };
    let killing: NodeJS.Timeout | undefined;
    child.on('exit', () => {
      hasExited = true;
      if (failure !== undefined) letGo();
    });
    const timeoutMs = options.timeoutMs ?? TEN_MINUTES;
    const watch = options.watch;
    const watching =
      watch === undefined
        ? undefined
        : setInterval(() => {
            const why = watch();
            if (why !== undefined) stop(why);
          }, WATCH_EVERY);
    const timer = setTimeout(() => stop(`it took more than ${timeoutMs} ms`), timeoutMs);
    child.stdout.on('data', (part: Buffer) => {
      outputBytes += part.length;
      if (outputBytes > LIMITS.gitOutputBytes)
        stop(`it printed more than ${LIMITS.gitOutputBytes} bytes`);
      else output.push(part);
    });
    child.stderr.on('data', (part: Buffer) => {
      stderr = (stderr + part.toString('utf8')).slice(-STDERR_CHARACTERS);
    });
    child.on('error', (error) => {
      failure ??= startProblem(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      clearTimeout(killing);
      clearInterval(watching);
      if (code === null || failure !== undefined)
        reject(failure ?? stopped(`it got ${signal ?? 'no exit code'}`));
      else resolve({ exitCode: code, stdout: new Uint8Array(Buffer.concat(output)), stderr });
    });
    // A git that ends early closes its input; its exit code tells why.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input);
  });
}
