import path from 'node:path';
import type { NewKeyOptions } from '../keys/keystore.ts';
import { BusyLine } from './progress.ts';
import type { Session } from './session.ts';

export interface NewKeyFlags {
  readonly 'next-out'?: string | undefined;
  readonly 'no-passphrase'?: boolean | undefined;
}

/**
 * Makes new keys of a name where the flags want them, and under which passphrase (asked for only when one is made). To lock
 * them takes a second or two in which nothing else can be said: at a terminal that is said before.
 */
export async function makeKeys<T>(
  session: Session,
  name: string,
  flags: NewKeyFlags,
  make: (options: NewKeyOptions) => Promise<T>,
): Promise<T> {
  const directory = flags['next-out'];
  const passphrase =
    flags['no-passphrase'] === true ? undefined : await session.passphrases.choose(name);
  const line = new BusyLine();
  if (passphrase !== undefined) line.show(`locking the new keys of ${name}`);
  try {
    return await make({
      passphrase,
      ...(directory === undefined ? {} : { nextDirectory: path.resolve(directory) }),
    });
  } finally {
    line.clear();
  }
}
