/**
 * Signing thresholds: how many, or which, of the keys of a list have to sign (KERI specification, "Key signing
 * threshold" and "Next key signing threshold").
 * @module
 */
import { type GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { parseWeight, reachOne, reducedText, scaleWeights, type Weight } from './weight.ts';

/** Several keys that count as one weight once their own weights reach 1. */
export interface WeightGroup {
  readonly weight: Weight;
  readonly members: readonly Weight[];
}

/** Weights, each of one key or of a group of keys; satisfied when those that signed reach 1. */
export type Clause = readonly (Weight | WeightGroup)[];

/** So many distinct keys of the list. */
interface CountThreshold {
  readonly kind: 'count';
  readonly count: number;
  /** Present when the wire form was a JSON number instead of hexadecimal text. */
  readonly numeric?: true;
}

/** Every clause has to be satisfied; the clauses cover the list of keys from left to right. */
interface WeightedThreshold {
  readonly kind: 'weighted';
  readonly clauses: readonly Clause[];
  /** Whether the wire form was one bare list instead of a list of clauses. */
  readonly flat: boolean;
}

export type Threshold = CountThreshold | WeightedThreshold;

function refuse(value: unknown, why: string): GitkelError {
  return malformed('threshold', `Cannot read the threshold ${quoted(value)}: ${why}`);
}

/** The threshold of so many distinct keys. */
export function countThreshold(count: number): Threshold {
  return { kind: 'count', count };
}

export function isGroup(element: Weight | WeightGroup): element is WeightGroup {
  return 'members' in element;
}

function weightOf(json: unknown): Weight {
  const weight = typeof json === 'string' ? parseWeight(json) : undefined;
  if (weight === undefined)
    throw refuse(json, 'a weight is text such as "1/2", "0" or "1", and not above 1');
  return weight;
}

function groupOf(json: object): WeightGroup {
  const [entry, ...others] = Object.entries(json);
  if (entry === undefined || others.length > 0)
    throw refuse(json, 'a group is an object with one weight as its label');
  const [label, list] = entry as [string, unknown];
  if (!Array.isArray(list)) throw refuse(json, 'a group holds a list of weights');
  const members = list.map(weightOf);
  if (!reachOne(members)) throw refuse(json, 'the weights of a group must be able to reach 1');
  return { weight: weightOf(label), members };
}

function clauseOf(json: readonly unknown[]): Clause {
  const clause = json.map((element) =>
    typeof element === 'object' && element !== null && !Array.isArray(element)
      ? groupOf(element)
      : weightOf(element),
  );
  const weights = clause.map((element) => (isGroup(element) ? element.weight : element));
  if (!reachOne(weights)) throw refuse(json, 'the weights of each clause must be able to reach 1');
  return clause;
}

function countOf(json: string | number): CountThreshold {
  if (typeof json === 'number') {
    if (!Number.isSafeInteger(json) || json < 0 || Object.is(json, -0))
      throw refuse(json, 'a count is a whole number');
    return { kind: 'count', count: json, numeric: true };
  }
  if (!/^(?:0|[1-9a-f][0-9a-f]{0,12})$/.test(json)) {
    throw refuse(json, 'a count is lower-case hexadecimal text without leading zeros');
  }
  return { kind: 'count', count: Number.parseInt(json, 16) };
}

/**
 * Reads a threshold as KERI's JSON states it: a count in hexadecimal text (or a JSON integer), a list of weights, or a
 * list of such lists, each weight being text or an object of one weight and the list that it stands for.
 * @throws GitkelError `malformed` for anything else, and for weights that cannot reach 1.
 */
export function parseThreshold(json: unknown): Threshold {
  if (typeof json === 'string' || typeof json === 'number') return countOf(json);
  if (!Array.isArray(json)) throw refuse(json, 'it must be text, a whole number or a list');
  const list: readonly unknown[] = json;
  if (list.length > LIMITS.keysPerEvent)
    throw refuse(json, `the limit is ${LIMITS.keysPerEvent} weights`);
  if (list.length === 0) throw refuse(json, 'the list is empty');
  const lists = list.filter((item): item is readonly unknown[] => Array.isArray(item));
  if (lists.length === 0) return { kind: 'weighted', clauses: [clauseOf(list)], flat: true };
  if (lists.length !== list.length)
    throw refuse(json, 'clauses and weights cannot stand side by side');
  return { kind: 'weighted', clauses: lists.map(clauseOf), flat: false };
}

type JsonElement = string | { readonly [weight: string]: readonly string[] };
/** A threshold in KERI's JSON. */
export type ThresholdJson =
  | string
  | number
  | readonly JsonElement[]
  | readonly (readonly JsonElement[])[];

function weightsToJson(
  threshold: WeightedThreshold,
  flat: boolean,
  write: (weight: Weight) => string,
): ThresholdJson {
  const clauses = threshold.clauses.map((clause) =>
    clause.map((element) =>
      isGroup(element) ? { [write(element.weight)]: element.members.map(write) } : write(element),
    ),
  );
  return flat ? (clauses[0] ?? []) : clauses;
}

/** KERI's JSON of a threshold, in the very form in which it was read. */
export function thresholdToJson(threshold: Threshold): ThresholdJson {
  if (threshold.kind === 'weighted')
    return weightsToJson(threshold, threshold.flat, ({ text }) => text);
  return threshold.numeric ? threshold.count : threshold.count.toString(16);
}

/** KERI's JSON of a threshold as key states show it: counts as text, weights in lowest terms, one clause as one list. */
export function normalizedThreshold(threshold: Threshold): ThresholdJson {
  if (threshold.kind === 'count') return threshold.count.toString(16);
  return weightsToJson(threshold, threshold.clauses.length === 1, reducedText);
}

/** How many keys the weights cover; `undefined` for a count, which covers any number. */
export function slots(threshold: Threshold): number | undefined {
  if (threshold.kind === 'count') return undefined;
  let total = 0;
  for (const clause of threshold.clauses) {
    for (const element of clause) total += isGroup(element) ? element.members.length : 1;
  }
  return total;
}

/** A clause in whole numbers: per element its part of `one`, and the members of a group likewise. */
interface ScaledClause {
  readonly one: bigint;
  readonly parts: readonly bigint[];
  readonly groups: readonly (
    | { readonly one: bigint; readonly parts: readonly bigint[] }
    | undefined
  )[];
}

const scaled = new WeakMap<WeightedThreshold, readonly ScaledClause[]>();

function scaledClauses(threshold: WeightedThreshold): readonly ScaledClause[] {
  const known = scaled.get(threshold);
  if (known !== undefined) return known;
  const clauses = threshold.clauses.map((clause) => ({
    ...scaleWeights(clause.map((element) => (isGroup(element) ? element.weight : element))),
    groups: clause.map((element) => (isGroup(element) ? scaleWeights(element.members) : undefined)),
  }));
  scaled.set(threshold, clauses);
  return clauses;
}

/**
 * Whether the keys at these places satisfy the threshold. Each place counts once, however often it is named; a place
 * that no weight covers counts nothing. A count of 0 is satisfied by no one.
 */
export function isSatisfied(threshold: Threshold, indices: Iterable<number>): boolean {
  const present = new Set(indices);
  if (threshold.kind === 'count') return threshold.count > 0 && present.size >= threshold.count;
  let slot = 0;
  for (const { one, parts, groups } of scaledClauses(threshold)) {
    let sum = 0n;
    for (const [position, part] of parts.entries()) {
      const group = groups[position];
      if (group === undefined) {
        if (present.has(slot++)) sum += part;
        continue;
      }
      let inner = 0n;
      for (const member of group.parts) if (present.has(slot++)) inner += member;
      if (inner >= group.one) sum += part;
    }
    if (sum < one) return false;
  }
  return true;
}

/** Whether the key at a place of a list of `keyCount` keys can contribute anything. */
export function carriesWeight(threshold: Threshold, index: number, keyCount: number): boolean {
  if (!Number.isInteger(index) || index < 0 || index >= keyCount) return false;
  if (threshold.kind === 'count') return threshold.count > 0;
  let slot = 0;
  for (const clause of threshold.clauses) {
    for (const element of clause) {
      const { weight, members } = isGroup(element)
        ? element
        : { weight: element, members: [element] };
      const member = members[index - slot];
      if (member !== undefined) return weight.numerator > 0n && member.numerator > 0n;
      slot += members.length;
    }
  }
  return false;
}

/**
 * The threshold in the command line's form: `2` (decimal), `1/2,1/4,1/4`, clauses separated by `;`. Where that form
 * would say something else (groups, one weight alone, one clause in a list of its own) it is KERI's JSON.
 */
export function thresholdText(threshold: Threshold): string {
  if (threshold.kind === 'count') return `${threshold.count}`;
  const { clauses, flat } = threshold;
  const isPlain =
    clauses.every((clause) => !clause.some(isGroup)) && flat === (clauses.length === 1);
  const isList = clauses.length > 1 || (clauses[0]?.length ?? 0) > 1;
  if (!isPlain || !isList) return JSON.stringify(thresholdToJson(threshold));
  return clauses
    .map((clause) => clause.map((element) => (isGroup(element) ? '' : element.text)).join(','))
    .join(';');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed('threshold', `Cannot read the threshold ${quoted(text)}: it is not JSON`, {
      cause,
    });
  }
}

/**
 * Reads a threshold in the command line's form (see `thresholdText`) or in KERI's JSON. A bare number is decimal.
 * @throws GitkelError `malformed` for anything else, and for weights that cannot reach 1.
 * @example
 * ```ts
 * import { parseThresholdText, thresholdText } from 'gitkel';
 *
 * console.log(thresholdText(parseThresholdText('1/2,1/2,1/4,1/4'))); // 1/2,1/2,1/4,1/4
 * ```
 */
export function parseThresholdText(text: string): Threshold {
  if (text.length > LIMITS.eventBytes) throw refuse(text.slice(0, 64), 'it is too long');
  if (/^["[]/.test(text)) return parseThreshold(jsonOf(text));
  if (/^(?:0|[1-9][0-9]{0,14})$/.test(text)) return countThreshold(Number(text));
  const clauses = text.split(';').map((clause) => clause.split(','));
  const [only = [], ...others] = clauses;
  if (others.length === 0 && only.length === 1) {
    throw refuse(
      text,
      'write a count (2), weights (1/2,1/4,1/4), clauses (1/2,1/2;1,1) or KERI\'s JSON (["1"])',
    );
  }
  return parseThreshold(others.length === 0 ? only : clauses);
}
