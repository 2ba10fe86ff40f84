import { GitkelError } from '../base/errors.ts';
import { askLine } from './terminal.ts';

/**
 * Asks a yes-or-no question on the terminal; no without a clear yes.
 * @param action as in "Cannot …": what is asked for
 * @throws GitkelError `usage`, reason `unattended`, when there is no terminal to ask on.
 */
export async function confirm(
  question: string,
  { action, inScripts }: { readonly action: string; readonly inScripts: string },
): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new GitkelError(
      'usage',
      `Cannot ${action}: there is no terminal to ask for your consent at`,
      { reason: 'unattended', hint: `In scripts: ${inScripts}` },
    );
  const answer = await askLine(`${question} [y/N] `, { hidden: false });
  return answer !== undefined && /^y(?:es)?$/i.test(answer.trim());
}
