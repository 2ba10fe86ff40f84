/**
 * Turns among those who write one branch. Whoever moves a ref needs no turn: the compare-and-swap decides. But where
 * many try at once, most would find that the ref has moved and do their work again; so whoever lost takes a turn, and
 * whoever comes while somebody has it waits. The file of a turn is a courtesy: one that stays too long, or whose process
 * is gone, is taken away.
 * @module
 */
import { dirname, join } from 'node:path';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import {
  discard,
  errnoOf,
  inodeOf,
  readFileBounded,
  removeIfPresent,
  statOf,
  writeAll,
} from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { isGone, ownMark } from '../host/owner-mark.ts';

const LONGEST_PAUSE = 32;

function turnPath(commonDir: string): string {
  return join(commonDir, 'gitkel-writer.lock');
}

/** What tells the file of one turn from that of the next. */
function turnAt(host: Host, path: string): number | undefined {
  const stats = statOf(host, path);
  return stats === undefined ? undefined : (inodeOf(stats) ?? stats.mtimeMs);
}

/** Ends the turn that a file stands for, unless another one has begun. */
function endTurn(host: Host, path: string, turn: number | undefined): void {
  if (turn !== undefined && turnAt(host, path) === turn) removeIfPresent(host, path);
}

function writeUnsynced(host: Host, path: string, bytes: Uint8Array): void {
  const fd = host.fs.openSync(path, 'wx', 0o644);
  try {
    writeAll(host.fs, fd, bytes);
  } finally {
    host.fs.closeSync(fd);
  }
}

/** Whether whoever has the turn certainly runs no more. */
function isOver(host: Host, path: string): boolean {
  const mark = fromUtf8(readFileBounded(host, path, LIMITS.refBytes) ?? new Uint8Array());
  return mark !== undefined && mark !== '' && isGone(host, dirname(path), mark);
}

/** Begins a turn; `taken` while somebody else has it. Where no file can be written, there are no turns. */
function tryTurn(host: Host, path: string): 'begun' | 'taken' | 'none' {
  try {
    writeUnsynced(host, path, utf8(ownMark(host, dirname(path))));
    return 'begun';
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno === 'EEXIST') return 'taken';
    discard(host, path);
    return 'none';
  }
}

/** Waits for the turn, but not for ever; gives what {@link endTurn} needs. */
async function takeTurn(host: Host, path: string): Promise<number | undefined> {
  let [holder, held, waited] = [turnAt(host, path), 0, 0];
  for (let longest = 1; waited < LIMITS.lockWait; longest = Math.min(2 * longest, LONGEST_PAUSE)) {
    const outcome = holder === undefined ? tryTurn(host, path) : 'taken';
    if (outcome !== 'taken') return outcome === 'begun' ? turnAt(host, path) : undefined;
    const pause = Math.ceil((longest * (1 + (host.random(1)[0] ?? 0))) / 256);
    await host.sleep(pause);
    waited += pause;
    const now = turnAt(host, path);
    held = now === holder ? held + pause : 0;
    holder = now;
    if (held >= LIMITS.turnWait || (holder !== undefined && isOver(host, path))) {
      endTurn(host, path, holder);
      holder = undefined;
    }
  }
  return undefined;
}

/**
 * Does work that ends with the move of a ref.
 * @param isContended whether it lost against others before, or takes so long that it might; without, it waits only while
 * somebody else has the turn
 */
export async function inTurn<T>(
  host: Host,
  commonDir: string,
  isContended: boolean,
  work: () => Promise<T>,
): Promise<T> {
  const path = turnPath(commonDir);
  if (!isContended && turnAt(host, path) === undefined) return work();
  const turn = await takeTurn(host, path);
  try {
    return await work();
  } finally {
    endTurn(host, path, turn);
  }
}
