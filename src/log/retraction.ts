import { STATEMENT_CAPABILITIES } from './capabilities.ts';
import type { RecordBook } from './record-book.ts';
import { revokeStanding } from './releases.ts';
import type { RevokeEntry } from './revoke-book.ts';
import type { Stated } from './stated.ts';

/** What takes back a statement in its own name and is in force: the first of them in the log. */
export function retractionOf(
  book: RecordBook,
  { said, type, controller }: Pick<Stated, 'said' | 'type' | 'controller'>,
): RevokeEntry | undefined {
  const target = { kind: 'statement', said } as const;
  for (const one of book.revokes.of(controller, target, STATEMENT_CAPABILITIES[type]))
    if (revokeStanding(book, one).counts) return one;
  return undefined;
}

/** Why a statement counts no more, in words. */
export function retractedWords({ said, position, reason }: RevokeEntry): string {
  return `taken back at position ${position} by ${said} (${reason})`;
}
