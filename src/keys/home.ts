import { dirname } from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { makeDirectory, onDisk, shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { HOME_FOLDERS, homeFolder } from './home-layout.ts';

/** One person's keys, names, pins and journal on this machine: a directory that nobody else can read. */
export interface Home {
  readonly host: Host;
  /** Absolute path, without a slash at the end. */
  readonly dir: string;
}

/** Permission bits of group and others. */
const FOREIGN = 0o077;

/**
 * Refuses a file or directory that group or others may touch.
 * @throws GitkelError `environment`, reason `home-permissions`, quoting the mode and the command that repairs it.
 */
export function requirePrivate(host: Host, path: string, mode: 0o600 | 0o700): void {
  const found = onDisk(`Cannot look at ${quoted(path)}`, () => host.fs.statSync(path).mode) & 0o777;
  if ((found & FOREIGN) === 0) return;
  const now = found.toString(8).padStart(4, '0');
  const wanted = mode.toString(8).padStart(4, '0');
  throw new GitkelError(
    'environment',
    `Cannot use ${quoted(path)}: its mode is ${now}, so that others than its owner can reach it`,
    { reason: 'home-permissions', hint: `chmod ${wanted} ${shellWord(path)}` },
  );
}

function shellWord(path: string): string {
  return /^[A-Za-z0-9/._-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * Opens the home in a directory, creating what is missing with mode 0700.
 * @param dir absolute path
 * @throws GitkelError `usage` for a relative path; `environment` with reason `home-permissions` when group or others
 * can reach the home, and for trouble with the disk.
 */
export function openHome(host: Host, dir: string): Home {
  requireAbsolute(dir, 'the home');
  const home: Home = { host, dir: dir.length > 1 ? dir.replace(/\/+$/, '') : dir };
  for (const path of [home.dir, ...HOME_FOLDERS.map((folder) => homeFolder(home.dir, folder))]) {
    makeDirectory(host, path, 0o700);
    requirePrivate(host, path, 0o700);
  }
  return home;
}

/** A home that is opened to look things up, and what keeps it from remembering anything, if something does. */
export interface ReadHome {
  readonly home: Home;
  readonly trouble: string | undefined;
}

/**
 * Opens a home to look things up in it. One that is not there is not made, unless `make` is set and the directory above
 * it is there: nothing is known in it. One that cannot be written is read as it is.
 * @throws GitkelError as {@link openHome}, but for what cannot be made or written.
 */
export function openHomeToRead(host: Host, dir: string, make: boolean): ReadHome {
  requireAbsolute(dir, 'the home');
  const canMake = make && statOf(host, dirname(dir)) !== undefined;
  if (statOf(host, dir) === undefined && !canMake)
    return { home: { host, dir }, trouble: `there is no home ${shownPath(dir)}` };
  try {
    return { home: openHome(host, dir), trouble: undefined };
  } catch (error) {
    if (
      !(error instanceof GitkelError) ||
      error.code !== 'environment' ||
      error.reason === 'home-permissions'
    )
      throw error;
    return { home: { host, dir }, trouble: error.message };
  }
}

/** @throws GitkelError `usage` unless the path says by itself where it leads. */
export function requireAbsolute(path: string, what: string): void {
  if (/^(\/|[A-Za-z]:[\\/])/.test(path) && !path.includes('\0')) return;
  throw new GitkelError(
    'usage',
    `Cannot use ${quoted(path)} for ${what}: an absolute path is needed`,
  );
}
