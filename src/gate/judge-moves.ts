/**
 * What the hooks of a server decide about refs that are to be moved, whoever moves them.
 * @module
 */
import { dayOfSeconds } from '../base/day.ts';
import { type Deferred, deferred } from '../crypto/deferred.ts';
import { fileRefs } from '../git/refs.ts';
import type { Approval, RefMove } from './approval.ts';
import { failureWords, GateLog } from './gate-log.ts';
import { defaultBranch, type HookPlace } from './hook-place.ts';
import { judgeBatchRefs } from './judge-batch-refs.ts';
import { judgeContent } from './judge-content.ts';
import { kindOf } from './ref-kind.ts';
import type { Refusal } from './refusal.ts';

/** Something that keeps a ref where it is. */
export interface RefRefusal extends Omit<Refusal, 'file'> {
  /** The refs that it keeps. */
  readonly refs: readonly string[];
}

export type MovesVerdict =
  | { readonly isAllowed: true; readonly approval: Approval }
  | { readonly isAllowed: false; readonly refusals: readonly RefRefusal[] };

/** Who moves the refs: somebody who pushes, or a Git on the server itself. */
export type MoveOrigin = 'push' | 'server';

function nameProblem(
  place: HookPlace,
  { ref, to }: RefMove,
  origin: MoveOrigin,
): Omit<Refusal, 'file'> | undefined {
  const kind = kindOf(place, ref);
  // Whoever cleans up on the server may remove what no push could have made.
  if (origin === 'server' && to === undefined && kind !== 'log') return undefined;
  switch (kind) {
    case 'content':
    case 'batch':
      return undefined;
    case 'log':
      return to === undefined
        ? {
            path: ref,
            reason: 'log-deleted',
            detail: 'a log is never deleted',
            hint: 'Leave its ref out of what you push.',
          }
        : undefined;
    case 'reserved':
      return {
        path: ref,
        reason: 'reserved-ref',
        detail:
          'names below refs/gitkel are kept for gitkel, and so are other spellings of the log and of the default branch',
        hint: 'Choose another name.',
      };
    case 'replace':
      return {
        path: ref,
        reason: 'replace-ref',
        detail: 'it would put other objects in the place of those that were judged',
        hint: 'Do not push refs/replace.',
      };
  }
}

/** Folds what is pushed to the log into it. */
function advanceLog(log: GateLog, { ref, to }: RefMove): Omit<Refusal, 'file'> | undefined {
  if (to === undefined || to === log.tip) return undefined;
  const failure = log.advance(to);
  if (failure === undefined) return undefined;
  const isRewritten = failure.reason === 'log-forked';
  return {
    path: ref,
    reason: failure.reason,
    detail: isRewritten
      ? `it does not contain ${log.tip ?? 'the log'}, where the log stands: a log only grows`
      : failureWords(failure),
    hint: isRewritten
      ? 'Pull, and commit on what is there.'
      : 'Run `gitkel audit` on what you push for the whole verdict.',
  };
}

/** The same refusal for several refs is told once. */
function gathered(
  all: readonly { readonly ref: string; readonly refusals: readonly Omit<Refusal, 'file'>[] }[],
): readonly RefRefusal[] {
  const found = new Map<string, RefRefusal>();
  for (const { ref, refusals } of all) {
    for (const { path, reason, detail, hint } of refusals) {
      const key = JSON.stringify([path, reason, detail]);
      const refs = [...(found.get(key)?.refs ?? []), ref];
      found.set(key, { path, reason, detail, hint, refs });
    }
  }
  return [...found.values()];
}

async function judgeWith(
  place: HookPlace,
  moves: readonly RefMove[],
  log: GateLog,
  origin: MoveOrigin,
): Promise<MovesVerdict> {
  const isLogMove = ({ ref }: RefMove): boolean => kindOf(place, ref) === 'log';
  for (const move of moves.filter(isLogMove)) {
    const problem = advanceLog(log, move);
    if (problem !== undefined)
      return { isAllowed: false, refusals: [{ ...problem, refs: [move.ref] }] };
  }
  const staged = moves.filter(({ ref }) => kindOf(place, ref) === 'batch');
  const refused = judgeBatchRefs(place, log, staged, origin);
  if (refused.length > 0) return { isAllowed: false, refusals: refused };
  const content = moves.filter(({ ref }) => kindOf(place, ref) === 'content');
  const today = dayOfSeconds(place.host.now());
  const defaultRef = defaultBranch(place);
  const tip = fileRefs(place.host, place.repository).read(defaultRef);
  const governing = { ref: defaultRef, tip };
  const verdicts = await judgeContent(place, content, { log, governing, today });
  const refusals = gathered(verdicts);
  if (refusals.length > 0) return { isAllowed: false, refusals };
  const pushed = moves.find(({ ref }) => ref === defaultRef);
  return {
    isAllowed: true,
    approval: {
      moves,
      log: log.tip,
      defaultTips: [...new Set([tip, ...(pushed === undefined ? [] : [pushed.to])])],
      day: today,
      isByLog: verdicts.some(({ isByLog }) => isByLog),
    },
  };
}

/** Judges moves whose names are in order; with `later`, as if every signature that is deferred held. */
async function judgeOnce(
  place: HookPlace,
  moves: readonly RefMove[],
  origin: MoveOrigin,
  later?: Deferred,
): Promise<MovesVerdict> {
  const log = await GateLog.open(place, later);
  try {
    later?.announce(moves.filter(({ ref }) => kindOf(place, ref) === 'batch').length);
    const verdict = await judgeWith(place, moves, log, origin);
    if (verdict.isAllowed && (later === undefined || (await later.settle())))
      await log.rememberPushed();
    return verdict;
  } finally {
    log.close();
  }
}

/**
 * Judges moves of refs that belong together: those of one push, or of one transaction. Signatures are verified on other
 * threads where there are many; where one does not hold, all is judged again signature by signature.
 * @throws GitkelError for everything that keeps them from being judged: then nothing may move.
 */
export async function judgeMoves(
  place: HookPlace,
  moves: readonly RefMove[],
  origin: MoveOrigin,
): Promise<MovesVerdict> {
  const named = moves.map((move) => {
    const problem = nameProblem(place, move, origin);
    return { ref: move.ref, refusals: problem === undefined ? [] : [problem] };
  });
  const refusals = gathered(named);
  if (refusals.length > 0) return { isAllowed: false, refusals };
  const later = deferred(place.host.crypto);
  if (later === undefined) return judgeOnce(place, moves, origin);
  const deferring = { ...place, host: { ...place.host, crypto: later.crypto } };
  try {
    const verdict = await judgeOnce(deferring, moves, origin, later);
    if (await later.settle()) return verdict;
  } catch (error) {
    if (await later.settle()) throw error;
  } finally {
    later.end();
  }
  return judgeOnce(place, moves, origin);
}
