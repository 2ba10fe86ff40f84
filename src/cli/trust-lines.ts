/**
 * What a home trusts: checked where a person says it, and told line by line.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import {
  type HomeCriterion,
  type HomeRequirement,
  type HomeRoot,
  type HomeTrust,
  isNamePattern,
  type RequiredOf,
} from '../keys/home-trust.ts';
import { criteriaOf, criterionNamed } from '../trust/criteria.ts';
import { typed } from './typed.ts';

/** A criterion as results tell of it. */
export interface ShownCriterion {
  readonly name: string;
  /** The digest of its text: what audits name. */
  readonly said: string;
  readonly implies: readonly string[];
  readonly isBuiltIn: boolean;
}

/** The criteria of a home with those that are built in, which come first. */
export function shownCriteria(
  crypto: Crypto,
  own: readonly HomeCriterion[],
): readonly ShownCriterion[] {
  const criteria = criteriaOf(crypto, own);
  return [...criteria.values()].map(({ name, said, implies }) => ({
    name,
    said,
    implies: implies.map((one) => criteria.get(one)?.name ?? one),
    isBuiltIn: own.every((one) => one.name !== name),
  }));
}

/**
 * Refuses what a home must not hold: criteria that are wrong by themselves, and references to one that nobody defined.
 * @throws GitkelError `usage`, reason `criterion-unknown` or one of the criteria's own.
 */
export function requireCriteria(
  crypto: Crypto,
  { criteria: own }: HomeTrust,
  refs: readonly string[],
): void {
  const criteria = typed('', () => criteriaOf(crypto, own));
  const unknown = refs.find(
    (ref) => criteria !== undefined && criterionNamed(criteria, ref) === undefined,
  );
  if (unknown === undefined) return;
  throw new GitkelError('usage', `Cannot use the criterion ${quoted(unknown)}: it is not known`, {
    reason: 'criterion-unknown',
    hint: 'gitkel trust list names those that are; gitkel trust criterion NAME --text FILE defines one.',
  });
}

/** @throws GitkelError `usage`, reason `name-pattern`. */
export function requirePatterns(patterns: readonly string[]): void {
  const wrong = patterns.find((pattern) => !isNamePattern(pattern));
  if (wrong === undefined) return;
  throw new GitkelError('usage', `Cannot use ${quoted(wrong)} as a pattern of names`, {
    reason: 'name-pattern',
    hint: 'Write the name of a skill, in which * stands for any characters.',
  });
}

/** Refuses to take away a criterion that something else of the home names, by its name or by its SAID. */
export function requireUnused(
  { roots, criteria, require, legacy }: HomeTrust,
  { name, said }: Pick<ShownCriterion, 'name' | 'said'>,
): void {
  const names = (refs: readonly string[]): boolean => refs.includes(name) || refs.includes(said);
  const used = [
    ...roots.filter((root) => names(root.criteria)).map(({ aid }) => `the root ${aid}`),
    ...criteria.filter((one) => names(one.implies)).map((one) => `the criterion ${one.name}`),
    ...Object.entries(require)
      .filter(([, one]) => names(one.criteria))
      .map(([of]) => `the requirement of ${of}`),
    ...(legacy?.roots ?? [])
      .filter((root) => names(root.criteria))
      .map(({ sha256 }) => `the certificate ${sha256}`),
  ][0];
  if (used === undefined) return;
  throw new GitkelError(
    'refused',
    `Cannot remove the criterion ${quoted(name)}: ${used} names it`,
    {
      reason: 'criterion-used',
      hint: 'Change that first: gitkel trust list.',
    },
  );
}

function limits(criteria: readonly string[], names: readonly string[]): string {
  return [
    ...(criteria.length === 0 ? [] : [`for ${criteria.join(', ')}`]),
    ...(names.length === 0
      ? []
      : [`for skills named ${names.map((one) => quoted(one)).join(', ')}`]),
  ]
    .map((text) => `, only ${text}`)
    .join('');
}

/** A root, for people. */
export function rootLine(
  { aid, level, criteria, names }: HomeRoot,
  shown: (aid: string) => string,
): string {
  return `${level.padEnd(8)} ${shown(aid)}${limits(criteria, names)}`;
}

/** A requirement, for people. */
export function requirementLine(
  of: RequiredOf,
  { criteria, trust, redundancy, methods }: HomeRequirement,
): string {
  const who = redundancy === 1 ? 'a controller' : `${redundancy} distinct controllers`;
  const how = methods.length === 0 ? '' : `, by ${methods.join(' or ')}`;
  return `require  ${of}: ${criteria.join(', ')} from ${who} trusted at least ${trust}${how}`;
}

/** A criterion, for people. */
export function criterionLine({ name, said, implies, isBuiltIn }: ShownCriterion): string {
  const more = implies.length === 0 ? '' : `, implies ${implies.join(', ')}`;
  return `criterion ${name} ${said}${more}${isBuiltIn ? '' : ' (defined here)'}`;
}
