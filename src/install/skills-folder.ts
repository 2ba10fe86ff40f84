import { LIMITS } from '../base/limits.ts';
import { readFileBounded, writeFileDurably } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { lockFilePath } from './install-layout.ts';
import { encodeLock, parseLock, type SkillsLock } from './skills-lock.ts';

/** A directory in which skills are installed. */
export interface SkillsFolder {
  readonly host: Host;
  /** Absolute path, without a slash at the end. */
  readonly dir: string;
}

/**
 * What is installed, by the lock; nothing when there is none.
 * @throws GitkelError `malformed`, `environment`.
 */
export function readLock({ host, dir }: SkillsFolder): SkillsLock {
  const bytes = readFileBounded(host, lockFilePath(dir), LIMITS.skillsLockBytes, {
    links: 'refuse',
  });
  return bytes === undefined ? [] : parseLock(bytes);
}

/** Replaces the lock, durably. Only for whoever holds the folder. */
export function writeLock({ host, dir }: SkillsFolder, lock: SkillsLock): void {
  writeFileDurably(host, lockFilePath(dir), encodeLock(lock), 0o644);
}
