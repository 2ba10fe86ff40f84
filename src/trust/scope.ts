import { fitsPattern } from '../records/name-pattern.ts';
import { type Criteria, coversCriterion } from './criteria.ts';
import type { TrustScope } from './facts.ts';

/** What trust is asked about: the judgement of a criterion of skills of this name. */
export interface TrustQuestion {
  readonly name: string;
  /** The SAID of a criterion; without one it is asked whether somebody is trusted for any. */
  readonly criterion?: string | undefined;
}

/** Whether a scope takes in the name that is asked about. */
export function takesInName({ names }: TrustScope, name: string): boolean {
  return names === undefined || names.some((pattern) => fitsPattern(pattern, name));
}

/** Whether a scope takes in what is asked; any criterion will do where none is asked about. */
export function takesIn(criteria: Criteria, scope: TrustScope, question: TrustQuestion): boolean {
  const { name, criterion } = question;
  return (
    takesInName(scope, name) &&
    (scope.criteria === undefined ||
      criterion === undefined ||
      coversCriterion(criteria, scope.criteria, criterion))
  );
}
