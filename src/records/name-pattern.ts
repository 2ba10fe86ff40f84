/**
 * Patterns of names: text in which `*` stands for any characters, none too. Nothing else in them is special.
 * @module
 */
import { LIMITS } from '../base/limits.ts';

/** Why a text cannot be a pattern of skill names, in words that go on from "the pattern". */
export function namePatternProblem(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (text.length > LIMITS.policyPatternCharacters)
    return `has more than ${LIMITS.policyPatternCharacters} characters`;
  return /[\p{Cc}\p{Cs}]/u.test(text) ? 'holds characters that are no text' : undefined;
}

/** Whether text fits a pattern: from the left, each piece where it first comes. */
export function fitsPattern(pattern: string, text: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of others) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
