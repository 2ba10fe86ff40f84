import path from 'node:path';
import type { NewKeyOptions } from '../keys/keystore.ts';
import type { Session } from './session.ts';

export interface NewKeyFlags {
  readonly 'next-out'?: string | undefined;
  readonly 'no-passphrase'?: boolean | undefined;
}

/** How new keys of a name are to be kept: where, and under which passphrase (asked for only when one is made). */
export async function newKeyOptions(
  session: Session,
  name: string,
  flags: NewKeyFlags,
): Promise<NewKeyOptions> {
  const directory = flags['next-out'];
  return {
    passphrase:
      flags['no-passphrase'] === true ? undefined : await session.passphrases.choose(name),
    ...(directory === undefined ? {} : { nextDirectory: path.resolve(directory) }),
  };
}
