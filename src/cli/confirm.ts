import { createInterface } from 'node:readline/promises';
import { GitkelError } from '../base/errors.ts';

/**
 * Asks a yes-or-no question on the terminal; no without a clear yes.
 * @throws GitkelError `usage` when there is no terminal to ask on.
 */
export async function confirm(question: string, hint: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new GitkelError('usage', 'Cannot ask for your consent: there is no terminal', { hint });
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
