/**
 * Checks that JSON text is exactly what KERI's first implementation would print for what it means: no white space, no
 * label twice, one spelling for each string and number. Events are judged by their bytes, so two spellings of one
 * meaning must not both pass (KERI specification, "Serialization"; CESR specification, "Self-addressing identifier").
 *
 * Nothing here turns text into values: what is signed is kept as it is written.
 * @module
 */
import { LIMITS } from '../base/limits.ts';

/** What the scanning functions return where the text is not canonical. */
export const NOT_CANONICAL = -1;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Other control characters are written as \u00xx, lower-case. These seven have a letter. */
const SHORT_ESCAPES = '"\\bfnrt';
const LETTERED_CONTROLS = '\b\f\n\r\t';

function escapeEnd(text: string, at: number): number {
  const letter = text[at + 1];
  if (letter === undefined) return NOT_CANONICAL;
  if (SHORT_ESCAPES.includes(letter)) return at + 2;
  const digits = text.slice(at + 2, at + 6);
  if (letter !== 'u' || !/^00[01][0-9a-f]$/.test(digits)) return NOT_CANONICAL;
  return LETTERED_CONTROLS.includes(String.fromCharCode(Number.parseInt(digits, 16)))
    ? NOT_CANONICAL
    : at + 6;
}

/** The place after the string that starts at a quote. */
function stringEnd(text: string, start: number): number {
  if (text.charCodeAt(start) !== QUOTE) return NOT_CANONICAL;
  let at = start + 1;
  for (;;) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) return at + 1;
    // Also the end of the text: its code is NaN.
    if (!(char >= 0x20)) return NOT_CANONICAL;
    if (char === BACKSLASH) {
      at = escapeEnd(text, at);
      if (at === NOT_CANONICAL) return NOT_CANONICAL;
    } else at++;
  }
}

/**
 * The one spelling of a double: the shortest digits that give it back, at least one after the point; with an exponent
 * of two digits or more from 1e+16 on and below 1e-04.
 */
function doubleText(value: number): string {
  const [digits = '', exponentText = ''] = Math.abs(value)
    .toExponential()
    .replace('.', '')
    .split('e');
  const exponent = Number(exponentText);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (exponent >= 16 || exponent < -4) {
    const tail = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const size = `${Math.abs(exponent)}`.padStart(2, '0');
    return `${sign}${digits[0]}${tail}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;

function numberEnd(text: string, start: number): number {
  NUMBER.lastIndex = start;
  const match = NUMBER.exec(text);
  if (match === null) return NOT_CANONICAL;
  const [spelling, fraction, exponent] = match;
  if (fraction === undefined && exponent === undefined) {
    if (spelling === '-0' || spelling.length > LIMITS.jsonDigits) return NOT_CANONICAL;
    return start + spelling.length;
  }
  const value = Number(spelling);
  return Number.isFinite(value) && doubleText(value) === spelling
    ? start + spelling.length
    : NOT_CANONICAL;
}

function listEnd(text: string, start: number, depth: number): number {
  let at = start + 1;
  if (text.charCodeAt(at) === CLOSE_LIST) return at + 1;
  for (;;) {
    at = valueEnd(text, at, depth);
    if (at === NOT_CANONICAL) return NOT_CANONICAL;
    const char = text.charCodeAt(at++);
    if (char === CLOSE_LIST) return at;
    if (char !== COMMA) return NOT_CANONICAL;
  }
}

type Labels = string[] | Set<string>;

/**
 * The labels of one object with one more, or `undefined` when it is there already. They are a set once they are many, so
 * that a hostile object stays cheap.
 */
function withLabel(labels: Labels | undefined, label: string): Labels | undefined {
  if (labels === undefined) return [label];
  if (labels instanceof Set) return labels.has(label) ? undefined : labels.add(label);
  if (labels.includes(label)) return undefined;
  labels.push(label);
  return labels.length < 16 ? labels : new Set(labels);
}

function objectEnd(text: string, start: number, depth: number): number {
  let at = start + 1;
  if (text.charCodeAt(at) === CLOSE_OBJECT) return at + 1;
  let labels: Labels | undefined;
  for (;;) {
    const labelEnd = stringEnd(text, at);
    if (labelEnd === NOT_CANONICAL) return NOT_CANONICAL;
    // Each string has one spelling, so that labels may be compared as they are written.
    labels = withLabel(labels, text.slice(at, labelEnd));
    if (labels === undefined) return NOT_CANONICAL;
    if (text.charCodeAt(labelEnd) !== COLON) return NOT_CANONICAL;
    at = valueEnd(text, labelEnd + 1, depth);
    if (at === NOT_CANONICAL) return NOT_CANONICAL;
    const char = text.charCodeAt(at++);
    if (char === CLOSE_OBJECT) return at;
    if (char !== COMMA) return NOT_CANONICAL;
  }
}

/**
 * The place after the JSON value that starts at a character, or `NOT_CANONICAL`. `depth` counts the lists and objects
 * around it; more than `LIMITS.jsonDepth` are not canonical here.
 */
export function valueEnd(text: string, start: number, depth: number): number {
  const char = text.charCodeAt(start);
  switch (char) {
    case QUOTE:
      return stringEnd(text, start);
    case OPEN_LIST:
      return depth < LIMITS.jsonDepth ? listEnd(text, start, depth + 1) : NOT_CANONICAL;
    case OPEN_OBJECT:
      return depth < LIMITS.jsonDepth ? objectEnd(text, start, depth + 1) : NOT_CANONICAL;
    default:
      for (const word of ['true', 'false', 'null'])
        if (text.startsWith(word, start)) return start + word.length;
      return numberEnd(text, start);
  }
}

/** Labels as they stand before a value: `{"v":` for the first, `,"t":` for the others. */
export type FieldLabels = readonly string[];

export function fieldLabels(labels: string): FieldLabels {
  return labels
    .split(' ')
    .map((label, position) => `${position === 0 ? '{' : ','}${JSON.stringify(label)}:`);
}

/** Where the values of an object's fields stand: the start of field `n` at `2 * n`, its end at `2 * n + 1`. */
export type FieldPlaces = readonly number[];

/**
 * Finds the fields of a text that is one object with exactly these fields, in this order. `fields` says that the
 * labels differ, `json` that the text is not canonical.
 */
export function scanFields(text: string, labels: FieldLabels): FieldPlaces | 'fields' | 'json' {
  const places: number[] = [];
  let at = 0;
  for (const label of labels) {
    if (!text.startsWith(label, at)) {
      const char = text.charCodeAt(at);
      return at === 0 || char === COMMA || char === CLOSE_OBJECT ? 'fields' : 'json';
    }
    at += label.length;
    const end = valueEnd(text, at, 1);
    if (end === NOT_CANONICAL) return 'json';
    places.push(at, end);
    at = end;
  }
  if (text.charCodeAt(at) !== CLOSE_OBJECT)
    return text.charCodeAt(at) === COMMA ? 'fields' : 'json';
  return at + 1 === text.length ? places : 'json';
}
