/**
 * What may happen to the repository policy itself: it may be replaced by a file that a maintainer approved in its place.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Contents } from '../log/contents.ts';
import { isDuplicitous } from '../log/marks.ts';
import type { RepositoryPolicyEntry } from '../log/release-book.ts';
import { approvedPolicies } from '../log/releases.ts';
import type { Staleness } from '../skills/skill-verdict.ts';
import { VERDICT_REASONS } from '../skills/verdict-reason.ts';
import { withTreeCertificates } from './policy-roots.ts';
import {
  parsePolicy,
  POLICY_DIRECTORY,
  POLICY_FILE,
  POLICY_PATH,
  policyDigest,
  type RepositoryPolicy,
} from './repository-policy.ts';
import type { SkillReader } from './skill-reader.ts';

/** The policy file of a tree: its bytes, nothing, or what else stands in its place. */
type PolicyFile =
  | { readonly kind: 'file'; readonly oid: string; readonly bytes: Uint8Array }
  | { readonly kind: 'none' }
  | { readonly kind: 'odd'; readonly detail: string };

/** What stands in the place of the policy; what nobody can read is odd, not absent. */
async function policyFileOf(reader: SkillReader, tree: string | undefined): Promise<PolicyFile> {
  try {
    return tree === undefined ? { kind: 'none' } : await findPolicy(reader, tree);
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    if (error.reason === 'object-too-large')
      return { kind: 'odd', detail: `${POLICY_PATH} has more than ${LIMITS.policyBytes} bytes` };
    if (error.code === 'malformed') return { kind: 'odd', detail: error.message };
    throw error;
  }
}

async function findPolicy(reader: SkillReader, tree: string): Promise<PolicyFile> {
  const directory = (await reader.tree(tree)).find(({ name }) => name === POLICY_DIRECTORY);
  if (directory === undefined) return { kind: 'none' };
  if (directory.mode !== '40000')
    return { kind: 'odd', detail: `${POLICY_DIRECTORY} is no directory` };
  const file = (await reader.tree(directory.oid)).find(({ name }) => name === POLICY_FILE);
  if (file === undefined) return { kind: 'none' };
  if (file.mode !== '100644')
    return { kind: 'odd', detail: `${POLICY_PATH} is no plain file (mode ${file.mode})` };
  return { kind: 'file', oid: file.oid, bytes: await reader.blob(file.oid, LIMITS.policyBytes) };
}

/**
 * The policy that is in force while a branch is at a tree: the file there, or while it has none, the installed copy.
 * @param tree of the tip of the branch that HEAD names; @param installed bytes of the copy of the operator
 * @returns `undefined` when there is neither
 * @throws GitkelError `malformed` for a policy that cannot be read: then nothing may be let pass.
 */
export async function policyInForce(
  reader: SkillReader,
  tree: string | undefined,
  installed?: Uint8Array,
): Promise<RepositoryPolicy | undefined> {
  const file = await policyFileOf(reader, tree);
  if (file.kind === 'odd') {
    throw new GitkelError('malformed', `Cannot use the repository policy: ${file.detail}`, {
      reason: 'policy-form',
      hint: `Make ${POLICY_PATH} a plain file.`,
    });
  }
  const bytes = file.kind === 'file' ? file.bytes : installed;
  if (bytes === undefined) return undefined;
  const policy = parsePolicy(reader.crypto, bytes);
  // The copy of an operator stands alone: its roots are told by their digests.
  return file.kind === 'file' && tree !== undefined
    ? withTreeCertificates(reader, tree, policy)
    : policy;
}

export type PolicyProblemReason =
  | 'policy-deleted'
  | 'policy-form'
  | 'policy-malformed'
  | 'policy-log'
  | 'policy-root'
  | 'policy-not-approved'
  | 'policy-approval-stale'
  | 'maintainer-duplicitous'
  | Staleness['reason'];

/** What a change does to the policy. */
export type PolicyChange =
  | { readonly outcome: 'unchanged' }
  | {
      readonly outcome: 'approved';
      /** SHA-256 of the new file. */
      readonly digest: string;
      /** The SAID of the approval; `undefined` for a file that was in force as the installed copy already. */
      readonly by: string | undefined;
    }
  | {
      readonly outcome: 'refused';
      readonly reason: PolicyProblemReason;
      readonly detail: string;
      readonly hint: string;
    };

/** Why a change that is approved cannot be taken by this copy of the log: the approval may have been taken back since. */
export function unlessStale(change: PolicyChange, staleness: Staleness | undefined): PolicyChange {
  return change.outcome === 'approved' && change.by !== undefined && staleness !== undefined
    ? refused(staleness.reason, staleness.detail, VERDICT_REASONS[staleness.reason].mend)
    : change;
}

function refused(reason: PolicyProblemReason, detail: string, hint: string): PolicyChange {
  return { outcome: 'refused', reason, detail, hint };
}

const ANEW =
  'Change something in it, a comment will do, and have a maintainer approve that in the place of the one in force.';
const APPROVE = `Have a maintainer approve it: gitkel policy approve ${POLICY_PATH} --as AID.`;

/** Judges another file in the place of the policy in force. */
function judgeReplacement(
  reader: SkillReader,
  bytes: Uint8Array,
  policy: RepositoryPolicy,
  contents: Contents,
): PolicyChange {
  const digest = policyDigest(reader.crypto, bytes);
  if (digest === policy.digest) return { outcome: 'approved', digest, by: undefined };
  const approvals = approvedPolicies(contents, policy.maintainers).filter(
    ({ sha256 }) => sha256 === digest,
  );
  if (approvals.length === 0)
    return refused(
      'policy-not-approved',
      `no maintainer approved ${POLICY_PATH} ${digest}`,
      APPROVE,
    );
  const inPlace = approvals.filter(({ previous }) => previous === policy.digest);
  if (inPlace.length === 0)
    return refused(
      'policy-approval-stale',
      `${POLICY_PATH} ${digest} was approved in the place of another policy than ${policy.digest}, which is in force`,
      APPROVE,
    );
  try {
    const next = parsePolicy(reader.crypto, bytes);
    return next.log.id === policy.log.id
      ? judgeApprovals(inPlace, policy, next, contents)
      : refused(
          'policy-log',
          `${POLICY_PATH} names another log, ${next.log.id}, than the policy in force`,
          'Move to another log with `gitkel hook install --server`, not with a push.',
        );
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code !== 'malformed') throw error;
    return refused('policy-malformed', error.message, error.hint ?? 'Correct the file.');
  }
}

/**
 * Judges the approvals of a policy in the place of the one in force. Where that one was approved anew since, it has come
 * back: what was approved in its place before has served, and would bring again what was taken back.
 */
function judgeApprovals(
  approvals: readonly RepositoryPolicyEntry[],
  policy: RepositoryPolicy,
  next: RepositoryPolicy,
  contents: Contents,
): PolicyChange {
  // Who let it come back was a maintainer of the one in between, which may be just the one that is to come again.
  const since = approvedPolicies(contents, [...policy.maintainers, ...next.maintainers]).findLast(
    ({ sha256 }) => sha256 === policy.digest,
  );
  const fresh = approvals.filter(
    ({ position }) => since === undefined || position > since.position,
  );
  const [served] = approvals;
  if (fresh.length === 0 && since !== undefined && served !== undefined)
    return refused(
      'policy-approval-stale',
      `${POLICY_PATH} ${next.digest} was approved at position ${served.position}, and the policy in force ${policy.digest} at position ${since.position}, since then`,
      ANEW,
    );
  const approval = fresh.find(({ issuer }) => !isDuplicitous(contents, issuer));
  if (approval !== undefined)
    return { outcome: 'approved', digest: next.digest, by: approval.said };
  return refused(
    'maintainer-duplicitous',
    `${POLICY_PATH} ${next.digest} was approved by ${fresh[0]?.issuer ?? 'nobody'}, who is proved to have signed two events for one place`,
    'Have another maintainer approve it, or this one after a rotation by which it recovers.',
  );
}

const ROOT_PROBLEMS: ReadonlySet<string> = new Set([
  'policy-root',
  'root-other',
  'certificate',
  'certificate-authority',
  'object-too-large',
]);

/**
 * Refuses what takes a root certificate away from a policy, or puts another one in its place: with that on the branch, the
 * policy could not be read, and nothing could be pushed any more, not even what mends it.
 */
async function withItsRoots(
  reader: SkillReader,
  tree: string,
  policy: RepositoryPolicy,
  change: PolicyChange,
): Promise<PolicyChange> {
  try {
    await withTreeCertificates(reader, tree, policy);
    return change;
  } catch (error) {
    if (!(error instanceof GitkelError) || !ROOT_PROBLEMS.has(error.reason ?? '')) throw error;
    return refused(
      'policy-root',
      error.message,
      `Put the certificates that ${POLICY_PATH} names beside it, with what changes it.`,
    );
  }
}

/**
 * Judges what a change of the branch that governs does to the policy.
 * @param policy the one in force before
 * @throws GitkelError `malformed` for trees that Git would not write; `refused` for damaged objects.
 */
export async function judgePolicyChange(
  reader: SkillReader,
  change: { readonly before: string | undefined; readonly after: string | undefined },
  policy: RepositoryPolicy,
  contents: Contents,
): Promise<PolicyChange> {
  if (change.before === change.after) return { outcome: 'unchanged' };
  const [before, after] = await Promise.all([
    policyFileOf(reader, change.before),
    policyFileOf(reader, change.after),
  ]);
  switch (after.kind) {
    case 'odd':
      return refused('policy-form', after.detail, `Make ${POLICY_PATH} a plain file.`);
    case 'none':
      return before.kind === 'none'
        ? { outcome: 'unchanged' }
        : refused(
            'policy-deleted',
            `${POLICY_PATH} is deleted`,
            'Put it back; a policy can be replaced by an approved one, never deleted.',
          );
    case 'file': {
      const isSame = before.kind === 'file' && before.oid === after.oid;
      const found: PolicyChange = isSame
        ? { outcome: 'unchanged' }
        : judgeReplacement(reader, after.bytes, policy, contents);
      const isRead = !isSame || policyDigest(reader.crypto, after.bytes) === policy.digest;
      if (found.outcome === 'refused' || change.after === undefined || !isRead) return found;
      const next = parsePolicy(reader.crypto, after.bytes);
      return withItsRoots(reader, change.after, next, found);
    }
  }
}
