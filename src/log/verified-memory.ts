import type { Json } from '../base/canonical-json.ts';

/** What was remembered of a log at one moment: values by key. */
export interface Snapshot {
  /** What it was remembered for: how far the log was verified, and by which rules. */
  readonly mark: Json;
  /** The value under a key. `damaged`: it was changed since, and nothing of this counts any more. */
  read(key: string): Uint8Array | 'absent' | 'damaged';
}

/**
 * Where a machine remembers what it verified. Whoever implements it vouches that a snapshot is one that this machine
 * made, and that what is read of it is what was kept.
 */
export interface VerifiedMemory {
  /** The latest snapshot of a log, if there is one. */
  recall(logId: string): Snapshot | undefined;
  /** Adds values to those of `since`, or to none; `undefined` when something else was remembered meanwhile. */
  keep(
    logId: string,
    keeping: {
      readonly mark: Json;
      readonly values: Iterable<readonly [key: string, value: Uint8Array]>;
      readonly since: Snapshot | undefined;
    },
  ): Promise<Snapshot | undefined>;
  forget(logId: string): void;
}
