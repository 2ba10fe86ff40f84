import { LIMITS } from '../base/limits.ts';

/**
 * Text of others as a report holds it: cut, with control characters, marks that turn the direction of text, invisible ones
 * and halves of surrogate pairs written out as `\uXXXX`.
 */
export function plainText(text: string): string {
  const cut =
    text.length <= LIMITS.reportTextCharacters
      ? text
      : `${text.slice(0, LIMITS.reportTextCharacters)}…`;
  return cut.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
