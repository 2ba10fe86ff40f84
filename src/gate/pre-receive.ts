import { sweep } from '../git/lock-owners.ts';
import { type RefMove, sweepApprovals, writeApproval } from './approval.ts';
import {
  type HookAnswer,
  type HookPlace,
  hookPlace,
  type HookRun,
  logRepository,
} from './hook-place.ts';
import { judgeMoves } from './judge-moves.ts';
import { parseRefUpdates, type RefTarget, type RefUpdate } from './ref-updates.ts';
import { ALLOWED, refusedAnswer } from './server-hook.ts';

function objectOf(target: RefTarget, ref: string): string | undefined {
  if (target === undefined || 'oid' in target) return target?.oid;
  throw new Error(`a push moves ${ref} to an object, not to another ref`);
}

function pushedMove({ ref, from, to }: RefUpdate): RefMove {
  return { ref, from: objectOf(from, ref), to: objectOf(to, ref) };
}

/** Ends what processes left that died while they held something here. */
function sweepDead(place: HookPlace): void {
  const { host, repository } = place;
  const { commonDir } = logRepository(place);
  for (const dir of new Set([repository.commonDir, commonDir])) sweep(host, dir);
  sweepApprovals(host, repository.commonDir);
}

/**
 * Decides on a push (githooks(5), `pre-receive`): all of it passes or none. What was pushed is read in its quarantine, so
 * that nothing of a refused push stays.
 * @throws GitkelError for everything that keeps it from being judged.
 */
export async function preReceive(run: HookRun): Promise<HookAnswer> {
  const place = hookPlace(run);
  const moves = parseRefUpdates(run.input).map(pushedMove);
  sweepDead(place);
  const verdict = await judgeMoves(place, moves, 'push');
  if (!verdict.isAllowed) return refusedAnswer(verdict.refusals, 'nothing of this push was taken.');
  const owner = { ...place.host, processes: place.caller };
  writeApproval(owner, place.repository.commonDir, verdict.approval);
  return ALLOWED;
}
