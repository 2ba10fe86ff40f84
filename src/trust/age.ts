import type { Said } from './facts.ts';

/** Orders statements as the log does, the oldest first; those of one place by their SAIDs. */
export function byAge(
  a: Pick<Said, 'position' | 'sn' | 'said'>,
  b: Pick<Said, 'position' | 'sn' | 'said'>,
): number {
  return a.position - b.position || a.sn - b.sn || (a.said < b.said ? -1 : Number(a.said > b.said));
}
