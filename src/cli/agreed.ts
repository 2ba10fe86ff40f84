import * as Flags from '@oclif/core/flags';
import { GitkelError } from '../base/errors.ts';
import { confirm } from './confirm.ts';

/** The flag of commands that ask before a step that cannot be taken back. */
export const yesFlag = {
  yes: Flags.boolean({ summary: 'Do not ask before what cannot be taken back. For scripts.' }),
};

/** What is about to be done, in words, and how it is asked for. */
export interface GraveStep {
  /** As in "Cannot … ": what was attempted. */
  readonly action: string;
  readonly lines: readonly string[];
  readonly question: string;
}

/**
 * Says what a step would do that cannot be taken back, and asks for it, unless the person has said so already. What is only
 * staged is said, and not asked for: whoever signs it is asked.
 * @param show prints lines that the person must see before they answer
 * @throws GitkelError `refused`, reason `declined`, after a no; `usage`, reason `unattended`, where nobody can be asked.
 */
export async function requireAgreed(
  { action, lines, question }: GraveStep,
  { yes, stage = false }: { readonly yes: boolean; readonly stage?: boolean },
  show: (...lines: readonly string[]) => void,
): Promise<void> {
  if (yes) return;
  show(...lines);
  if (stage) return;
  if (await confirm(question, { action, inScripts: '--yes' })) return;
  throw new GitkelError('refused', `Cannot ${action}: you did not agree`, { reason: 'declined' });
}
