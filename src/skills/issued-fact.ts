/**
 * Who issued a statement of a log, and how it stands.
 * @module
 */
import type { Contents } from '../log/contents.ts';
import { controllersOf } from '../log/folded-controller.ts';
import { isDuplicitous } from '../log/marks.ts';
import { speaksAgainst, type TrustEntry } from '../log/trust-entry.ts';
import { statementStanding } from '../log/trust-standing.ts';
import type { Control, Issued } from '../trust/facts.ts';

/**
 * How a statement stands. What somebody vouched for who signed two histories is taken back, what they audited never
 * counted; what they said against others stays, whatever they took back of that.
 */
export function standingOf(
  contents: Contents,
  entry: TrustEntry,
  isDoubted: boolean,
): Pick<Issued, 'standing' | 'why'> {
  if (entry.issuer === entry.controller && !isDoubted) return { standing: 'counts', why: '' };
  const { counts, reason, why } = statementStanding(contents, entry);
  const marked = [entry.controller, entry.issuer].find((aid) => isDuplicitous(contents, aid));
  const stays = marked !== undefined && reason === 'retracted' && speaksAgainst(entry);
  if (!counts && !stays) {
    const isTakenBack = reason === 'retracted' || reason === 'lifted';
    return { standing: isTakenBack ? 'retracted' : 'void', why };
  }
  if (marked === undefined || speaksAgainst(entry)) return { standing: 'counts', why: '' };
  return {
    standing: entry.type === 'vouch' ? 'retracted' : 'void',
    why: `${marked} is proved to have signed two events for one place`,
  };
}

/** Who stands behind a controller as of a position. */
export function controlOf(contents: Contents, controller: string, position: number): Control {
  const { folded, above } = controllersOf(contents, controller, position);
  return { foldedController: folded, above };
}

/** What every fact about a statement begins with. */
export function issuedFact(contents: Contents, entry: TrustEntry): Issued {
  const { said, issuer, sn, controller, position } = entry;
  return {
    said,
    issuer,
    sn,
    controller,
    ...controlOf(contents, controller, position),
    position,
    ...standingOf(contents, entry, contents.records.trust.isDoubted(issuer)),
  };
}
