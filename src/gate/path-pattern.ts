/**
 * Patterns for the directories of skills in a repository: parts with `/` between them. A part is text, in which `*` stands
 * for any characters, or `**`, which stands for any number of parts, none too. `.` alone is the top of the repository.
 * @module
 */
import { malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { fitsPattern } from '../records/name-pattern.ts';
import { pathProblem } from '../records/skill-path.ts';

export interface PathPattern {
  readonly text: string;
  readonly parts: readonly string[];
}

const ANY_DEPTH = '**';
/** How the top of a repository is written. */
export const TOP = '.';

function refused(text: string, why: string): Error {
  return malformed('policy-match', `Cannot use the path pattern ${quoted(text, 200)}: ${why}`, {
    hint: 'Write parts with / between them; * stands for characters within a part, ** for any number of parts.',
  });
}

/** @throws GitkelError `malformed`, reason `policy-match`. */
export function parsePattern(text: string): PathPattern {
  if (text === TOP) return { text, parts: [] };
  if (text.length > LIMITS.policyPatternCharacters)
    throw refused(text, `it has more than ${LIMITS.policyPatternCharacters} characters`);
  const wrong = pathProblem(text.replaceAll('*', 'x'));
  if (wrong !== undefined) throw refused(text, wrong.detail);
  const parts = text.split('/');
  for (const [index, part] of parts.entries()) {
    if (part === ANY_DEPTH && parts[index + 1] === ANY_DEPTH)
      throw refused(text, '"**" stands in it twice in a row');
    if (part !== ANY_DEPTH && part.includes('**'))
      throw refused(text, '"**" stands beside other characters of a part');
  }
  return { text, parts };
}

function partsOfPath(path: string): readonly string[] {
  return path === '' ? [] : path.split('/');
}

/** Whether a pattern takes in the directory at a path; the empty path is the top of the repository. */
export function matchesPath({ parts }: PathPattern, path: string): boolean {
  // Where in the pattern the parts of the path so far may have led to; `**` may stand for none.
  const closed = (at: readonly number[]): ReadonlySet<number> =>
    new Set(at.flatMap((index) => (parts[index] === ANY_DEPTH ? [index, index + 1] : [index])));
  let places = closed([0]);
  for (const name of partsOfPath(path)) {
    const next = [...places].flatMap((index) => {
      const part = parts[index];
      if (part === undefined) return [];
      if (part === ANY_DEPTH) return [index];
      return fitsPattern(part, name) ? [index + 1] : [];
    });
    places = closed(next);
  }
  return places.has(parts.length);
}

/** Whether a pattern may take in the directory at a path, or any that could ever lie below it. */
export function reachesBelow({ parts }: PathPattern, path: string): boolean {
  for (const [index, name] of partsOfPath(path).entries()) {
    const part = parts[index];
    if (part === ANY_DEPTH) return true;
    if (part === undefined || !fitsPattern(part, name)) return false;
  }
  return true;
}

/** How narrow one part is: text, then text with `*` by its fixed characters, then the end, then `**`. */
function narrowness(part: string | undefined): readonly [kind: number, characters: number] {
  if (part === undefined) return [1, 0];
  if (part === ANY_DEPTH) return [0, 0];
  return part.includes('*') ? [2, part.replaceAll('*', '').length] : [3, 0];
}

/**
 * Which of two patterns is the more specific one: positive for the first, 0 for neither. They are held against each other
 * part by part from the left; the first part that is narrower in one of them decides.
 */
export function compareSpecificity(one: PathPattern, other: PathPattern): number {
  const length = Math.max(one.parts.length, other.parts.length);
  for (let index = 0; index < length; index++) {
    const [kind, characters] = narrowness(one.parts[index]);
    const [otherKind, otherCharacters] = narrowness(other.parts[index]);
    const difference = kind - otherKind || characters - otherCharacters;
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Whether two sequences with wildcards have a common instance. `isAny` tells the element that stands for any number of
 * others, `canMeet` whether two other elements may stand for the same.
 */
function overlap(
  one: readonly string[],
  other: readonly string[],
  isAny: (element: string) => boolean,
  canMeet: (a: string, b: string) => boolean,
): boolean {
  // Row by row: whether what is left of both from there on has a common instance.
  const tail = (rest: readonly string[], from: number): boolean => rest.slice(from).every(isAny);
  let below = Array.from({ length: other.length + 1 }, (_, j) => tail(other, j));
  for (let i = one.length - 1; i >= 0; i--) {
    const a = one[i] ?? '';
    const row = below.map(() => false);
    row[other.length] = tail(one, i);
    for (let j = other.length - 1; j >= 0; j--) {
      const b = other[j] ?? '';
      row[j] =
        isAny(a) || isAny(b)
          ? below[j] === true || row[j + 1] === true
          : canMeet(a, b) && below[j + 1] === true;
    }
    below = row;
  }
  return below[0] === true;
}

function partsMeet(a: string, b: string): boolean {
  if (!a.includes('*')) return fitsPattern(b, a);
  if (!b.includes('*')) return fitsPattern(a, b);
  return overlap(
    a.split(''),
    b.split(''),
    (char) => char === '*',
    (x, y) => x === y,
  );
}

/** Whether some path is taken in by both patterns. */
export function overlaps(one: PathPattern, other: PathPattern): boolean {
  return overlap(one.parts, other.parts, (part) => part === ANY_DEPTH, partsMeet);
}
