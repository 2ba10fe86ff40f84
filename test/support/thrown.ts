import { GitkelError } from '../../src/index.ts';

/** The reason of the GitkelError that a step throws; its code where it has none. Anything else is thrown on. */
export async function reasonOf(step: () => unknown): Promise<string> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return error.reason ?? error.code;
  }
  throw new Error('nothing was thrown');
}

/** The same of a step that waits for nothing; `undefined` when nothing is thrown. */
export function reasonThrown(step: () => unknown): string | undefined {
  try {
    step();
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return error.reason ?? error.code;
  }
  return undefined;
}
