/**
 * What is written down about the process that owns a lock, so that others can tell that it is gone, even after the
 * machine was started anew.
 *
 * Another boot alone proves nothing: it may be that of another machine that shares the disk. But what both, the owner and
 * whoever finds its lock, see as a file system on a disk of their own machine is one that only one running system has at
 * a time: of an owner with another boot the system runs no more.
 * @module
 */
import type { Host } from './host.ts';

const LOCAL = '-local';

/** File systems of Linux that lie on a disk of the machine itself, by their magic numbers (statfs(2)). */
const LOCAL_TYPES: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x5846_5342, // XFS
  0x9123_683e, // Btrfs
  0xf2f5_2010, // F2FS
  0x2fc1_2fc1, // ZFS
  0xca45_1a4e, // bcachefs
  0x3153_464a, // JFS
]);

/** As much of the machine as tells who runs. */
type Machine = Pick<Host, 'fs' | 'processes'>;

function isLocal({ fs }: Machine, directory: string): boolean {
  try {
    return LOCAL_TYPES.has(fs.statfsSync?.(directory).type ?? 0);
  } catch {
    return false;
  }
}

/** The mark of this process in a directory: letters, digits, `.` and `-` only. */
export function ownMark(host: Machine, directory: string): string {
  return `${host.processes.self}${isLocal(host, directory) ? LOCAL : ''}`;
}

/** True only when it is certain that the process with that mark in a directory no longer runs. */
export function isGone(host: Machine, directory: string, mark: string): boolean {
  const { processes } = host;
  if (!mark.endsWith(LOCAL)) return processes.isDead(mark);
  const name = mark.slice(0, -LOCAL.length);
  if (processes.isDead(name)) return true;
  return processes.isOfOtherBoot?.(name) === true && isLocal(host, directory);
}
