/**
 * What is wrong with a home, and what mends it. Only looks; asks for no passphrase.
 * @module
 */
import { dirname, join } from 'node:path';
import {
  attempt,
  type DoctorFinding,
  failed,
  failure,
  fine,
  warning,
} from '../audit/doctor-finding.ts';
import { counted } from '../base/counted.ts';
import { namesIn, shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { type Home, openHome } from '../keys/home.ts';
import { deadHomeLocks } from '../keys/home-lock.ts';
import { HOME_FOLDERS, homeFolder } from '../keys/home-layout.ts';
import { readJournal } from '../keys/journal.ts';
import { readKeyFile } from '../keys/key-file.ts';
import { transferableText } from '../keys/key-text.ts';
import { type KeyEntry, listKeys } from '../keys/keystore.ts';
import { listNames } from '../keys/names.ts';
import { pinnedAids, pinOf } from '../keys/pins.ts';
import { receiptMemoryDamage } from '../keys/receipt-memory.ts';
import { signedMemoryDamage } from '../keys/signed-memory.ts';

/** A file or directory of a home that group or others may touch. */
export interface OpenToOthers {
  readonly path: string;
  readonly mode: number;
  /** The mode that it should have. */
  readonly wanted: 0o600 | 0o700;
}

const FOREIGN = 0o077;

/** What group or others may touch in a home: the directories, and the files in them. */
export function openToOthers(host: Host, dir: string): readonly OpenToOthers[] {
  // What a folder links to is no part of the home.
  const own = HOME_FOLDERS.map((folder) => homeFolder(dir, folder)).filter(
    (folder) => statOf(host, folder)?.isSymbolicLink() !== true,
  );
  const folders = [dir, ...own];
  const files = folders.flatMap((folder) =>
    namesIn(host, folder).map((name) => join(folder, name)),
  );
  return [...new Set([...folders, ...files])].flatMap((path) => {
    const stats = statOf(host, path);
    if (stats === undefined || stats.isSymbolicLink() || (stats.mode & FOREIGN) === 0) return [];
    return [
      {
        path,
        mode: stats.mode & 0o777,
        wanted: stats.isDirectory() ? (0o700 as const) : (0o600 as const),
      },
    ];
  });
}

const SHOWN_PATHS = 10;

function permissionFindings(host: Host, dir: string): readonly DoctorFinding[] {
  const open = openToOthers(host, dir);
  if (open.length === 0)
    return [fine('home-permissions', `only its owner can reach ${shownPath(dir)}`)];
  return [
    ...open
      .slice(0, SHOWN_PATHS)
      .map(({ path, mode, wanted }) =>
        failure(
          'home-permissions',
          `others than its owner can reach ${shownPath(path)} (mode ${mode.toString(8)})`,
          `gitkel doctor --fix, or chmod ${wanted.toString(8)} ${shownPath(path)}`,
        ),
      ),
    ...(open.length > SHOWN_PATHS
      ? [
          failure(
            'home-permissions',
            `and ${open.length - SHOWN_PATHS} more`,
            'gitkel doctor --fix',
          ),
        ]
      : []),
  ];
}

interface KeyFileState {
  readonly name: string;
  readonly isPlain: boolean;
  readonly findings: readonly DoctorFinding[];
}

/** A key whose file is here: readable, its owner's alone, encrypted or not. */
function keyFileState(host: Host, { name, publicKey, path }: KeyEntry): KeyFileState {
  let isPlain = false;
  const findings = attempt('keys', 'restore it from a backup (gitkel key restore)', () => {
    const file =
      publicKey === undefined || path === undefined
        ? undefined
        : readKeyFile(host, dirname(path), transferableText(publicKey));
    isPlain = file?.secret.protection === 'plain';
    return [];
  });
  return { name, isPlain, findings };
}

function keyFileFindings(host: Host, keys: readonly KeyEntry[]): readonly DoctorFinding[] {
  const states = keys.map((key) => keyFileState(host, key));
  const plain = new Set(states.flatMap(({ name, isPlain }) => (isPlain ? [name] : [])));
  return [
    ...states.flatMap(({ findings }) => findings),
    ...[...plain].map((name) => {
      const count = states.filter((state) => state.isPlain && state.name === name).length;
      return warning(
        'plain-keys',
        `${counted(count, 'key')} of ${name} ${count === 1 ? 'lies' : 'lie'} unencrypted on this disk`,
        `gitkel key passphrase ${name}`,
      );
    }),
  ];
}

/** A current key whose file is gone; next keys may well be kept where this machine does not reach. */
function missingFindings({
  name,
  label,
  kind,
  path,
  directory,
}: KeyEntry): readonly DoctorFinding[] {
  if (kind !== 'file' || path !== undefined || (label !== 'current' && label !== 'witness'))
    return [];
  const where = directory === undefined ? 'the home' : shownPath(directory);
  return [
    failure(
      'keys',
      `the file of the ${label === 'witness' ? 'witness' : 'current'} key of ${name} is not in ${where}`,
      'make that directory available, restore the key (gitkel key restore), or rotate to the next key',
    ),
  ];
}

function togetherFindings(dir: string, keys: readonly KeyEntry[]): readonly DoctorFinding[] {
  const isHere = ({ path }: KeyEntry): boolean => path?.startsWith(`${dir}/`) === true;
  const current = keys.filter((key) => key.label === 'current' && isHere(key));
  return current.flatMap(({ name }) =>
    keys.some((key) => key.name === name && key.label === 'next' && isHere(key))
      ? [
          warning(
            'keys-together',
            `the current and the next key of ${name} lie in one home: who takes it, or what destroys it, gets both`,
            `gitkel key backup ${name} --next-only -o FILE, and keep it elsewhere; or make keys with --next-out DIR on another medium`,
          ),
        ]
      : [],
  );
}

function keyFindings(home: Home): readonly DoctorFinding[] {
  const keys = listKeys(home);
  const found = [
    ...keyFileFindings(home.host, keys),
    ...keys.flatMap(missingFindings),
    ...togetherFindings(home.dir, keys),
  ];
  const names = new Set(keys.map(({ name }) => name)).size;
  return found.length > 0
    ? found
    : [
        fine(
          'keys',
          names === 0
            ? 'no keys yet'
            : `${counted(keys.length, 'key')} under ${counted(names, 'name')}`,
        ),
      ];
}

function memoryFindings(home: Home): readonly DoctorFinding[] {
  const damage = [...signedMemoryDamage(home), ...receiptMemoryDamage(home)].map((error) =>
    failed('signed-memory', error, 'restore the file from a backup'),
  );
  return damage.length > 0
    ? damage
    : [fine('signed-memory', 'what this home has signed and receipted can be read')];
}

function journalFindings(home: Home): readonly DoctorFinding[] {
  const { entries, intact, brokenAt } = readJournal(home);
  return [
    intact
      ? fine('journal', `${entries.length} entries, unbroken`)
      : failure(
          'journal',
          `the journal was changed at entry ${brokenAt ?? '?'}: what stands from there on proves nothing`,
          `look at it, then move the files journal.* out of ${shownPath(home.dir)} to begin a new one`,
        ),
  ];
}

function nameFindings(home: Home): readonly DoctorFinding[] {
  const names = listNames(home);
  const pins = pinnedAids(home).map((aid) => pinOf(home, aid));
  return [fine('names', `${counted(names.length, 'name')}, ${counted(pins.length, 'pin')}`)];
}

function lockFindings(home: Home): readonly DoctorFinding[] {
  const dead = deadHomeLocks(home);
  return dead.length === 0
    ? []
    : [
        warning(
          'stale-locks',
          `locks of this home whose processes no longer run: ${dead.join(', ')}`,
          'gitkel doctor --fix (the next command that needs them would end them, too)',
        ),
      ];
}

/** Looks at the home in a directory. Makes none where there is none; trouble is told, not thrown. */
export function homeFindings(host: Host, dir: string): readonly DoctorFinding[] {
  if (statOf(host, dir) === undefined)
    return [warning('home', `there is no home yet in ${shownPath(dir)}`, 'gitkel key new NAME')];
  const permissions = attempt('home-permissions', 'look at it by hand', () =>
    permissionFindings(host, dir),
  );
  const opened: { home?: Home } = {};
  const opening = attempt('home', 'gitkel doctor --fix', () => {
    opened.home = openHome(host, dir);
    return [];
  });
  const { home } = opened;
  // Wrong permissions are told already, with all the paths.
  if (home === undefined)
    return permissions.every(({ level }) => level === 'ok') ? opening : permissions;
  return [
    ...permissions,
    ...attempt('keys', 'restore the file from a backup', () => keyFindings(home)),
    ...attempt('signed-memory', 'restore the file from a backup', () => memoryFindings(home)),
    ...attempt('journal', 'look at it by hand', () => journalFindings(home)),
    ...attempt('names', 'restore the file from a backup', () => nameFindings(home)),
    ...attempt('stale-locks', 'look at it by hand', () => lockFindings(home)),
  ];
}
