/**
 * Programs of the machine by which sandboxes are made, and those that a skill may be given.
 * @module
 */
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { GitkelError } from '../base/errors.ts';
import { isFiltered } from './call-filter.ts';
import type { Mount, SystemLink } from './sandbox-places.ts';
import type { SandboxTools } from './sandbox-plan.ts';

/** Where systems have their programs; those of the user's own `PATH` are not looked at. */
const PROGRAM_DIRECTORIES = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

/** Directories of libraries and data, and files by which libraries find each other; none holds what a user keeps. */
const SYSTEM_DIRECTORIES = [
  '/usr/lib',
  '/usr/lib32',
  '/usr/lib64',
  '/usr/libexec',
  '/usr/share',
  '/usr/local/lib',
  '/usr/local/share',
  '/lib',
  '/lib32',
  '/lib64',
];
const SYSTEM_LINKS = ['/bin', '/sbin'];
const SYSTEM_FILES = [
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/localtime',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
  '/etc/pki/tls/certs',
  '/etc/mime.types',
];

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The path of a program among those of the system. */
function systemProgram(name: string): string | undefined {
  return PROGRAM_DIRECTORIES.map((directory) => `${directory}/${name}`).find(isProgram);
}

/** Where a path is after the symbolic links of the system were followed, for what has its place inside by name. */
function insideOf(path: string): string {
  const [, top = '', ...rest] = path.split('/');
  const link = lstatSync(`/${top}`, { throwIfNoEntry: false });
  if (link?.isSymbolicLink() !== true) return path;
  return [realpathSync(`/${top}`), ...rest].join('/');
}

/** What a manifest may name as a program, mounted under its own name; Node is wherever it runs from. */
export function findProgram(name: string): Mount | undefined {
  const path = systemProgram(name);
  if (path !== undefined) return { outside: realpathSync(path), inside: insideOf(path) };
  return name === 'node'
    ? { outside: realpathSync(process.execPath), inside: '/usr/bin/node' }
    : undefined;
}

/** Libraries and data of this system, and its links. */
export function systemMounts(): {
  readonly mounts: readonly Mount[];
  readonly links: readonly SystemLink[];
} {
  const links: SystemLink[] = [];
  const mounts: Mount[] = [];
  for (const path of [...SYSTEM_DIRECTORIES, ...SYSTEM_LINKS]) {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() === true) links.push({ inside: path, target: readlinkSync(path) });
    else if (stats?.isDirectory() === true && !SYSTEM_LINKS.includes(path))
      mounts.push({ outside: path, inside: path });
  }
  for (const path of SYSTEM_FILES)
    if (existsSync(path)) mounts.push({ outside: realpathSync(path), inside: path });
  return { mounts, links };
}

/** That the machine cannot make sandboxes. */
function missing(what: string, hint: string): GitkelError {
  return new GitkelError('environment', `Cannot run a skill in a sandbox: ${what}`, {
    reason: 'sandbox-missing',
    hint: `${hint} Nothing was run: without a sandbox no permission is enforced.`,
  });
}

/**
 * The programs by which sandboxes are made.
 * @param isTraced whether system calls are to be traced where that is possible
 * @throws GitkelError `environment`, reason `sandbox-missing`.
 */
export function findTools(isTraced: boolean): SandboxTools {
  if (process.platform !== 'linux')
    throw missing(`this system is ${process.platform}`, 'Sandboxes need Linux.');
  const processor = process.arch;
  if (!isFiltered(processor))
    throw missing(
      `there is no filter of system calls for ${processor}`,
      'Sandboxes need a processor of the kinds x64 or arm64.',
    );
  const [bwrap, setpriv, prlimit] = ['bwrap', 'setpriv', 'prlimit'].map(systemProgram);
  if (bwrap === undefined) throw missing('there is no bwrap', 'Install bubblewrap, 0.8 or later.');
  if (setpriv === undefined || prlimit === undefined)
    throw missing('there is no setpriv or no prlimit', 'Install util-linux.');
  // A tracer cannot follow into a program that changes the user.
  const isPlain = (statSync(bwrap).mode & 0o6000) === 0;
  return {
    bwrap,
    setpriv,
    prlimit,
    strace: isTraced && isPlain ? systemProgram('strace') : undefined,
    processor,
  };
}
