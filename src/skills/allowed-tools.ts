/**
 * `allowed-tools` of a `SKILL.md`: names of tools, with a pattern in parentheses that may hold spaces and commas of its own
 * (`Bash(git rev-parse *)`).
 * @module
 */

export interface AllowedTools {
  readonly tools: readonly string[];
  /** Whether commas part them; the specification has spaces. */
  readonly hasCommas: boolean;
  /** Whether every parenthesis that opens is closed. */
  readonly isBalanced: boolean;
}

/** Splits at white space and commas outside of parentheses. */
export function splitAllowedTools(text: string): AllowedTools {
  const tools: string[] = [];
  let [tool, depth, hasCommas, isBalanced] = ['', 0, false, true];
  for (const char of text) {
    if (depth === 0 && /[\s,]/.test(char)) {
      if (char === ',') hasCommas = true;
      if (tool !== '') tools.push(tool);
      tool = '';
      continue;
    }
    if (char === '(') depth++;
    if (char === ')' && depth-- === 0) [depth, isBalanced] = [0, false];
    tool += char;
  }
  if (tool !== '') tools.push(tool);
  return { tools, hasCommas, isBalanced: isBalanced && depth === 0 };
}
