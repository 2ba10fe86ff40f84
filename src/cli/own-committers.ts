import type { CommitterChoice } from '../batch/prepared-commit.ts';
import { listNames } from '../keys/names.ts';
import type { Session } from './session.ts';

/** Who of this home may commit what nobody staged: the identifiers that it has named, with the keys that it holds. */
export function ownCommitters(session: Session): Omit<CommitterChoice, 'isCurrent'> {
  const committers = [...new Set(listNames(session.home).map(({ aid }) => aid))];
  return { findSigner: session.findSigner, committers };
}
