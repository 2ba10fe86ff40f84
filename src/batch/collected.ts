import { GitkelError } from '../base/errors.ts';
import { type Attachments, noAttachments } from '../cesr/attachments.ts';
import type { IndexedSignature } from '../cesr/signature.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { RecordSignature } from '../records/record-file.ts';
import { type Contribution, contributionProblem, parseContribution } from './contribution.ts';
import { type KelLookup, type Plan, planBatch } from './planned.ts';
import { requestFor, requestsJson } from './requests.ts';
import { sameJson, type StagedBatch } from './staged-batch.ts';
import { parseWithdrawal, type Withdrawal } from './withdrawal.ts';

/** A staged batch with everything valid that was contributed to it. */
export interface Collected {
  readonly batch: StagedBatch;
  readonly plan: Plan;
  readonly contributions: readonly Contribution[];
  readonly withdrawals: readonly Withdrawal[];
}

/**
 * Follows the batch through the key states and checks that its requests are the ones that follow from them: what it
 * asks for is never taken from the document alone.
 * @throws GitkelError `refused`.
 */
export function checkStaged(crypto: Crypto, batch: StagedBatch, lookup: KelLookup): Plan {
  const plan = planBatch(crypto, lookup, batch.events, batch.records);
  if (!sameJson(requestsJson(crypto, plan), batch.requests)) {
    throw new GitkelError('refused', `Cannot use batch ${batch.id}: its signature requests are not those of its events`, {
      reason: 'requests-differ',
    });
  }
  return plan;
}

/** Whether a key is asked for anywhere in a batch. */
function isRequested(plan: Plan, crypto: Crypto, publicKey: string): boolean {
  return (
    plan.events.some(({ event, before }) => requestFor(crypto, event, before).keys.some((key) => key.publicKey === publicKey)) ||
    plan.records.some(({ signerState }) => signerState?.publicKeys.includes(publicKey) === true)
  );
}

/** Sorts files into contributions and withdrawals that verify; what does not verify is left out. */
export function collectFiles(
  crypto: Crypto,
  batch: StagedBatch,
  plan: Plan,
  files: readonly Uint8Array[],
): Collected {
  const contributions: Contribution[] = [];
  const withdrawals: Withdrawal[] = [];
  for (const bytes of files) {
    try {
      const contribution = parseContribution(bytes);
      if (contributionProblem(crypto, batch.id, plan, contribution) === undefined) contributions.push(contribution);
      continue;
    } catch (error) {
      if (!(error instanceof GitkelError)) throw error;
    }
    try {
      const withdrawal = parseWithdrawal(crypto, bytes);
      if (withdrawal.batch === batch.id && isRequested(plan, crypto, withdrawal.signer)) withdrawals.push(withdrawal);
    } catch (error) {
      if (!(error instanceof GitkelError)) throw error;
    }
  }
  return { batch, plan, contributions, withdrawals };
}

/** The signatures collected for one event: one per key index, in the order of the indices. */
export function signaturesOf(collected: Collected, said: string): readonly IndexedSignature[] {
  const byIndex = new Map<number, IndexedSignature>();
  for (const { events } of collected.contributions) {
    for (const { event, signature } of events) {
      const present = byIndex.get(signature.index);
      const better = present === undefined || (present.priorIndex === undefined && signature.priorIndex !== undefined);
      if (event === said && better) byIndex.set(signature.index, signature);
    }
  }
  return [...byIndex.values()].toSorted((a, b) => a.index - b.index);
}

/** The signatures collected for one record: one per key index, in the order of the indices. */
export function recordSignaturesOf(collected: Collected, said: string): readonly RecordSignature[] {
  const byIndex = new Map<number, RecordSignature>();
  for (const { records } of collected.contributions) {
    for (const { record, index, raw } of records) if (record === said) byIndex.set(index, { index, raw });
  }
  return [...byIndex.values()].toSorted((a, b) => a.index - b.index);
}

/** What was collected for one event, as the attachments that the log would hold. */
export function attachmentsOf(collected: Collected, said: string): Attachments {
  return { ...noAttachments, controllerSignatures: signaturesOf(collected, said) };
}
