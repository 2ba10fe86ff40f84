import type { RecordBook } from './record-book.ts';
import type { RevokeEntry } from './release-book.ts';
import { revokeStanding } from './releases.ts';
import type { Stated } from './stated.ts';

/** What takes back a statement in its own name and is in force: the first of them in the log. */
export function retractionOf(
  book: RecordBook,
  { said, controller }: Pick<Stated, 'said' | 'controller'>,
): RevokeEntry | undefined {
  for (const one of book.releases.revokes(controller, { kind: 'statement', said }))
    if (one.controller === controller && revokeStanding(book, one).counts) return one;
  return undefined;
}

/** Why a statement counts no more, in words. */
export function retractedWords({ said, position, reason }: RevokeEntry): string {
  return `taken back at position ${position} by ${said} (${reason})`;
}
