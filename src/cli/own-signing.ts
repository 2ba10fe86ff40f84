import { GitkelError } from '../base/errors.ts';
import { collect } from '../batch/batches.ts';
import type { Collected } from '../batch/collected.ts';
import { type OpenSignature, signBatch } from '../batch/sign.ts';
import type { Log } from '../log/log.ts';
import { stagedWith } from './second-events.ts';
import type { Session } from './session.ts';
import { isComplete } from './staged-rivals.ts';
import { backgroundOfLog, rememberOpen } from './superseded.ts';

/** What keeps a place from being signed, with the batch in which it was signed before: that one can be gone on with. */
function withStagedRival(session: Session, log: Log, open: OpenSignature, error: unknown): unknown {
  if (!(error instanceof GitkelError) || error.reason !== 'already-signed') return error;
  const batch = stagedWith(session, log, open);
  if (batch === undefined) return error;
  const { code, message, reason, hint } = error;
  const next = `That event is in the staged batch ${batch.id}: gitkel batch ${isComplete(log, batch) ? 'commit' : 'sign'} ${batch.id}`;
  return new GitkelError(code, message, {
    reason,
    hint: hint === undefined ? next : `${next}. ${hint}`,
    cause: error,
  });
}

/** Signs a batch with every key of this home that is asked for, and merges what came of it. */
export async function signWithOwnKeys(
  session: Session,
  log: Log,
  collected: Collected,
  supersede: boolean | string,
): Promise<readonly string[]> {
  const { crypto } = session.host;
  const background = backgroundOfLog(log);
  const contributions = await signBatch(
    crypto,
    collected,
    session.findSigner,
    session.hasKey,
    async (open) => {
      try {
        await rememberOpen(session.home, collected, background, open, supersede);
      } catch (error) {
        throw withStagedRival(session, log, open, error);
      }
    },
  );
  session.settleAbsent(contributions.length > 0);
  for (const { bytes, signer, batch } of contributions) {
    await collect(log, bytes);
    await session.note({ action: 'sign', batch, signer, from: 'this home', outcome: 'accepted' });
  }
  return contributions.map(({ signer }) => signer);
}
