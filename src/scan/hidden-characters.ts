/**
 * Characters that people do not see and models read: tags, marks of direction, zero-width characters, variation selectors.
 * @module
 */
import { harmlessText } from './harmless-text.ts';
import type { Spotted } from './finding.ts';
import { bytePositions } from './lenient-text.ts';
import type { ScanPart } from './scan-part.ts';

const TAGS = /[\u{e0000}-\u{e007f}]+/gu;
/** A flag of a region is a black flag, its letters as tags, and the end of tags (UTS 51, "Emoji tag sequences"). */
const FLAG = /\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{2,7}\u{e007f}/gu;
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]+/gu;

const TAG_BASE = 0xe0000;

function spelled(tags: string): string {
  return Array.from(tags, (tag) => String.fromCharCode((tag.codePointAt(0) ?? 0) - TAG_BASE)).join(
    '',
  );
}

function withoutFlags(text: string): string {
  return text.replaceAll(FLAG, (flag) => ' '.repeat(flag.length));
}

/** UNI-01: what the characters of the tag block spell. */
export function* hiddenTags(part: ScanPart): Generator<Spotted> {
  if (part.isAscii()) return;
  const text = part.text();
  // A space is one byte and the tag four: positions are taken from the text as it is.
  const at = bytePositions(text);
  for (const match of withoutFlags(text).matchAll(TAGS)) {
    const [found] = match;
    yield {
      rule: 'UNI-01',
      start: at(match.index),
      end: at(match.index + found.length),
      detail: `hidden text: ${harmlessText(spelled(found))}`,
    };
  }
}

/** UNI-02: marks that turn the direction of text. */
export function* turnedText(part: ScanPart): Generator<Spotted> {
  if (part.isAscii()) return;
  const text = part.text();
  const at = bytePositions(text);
  for (const match of text.matchAll(DIRECTIONS)) {
    const [found] = match;
    const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase();
    yield {
      rule: 'UNI-02',
      start: at(match.index),
      end: at(match.index + found.length),
      detail: `U+${code} turns the direction of what follows`,
    };
  }
}

/** Characters without width, and fillers: the byte order mark at the start of a file is none of them. */
const ZERO_WIDTH =
  /(?:\u034f|[\u00ad\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0])+/gu;
const SELECTORS = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]+/gu;
const ASCII_WORD = /[A-Za-z0-9]/;
/** Scripts in which joiners have a meaning (Unicode, section 23.2), and right-to-left ones, which have marks of their own. */
const JOINING =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Mongolian}\p{Extended_Pictographic}\u{1f3fb}-\u{1f3ff}]|\ufe0f|\u20e3/u;
/** A few of these come along when text is copied from a page. */
const ORDINARY_COUNT = 3;
/** So many selectors in a row hold bytes: one for each. */
const CARRYING = 4;

interface Invisible {
  readonly index: number;
  readonly length: number;
  readonly splitsWord: boolean;
}

function before(text: string, index: number): string {
  const low = text.charCodeAt(index - 1);
  return low >= 0xdc00 && low < 0xe000
    ? text.slice(index - 2, index)
    : text.slice(index - 1, index);
}

function zeroWidths(text: string): readonly Invisible[] {
  const found: Invisible[] = [];
  for (const { index, 0: run } of text.matchAll(ZERO_WIDTH)) {
    if (index === 0 && run === '\ufeff') continue;
    const [left, right] = [
      before(text, index),
      text.slice(index + run.length, index + run.length + 2),
    ];
    if (run.length === 1 && (JOINING.test(left) || JOINING.test(right))) continue;
    const splitsWord =
      ASCII_WORD.test(left) && ASCII_WORD.test(right.slice(0, 1)) && run !== '\u00ad';
    found.push({ index, length: run.length, splitsWord });
  }
  return found;
}

/** The bytes that variation selectors hold, one each: U+FE00 is 0, U+E0100 is 16. */
function carried(selectors: string): string {
  const codes = Array.from(selectors, (selector) => selector.codePointAt(0) ?? 0);
  return String.fromCharCode(...codes.map((code) => code - (code < 0x10000 ? 0xfe00 : 0xe00f0)));
}

/** UNI-03: characters without width where no script or emoji needs them, and rows of variation selectors. */
export function* invisibleCharacters(part: ScanPart): Generator<Spotted> {
  if (part.isAscii()) return;
  const text = part.text();
  const at = bytePositions(text);
  const found = zeroWidths(text);
  const splitting = found.filter(({ splitsWord }) => splitsWord);
  const told = found.length > ORDINARY_COUNT ? found : splitting;
  const [first] = told;
  if (first !== undefined) {
    yield {
      rule: 'UNI-03',
      start: at(first.index),
      end: at(first.index + first.length),
      detail: `${told.length} places with characters that have no width, ${splitting.length} inside of words`,
    };
  }
  for (const { index, 0: run } of text.matchAll(SELECTORS)) {
    if (Array.from(run).length < CARRYING) continue;
    yield {
      rule: 'UNI-03',
      severity: 'high',
      start: at(index),
      end: at(index + run.length),
      detail: `variation selectors that hold ${harmlessText(carried(run))}`,
    };
  }
}
