import { GitkelError } from '../base/errors.ts';
import { askLine } from './terminal.ts';

/**
 * Asks a yes-or-no question on the terminal; no without a clear yes.
 * @throws GitkelError `usage`, reason `unattended`, when there is no terminal to ask on.
 */
export async function confirm(question: string, hint: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new GitkelError('usage', 'Cannot ask for your consent: there is no terminal', {
      reason: 'unattended',
      hint,
    });
  const answer = await askLine(`${question} [y/N] `, { hidden: false });
  return answer !== undefined && /^y(?:es)?$/i.test(answer.trim());
}
