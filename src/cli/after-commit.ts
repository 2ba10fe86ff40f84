import { GitkelError } from '../base/errors.ts';
import type { Session } from './session.ts';

/** What is left to do after a commit. It is in the log by then, whatever goes wrong here; whether nothing did. */
export async function afterCommit(
  session: Session,
  what: string,
  step: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    session.warn(`the batch is committed, but ${what}: ${error.message}`);
    return false;
  }
}
