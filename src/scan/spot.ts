import type { Spotted } from './finding.ts';
import type { RuleId } from './rules.ts';
import type { ScanPart } from './scan-part.ts';
import type { ScanSeverity } from './severity.ts';

/** Something with a range in the characters of a part. */
export interface Place {
  readonly index: number;
  readonly length: number;
}

/** Something that a rule of our own saw at a place. */
export function spotted(
  rule: RuleId,
  { index, length }: Place,
  detail: string,
  severity?: ScanSeverity,
): Spotted {
  return {
    rule,
    start: index,
    end: index + length,
    detail,
    ...(severity === undefined ? {} : { severity }),
  };
}

/** Where an expression matches in a part, with its first group. */
export function* placesOf(
  part: ScanPart,
  expression: RegExp,
): Generator<Place & { readonly found: string; readonly group: string }> {
  for (const { index, 0: found, 1: group } of part.characters().matchAll(expression))
    yield { index, length: found.length, found, group: group ?? '' };
}

/** Bits that a character of a text holds on average, by how often each occurs in it (Shannon). */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}
