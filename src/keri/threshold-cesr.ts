/**
 * Thresholds in CESR text: a number, or weights in a text of the Base64 alphabet where `s` stands for the slash, `c`
 * separates weights, `a` clauses, `k` a group's weight from its members, and `v` the members.
 * @module
 */
import { malformed, quoted } from '../base/errors.ts';
import { encodeBase64Number } from '../cesr/base64.ts';
import { decodeNumber, encodeNumber } from '../cesr/number.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import {
  type Clause,
  countThreshold,
  isGroup,
  parseThreshold,
  type Threshold,
} from './threshold.ts';
import { reducedText, type Weight } from './weight.ts';

const weightText = (weight: Weight): string => reducedText(weight).replace('/', 's');

function clauseText(clause: Clause): string {
  return clause
    .map((element) =>
      isGroup(element)
        ? `${weightText(element.weight)}k${element.members.map(weightText).join('v')}`
        : weightText(element),
    )
    .join('c');
}

/** A text of the Base64 alphabet as a CESR primitive of variable length: `4A`, `5A`, `6A` or their large forms. */
function base64Text(text: string): string {
  const padded = 'A'.repeat((4 - (text.length % 4)) % 4) + text;
  // The pad characters stand for as many lead bytes as fill whole groups of three.
  const lead = (3 - (text.length % 4)) % 3;
  const quadlets = padded.length / 4;
  return quadlets < 64 ** 2
    ? `${4 + lead}A${encodeBase64Number(quadlets, 2)}${padded}`
    : `${7 + lead}AAA${encodeBase64Number(quadlets, 4)}${padded}`;
}

/** The CESR text of a threshold; weights are brought to lowest terms. */
export function limenText(threshold: Threshold): string {
  return threshold.kind === 'count'
    ? encodeNumber(threshold.count)
    : base64Text(threshold.clauses.map(clauseText).join('a'));
}

const wireWeight = (part: string): string => part.replace('s', '/');

function clauseJson(text: string): unknown[] {
  return text.split('c').map((element) => {
    const [outer = '', inner] = element.split('k');
    return inner === undefined
      ? wireWeight(outer)
      : { [wireWeight(outer)]: inner.split('v').map(wireWeight) };
  });
}

function limenThreshold(text: string): Threshold {
  const { code } = decodePrimitive(text);
  if (/^[MRN]$/.test(code)) {
    const count = decodeNumber(text);
    if (typeof count === 'number') return countThreshold(count);
  }
  if (!/^(?:[456]A|[789]AAA)$/.test(code))
    throw malformed('threshold', `the code ${code} is not one of a threshold`);
  const clauses = text
    .slice(code.length * 2)
    .replace(/^A{0,3}/, '')
    .split('a')
    .map(clauseJson);
  return parseThreshold(clauses.length === 1 ? clauses[0] : clauses);
}

/**
 * Reads the CESR text of a threshold, which must be the one text that the threshold has.
 * @throws GitkelError `malformed`.
 */
export function parseLimen(text: string): Threshold {
  const threshold = limenThreshold(text);
  if (limenText(threshold) !== text) {
    throw malformed(
      'threshold',
      `Cannot read the threshold ${quoted(text)}: it is not in its CESR form`,
    );
  }
  return threshold;
}
