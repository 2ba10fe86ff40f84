/**
 * The lock of the log's ref, held from the moment at which Git is ready to move other refs until it has moved them. Git
 * and gitkel take the same lock before they move the log (`<ref>.lock`), so that meanwhile nothing is revoked.
 *
 * A hook ends long before that: the lock is left in the name of the Git process that runs it, and whoever finds it after
 * that process died takes it over.
 * @module
 */
import { dirname, join } from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { isLeft, leaveLock, releaseLeft, takeLock } from '../git/lock.ts';
import { makeDirectory, removeIfPresent } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { ownMark } from '../host/owner-mark.ts';
import { replaceUnsynced } from '../keys/unsynced-file.ts';
import { heldDirectory } from './hook-name.ts';
import { type HookPlace, logRepository } from './hook-place.ts';

const LONGEST_PAUSE = 32;

interface LockPlace {
  /** The host as the Git process that runs the hook sees it. */
  readonly owner: Host;
  readonly commonDir: string;
  readonly target: string;
  /** The file by which the script of the hook sees that there is something to give back. */
  readonly mark: string;
}

function lockPlace(place: HookPlace): LockPlace {
  const { host, caller, config, repository } = place;
  const { commonDir } = logRepository(place);
  const owner = { ...host, processes: caller };
  const held = heldDirectory(repository.commonDir);
  return {
    owner,
    commonDir,
    target: join(commonDir, config.logRef),
    mark: join(held, ownMark(owner, repository.commonDir)),
  };
}

/**
 * Takes the lock in the name of the Git process that runs the hook; it may have it already.
 * @throws GitkelError `environment`: `locked` when somebody else keeps it for longer than `LIMITS.lockWait` milliseconds;
 * `no-hard-links`.
 */
export async function holdLog(place: HookPlace): Promise<void> {
  const { owner, commonDir, target, mark } = lockPlace(place);
  makeDirectory(owner, dirname(mark), 0o700);
  // First: whatever is held then is given back.
  replaceUnsynced(owner, mark, new Uint8Array());
  let waited = 0;
  for (let longest = 1; ; longest = Math.min(2 * longest, LONGEST_PAUSE)) {
    if (isLeft(owner, commonDir, target)) return;
    const attempt = takeLock(owner, commonDir, target);
    if (attempt.ok) {
      leaveLock(owner, attempt.lock);
      return;
    }
    if (waited >= LIMITS.lockWait) {
      throw new GitkelError('environment', `Cannot lock the log: ${attempt.busy}`, {
        reason: 'locked',
        hint: `Try again. If no Git or gitkel works on the log, also on other machines, the operator removes ${quoted(`${target}.lock`, 200)}.`,
      });
    }
    const pause = Math.ceil((longest * (1 + (owner.random(1)[0] ?? 0))) / 256);
    await owner.sleep(pause);
    waited += pause;
  }
}

/** Gives the lock up, if the Git process that runs the hook has it. */
export function releaseLog(place: HookPlace): void {
  const { owner, commonDir, target, mark } = lockPlace(place);
  releaseLeft(owner, commonDir, target);
  removeIfPresent(owner, mark);
}
