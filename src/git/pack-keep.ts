import { dirname, join } from 'node:path';
import { fromUtf8, toHex, utf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import {
  discard,
  errnoOf,
  isAbsent,
  makeDirectory,
  namesIn,
  onDisk,
  readFileBounded,
  shownPath,
  statOf,
  writeAll,
} from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { isGone, ownMark } from '../host/owner-mark.ts';

const LABEL = 'gitkel ';

/** The file by which Git is told not to repack a pack away: `pack-<id>.keep` beside it. */
export function keepPath(packPath: string): string {
  return packPath.replace(/\.(?:pack|idx)$/, '.keep');
}

/** Makes the file anew, and the directory where that is missing. Not synced: a crash ends a repack too. */
function makeKeep(host: Host, path: string): void {
  const make = (): number => host.fs.openSync(path, 'wx', 0o644);
  let fd: number;
  try {
    fd = make();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    makeDirectory(host, dirname(path));
    fd = make();
  }
  try {
    writeAll(host.fs, fd, utf8(`${LABEL}${ownMark(host, dirname(path))}\n`));
  } finally {
    host.fs.closeSync(fd);
  }
}

/**
 * Protects the packs of one writer until their objects are reachable: a `git repack -ad` that runs meanwhile would take them
 * for garbage. One file serves one pack after the other, under another name each time, since making files is what
 * writing a small pack costs most.
 */
export class PackKeeps {
  readonly #host: Host;
  readonly #directory: string;
  /** Where the file lies while it protects nothing. */
  #spare: string | undefined;
  #putAsideAs: string | undefined;
  readonly #kept = new Set<string>();

  /** @param directory that of the packs */
  constructor(host: Host, directory: string) {
    this.#host = host;
    this.#directory = directory;
  }

  get isEmpty(): boolean {
    return this.#kept.size === 0;
  }

  has(packPath: string): boolean {
    return this.#kept.has(packPath);
  }

  /**
   * Protects a pack that is not there yet, under a name that no pack had.
   * @throws GitkelError `environment`.
   */
  keep(packPath: string): void {
    const path = keepPath(packPath);
    onDisk(
      () => `Cannot write ${shownPath(path)}`,
      () => {
        this.#kept.add(packPath);
        if (!this.#takeSpare(path)) makeKeep(this.#host, path);
      },
    );
  }

  #takeSpare(path: string): boolean {
    const spare = this.#spare;
    if (spare === undefined) return false;
    this.#spare = undefined;
    try {
      this.#host.fs.renameSync(spare, path);
      return true;
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  }

  /** Ends the protection of all packs, as far as the disk allows; keeps a file for the next one. */
  release(): void {
    for (const packPath of this.#kept) {
      const path = keepPath(packPath);
      if (!this.#putAside(path)) discard(this.#host, path);
    }
    this.#kept.clear();
  }

  /** Gives the file a name that `git prune` sweeps, unless there is such a file already. */
  #putAside(path: string): boolean {
    if (this.#spare !== undefined) return false;
    this.#putAsideAs ??= join(this.#directory, `tmp_keep_${toHex(this.#host.random(8))}`);
    const spare = this.#putAsideAs;
    try {
      this.#host.fs.renameSync(path, spare);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return false;
    }
    this.#spare = spare;
    return true;
  }

  /** Ends all protection, and removes the file. */
  close(): void {
    this.release();
    if (this.#spare !== undefined) discard(this.#host, this.#spare);
    this.#spare = undefined;
  }
}

/** Removes a pack that was never finished: without an index nobody has ever read it. */
function discardUnfinished(host: Host, keep: string): void {
  const stem = keep.replace(/\.keep$/, '');
  if (/pack-[0-9a-f]{40}$/.test(stem) && statOf(host, `${stem}.idx`) === undefined)
    discard(host, `${stem}.pack`);
}

/**
 * Removes what processes of this program that are dead left behind, packs without an index too; everybody else's `.keep`
 * files stay.
 */
export function sweepKeeps(host: Host, directory: string): void {
  for (const name of namesIn(host, directory)) {
    if (!name.endsWith('.keep')) continue;
    const path = join(directory, name);
    const text = fromUtf8(readFileBounded(host, path, LIMITS.refBytes) ?? new Uint8Array()) ?? '';
    const owner = text.startsWith(LABEL) ? text.slice(LABEL.length).trimEnd() : undefined;
    if (owner !== undefined && owner !== '' && isGone(host, directory, owner)) {
      discardUnfinished(host, path);
      discard(host, path);
    }
  }
}
