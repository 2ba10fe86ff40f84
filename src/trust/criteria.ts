/**
 * What a skill may be judged by: texts, each known by the digest of its words, some implying others.
 * @module
 */
import { utf8 } from '../base/bytes.ts';
import { isUnicode } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import type { Crypto } from '../crypto/crypto.ts';
import {
  BUILT_IN_CRITERIA,
  COMPUTED_CRITERIA,
  type ComputedCriterion,
} from './built-in-criteria.ts';

/** A criterion as it is written down. */
export interface CriterionDefinition {
  readonly name: string;
  readonly text: string;
  /** Names, or SAIDs, of the criteria that are met wherever this one is. */
  readonly implies: readonly string[];
}

/** A criterion with all that follows from its definition. */
export interface Criterion {
  /** BLAKE3-256 of the UTF-8 text, in CESR. */
  readonly said: string;
  readonly name: string;
  readonly text: string;
  /** SAIDs of what it implies by itself. */
  readonly implies: readonly string[];
  /** SAIDs of all that is met wherever it is: itself, what it implies, and so on. */
  readonly covers: ReadonlySet<string>;
  /** Which criterion it is, if no audit can meet it since it is found out by computing. */
  readonly computed: ComputedCriterion | undefined;
}

/** Criteria by their SAIDs. */
export type Criteria = ReadonlyMap<string, Criterion>;

/** The SAID of a criterion: BLAKE3-256 of its text as UTF-8, in CESR. */
export function criterionSaid(crypto: Crypto, text: string): string {
  return digestText(crypto, utf8(text));
}

const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

function refused(reason: string, name: string, why: string): Error {
  return malformed(reason, `Cannot use the criterion ${quoted(name)}: ${why}`);
}

function requireForm({ name, text, implies }: CriterionDefinition): void {
  if (name.length > LIMITS.nameCharacters || !NAME.test(name))
    throw refused(
      'criterion-name',
      name,
      `its name must be at most ${LIMITS.nameCharacters} small letters and digits, with single hyphens between them`,
    );
  const bytes = utf8(text).length;
  if (text.trim() === '') throw refused('criterion-text', name, 'it has no text');
  if (!isUnicode(text)) throw refused('criterion-text', name, 'its text has half a surrogate pair');
  if (bytes > LIMITS.criterionBytes)
    throw refused(
      'criterion-text',
      name,
      `its text has ${bytes} bytes, the limit is ${LIMITS.criterionBytes}`,
    );
  if (implies.length > LIMITS.criterionImplies)
    throw refused(
      'criterion-implies',
      name,
      `it implies ${implies.length} others by itself, the limit is ${LIMITS.criterionImplies}`,
    );
}

/** A criterion whose implications are named as they are written. */
interface Draft extends CriterionDefinition {
  readonly said: string;
}

function draftsOf(crypto: Crypto, definitions: readonly CriterionDefinition[]): readonly Draft[] {
  const all = [...BUILT_IN_CRITERIA, ...definitions];
  if (all.length > LIMITS.criteria)
    throw malformed(
      'criterion-count',
      `Cannot use these criteria: with the built-in ones they are ${all.length}, the limit is ${LIMITS.criteria}`,
    );
  const names = new Set<string>();
  const saids = new Map<string, string>();
  return all.map((definition) => {
    requireForm(definition);
    const { name, text } = definition;
    const said = criterionSaid(crypto, text);
    const same = saids.get(said);
    if (names.has(name)) throw refused('criterion-twice', name, 'another one has the same name');
    if (same !== undefined)
      throw refused('criterion-twice', name, `${quoted(same)} has the same text`);
    names.add(name);
    saids.set(said, name);
    return { ...definition, said };
  });
}

function impliedBy(draft: Draft, drafts: readonly Draft[]): readonly Draft[] {
  const implied = draft.implies.map((each) => {
    const found = drafts.find(({ name, said }) => name === each || said === each);
    if (found === undefined)
      throw refused(
        'criterion-implies',
        draft.name,
        `it implies ${quoted(each)}, which is no criterion that is known here`,
      );
    if (isComputed(found.name))
      throw refused(
        'criterion-implies',
        draft.name,
        `it implies ${quoted(found.name)}, which no audit can meet since it is computed`,
      );
    return found;
  });
  if (new Set(implied).size < implied.length)
    throw refused('criterion-implies', draft.name, 'it implies one criterion twice');
  return implied;
}

function isComputed(name: string): name is ComputedCriterion {
  return COMPUTED_CRITERIA.some((each) => each === name);
}

/** All that is met where a criterion is, found on the way down; `above` are those whose implications led there. */
function coverOf(
  draft: Draft,
  next: ReadonlyMap<Draft, readonly Draft[]>,
  above: readonly Draft[],
  found: Map<Draft, ReadonlySet<string>>,
): ReadonlySet<string> {
  const known = found.get(draft);
  if (known !== undefined) return known;
  if (above.includes(draft)) {
    const circle = [...above.slice(above.indexOf(draft)), draft].map(({ name }) => quoted(name));
    throw refused('criterion-cycle', draft.name, `it implies itself: ${circle.join(' implies ')}`);
  }
  const path = [...above, draft];
  const covers = new Set([
    draft.said,
    ...(next.get(draft) ?? []).flatMap((each) => [...coverOf(each, next, path, found)]),
  ]);
  found.set(draft, covers);
  return covers;
}

/**
 * The built-in criteria and others beside them.
 * @throws GitkelError `malformed` for a name or a text that cannot be used or stands there twice (`criterion-name`,
 *   `criterion-text`, `criterion-twice`, `criterion-count`), for an implication of what is not there (`criterion-implies`),
 *   and for a criterion that implies itself, perhaps by way of others (`criterion-cycle`).
 */
export function criteriaOf(crypto: Crypto, definitions: readonly CriterionDefinition[]): Criteria {
  const drafts = draftsOf(crypto, definitions);
  const next = new Map(drafts.map((draft) => [draft, impliedBy(draft, drafts)]));
  const found = new Map<Draft, ReadonlySet<string>>();
  return new Map(
    drafts.map((draft): [string, Criterion] => {
      const { said, name, text } = draft;
      const implies = (next.get(draft) ?? []).map((each) => each.said);
      const covers = coverOf(draft, next, [], found);
      return [
        said,
        { said, name, text, implies, covers, computed: isComputed(name) ? name : undefined },
      ];
    }),
  );
}

/** The criterion of a name, or of a SAID. */
export function criterionNamed(criteria: Criteria, nameOrSaid: string): Criterion | undefined {
  return criteria.get(nameOrSaid) ?? [...criteria.values()].find(({ name }) => name === nameOrSaid);
}

/** Whether whoever says that some criteria are met says it of another one, too. A criterion that is not known covers itself. */
export function coversCriterion(
  criteria: Criteria,
  said: readonly string[],
  criterion: string,
): boolean {
  return said.some((each) => each === criterion || criteria.get(each)?.covers.has(criterion));
}

/** What a criterion is called in a sentence. */
export function criterionWords(criteria: Criteria, said: string): string {
  return criteria.get(said)?.name ?? said;
}
