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
import { pathProblem } from '../records/skill-path.ts';
import { POLICY_WORDS, policyProblem, requireAid } from './policy-problem.ts';

const ROOT_LEVELS = ['distrust', 'low', 'medium', 'high'] as const;
const REQUIRED_LEVELS = ['low', 'medium', 'high'] as const;
const METHODS = ['human', 'human+llm', 'llm', 'scanner'] as const;
const REQUIRED_OF = ['T0', 'T1', 'T2', 'T3', 'all'] as const;
const LEGACY_MODES = ['permissive', 'standard', 'strict'] as const;

/** Somebody whom the policy trusts, or distrusts, by itself. */
export interface PolicyRoot {
  readonly aid: string;
  readonly level: (typeof ROOT_LEVELS)[number];
  /** Patterns of the names of skills for which they are trusted; all where there are none. */
  readonly names: readonly string[];
}

/** A criterion that the policy defines. */
export interface PolicyCriterion {
  readonly name: string;
  /** BLAKE3-256 of the text in UTF-8, by which audits name it. */
  readonly said: string;
  readonly text: string;
  /** Names or SAIDs of criteria that are met with it. */
  readonly implies: readonly string[];
}

export interface PolicyRequirement {
  /** Names or SAIDs. */
  readonly criteria: readonly string[];
  /** How far whoever says so has to be trusted. */
  readonly trust: (typeof REQUIRED_LEVELS)[number];
  /** How many controllers that are not one have to say so. */
  readonly redundancy: number;
  /** How they may have found out; any way where none is named. */
  readonly methods: readonly (typeof METHODS)[number][];
}

export type RequiredOf = (typeof REQUIRED_OF)[number];

/** Requirements by tier; `all` is for the tiers that have none of their own. */
export type PolicyRequirements = Readonly<Partial<Record<RequiredOf, PolicyRequirement>>>;

/** A certificate under which foreign signatures of skills count. */
export interface LegacyRoot {
  readonly kind: 'oms';
  /** SHA-256 of the DER of the root certificate, lower-case hexadecimal. */
  readonly sha256: string;
  /** Where the certificate is, below `.gitkel`. */
  readonly file: string | undefined;
  /** Names or SAIDs of criteria that a signature under it meets. */
  readonly criteria: readonly string[];
}

/** What becomes of skills without a release. */
export interface PolicyLegacy {
  readonly mode: (typeof LEGACY_MODES)[number];
  readonly roots: readonly LegacyRoot[];
}

export interface PolicyCriteria {
  readonly defined: readonly PolicyCriterion[];
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
  if (text !== '' && text.length <= LIMITS.policyPatternCharacters && !/[\p{Cc}\p{Cs}]/u.test(text))
    return;
  throw policyProblem('policy-names', `${quoted(text, 200)} is no pattern of names`);
}

function parseRoot(value: Json): PolicyRoot {
  const fields = fieldsOf(value, POLICY_WORDS, ['aid', 'level'], ['names']);
  const aid = requireAid(fields.text('aid'), '"trust"');
  const names = fields.has('names') ? textsOf(fields, 'names', `"names" of ${aid}`) : [];
  names.forEach(checkNamePattern);
  return { aid, level: wordOf(ROOT_LEVELS, fields.text('level'), `the level of ${aid}`), names };
}

/** Reads whom the policy trusts. @throws GitkelError `malformed`. */
export function parseRoots(fields: Fields): readonly PolicyRoot[] {
  if (!fields.has('trust')) return [];
  const roots = list(fields, 'trust').map(parseRoot);
  if (new Set(roots.map(({ aid }) => aid)).size < roots.length)
    throw policyProblem('policy-aid', '"trust" names an identifier twice');
  return roots;
}

const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

function parseCriterion(value: Json): PolicyCriterion {
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

function parseRequirement(value: Json, of: RequiredOf): PolicyRequirement {
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
    trust: wordOf(REQUIRED_LEVELS, fields.text('trust'), `"trust" of ${where}`),
    redundancy,
    methods: methods.map((method) => wordOf(METHODS, method, `a method of ${where}`)),
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

function parseLegacyRoot(value: Json): LegacyRoot {
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
      ? textsOf(fields, 'criteria', `"criteria" of the root ${sha256}`)
      : [],
  };
}

/** Reads what becomes of skills without a release; `undefined` where they are refused. @throws GitkelError `malformed`. */
export function parseLegacy(fields: Fields): PolicyLegacy | undefined {
  if (!fields.has('legacy')) return undefined;
  const inner = fieldsOf(fields.json('legacy'), POLICY_WORDS, ['mode'], ['roots']);
  const roots = inner.has('roots') ? list(inner, 'roots').map(parseLegacyRoot) : [];
  if (new Set(roots.map(({ sha256 }) => sha256)).size < roots.length)
    throw policyProblem('policy-root', '"roots" names a certificate twice');
  return { mode: wordOf(LEGACY_MODES, inner.text('mode'), '"mode" of legacy'), roots };
}
