/**
 * Where key files lie: in the home, or in a directory elsewhere that its owner chose for next keys.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { errnoOf, fsyncDirectory, makeDirectory, onDisk, statOf } from '../host/files.ts';
import { type Home, requireAbsolute } from './home.ts';
import { homeFolder, keyFilePath } from './home-layout.ts';
import type { LineageKey } from './lineage.ts';

/** The directory that holds the file of a key, looked for in the home and then in the other directories. */
export function locateKey(
  home: Home,
  publicKey: string,
  directories: readonly (string | undefined)[],
): string | undefined {
  return placesOfKey(home, publicKey, directories)[0];
}

/** All directories that hold a file of a key: people copy them. */
export function placesOfKey(
  home: Home,
  publicKey: string,
  directories: readonly (string | undefined)[],
): readonly string[] {
  const own = [homeFolder(home.dir, 'keys'), homeFolder(home.dir, 'next')];
  const named = directories.filter((directory) => directory !== undefined);
  return [...new Set([...own, ...named])].filter((directory) =>
    isThere(home, keyFilePath(directory, publicKey)),
  );
}

/** The error for a key file that is neither in the home nor where it was put. */
export function keyElsewhere(
  home: Home,
  publicKey: string,
  putInto: string | undefined,
): GitkelError {
  return new GitkelError(
    'not-found',
    `Cannot find the file of your key ${quoted(publicKey)}: it was put into ${quoted(putInto ?? home.dir)}`,
    {
      reason: 'key-elsewhere',
      hint: 'Make that directory available (is the medium mounted?), or copy the file into keys/ of the home. If it is lost, rotate to the next key: gitkel identity rotate IDENTITY',
    },
  );
}

/**
 * Refuses a directory that holds next keys already and is not there now: a new key would be kept in its place.
 * @throws GitkelError `environment`, reason `key-elsewhere`.
 */
export function requireDirectory(home: Home, directory: string): void {
  if (isThere(home, directory)) return;
  throw new GitkelError(
    'environment',
    `Cannot keep next keys in ${quoted(directory)}: it is not there`,
    {
      reason: 'key-elsewhere',
      hint: 'Is the medium mounted? To keep the following keys somewhere else, name that place with --next-out.',
    },
  );
}

/** Makes the last part of a path only: where its parent is missing, so is the medium. */
export function prepareDirectory({ host }: Home, directory: string): void {
  requireAbsolute(directory, 'next keys');
  const parent = directory.replace(/\/+[^/]*\/*$/, '');
  if (parent !== '' && statOf(host, parent) === undefined) {
    throw new GitkelError(
      'environment',
      `Cannot keep next keys in ${quoted(directory)}: ${quoted(parent)} is not there`,
      {
        reason: 'key-elsewhere',
        hint: 'is the medium mounted?',
      },
    );
  }
  makeDirectory(host, directory, 0o700);
}

/** A key that was next in the home is kept with the current ones; one that its owner put elsewhere stays there. */
export function moveToKeys(home: Home, { publicKey }: LineageKey): void {
  const folders = [homeFolder(home.dir, 'next'), homeFolder(home.dir, 'keys')] as const;
  const from = keyFilePath(folders[0], publicKey);
  const to = keyFilePath(folders[1], publicKey);
  if (!isThere(home, from) || isThere(home, to)) return;
  onDisk(`Cannot move ${quoted(from)}`, () => {
    try {
      home.host.fs.renameSync(from, to);
    } catch (error) {
      // `next` may be a mount of its own; keys are found in either place.
      if (errnoOf(error) !== 'EXDEV') throw error;
    }
  });
  for (const folder of folders) fsyncDirectory(home.host, folder);
}

function isThere({ host }: Home, path: string): boolean {
  return statOf(host, path) !== undefined;
}
