import { GitkelError, quoted } from '../base/errors.ts';
import type { Kel } from '../log/kel.ts';
import type { Log } from '../log/log.ts';

/** The KEL of an AID in the log. @throws GitkelError `not-found`. */
export function requireKel(log: Log, aid: string): Kel {
  const kel = log.contents.kel(aid);
  if (kel === undefined) {
    throw new GitkelError('not-found', `Cannot find ${quoted(aid)} in this log`, {
      hint: 'List its identities with `gitkel identity list`. One that was only staged is none yet: `gitkel batch list` shows what waits.',
    });
  }
  return kel;
}
