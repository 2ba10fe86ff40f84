/**
 * What audits, vouches, imports and exemptions have in common: about whom or what they are, from which day to which they
 * hold, and the criteria that they name.
 * @module
 */
import { toHex, utf8 } from '../base/bytes.ts';
import { dayNumber } from '../base/day.ts';
import { malformed, quoted } from '../base/errors.ts';
import type { Fields } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isDigest } from '../keri/primitive-text.ts';
import type { Subject } from './in-toto.ts';
import { nameProblem } from './skill-manifest.ts';

/** The days of a statement: it gives trust on the first, and no more on the second. Both as `2026-11-21`, in UTC. */
export interface Term {
  readonly first: string;
  readonly end: string;
}

/**
 * The days of a statement.
 * @param keys the fields of its first day and of the one on which it ends
 * @param days how many there may be at most
 * @throws GitkelError `malformed`, reasons `day`, `term`.
 */
export function readTerm(fields: Fields, keys: readonly [string, string], days: number): Term {
  const [first, end] = keys.map((key) => fields.text(key));
  const [from, to] = keys.map((key) => {
    const day = dayNumber(fields.text(key));
    if (day !== undefined) return day;
    throw malformed(
      'day',
      `Cannot read ${fields.what}: its "${key}" ${quoted(fields.text(key))} is no day; days are written as 2026-11-21`,
    );
  });
  if (first === undefined || end === undefined || from === undefined || to === undefined)
    throw new Error('a term has two days');
  if (to > from && to - from <= days) return { first, end };
  throw malformed(
    'term',
    `Cannot read ${fields.what}: it ends on ${end}, 1 to ${days} days after ${first} are allowed`,
  );
}

/** Whether a text is the SAID of a criterion: the BLAKE3-256 of its UTF-8 text, in CESR. */
export function isCriterion(text: string): boolean {
  return text.startsWith('E') && isDigest(text);
}

/** What is wrong with texts that must stand in order, each once. */
function isInOrder(texts: readonly string[]): boolean {
  return texts.every((text, at) => at === 0 || text > (texts[at - 1] ?? ''));
}

/**
 * The SAIDs of criteria, sorted, each once.
 * @param least how many there are at least
 * @throws GitkelError `malformed`, reason `criteria`.
 */
export function readCriteria(fields: Fields, key: string, least: 0 | 1): readonly string[] {
  const criteria = fields.texts(key);
  const wrong = criteria.find((criterion) => !isCriterion(criterion));
  if (wrong !== undefined)
    throw malformed(
      'criteria',
      `Cannot read ${fields.what}: ${quoted(wrong)} in "${key}" is not the SAID of a criterion`,
    );
  const most = LIMITS.criteriaPerStatement;
  if (criteria.length >= least && criteria.length <= most && isInOrder(criteria)) return criteria;
  throw malformed(
    'criteria',
    `Cannot read ${fields.what}: "${key}" names ${least} to ${most} criteria, sorted, each once`,
  );
}

/**
 * Texts of a list, sorted, each once.
 * @param problem what is wrong with one, in words that go on from it
 * @throws GitkelError `malformed` with the reason.
 */
export function readSorted(
  fields: Fields,
  key: string,
  { most, reason, problem }: SortedRule,
): readonly string[] {
  const texts = fields.texts(key);
  for (const text of texts) {
    const wrong = problem(text);
    if (wrong !== undefined)
      throw malformed(reason, `Cannot read ${fields.what}: ${quoted(text, 200)} ${wrong}`);
  }
  if (texts.length > 0 && texts.length <= most && isInOrder(texts)) return texts;
  throw malformed(
    reason,
    `Cannot read ${fields.what}: "${key}" holds 1 to ${most} texts, sorted, each once`,
  );
}

interface SortedRule {
  readonly most: number;
  readonly reason: string;
  readonly problem: (text: string) => string | undefined;
}

/**
 * The subject of a statement about files: the name of a skill, and the SHA-256 of its manifest.
 * @throws GitkelError `malformed`, reason `statement-subject`.
 */
export function checkSkillSubject(subject: Subject, what: string): Subject {
  const wrong = nameProblem(subject.name);
  if (wrong === undefined) return subject;
  throw malformed('statement-subject', `Cannot read ${what}: the name of its subject: ${wrong}`);
}

/** The subject of a statement about an identifier. */
export function aidSubject(crypto: Crypto, aid: string): Subject {
  return { name: aid, sha256: toHex(crypto.digest('sha2-256', utf8(aid))) };
}

/**
 * Text of people, of bounded length; shown escaped.
 * @param least how many characters it has at least
 * @throws GitkelError `malformed`, reason `statement-text`.
 */
export function boundedText(what: string, text: string, least: 0 | 1, most: number): string {
  if (text.length >= least && text.length <= most) return text;
  throw malformed(
    'statement-text',
    `Cannot use ${what}: it has ${text.length} characters, ${least} to ${most} are allowed`,
  );
}

/**
 * A word of a closed list.
 * @throws GitkelError `malformed`, reason `statement-word`.
 */
export function readWord<W extends string>(fields: Fields, key: string, words: readonly W[]): W {
  const text = fields.text(key);
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  throw malformed(
    'statement-word',
    `Cannot read ${fields.what}: its ${key} ${quoted(text)} is none of ${words.join(', ')}`,
  );
}
