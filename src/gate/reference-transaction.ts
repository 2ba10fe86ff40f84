import { dayOfSeconds } from '../base/day.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { readPackedRefs } from '../git/packed-refs.ts';
import { packedPath } from '../git/ref-files.ts';
import { fileRefs, type RefStore } from '../git/refs.ts';
import { statOf } from '../host/files.ts';
import { type Approval, moveKey, readApproval, type RefMove } from './approval.ts';
import {
  defaultBranch,
  type HookAnswer,
  type HookPlace,
  hookPlace,
  type HookRun,
  logRepository,
} from './hook-place.ts';
import { holdLog, releaseLog } from './log-lock.ts';
import { kindOf } from './ref-kind.ts';
import { isPseudoRef, parseRefUpdates, type RefUpdate } from './ref-updates.ts';
import { ALLOWED, refusedAnswer } from './server-hook.ts';

const HEAD = 'HEAD';
/** So many refs whose values Git does not tell are looked up one by one; more are listed once. */
const LOOKED_UP = 4;

function refuseHead(why: string): never {
  throw new GitkelError('refused', `Cannot move HEAD: ${why}`, {
    reason: 'head-moved',
    hint: 'The policy in force is that of the branch that HEAD names. To change the branch, uninstall the hooks, change it, and install them again.',
  });
}

/** HEAD names the branch whose policy governs, and it goes on doing so: it is listed when that branch moves. */
function checkHead({ head }: HookPlace, { to }: RefUpdate, updates: readonly RefUpdate[]): void {
  if (to !== undefined && 'symbolic' in to) {
    if (head.kind !== 'branch' || head.ref !== to.symbolic)
      refuseHead(`it would name ${quoted(to.symbolic, 200)}`);
    return;
  }
  const branch = head.kind === 'branch' ? head.ref : undefined;
  const moved = updates.find(({ ref }) => ref === branch);
  const target = moved?.to;
  const isSame =
    moved !== undefined && (target === undefined || !('symbolic' in target))
      ? target?.oid === to?.oid
      : false;
  if (!isSame) refuseHead('it would name no branch any more');
}

/** What the refs of a transaction were that Git tells nothing of, which may also be that they were not there. */
function valuesOf(refs: RefStore, names: readonly string[]): (ref: string) => string | undefined {
  if (names.length <= LOOKED_UP) return (ref) => refs.read(ref);
  const all = refs.list('refs/');
  return (ref) => all.get(ref);
}

/** Whether a ref is the HEAD that governs: a linked work tree has one of its own by the same name. */
function isMainHead({ repository: { gitDir, commonDir } }: HookPlace, ref: string): boolean {
  return ref === HEAD && gitDir === commonDir;
}

/** The moves of a transaction that are to be judged. */
function movesOf(place: HookPlace, updates: readonly RefUpdate[]): readonly RefMove[] {
  const moves: RefMove[] = [];
  for (const update of updates) {
    const { ref, from, to } = update;
    if (isMainHead(place, ref)) checkHead(place, update, updates);
    if (isPseudoRef(ref)) continue;
    if (to !== undefined && 'symbolic' in to) {
      checkSymbolic(place, ref);
      continue;
    }
    const before = from !== undefined && 'oid' in from ? from.oid : undefined;
    moves.push({ ref, from: before, to: to?.oid });
  }
  return moves;
}

/** What a ref stands for is judged where that moves; but the log and the branch that governs stand for themselves. */
function checkSymbolic(place: HookPlace, ref: string): void {
  if (ref !== defaultBranch(place) && kindOf(place, ref) === 'content') return;
  throw new GitkelError('refused', `Cannot make ${quoted(ref, 200)} stand for another ref`, {
    reason: 'ref-symbolic',
  });
}

/**
 * Tells the deletion of a ref's own file, which leaves it where it is since it is packed, too: so `git pack-refs` prunes.
 * Whoever deletes a packed ref holds the lock of `packed-refs` at this moment.
 */
function prunedBy({ host, repository }: HookPlace): (move: RefMove) => boolean {
  const path = packedPath({ host, gitDir: repository.gitDir, commonDir: repository.commonDir });
  if (statOf(host, `${path}.lock`) !== undefined) return () => false;
  let packed: ReadonlyMap<string, string> | undefined;
  return ({ ref, from, to }) => {
    if (from === undefined || to !== undefined) return false;
    packed ??= readPackedRefs(host, path);
    return packed.get(ref) === from;
  };
}

/** The moves by which something changes, with what the refs were where Git does not tell. */
function realMoves(place: HookPlace, moves: readonly RefMove[]): readonly RefMove[] {
  const refs = fileRefs(place.host, place.repository);
  const unknown = moves.flatMap(({ ref, from }) => (from === undefined ? [ref] : []));
  const valueOf = valuesOf(refs, unknown);
  const isPruned = prunedBy(place);
  return moves
    .map((move) => (move.from === undefined ? { ...move, from: valueOf(move.ref) } : move))
    .filter((move) => move.from !== move.to && !isPruned(move));
}

/** What `pre-receive` approved, if that is all of these moves, today, and the policy is still the one. */
function approvalFor(place: HookPlace, moves: readonly RefMove[]): Approval | undefined {
  const { host, caller, repository } = place;
  const approval = readApproval({ ...host, processes: caller }, repository.commonDir);
  if (approval === undefined || approval.day !== dayOfSeconds(host.now())) return undefined;
  const approved = new Set(approval.moves.map(moveKey));
  if (!moves.every((move) => approved.has(moveKey(move)))) return undefined;
  return isByThisPolicy(place, approval) ? approval : undefined;
}

/** Whether the default branch, whose policy is in force, is where it was, or where the push takes it. */
function isByThisPolicy(place: HookPlace, { defaultTips }: Approval): boolean {
  return defaultTips.includes(fileRefs(place.host, place.repository).read(defaultBranch(place)));
}

type Verdict = Approval | HookAnswer;

function isAnswer(verdict: Verdict): verdict is HookAnswer {
  return 'isAllowed' in verdict;
}

/** Judges moves in full. Loaded only now: nearly always what `pre-receive` wrote down is enough. */
async function judge(place: HookPlace, moves: readonly RefMove[]): Promise<Verdict> {
  const real = realMoves(place, moves);
  if (real.length === 0) return ALLOWED;
  const { judgeMoves } = await import('./judge-moves.ts');
  const verdict = await judgeMoves(place, real, 'server');
  return verdict.isAllowed
    ? verdict.approval
    : refusedAnswer(verdict.refusals, 'these refs stay where they are.');
}

const LOG_FIRST =
  'gitkel: the log is in the same push, and Git moves its refs one after the other: push it first, or all with --atomic.';

/** Whether the push moves the log, too, and has not come to that yet. */
function isLogBehind(place: HookPlace, { moves }: Approval, tip: string | undefined): boolean {
  return moves.some(({ ref, to }) => kindOf(place, ref) === 'log' && to !== tip);
}

/** A refusal, with what mends it where the log comes later in the same push. */
function toldInOrder(
  place: HookPlace,
  approval: Approval,
  answer: HookAnswer,
  tip: string | undefined,
): HookAnswer {
  return !answer.isAllowed && isLogBehind(place, approval, tip)
    ? { ...answer, lines: [...answer.lines, LOG_FIRST] }
    : answer;
}

/** What comes of moves at a tip of the log that stays where it is. */
async function decideAt(
  place: HookPlace,
  moves: readonly RefMove[],
  approval: Approval,
  tip: string | undefined,
): Promise<HookAnswer> {
  // Whoever replaces the policy held the lock of the log, too, and may have done so while it was waited for.
  const isSame = tip === approval.log && isByThisPolicy(place, approval);
  const verdict = isSame ? ALLOWED : await judge(place, moves);
  return isAnswer(verdict) ? toldInOrder(place, approval, verdict, tip) : ALLOWED;
}

/**
 * The moves stand by what the log held. From now until Git has moved the refs nobody moves the log: so what it holds under
 * its lock decides.
 */
async function decideUnderLock(
  place: HookPlace,
  moves: readonly RefMove[],
  approval: Approval,
): Promise<HookAnswer> {
  const logMove = moves.find(({ ref }) => kindOf(place, ref) === 'log');
  const tipNow = (): string | undefined =>
    logMove === undefined
      ? fileRefs(place.host, logRepository(place)).read(place.config.logRef)
      : logMove.to;
  // Of a log that is moved along with them, Git itself holds the lock.
  if (logMove !== undefined) return decideAt(place, moves, approval, tipNow());
  // Judging anew takes its time. It is done before, so that nobody who revokes waits for it.
  const before = tipNow();
  const standing = before === approval.log ? approval : await judge(place, moves);
  if (isAnswer(standing)) return toldInOrder(place, approval, standing, before);
  await holdLog(place);
  try {
    const answer = await decideAt(place, moves, standing, tipNow());
    if (!answer.isAllowed) releaseLog(place);
    return answer;
  } catch (error) {
    releaseLog(place);
    throw error;
  }
}

async function prepared(run: HookRun): Promise<HookAnswer> {
  const place = hookPlace(run);
  const moves = movesOf(place, parseRefUpdates(run.input));
  if (moves.length === 0) return ALLOWED;
  const verdict = approvalFor(place, moves) ?? (await judge(place, moves));
  if (isAnswer(verdict)) return verdict;
  return verdict.isByLog ? decideUnderLock(place, moves, verdict) : ALLOWED;
}

/**
 * Decides on a transaction of refs (githooks(5), `reference-transaction`), whoever began it: a push that `pre-receive` let
 * pass, or a Git on the server that asks nobody.
 * @param state the first argument of the hook
 * @throws GitkelError for everything that keeps it from being judged.
 */
export async function referenceTransaction(
  run: HookRun,
  state: string | undefined,
): Promise<HookAnswer> {
  switch (state) {
    case 'preparing':
      return ALLOWED;
    case 'prepared':
      return prepared(run);
    case 'committed':
    case 'aborted':
      releaseLog(hookPlace(run));
      return ALLOWED;
    default:
      throw new GitkelError(
        'environment',
        `Cannot judge a transaction that is ${quoted(state)}: this version of Git is not known here`,
        { reason: 'hook-state' },
      );
  }
}
