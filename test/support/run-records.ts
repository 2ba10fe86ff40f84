/** Run records: one of a single run, and one in which every field that may be there is there. */
import type { RunRecord, SealedRun } from '../../src/records/run-record.ts';

/** A run that somebody might seal. */
export function oneRun(id = '2026-11-21-0123456789ab', more: Partial<SealedRun> = {}): SealedRun {
  return {
    id,
    sha256: 'a'.repeat(64),
    head: `E${'H'.repeat(43)}`,
    lines: 12,
    manifest: `E${'M'.repeat(43)}`,
    release: undefined,
    sandbox: 'bwrap',
    sources: ['proxy', 'trace'],
    ...more,
  };
}

export function runRecord(
  runs: readonly SealedRun[] = [oneRun()],
  more: Partial<RunRecord> = {},
): RunRecord {
  return { type: 'run-record', runs, period: undefined, controller: undefined, ...more };
}

/** Two runs of a period, one of them without a sandbox. */
export function fullRunRecord(): RunRecord {
  const released = { release: `EB${'R'.repeat(42)}` };
  const bare = { sandbox: 'none', sources: [], sha256: 'b'.repeat(64) } as const;
  return runRecord([oneRun(undefined, released), oneRun('2026-11-22-00112233aabb', bare)], {
    period: { from: '2026-11-20', until: '2026-11-22', except: [] },
  });
}
