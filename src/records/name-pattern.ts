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
