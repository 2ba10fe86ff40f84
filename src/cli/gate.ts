import path from 'node:path';
import { dayOfSeconds } from '../base/day.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { ChangeVerdict } from '../gate/judge-change.ts';
import { stalenessOf } from '../gate/judge-content.ts';
import { judgeRefs } from '../gate/judge-refs.ts';
import { judgementBy } from '../gate/judgement.ts';
import { policyInForce } from '../gate/policy-change.ts';
import { POLICY_PATH, type RepositoryPolicy } from '../gate/repository-policy.ts';
import { skillReader } from '../gate/skill-reader.ts';
import type { ObjectReader } from '../git/object-reader.ts';
import { ownReader } from '../git/own-reader.ts';
import { readRef } from '../git/ref-files.ts';
import { findRepository, openRepository, type Repository } from '../git/repository.ts';
import type { Host } from '../host/host.ts';
import { branchRef, remoteBranchRef } from '../log/layout.ts';
import { inputFile } from './input.ts';
import { localDirectory } from './remote-copy.ts';
import { Session } from './session.ts';
import { type DecidingLog, withDecidingLog } from './skill-log.ts';
import { commitId } from './skill-source.ts';

/** A range to be judged, as it stands on the command line. */
export interface GateRange {
  readonly base: string;
  readonly head: string;
  /** The branch whose policy governs, where that is not the one that the range goes to. */
  readonly policyFrom: string | undefined;
  /** A policy for as long as that branch has none. */
  readonly policy: string | undefined;
  readonly repository: string | undefined;
  /** The day of judging, in days since 1970-01-01, UTC; today where it is not said. */
  readonly at?: number | undefined;
}

export interface GateOutcome {
  readonly base: string;
  readonly head: string;
  readonly policy: RepositoryPolicy;
  readonly verdict: ChangeVerdict;
  /** The log that decided, and how many batches of it. */
  readonly logId: string;
  readonly batches: number;
}

/** The flags by which a log is opened. */
export interface LogFlags {
  readonly log?: string | undefined;
  readonly home?: string | undefined;
  readonly branch?: string | undefined;
}

/** Names for what is judged; a range goes to a branch, whichever it is called. */
const RANGE = 'range';
const ELSEWHERE = 'elsewhere';

/** The ref of the log in a repository: a checkout often has it as the branch of a remote alone. */
function refOfLog(host: Host, { gitDir, commonDir }: Repository, ref: string): string {
  const heads = branchRef('');
  if (!ref.startsWith(heads) || readRef({ host, gitDir, commonDir }, ref) !== undefined) return ref;
  return remoteBranchRef(ref.slice(heads.length));
}

function otherLog(found: string | undefined, policy: RepositoryPolicy): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot judge by the log ${found ?? '(without a batch)'}: the policy names ${policy.log.id}`,
    { reason: 'log-id', hint: 'Name a copy of that log with --log.' },
  );
}

/** Where the log of a policy is: the one that is named, else the one of the same repository, else at its own address. */
function placeOfLog(
  host: Host,
  repository: Repository,
  { log: { id, url, ref } }: RepositoryPolicy,
  { log, branch }: LogFlags,
): { readonly log: string; readonly branch: string | undefined } {
  if (log === undefined && ref !== undefined)
    return { log: repository.gitDir, branch: refOfLog(host, repository, ref) };
  const source = log ?? url;
  if (source !== undefined) return { log: localDirectory(source) ?? source, branch };
  throw new GitkelError('usage', `Cannot judge: nobody says where the log ${id} is`, {
    reason: 'log-missing',
    hint: 'Name it with --log DIR or URL, or in the policy.',
  });
}

/** Opens the log of a policy, verified. */
async function withLog<T>(
  host: Host,
  repository: Repository,
  policy: RepositoryPolicy,
  flags: LogFlags,
  use: (log: DecidingLog) => Promise<T>,
): Promise<T> {
  const place = placeOfLog(host, repository, policy, flags);
  const session = new Session({ ...flags, ...place }, 'remembers');
  try {
    return await withDecidingLog(session, place, async (log) => {
      const found = log.contents.genesis?.logId;
      if (found !== policy.log.id) throw otherLog(found, policy);
      return use(log);
    });
  } finally {
    session.close();
  }
}

async function judge(
  host: Host,
  repository: Repository,
  objects: ObjectReader,
  range: GateRange,
  flags: LogFlags,
): Promise<GateOutcome> {
  const reader = skillReader(host.crypto, objects);
  const [base, head] = [range.base, range.head].map((name) => commitId(host, repository, name));
  if (base === undefined || head === undefined) throw new Error('a range has two ends');
  const governing =
    range.policyFrom === undefined ? base : commitId(host, repository, range.policyFrom);
  const installed =
    range.policy === undefined ? undefined : inputFile(host, range.policy, LIMITS.policyBytes);
  const policy = await policyInForce(reader, await reader.treeOf(governing), installed);
  if (policy === undefined) {
    throw new GitkelError(
      'not-found',
      `Cannot judge: ${quoted(range.policyFrom ?? range.base, 200)} has no ${POLICY_PATH}`,
      {
        reason: 'policy-missing',
        hint: 'Write one with `gitkel policy init`, or name it: --policy.',
      },
    );
  }
  const today = range.at ?? dayOfSeconds(host.now());
  return withLog(host, repository, policy, flags, async (log) => {
    const [judged] = await judgeRefs(reader, [{ ref: RANGE, before: base, after: head }], {
      governing: { ref: range.policyFrom === undefined ? RANGE : ELSEWHERE, tip: governing },
      ...judgementBy(policy, log, today, stalenessOf(log, policy.maxAge)),
    });
    if (judged === undefined) throw new Error('one range has one verdict');
    const { batches } = log.contents;
    return { base, head, policy, verdict: judged.verdict, logId: policy.log.id, batches };
  });
}

/**
 * Judges a range of commits as a server judges a push from one end to the other.
 * @throws GitkelError `not-found` for a repository, a commit or a policy that is not there; `refused` for a log that does
 * not hold or is another one; `malformed` for a policy that cannot be read.
 */
export async function judgeRange(
  host: Host,
  range: GateRange,
  flags: LogFlags,
): Promise<GateOutcome> {
  const dir = path.resolve(range.repository ?? '.');
  const found = findRepository(host, dir);
  if (found === undefined)
    throw new GitkelError(
      'not-found',
      `Cannot find a Git repository at or above ${quoted(dir, 200)}`,
    );
  const repository = openRepository(host, found, { hostile: true });
  const objects = ownReader(host, repository);
  try {
    return await judge(host, repository, objects, range, flags);
  } finally {
    await objects.close();
  }
}
