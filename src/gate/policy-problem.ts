import { malformed, quoted } from '../base/errors.ts';
import type { Fields } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { isPrefix } from '../keri/primitive-text.ts';

/** What messages call the file. */
export const POLICY_WORDS = 'the repository policy';

/** Why a policy cannot be used. */
export function policyProblem(reason: string, why: string, hint?: string): Error {
  return malformed(
    reason,
    `Cannot use ${POLICY_WORDS}: ${why}`,
    hint === undefined ? {} : { hint: `${hint} \`gitkel policy check\` says whether it is right.` },
  );
}

/** Reads an identifier. @throws GitkelError `malformed`, reason `policy-aid`. */
export function requireAid(aid: string, where: string): string {
  if (isPrefix(aid)) return aid;
  throw policyProblem(
    'policy-aid',
    `${where} names ${quoted(aid)}, which is no identifier`,
    'Write AIDs in full; names hold in one home only.',
  );
}

/** Reads a list of identifiers, at least one, none twice. @throws GitkelError `malformed`, reason `policy-aid`. */
export function aidsOf(fields: Fields, key: string, where: string): readonly string[] {
  const aids = fields.texts(key).map((aid) => requireAid(aid, where));
  if (aids.length === 0 || aids.length > LIMITS.policyAids) {
    throw policyProblem(
      'policy-aid',
      `${where} names ${aids.length}, not 1 to ${LIMITS.policyAids}`,
    );
  }
  if (new Set(aids).size < aids.length)
    throw policyProblem('policy-aid', `${where} names an identifier twice`);
  return aids;
}
