/**
 * What statements say, in sentences without their full stop.
 * @module
 */
import { counted } from '../base/counted.ts';
import { dayText } from '../base/day.ts';
import { quoted } from '../base/errors.ts';
import type { Claim } from './claim.ts';
import { type Criteria, criterionWords } from './criteria.ts';
import type {
  AuditFact,
  ReleaseFact,
  RevocationFact,
  Said,
  SkillFacts,
  VouchFact,
} from './facts.ts';

/** Who issues a statement: a controller, perhaps by a device. */
export function issuerWords({ issuer, controller }: Said): string {
  return issuer === controller ? controller : `${controller} (by its device ${issuer})`;
}

function criteriaWords(criteria: Criteria, saids: readonly string[]): string {
  return saids.map((said) => criterionWords(criteria, said)).join(', ');
}

export function auditWords(criteria: Criteria, audit: AuditFact): string {
  const { result, from, method, thoroughness, understanding, expires } = audit;
  const what = from === undefined ? 'the files' : `the changes since ${from}`;
  const verb = result === 'pass' ? 'says that' : 'found that';
  const meets = result === 'pass' ? 'meet' : 'fail';
  return [
    `${issuerWords(audit)} ${verb} ${what} ${meets} ${criteriaWords(criteria, audit.criteria)}`,
    `(${method}, thoroughness ${thoroughness}, understanding ${understanding},`,
    `position ${audit.position}, until ${dayText(expires)})`,
  ].join(' ');
}

export function vouchWords(vouch: VouchFact): string {
  const { about, level, scope, position, until } = vouch;
  const names =
    scope.names === undefined
      ? ''
      : ` for skills named ${scope.names.map((each) => quoted(each)).join(', ')}`;
  const criteria =
    scope.criteria === undefined
      ? ''
      : ` in ${counted(scope.criteria.length, 'criterion', 'criteria')}`;
  const says = level === 'distrust' ? `distrusts ${about}` : `vouches for ${about}: ${level}`;
  return `${issuerWords(vouch)} ${says}${names}${criteria} (position ${position}, until ${dayText(until)})`;
}

export function claimWords(criteria: Criteria, { kind, fact }: Claim): string {
  switch (kind) {
    case 'audit':
      return auditWords(criteria, fact);
    case 'import':
      return `${issuerWords(fact)} answers for the files as meeting ${criteriaWords(criteria, fact.criteria)} (import, position ${fact.position}, until ${dayText(fact.expires)})`;
    case 'grant':
      return `${issuerWords(fact)} says that every release by ${fact.about} meets ${criteriaWords(criteria, fact.grants)} (position ${fact.position}, until ${dayText(fact.until)})`;
  }
}

export function releaseFactWords({ name }: SkillFacts, release: ReleaseFact): string {
  return `${issuerWords(release)} releases ${quoted(release.version)} of ${quoted(name)} (position ${release.position})`;
}

export function revocationWords(revocation: RevocationFact): string {
  const { target, reason, note, position } = revocation;
  const more = note === '' ? '' : `, ${quoted(note, 200)}`;
  return `${issuerWords(revocation)} revokes the ${target}: ${reason}${more} (position ${position})`;
}
