import { join } from 'node:path';
import { statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { type HeldLock, type LockAttempt, releaseLock, takeLock } from './lock.ts';

/** No such file is ever made; its lock alone says something. */
const TARGET = 'gitkel-packs';

/**
 * Tries to become the one process of this program that replaces packs by others. A writer that stores nothing new, since
 * a pack holds it already, protects that pack first and looks at this lock then; who holds the lock looks at what is
 * protected only after taking it. So either the writer knows that the pack may vanish, or the pack stays.
 */
export function lockPacks(host: Host, commonDir: string): LockAttempt {
  return takeLock(host, commonDir, join(commonDir, TARGET));
}

/** Ends what {@link lockPacks} began. */
export function unlockPacks(host: Host, lock: HeldLock): void {
  releaseLock(host, lock);
}

/** Whether some process may be replacing packs at this moment. */
export function arePacksMoving(host: Host, commonDir: string): boolean {
  return statOf(host, join(commonDir, `${TARGET}.lock`)) !== undefined;
}
