import { dirname, join } from 'node:path';
import { toHex } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import {
  fsyncDirectory,
  makeDirectory,
  onDisk,
  shownPath,
  statOf,
  writeNewFile,
} from '../host/files.ts';
import { ownMark } from '../host/owner-mark.ts';
import type { SkillFile } from '../skills/skill-files.ts';
import { isExactly, type LockedFiles } from './as-locked.ts';
import { changeFilePath, changeFolder, stagedPath, workFolder } from './install-layout.ts';
import { makeOwnFolder } from './own-folder.ts';
import { removeTree } from './remove-tree.ts';
import type { SkillsFolder } from './skills-folder.ts';

/**
 * Makes the directory of a change, gives it to `use`, and removes it with what is left in it. Where a change was begun in
 * it and could not be ended, it stays for whoever takes the folder next.
 */
export async function withChangeFolder<T>(
  folder: SkillsFolder,
  use: (change: string) => Promise<T>,
): Promise<T> {
  const { host, dir } = folder;
  const work = workFolder(dir);
  makeOwnFolder(folder, work);
  const change = changeFolder(dir, `${ownMark(host, work)}.${toHex(host.random(8))}`);
  makeDirectory(host, change, 0o700);
  try {
    return await use(change);
  } finally {
    if (statOf(host, changeFilePath(change)) === undefined) removeTree(host, change);
  }
}

/**
 * Writes the files of a skill into the directory of a change, readable and not writable, and syncs them. Nothing that is
 * there already is opened.
 * @throws GitkelError `environment`.
 */
export function stageFiles(
  { host }: SkillsFolder,
  change: string,
  files: readonly SkillFile[],
): void {
  const root = stagedPath(change);
  const directories = new Set([change, root]);
  makeDirectory(host, root, 0o755);
  for (const { path, bytes, executable } of files) {
    const full = join(root, path);
    for (let at = dirname(full); !directories.has(at); at = dirname(at)) directories.add(at);
    makeDirectory(host, dirname(full), 0o755);
    writeNewFile(host, full, bytes, executable ? 0o755 : 0o644);
    onDisk(
      () => `Cannot make ${shownPath(full)} read-only`,
      () => host.fs.chmodSync(full, executable ? 0o555 : 0o444),
    );
  }
  for (const directory of directories) fsyncDirectory(host, directory);
}

/**
 * Reads the staged copy again.
 * @throws GitkelError `refused`, reason `staged-copy-changed`, unless it is exactly what was judged.
 */
export function requireStaged(folder: SkillsFolder, change: string, entry: LockedFiles): void {
  const root = stagedPath(change);
  if (isExactly(folder, root, entry)) return;
  throw new GitkelError(
    'refused',
    `Cannot install from ${shownPath(root)}: the copy is no longer the manifest ${quoted(entry.manifest)} that was judged`,
    {
      reason: 'staged-copy-changed',
      hint: 'Something else writes there. Nothing was installed; find out what it is.',
    },
  );
}
