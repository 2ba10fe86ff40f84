/**
 * The weights of a weighted threshold: exact rationals between 0 and 1 (KERI specification, "Key signing threshold").
 * @module
 */
import { LIMITS } from '../base/limits.ts';

/** A weight as it is written, and its exact value. */
export interface Weight {
  /** As on the wire: `0`, `1` or `1/2`, not necessarily reduced. */
  readonly text: string;
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const GRAMMAR = /^(0|[1-9][0-9]*)(?:\/([1-9][0-9]*))?$/;

/**
 * The weight that a text states: a whole number or `a/b`, decimal digits without leading zeros, not above 1.
 * `undefined` for anything else.
 */
export function parseWeight(text: string): Weight | undefined {
  if (text.length > 2 * LIMITS.weightDigits + 1) return undefined;
  const match = GRAMMAR.exec(text);
  const [, above = '', below = '1'] = match ?? [];
  if (match === null || above.length > LIMITS.weightDigits || below.length > LIMITS.weightDigits)
    return undefined;
  const numerator = BigInt(above);
  const denominator = BigInt(below);
  return numerator > denominator ? undefined : { text, numerator, denominator };
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** The weight in lowest terms: `2/4` is `1/2`, `3/3` is `1`, `0/5` is `0`. */
export function reducedText({ numerator, denominator }: Weight): string {
  const common = gcd(denominator, numerator);
  return denominator === common
    ? `${numerator / common}`
    : `${numerator / common}/${denominator / common}`;
}

/** Weights brought to one denominator, so that sums are sums of whole numbers. */
export interface ScaledWeights {
  readonly one: bigint;
  readonly parts: readonly bigint[];
}

/** Brings weights to their least common denominator. */
export function scaleWeights(weights: readonly Weight[]): ScaledWeights {
  let one = 1n;
  for (const { denominator } of weights) one = (one / gcd(one, denominator)) * denominator;
  return {
    one,
    parts: weights.map(({ numerator, denominator }) => (numerator * one) / denominator),
  };
}

/** Whether the weights sum up to 1 or more. */
export function reachOne(weights: readonly Weight[]): boolean {
  const { one, parts } = scaleWeights(weights);
  let sum = 0n;
  for (const part of parts) sum += part;
  return sum >= one;
}
