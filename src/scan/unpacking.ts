import { LIMITS } from '../base/limits.ts';

/** What a scan may unpack of all files together. */
export interface Unpacking {
  /** Takes bytes off what is left; `false` when there is not so much. */
  take(bytes: number): boolean;
  /** Whether something was refused. */
  readonly isSpent: boolean;
}

/**
 * Nothing is unpacked yet.
 * @param isLate whether the time for it is over: then nothing more is
 */
export function unpacking(
  limit: number = LIMITS.scanUnpackedBytes,
  isLate: () => boolean = () => false,
): Unpacking {
  let left = limit;
  let isSpent = false;
  return {
    take: (bytes) => {
      if (bytes > left || isLate()) isSpent = true;
      else left -= bytes;
      return !isSpent;
    },
    get isSpent() {
      return isSpent;
    },
  };
}
