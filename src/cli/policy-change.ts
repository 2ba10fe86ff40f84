import { GitkelError } from '../base/errors.ts';
import type { LogPolicy } from '../records/log-policy.ts';
import type { AdmissionPolicy } from '../log/record-book.ts';
import type { Log } from '../log/log.ts';
import type { Session } from './session.ts';
import { type ProposeFlags, type Proposal, propose } from './propose.ts';

export interface PolicyInForce extends AdmissionPolicy {
  readonly founder: string;
}

/** The policy that is in force for the next batch. @throws GitkelError `not-found` while the log is unborn. */
export function policyInForce({ contents }: Log): PolicyInForce {
  const { genesis, records } = contents;
  if (genesis === undefined)
    throw new GitkelError('not-found', 'Cannot tell the policy of this log: it has no batch yet');
  return { founder: genesis.founder, ...records.policy(genesis) };
}

/** Stages a policy as its founder's record. */
export async function proposePolicy(
  session: Session,
  change: (now: PolicyInForce) => AdmissionPolicy,
  flags: ProposeFlags,
): Promise<Proposal> {
  const now = policyInForce(await session.log());
  const { admission, writers } = change(now);
  const body: LogPolicy = {
    type: 'log-policy',
    admission,
    writers: [...new Set(writers)].toSorted(),
  };
  return propose(session, [{ kind: 'seal', aid: now.founder, bodies: [body] }], flags);
}
