import { join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { sweep } from './lock-owners.ts';
import { type HeldLock, type LockAttempt, releaseLock, takeLock } from './lock.ts';

/** No such file is ever made; its lock alone says something. */
const TARGET = 'gitkel-packs';

/** Tries to become the one process of this program that replaces packs by others. Writers need no such lock. */
export function lockPacks(host: Host, commonDir: string): LockAttempt {
  sweep(host, commonDir);
  return takeLock(host, commonDir, join(commonDir, TARGET));
}

const PAUSE = 50;

/**
 * As {@link lockPacks}, waiting for the process that is at it.
 * @throws GitkelError `environment`, reason `locked`, when it is not done after `LIMITS.lockWait` milliseconds.
 */
export async function lockPacksWaiting(host: Host, commonDir: string): Promise<HeldLock> {
  for (let waited = 0; ; waited += PAUSE) {
    const attempt = lockPacks(host, commonDir);
    if (attempt.ok) return attempt.lock;
    if (waited >= LIMITS.lockWait) {
      throw new GitkelError(
        'environment',
        `Cannot compact ${shownPath(commonDir)}: ${attempt.busy}`,
        {
          reason: 'locked',
          hint: 'Wait for the gitkel that is compacting it. If there is none, also on other machines, remove that file.',
        },
      );
    }
    await host.sleep(PAUSE);
  }
}

/** Ends what {@link lockPacks} began. */
export function unlockPacks(host: Host, lock: HeldLock): void {
  releaseLock(host, lock);
}
