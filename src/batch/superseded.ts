import { readRecordSeal } from '../records/record-seal.ts';
import { isRecordType, onSuperseded } from '../records/record-type.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { RecordBook } from '../log/record-book.ts';
import type { Collected } from './collected.ts';
import type { PlannedEvent } from './plan.ts';

/** Later than everything: where a batch that is only planned will stand. */
const LATER = Number.MAX_SAFE_INTEGER;

/** The records of a log as they stand once planned events have superseded what they supersede. */
export function bookAfter(
  book: RecordBook,
  planned: readonly Pick<PlannedEvent, 'event' | 'supersedes'>[],
): RecordBook {
  const superseding = planned.filter(({ supersedes }) => supersedes !== undefined);
  if (superseding.length === 0) return book;
  const after = book.copy();
  for (const { event } of superseding) after.supersede(event.aid, event.sn, event.said, LATER);
  return after;
}

/** What superseded events of an issuer sealed, stays in force all the same, and no lift names, sorted. */
export function liftable(book: RecordBook, issuer: string): readonly string[] {
  return book
    .disputedOf(issuer)

    .filter(({ said, stays }) => stays && book.liftOf(said) === undefined)
    .map(({ said }) => said)
    .toSorted();
}

/** What is known of a KEL that a batch builds on, as far as superseding goes. */
export interface SupersededKel {
  saidAt(sn: number): string | undefined;
  /** Whether an event was superseded before. */
  isSuperseded(sn: number, said: string): boolean;
}

/**
 * Whether an event that somebody has signed was superseded, or is by the batch: then another one may stand at its place.
 */
export function isSupersededBy(
  { planned }: Collected,
  kel: SupersededKel | undefined,
  { aid, sn, said }: { readonly aid: string; readonly sn: number; readonly said: string },
): boolean {
  if (kel === undefined) return false;
  if (kel.isSuperseded(sn, said)) return true;
  return (
    kel.saidAt(sn) === said &&
    planned.some(
      ({ event, supersedes }) =>
        event.aid === aid && supersedes !== undefined && supersedes.from <= sn,
    )
  );
}

/**
 * What becomes of an event that a batch supersedes, line by line.
 * @param lifted SAIDs of the records that the batch lifts
 */
export function fateLines(
  event: KeyEvent,
  logId: string,
  lifted: ReadonlySet<string>,
): readonly string[] {
  const lines = event.seals.flatMap((seal): readonly string[] => {
    const read = readRecordSeal(seal);
    if (read === undefined || read === 'malformed' || read.logId !== logId) return [];
    const what = `its ${read.type} ${read.said}`;
    const fate = isRecordType(read.type) ? onSuperseded(read.type) : 'absent';
    if (lifted.has(read.said)) return [`    ${what} is LIFTED by this batch`];
    switch (fate) {
      case 'absent':
        return [`    ${what} no longer counts`];
      case 'stays':
        return [`    ${what} stays in force: --lift names what should not`];
      case 'as-said':
        return [
          read.type === 'audit'
            ? `    ${what} no longer counts, unless it says that the skill failed: that stays in force, and --lift names what should not`
            : `    ${what} stays in force, unless it takes back a failed audit or distrust: --lift names what should not`,
        ];
    }
  });
  return [`  superseded: ${event.type} ${event.sn} ${event.said}`, ...lines];
}
