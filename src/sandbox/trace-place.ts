import { statfsSync } from 'node:fs';
import { LIMITS } from '../base/limits.ts';
import { makeScratch, type Scratch } from '../host/scratch.ts';

/** A file system in memory that is not that of any run. */
const MEMORY = '/dev/shm';

/**
 * A place for the trace that no skill can fill: one that fills the disk would be seen no more. `undefined` where there is none
 * with room for a whole trace.
 */
export function makeTraceScratch(prefix: string): Scratch | undefined {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize < LIMITS.runTraceBytes ? undefined : makeScratch(MEMORY, prefix);
  } catch {
    return undefined;
  }
}
