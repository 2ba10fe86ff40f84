/**
 * What the hooks of a server decide about refs that are to be moved, whoever moves them.
 * @module
 */
import { dayOfSeconds } from '../base/day.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { formatTime } from '../batch/time.ts';
import { type Deferred, deferred } from '../crypto/deferred.ts';
import { hookReader } from '../git/git-reader.ts';
import type { ObjectReader } from '../git/object-reader.ts';
import { fileRefs } from '../git/refs.ts';
import { readFileBounded } from '../host/files.ts';
import { skillLog } from '../skills/skill-log.ts';
import type { Staleness } from '../skills/skill-verdict.ts';
import type { Approval, RefMove } from './approval.ts';
import { changedSkills } from './changed-skills.ts';
import { failureWords, GateLog } from './gate-log.ts';
import { installedPolicyPath } from './hook-name.ts';
import { defaultBranch, type HookPlace } from './hook-place.ts';
import { judgeBatchRefs } from './judge-batch-refs.ts';
import { judgeRefs, type RefGround } from './judge-refs.ts';
import { type Judgement, judgementBy } from './judgement.ts';
import { policyInForce } from './policy-change.ts';
import { kindOf } from './ref-kind.ts';
import { POLICY_PATH } from './repository-policy.ts';
import { skillReader, type SkillReader } from './skill-reader.ts';
import { type Refusal, refusalsOf } from './verdict-lines.ts';

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

/** What moves of content are judged with. */
interface Bench extends Pick<RefGround, 'governing'> {
  readonly reader: SkillReader;
  /** Days since 1970-01-01, UTC. */
  readonly today: number;
  /** With the policy in force before anything moves; `undefined` where there is none. */
  readonly judgement: Judgement | undefined;
}

/** What one move of content comes to. */
interface MoveVerdict {
  readonly refusals: readonly Omit<Refusal, 'file'>[];
  readonly isByLog: boolean;
}

const NOTHING: MoveVerdict = { refusals: [], isByLog: false };

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

/** Why a copy of a log is too old to decide; `undefined` where it is not, or where any age will do. */
export function stalenessOf(
  log: Pick<GateLog, 'freshness'>,
  maxAge: number | undefined,
): Staleness | undefined {
  if (maxAge === undefined) return undefined;
  const { state, since } = log.freshness(maxAge);
  switch (state) {
    case 'fresh':
      return undefined;
    case 'stale':
      return {
        reason: 'log-stale',
        detail: `the copy of the log was last brought up to date ${since === undefined ? 'long ago' : formatTime(since)}, and the policy allows ${maxAge} seconds`,
      };
    case 'unknown':
      return {
        reason: 'log-freshness-unknown',
        detail: `nobody asked where this copy of the log comes from, and the policy allows ${maxAge} seconds`,
      };
  }
}

async function openBench(place: HookPlace, objects: ObjectReader, log: GateLog): Promise<Bench> {
  const { host, repository, config } = place;
  const reader = skillReader(host.crypto, objects);
  const ref = defaultBranch(place);
  const tip = fileRefs(host, repository).read(ref);
  const tree = tip === undefined ? undefined : await reader.treeOf(tip);
  const path = installedPolicyPath(repository.commonDir);
  const installed = readFileBounded(host, path, LIMITS.policyBytes, { links: 'refuse' });
  const policy = await policyInForce(reader, tree, installed);
  if (policy !== undefined && policy.log.id !== config.logId) {
    throw new GitkelError(
      'environment',
      `Cannot judge anything: the policy in force names the log ${policy.log.id}, the hooks were installed for ${config.logId}`,
      { reason: 'policy-log', hint: 'Run `gitkel hook install --server` again.' },
    );
  }
  const today = dayOfSeconds(host.now());
  const judgement =
    policy === undefined
      ? undefined
      : judgementBy(policy, skillLog(log), today, stalenessOf(log, policy.maxAge));
  return { reader, today, governing: { ref, tip }, judgement };
}

/** Without a policy nobody may release anything, and no push can bring the first one. */
async function judgeWithoutPolicy(bench: Bench, move: RefMove): Promise<MoveVerdict> {
  const { reader, governing } = bench;
  const treeOf = async (oid: string | undefined): Promise<string | undefined> =>
    oid === undefined ? undefined : reader.treeOf(oid);
  const [before, after] = [await treeOf(move.from ?? governing.tip), await treeOf(move.to)];
  if (after === undefined) return NOTHING;
  const { skills } = await changedSkills(reader, { before, after }, () => false);
  const isPolicy = move.ref === governing.ref && (await policyInForce(reader, after)) !== undefined;
  const paths = skills.flatMap(({ path, after: tree }) => (tree === undefined ? [] : [path]));
  const refusals = [...(isPolicy ? [POLICY_PATH] : []), ...paths].map((path) => ({
    path: path === '' ? '.' : path,
    reason: 'policy-missing',
    detail: 'this repository has no policy yet, which says who may release what',
    hint: 'The operator installs one: gitkel hook install --server DIR --policy FILE.',
  }));
  return { refusals, isByLog: false };
}

async function judgeMove(bench: Bench, move: RefMove): Promise<MoveVerdict> {
  const { governing, judgement, reader } = bench;
  if (judgement === undefined) return judgeWithoutPolicy(bench, move);
  const update = { ref: move.ref, before: move.from, after: move.to };
  const refusals: Omit<Refusal, 'file'>[] = [];
  let isByLog = false;
  for (const { verdict } of await judgeRefs(reader, [update], { ...judgement, governing })) {
    refusals.push(...refusalsOf(verdict));
    isByLog ||= verdict.skills.length > 0 || verdict.policy.outcome !== 'unchanged';
  }
  return { refusals, isByLog };
}

/** Judges each move of content; moves between the same objects once. */
async function judgeContent(
  bench: Bench,
  moves: readonly RefMove[],
): Promise<readonly (MoveVerdict & { readonly ref: string })[]> {
  const known = new Map<string, Promise<MoveVerdict>>();
  const verdicts: (MoveVerdict & { readonly ref: string })[] = [];
  for (const move of moves) {
    const key = `${move.from ?? ''} ${move.to ?? ''} ${move.ref === bench.governing.ref}`;
    const verdict = known.get(key) ?? judgeMove(bench, move);
    known.set(key, verdict);
    verdicts.push({ ref: move.ref, ...(await verdict) });
  }
  return verdicts;
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
  objects: ObjectReader,
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
  const bench = await openBench(place, objects, log);
  const content = moves.filter(({ ref }) => kindOf(place, ref) === 'content');
  const verdicts = await judgeContent(bench, content);
  const refusals = gathered(verdicts);
  if (refusals.length > 0) return { isAllowed: false, refusals };
  const { today } = bench;
  const { ref: defaultRef, tip } = bench.governing;
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
    const objects = hookReader(place.host, place.objects);
    try {
      return await judgeWith(place, moves, objects, log, origin);
    } finally {
      await objects.close();
    }
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
