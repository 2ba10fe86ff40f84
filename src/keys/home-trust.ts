/**
 * Whom the owner of a home trusts, which criteria are their own, and what they ask of a skill: `trust.json`, published as
 * `schemas/home-trust-1.json`. It holds in this home alone; the policy of a repository neither reads nor widens it.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import type { Home } from './home.ts';
import { readDocument, writeDocument } from './home-document.ts';
import { type HomeLegacy, homeLegacyJson, readHomeLegacy } from './home-legacy.ts';
import { homeTrustPath } from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import { isName } from './key-name.ts';
import { isAid } from './names.ts';

const FORMAT = 'gitkel-home-trust/1';

/** How far somebody is trusted, from not at all upward. `distrust` removes them for everything. */
export const ROOT_LEVELS = ['distrust', 'none', 'low', 'medium', 'high'] as const;
export type RootLevel = (typeof ROOT_LEVELS)[number];

/** How far somebody has to be trusted for what they say to count. */
export const REQUIRED_LEVELS = ['low', 'medium', 'high'] as const;
export type RequiredLevel = (typeof REQUIRED_LEVELS)[number];

/** For which skills a requirement holds: those of one risk tier, or every one that no requirement of its own tier is for. */
export const REQUIRED_OF = ['T0', 'T1', 'T2', 'T3', 'all'] as const;
export type RequiredOf = (typeof REQUIRED_OF)[number];

/** How an audit may have been made. */
export const REQUIRED_METHODS = ['human', 'human+llm', 'llm', 'scanner'] as const;
export type RequiredMethod = (typeof REQUIRED_METHODS)[number];

/** Somebody whom the owner trusts, or distrusts, by themselves. */
export interface HomeRoot {
  readonly aid: string;
  readonly level: RootLevel;
  /** Names or SAIDs of criteria that they are trusted for; every one where there are none. */
  readonly criteria: readonly string[];
  /** Patterns of the names of skills that they are trusted for; every one where there are none. */
  readonly names: readonly string[];
}

/** A criterion that the owner defined. */
export interface HomeCriterion {
  readonly name: string;
  readonly text: string;
  /** Names or SAIDs of criteria that are met with it. */
  readonly implies: readonly string[];
}

/** What the owner asks of a skill. */
export interface HomeRequirement {
  /** Names or SAIDs. */
  readonly criteria: readonly string[];
  readonly trust: RequiredLevel;
  /** How many controllers that are not one have to say so. */
  readonly redundancy: number;
  /** Every method where none is named. */
  readonly methods: readonly RequiredMethod[];
}

export interface HomeTrust {
  /** Sorted by AID, each once. */
  readonly roots: readonly HomeRoot[];
  /** Sorted by name. */
  readonly criteria: readonly HomeCriterion[];
  readonly require: Readonly<Partial<Record<RequiredOf, HomeRequirement>>>;
  /** What becomes of skills that nobody released; where nothing is said, they are refused. */
  readonly legacy?: HomeLegacy | undefined;
}

/** A home that trusts nobody and asks for nothing. */
export const NO_TRUST: HomeTrust = { roots: [], criteria: [], require: {} };

function wordOf<const T extends string>(words: readonly T[], text: string, what: string): T {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw malformed('field', `Cannot read ${what}: ${quoted(text)} is none of ${words.join(', ')}`);
}

function listOf(
  fields: Fields,
  key: string,
  isGood: (text: string) => boolean,
  atLeast = 1,
): readonly string[] {
  if (!fields.has(key)) return [];
  const texts = fields.texts(key);
  const wrong = texts.find((text) => !isGood(text));
  if (wrong !== undefined)
    throw malformed('field', `Cannot read ${fields.what}: ${quoted(wrong)} in "${key}"`);
  const { length } = texts;
  if (length < atLeast || length > LIMITS.trustListed || new Set(texts).size < length)
    throw malformed(
      'field',
      `Cannot read ${fields.what}: "${key}" must name ${atLeast} to ${LIMITS.trustListed} different ones`,
    );
  return texts;
}

/** Whether a text can stand for a criterion: a name, or a SAID, which is a text of the same letters. */
export function isCriterionRef(text: string): boolean {
  return isName(text);
}

/** Whether a text can be a pattern of names of skills. */
export function isNamePattern(text: string): boolean {
  return (
    text !== '' && text.length <= LIMITS.policyPatternCharacters && !/[\p{Cc}\p{Cs}]/u.test(text)
  );
}

function readRoot(value: Json, what: string): HomeRoot {
  const fields = fieldsOf(value, what, ['aid', 'level'], ['criteria', 'names']);
  const aid = fields.text('aid');
  if (!isAid(aid)) throw malformed('field', `Cannot read ${what}: ${quoted(aid)} is no AID`);
  return {
    aid,
    level: wordOf(ROOT_LEVELS, fields.text('level'), what),
    criteria: listOf(fields, 'criteria', isCriterionRef),
    names: listOf(fields, 'names', isNamePattern),
  };
}

function readCriterion(value: Json, what: string): HomeCriterion {
  const fields = fieldsOf(value, what, ['implies', 'name', 'text']);
  const [name, text] = [fields.text('name'), fields.text('text')];
  if (!isName(name) || text === '' || text.length > LIMITS.criterionCharacters)
    throw malformed('field', `Cannot read ${what}: the criterion ${quoted(name)}`);
  return { name, text, implies: listOf(fields, 'implies', isCriterionRef, 0) };
}

function readRequirement(value: Json, what: string): HomeRequirement {
  const fields = fieldsOf(value, what, ['criteria', 'redundancy', 'trust'], ['methods']);
  const redundancy = fields.integer('redundancy');
  if (redundancy < 1 || redundancy > LIMITS.trustRedundancy)
    throw malformed('field', `Cannot read ${what}: the redundancy ${redundancy}`);
  return {
    criteria: listOf(fields, 'criteria', isCriterionRef),
    trust: wordOf(REQUIRED_LEVELS, fields.text('trust'), what),
    redundancy,
    methods: listOf(fields, 'methods', () => true).map((one) =>
      wordOf(REQUIRED_METHODS, one, what),
    ),
  };
}

/** Refuses what is not sorted by its key, or names one twice. */
function checkSorted(keys: readonly string[], limit: number, what: string): void {
  if (keys.length > limit)
    throw malformed(
      'too-many',
      `Cannot read ${what}: ${keys.length} entries, the limit is ${limit}`,
    );
  if (keys.some((key, at) => at > 0 && (keys[at - 1] ?? '') >= key))
    throw malformed('order', `Cannot read ${what}: an entry stands twice or out of order`);
}

function readRequire(value: Json, what: string): HomeTrust['require'] {
  const fields = fieldsOf(value, what, [], REQUIRED_OF);
  return Object.fromEntries(
    REQUIRED_OF.filter((of) => fields.has(of)).map((of) => [
      of,
      readRequirement(fields.json(of), what),
    ]),
  );
}

/** Whom the owner of a home trusts, and what they ask for. @throws GitkelError `malformed` for a damaged file. */
export function homeTrust({ host, dir }: Home): HomeTrust {
  const what = `what is trusted in ${quoted(homeTrustPath(dir))}`;
  const value = readDocument(host, homeTrustPath(dir), what);
  if (value === undefined) return NO_TRUST;
  const fields = fieldsOf(value, what, ['criteria', 'format', 'require', 'roots'], ['legacy']);
  if (fields.text('format') !== FORMAT)
    throw malformed(
      'format',
      `Cannot read ${what}: format ${quoted(fields.text('format'))} is unknown`,
    );
  const roots = fields.list('roots').map((one) => readRoot(one, what));
  const criteria = fields.list('criteria').map((one) => readCriterion(one, what));
  checkSorted(
    roots.map(({ aid }) => aid),
    LIMITS.trustRoots,
    what,
  );
  checkSorted(
    criteria.map(({ name }) => name),
    LIMITS.trustListed,
    what,
  );
  const require = readRequire(fields.json('require'), what);
  if (!fields.has('legacy')) return { roots, criteria, require };
  return { roots, criteria, require, legacy: readHomeLegacy(fields.json('legacy'), what) };
}

function sorted<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return items.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function rootJson({ aid, level, criteria, names }: HomeRoot): Json {
  return {
    aid,
    ...(criteria.length === 0 ? {} : { criteria }),
    level,
    ...(names.length === 0 ? {} : { names }),
  };
}

function requirementJson({ criteria, trust, redundancy, methods }: HomeRequirement): Json {
  return { criteria, ...(methods.length === 0 ? {} : { methods }), redundancy, trust };
}

/** What a home trusts as JSON, in the form of its file. */
export function homeTrustJson({ roots, criteria, require, legacy }: HomeTrust): {
  readonly [key: string]: Json;
} {
  return {
    criteria: sorted(criteria, ({ name }) => name).map(({ name, text, implies }) => ({
      implies,
      name,
      text,
    })),
    format: FORMAT,
    ...(legacy === undefined ? {} : { legacy: homeLegacyJson(legacy) }),
    require: Object.fromEntries(
      REQUIRED_OF.flatMap((of) => {
        const one = require[of];
        return one === undefined ? [] : [[of, requirementJson(one)] as const];
      }),
    ),
    roots: sorted(roots, ({ aid }) => aid).map(rootJson),
  };
}

/**
 * Changes what a home trusts, durably; a process that does the same waits.
 * @throws GitkelError `malformed`; `refused`, reason `too-many`, for more than a home may hold.
 */
export async function changeHomeTrust(
  home: Home,
  change: (before: HomeTrust) => HomeTrust,
): Promise<HomeTrust> {
  return withHomeLock(home, 'trust', () => {
    const after = change(homeTrust(home));
    if (after.roots.length > LIMITS.trustRoots || after.criteria.length > LIMITS.trustListed)
      throw new GitkelError(
        'refused',
        `Cannot trust more than ${LIMITS.trustRoots} identities, or define more than ${LIMITS.trustListed} criteria`,
        { reason: 'too-many', hint: 'Remove what nobody needs: gitkel trust list.' },
      );
    writeDocument(home.host, homeTrustPath(home.dir), homeTrustJson(after));
    return homeTrust(home);
  });
}
