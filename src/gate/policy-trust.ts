/**
 * Whom a repository policy trusts to vouch and to audit, what it asks of skills, and what it does with skills that nobody
 * released here.
 * @module
 */
import { fromHex } from '../base/bytes.ts';
import type { Json } from '../base/canonical-json.ts';
import { quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { namePatternProblem } from '../records/name-pattern.ts';
import { pathProblem } from '../records/skill-path.ts';
import { type Criteria, type CriterionDefinition, criterionNamed } from '../trust/criteria.ts';
import { AUDIT_METHODS } from '../trust/facts.ts';
import { TRUST_LEVELS } from '../trust/level.ts';
import { statedPolicy, type StatedRequirement, type StatedRoot } from '../trust/stated-policy.ts';
import { TIERS, type TrustPolicy } from '../trust/trust-policy.ts';
import { POLICY_WORDS, policyProblem, requireAid } from './policy-problem.ts';

const ROOT_LEVELS = ['distrust', ...TRUST_LEVELS] as const;
const REQUIRED_OF = [...TIERS, 'all'] as const;
const LEGACY_MODES = ['permissive', 'standard', 'strict'] as const;

type RequiredOf = (typeof REQUIRED_OF)[number];

/** Requirements by tier; `all` is for the tiers that have none of their own. */
type PolicyRequirements = Readonly<Partial<Record<RequiredOf, StatedRequirement>>>;

/** A certificate under which foreign signatures of skills count. */
export interface LegacyRoot {
  readonly kind: 'oms';
  /** SHA-256 of the DER of the root certificate, lower-case hexadecimal. */
  readonly sha256: string;
  /** Where the certificate is, below `.gitkel`. */
  readonly file: string | undefined;
  /** SAIDs of criteria that a signature under it meets. */
  readonly criteria: readonly string[];
}

/** What becomes of skills without a release. */
export interface PolicyLegacy {
  readonly mode: (typeof LEGACY_MODES)[number];
  readonly roots: readonly LegacyRoot[];
}

/** What the file says of criteria; each is named there by its name or the SAID of its text. */
export interface PolicyCriteria {
  readonly defined: readonly CriterionDefinition[];
  readonly required: PolicyRequirements;
}

function wordOf<const T extends string>(words: readonly T[], text: string, where: string): T {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw policyProblem(
    'policy-word',
    `${where} is ${quoted(text)}, which is none of ${words.join(', ')}`,
  );
}

/** A list of different texts, at least one unless told. */
function textsOf(fields: Fields, key: string, where: string, least = 1): readonly string[] {
  const texts = fields.texts(key);
  const { length } = texts;
  if (length < least || length > LIMITS.policyAids || new Set(texts).size < length) {
    throw policyProblem(
      'policy-list',
      `${where} must name ${least} to ${LIMITS.policyAids} different ones`,
    );
  }
  return texts;
}

function list(fields: Fields, key: string): readonly Json[] {
  const items = fields.list(key);
  if (items.length > 0 && items.length <= LIMITS.policyAids) return items;
  throw policyProblem(
    'policy-list',
    `${quoted(key)} has ${items.length} entries, not 1 to ${LIMITS.policyAids}`,
    'Leave an empty one away.',
  );
}

function checkNamePattern(text: string): void {
  const wrong = namePatternProblem(text);
  if (wrong === undefined) return;
  throw policyProblem('policy-names', `the pattern of names ${quoted(text, 200)} ${wrong}`);
}

function parseRoot(value: Json): StatedRoot {
  const fields = fieldsOf(value, POLICY_WORDS, ['aid', 'level'], ['names']);
  const aid = requireAid(fields.text('aid'), '"trust"');
  const level = wordOf(ROOT_LEVELS, fields.text('level'), `the level of ${aid}`);
  const names = fields.has('names') ? textsOf(fields, 'names', `"names" of ${aid}`) : [];
  names.forEach(checkNamePattern);
  return { aid, level, names };
}

/** Reads whom the policy trusts. @throws GitkelError `malformed`. */
export function parseRoots(fields: Fields): readonly StatedRoot[] {
  if (!fields.has('trust')) return [];
  const roots = list(fields, 'trust').map(parseRoot);
  if (new Set(roots.map(({ aid }) => aid)).size < roots.length)
    throw policyProblem('policy-aid', '"trust" names an identifier twice');
  return roots;
}

const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

function parseCriterion(value: Json): CriterionDefinition {
  const fields = fieldsOf(value, POLICY_WORDS, ['name', 'text'], ['implies']);
  const [name, text] = [fields.text('name'), fields.text('text')];
  if (!NAME.test(name) || name.length > LIMITS.nameCharacters) {
    throw policyProblem(
      'policy-criterion',
      `no criterion can be called ${quoted(name)}`,
      'Write lower-case words joined by hyphens.',
    );
  }
  if (text.trim() === '')
    throw policyProblem('policy-criterion', `the criterion ${quoted(name)} has no text`);
  return {
    name,
    text,
    implies: fields.has('implies')
      ? textsOf(fields, 'implies', `"implies" of ${quoted(name)}`)
      : [],
  };
}

function parseRequirement(value: Json, of: RequiredOf): StatedRequirement {
  const fields = fieldsOf(value, POLICY_WORDS, ['criteria', 'trust', 'redundancy'], ['methods']);
  const where = `the requirement for ${of}`;
  const redundancy = fields.integer('redundancy');
  if (redundancy < 1 || redundancy > LIMITS.policyAids) {
    throw policyProblem(
      'policy-redundancy',
      `${where} asks for ${redundancy} controllers, not 1 to ${LIMITS.policyAids}`,
    );
  }
  const methods = fields.has('methods') ? textsOf(fields, 'methods', `"methods" of ${where}`) : [];
  return {
    criteria: textsOf(fields, 'criteria', `"criteria" of ${where}`),
    trust: wordOf(TRUST_LEVELS, fields.text('trust'), `"trust" of ${where}`),
    redundancy,
    methods: methods.map((method) => wordOf(AUDIT_METHODS, method, `a method of ${where}`)),
  };
}

function parseRequirements(value: Json): PolicyRequirements {
  const fields = fieldsOf(value, POLICY_WORDS, [], REQUIRED_OF);
  const named = REQUIRED_OF.filter((of) => fields.has(of));
  if (named.length === 0)
    throw policyProblem('policy-list', '"require" is for no tier', 'Leave an empty one away.');
  return Object.fromEntries(named.map((of) => [of, parseRequirement(fields.json(of), of)]));
}

/** Reads what the policy asks of skills. @throws GitkelError `malformed`. */
export function parseCriteria(fields: Fields): PolicyCriteria {
  if (!fields.has('criteria')) return { defined: [], required: {} };
  const inner = fieldsOf(fields.json('criteria'), POLICY_WORDS, ['require'], ['define']);
  return {
    defined: inner.has('define') ? list(inner, 'define').map(parseCriterion) : [],
    required: parseRequirements(inner.json('require')),
  };
}

/** The SAIDs of criteria that somebody names. */
function saidsOf(criteria: Criteria, named: readonly string[]): readonly string[] {
  return named.map((name) => {
    const criterion = criterionNamed(criteria, name);
    if (criterion !== undefined) return criterion.said;
    throw policyProblem(
      'policy-criterion',
      `nobody says what the criterion ${quoted(name)} is`,
      'Write its name and text below criteria.define, or use one of the built-in ones: gitkel policy check --help.',
    );
  });
}

/** What the policy asks for, as trust is evaluated. @throws GitkelError `malformed` for criteria that nobody defined. */
export function trustPolicyOf(
  crypto: Crypto,
  roots: readonly StatedRoot[],
  { defined, required }: PolicyCriteria,
): TrustPolicy {
  const policy = statedPolicy(crypto, { roots, criteria: defined, require: required });
  for (const { criteria } of Object.values(required)) saidsOf(policy.criteria, criteria);
  return policy;
}

function parseLegacyRoot(value: Json, known: Criteria): LegacyRoot {
  const fields = fieldsOf(value, POLICY_WORDS, ['kind', 'sha256'], ['file', 'criteria']);
  const kind = wordOf(['oms'], fields.text('kind'), 'the kind of a legacy root');
  const sha256 = fields.text('sha256');
  if (fromHex(sha256)?.length !== 32) {
    throw policyProblem(
      'policy-root',
      `${quoted(sha256)} is no SHA-256`,
      'Write that of the DER of the root certificate, in 64 lower-case hexadecimal digits.',
    );
  }
  const file = fields.optionalText('file');
  const wrong = file === undefined ? undefined : pathProblem(file);
  if (wrong !== undefined)
    throw policyProblem('policy-root', `the file ${quoted(file)} cannot be used: ${wrong.detail}`);
  return {
    kind,
    sha256,
    file,
    criteria: fields.has('criteria')
      ? saidsOf(known, textsOf(fields, 'criteria', `"criteria" of the root ${sha256}`))
      : [],
  };
}

/**
 * Reads what becomes of skills without a release; `undefined` where they are refused.
 * @param known the criteria that the policy knows
 * @throws GitkelError `malformed`.
 */
export function parseLegacy(fields: Fields, known: Criteria): PolicyLegacy | undefined {
  if (!fields.has('legacy')) return undefined;
  const inner = fieldsOf(fields.json('legacy'), POLICY_WORDS, ['mode'], ['roots']);
  const roots = inner.has('roots')
    ? list(inner, 'roots').map((root) => parseLegacyRoot(root, known))
    : [];
  if (new Set(roots.map(({ sha256 }) => sha256)).size < roots.length)
    throw policyProblem('policy-root', '"roots" names a certificate twice');
  return { mode: wordOf(LEGACY_MODES, inner.text('mode'), '"mode" of legacy'), roots };
}
