/**
 * Who issued a statement of a log, and how it stands.
 * @module
 */
import type { Contents } from '../log/contents.ts';
import { foldedController } from '../log/folded-controller.ts';
import { isDuplicitous } from '../log/marks.ts';
import type { TrustEntry } from '../log/trust-book.ts';
import { statementStanding } from '../log/trust-standing.ts';
import type { Issued } from '../trust/facts.ts';

/** What takes trust away: it stays when it is proved that its issuer signed two histories. */
function takesAway(entry: TrustEntry): boolean {
  if (entry.type === 'audit') return entry.result === 'fail';
  return entry.type === 'vouch' && entry.level === 'distrust';
}

/** How a statement stands. What somebody vouched for who signed two histories is taken back, what they audited never counted. */
export function standingOf(
  contents: Contents,
  entry: TrustEntry,
  isDoubted: boolean,
): Pick<Issued, 'standing' | 'why'> {
  if (entry.issuer === entry.controller && !isDoubted) return { standing: 'counts', why: '' };
  const { counts, reason, why } = statementStanding(contents, entry);
  if (!counts) {
    const isTakenBack = reason === 'retracted' || reason === 'lifted';
    return { standing: isTakenBack ? 'retracted' : 'void', why };
  }
  const marked = [entry.controller, entry.issuer].find((aid) => isDuplicitous(contents, aid));
  if (marked === undefined || takesAway(entry)) return { standing: 'counts', why: '' };
  return {
    standing: entry.type === 'vouch' ? 'retracted' : 'void',
    why: `${marked} is proved to have signed two events for one place`,
  };
}

/** What every fact about a statement begins with. */
export function issuedFact(contents: Contents, entry: TrustEntry): Issued {
  const { said, issuer, sn, controller, position } = entry;
  return {
    said,
    issuer,
    sn,
    controller,
    foldedController: foldedController(contents, controller, position),
    position,
    ...standingOf(contents, entry, contents.records.trust.isDoubted(issuer)),
  };
}
