/**
 * What the hooks of a server decide about refs that people check out.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { formatTime } from '../batch/time.ts';
import { hookReader } from '../git/git-reader.ts';
import type { ObjectReader } from '../git/object-reader.ts';
import { readFileBounded } from '../host/files.ts';
import { skillLog } from '../skills/skill-log.ts';
import type { Staleness } from '../skills/skill-verdict.ts';
import type { RefMove } from './approval.ts';
import { changedSkills } from './changed-skills.ts';
import type { GateLog } from './gate-log.ts';
import { installedPolicyPath } from './hook-name.ts';
import type { HookPlace } from './hook-place.ts';
import { judgeRefs, type RefGround } from './judge-refs.ts';
import { type Judgement, judgementBy } from './judgement.ts';
import { policyInForce } from './policy-change.ts';
import type { Refusal } from './refusal.ts';
import { POLICY_PATH } from './repository-policy.ts';
import { skillReader, type SkillReader } from './skill-reader.ts';
import { refusalsOf } from './verdict-lines.ts';

/** What moves of content are judged with. */
interface Bench extends Pick<RefGround, 'governing'> {
  readonly reader: SkillReader;
  /** With the policy in force before anything moves; `undefined` where there is none. */
  readonly judgement: Judgement | undefined;
}

/** What one move of content comes to. */
interface MoveVerdict {
  readonly refusals: readonly Omit<Refusal, 'file'>[];
  readonly isByLog: boolean;
}

/** What the move of a ref comes to. */
export interface ContentVerdict extends MoveVerdict {
  readonly ref: string;
}

const NOTHING: MoveVerdict = { refusals: [], isByLog: false };

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

/** What moves of content are judged by, besides the log. */
export interface ContentGround {
  readonly log: GateLog;
  /** The branch whose policy is in force, and its tip before anything moves. */
  readonly governing: RefGround['governing'];
  /** Days since 1970-01-01, UTC. */
  readonly today: number;
}

async function openBench(
  place: HookPlace,
  objects: ObjectReader,
  { log, governing, today }: ContentGround,
): Promise<Bench> {
  const { host, repository, config } = place;
  const reader = skillReader(host.crypto, objects);
  const { tip } = governing;
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
  const judgement =
    policy === undefined
      ? undefined
      : judgementBy(policy, skillLog(log), today, stalenessOf(log, policy.maxAge));
  return { reader, governing, judgement };
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

/** Moves between the same objects are judged once. */
async function judgeEach(
  bench: Bench,
  moves: readonly RefMove[],
): Promise<readonly ContentVerdict[]> {
  const known = new Map<string, Promise<MoveVerdict>>();
  const verdicts: ContentVerdict[] = [];
  for (const move of moves) {
    const key = `${move.from ?? ''} ${move.to ?? ''} ${move.ref === bench.governing.ref}`;
    const verdict = known.get(key) ?? judgeMove(bench, move);
    known.set(key, verdict);
    verdicts.push({ ref: move.ref, ...(await verdict) });
  }
  return verdicts;
}

/**
 * Judges each move of content by the policy in force; where there are none, nothing is read.
 * @throws GitkelError `environment`, reason `policy-log`, for a policy that names another log.
 */
export async function judgeContent(
  place: HookPlace,
  moves: readonly RefMove[],
  ground: ContentGround,
): Promise<readonly ContentVerdict[]> {
  if (moves.length === 0) return [];
  const objects = hookReader(place.host, place.objects);
  try {
    return await judgeEach(await openBench(place, objects, ground), moves);
  } finally {
    await objects.close();
  }
}
