import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { type Attachments, noAttachments } from '../cesr/attachments.ts';
import type { IndexedSignature } from '../cesr/signature.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { signingKeys } from '../keri/signatures.ts';
import { sealProblem } from '../log/fold-records.ts';
import type { RecordSignature } from '../records/record-file.ts';
import { type Contribution, parseContribution } from './contribution.ts';
import { contributionProblem } from './contribution-problem.ts';
import { type BatchPlan, planBatch, type PlannedRecord } from './planned.ts';
import type { PlannedEvent } from './plan.ts';
import { changedRead, type ReadGround, readSet, readSetJson } from './read-set.ts';
import { requestsJson } from './requests.ts';
import { sameJson, type StagedBatch } from './staged-batch.ts';
import { parseWithdrawal, type Withdrawal } from './withdrawal.ts';

/** A staged batch with everything valid that was contributed to it. */
export interface Collected {
  readonly batch: StagedBatch;
  readonly planned: readonly PlannedEvent[];
  readonly plannedRecords: readonly PlannedRecord[];
  readonly contributions: readonly Contribution[];
  readonly withdrawals: readonly Withdrawal[];
  /** By the SAID of the event: one signature for each key, in the order of the keys' indices. */
  readonly signatures: ReadonlyMap<string, readonly IndexedSignature[]>;
  /** By the SAID of the event: one receipt for each witness, in the order of the witnesses' indices. */
  readonly receipts: ReadonlyMap<string, readonly IndexedSignature[]>;
  /** By the SAID of the record: one signature for each key, in the order of the keys' indices. */
  readonly recordSignatures: ReadonlyMap<string, readonly RecordSignature[]>;
}

function refuse(batch: StagedBatch, reason: string, why: string): GitkelError {
  return new GitkelError('refused', `Cannot use batch ${batch.id}: ${why}`, { reason });
}

/**
 * Follows the batch through the key states and checks that its read set and its requests are the ones that follow from
 * them: what it asks for is never taken from the document alone. Nobody should sign what no log would take, so seals
 * that the log refuses are refused here too.
 * @throws GitkelError `refused`.
 */
export function checkStaged(crypto: Crypto, batch: StagedBatch, ground: ReadGround): BatchPlan {
  const changed = changedRead(ground, batch.reads);
  if (changed !== undefined) throw refuse(batch, 'read-set', changed);
  const plan = planBatch(crypto, ground, batch.events, batch.records);
  if (
    !sameJson(
      readSetJson(readSet(ground, batch.events, batch.records, batch.reads)),
      readSetJson(batch.reads),
    )
  ) {
    throw refuse(batch, 'read-set', 'its read set is not that of its events');
  }
  if (!sameJson(requestsJson(crypto, plan), batch.requests)) {
    throw refuse(batch, 'requests-differ', 'its signature requests are not those of its events');
  }
  const problem = sealProblem(batch.events, batch.records, batch.logId);
  if (problem !== undefined) throw refuse(batch, problem[0], problem[1]);
  return plan;
}

function tryContribution(
  crypto: Crypto,
  batch: StagedBatch,
  plan: BatchPlan,
  bytes: Uint8Array,
): Contribution | undefined {
  try {
    const contribution = parseContribution(bytes);
    return contributionProblem(crypto, batch.id, plan, contribution) === undefined
      ? contribution
      : undefined;
  } catch (error) {
    if (error instanceof GitkelError) return undefined;
    throw error;
  }
}

function tryWithdrawal(
  crypto: Crypto,
  batch: StagedBatch,
  asked: ReadonlySet<string>,
  bytes: Uint8Array,
): Withdrawal | undefined {
  try {
    const withdrawal = parseWithdrawal(crypto, bytes);
    return withdrawal.batch === batch.id && asked.has(withdrawal.signer) ? withdrawal : undefined;
  } catch (error) {
    if (error instanceof GitkelError) return undefined;
    throw error;
  }
}

/** Signatures by the SAID of what they sign, then by the index of the key. */
type BySaid<S> = Map<string, Map<number, S>>;

/** Adds a signature unless one of that key is there; says whether it was added. */
function addOne<S extends { readonly index: number }>(
  found: BySaid<S>,
  said: string,
  signature: S,
): boolean {
  const byIndex = found.get(said) ?? new Map<number, S>();
  if (byIndex.has(signature.index)) return false;
  found.set(said, byIndex.set(signature.index, signature));
  return true;
}

function inOrder<S extends { readonly index: number }>(
  found: BySaid<S>,
): ReadonlyMap<string, readonly S[]> {
  return new Map(
    [...found].map(([said, byIndex]) => [
      said,
      [...byIndex.values()].toSorted((a, b) => a.index - b.index),
    ]),
  );
}

/** The public keys of controllers that a batch asks for: who has a say in what becomes of it. */
export function controllerKeys({ events, records }: BatchPlan): ReadonlySet<string> {
  return new Set([
    ...events.flatMap(({ event, before }) => signingKeys(event, before)),
    ...records.flatMap(({ signerState }) => signerState?.publicKeys ?? []),
  ]);
}

/** The public keys that a batch asks for, those of witnesses included: who may contribute to it. */
export function askedKeys(plan: BatchPlan): ReadonlySet<string> {
  return new Set([...controllerKeys(plan), ...plan.events.flatMap(({ after }) => after.witnesses)]);
}

/**
 * Sorts files into contributions and withdrawals that verify. What does not verify is left out, and so is what repeats:
 * a contribution that adds no signature, and of one key more than `LIMITS.withdrawalsPerKey` withdrawals.
 */
export function collectFiles(
  crypto: Crypto,
  batch: StagedBatch,
  plan: BatchPlan,
  files: Iterable<Uint8Array>,
): Collected {
  const controllers = controllerKeys(plan);
  const contributions: Contribution[] = [];
  const withdrawals: Withdrawal[] = [];
  const found: BySaid<IndexedSignature> = new Map();
  const foundReceipts: BySaid<IndexedSignature> = new Map();
  const foundForRecords: BySaid<RecordSignature> = new Map();
  const adds = ({ signatures, receipts, records }: Contribution): boolean =>
    [
      ...signatures.map(({ event, signature }) => addOne(found, event, signature)),
      ...receipts.map(({ event, signature }) => addOne(foundReceipts, event, signature)),
      ...records.map(({ record, index, raw }) => addOne(foundForRecords, record, { index, raw })),
    ].includes(true);
  for (const bytes of files) {
    const contribution = tryContribution(crypto, batch, plan, bytes);
    if (contribution !== undefined) {
      if (adds(contribution)) contributions.push(contribution);
      continue;
    }
    const withdrawal = tryWithdrawal(crypto, batch, controllers, bytes);
    if (withdrawal === undefined) continue;
    const before = withdrawals.filter(({ signer }) => signer === withdrawal.signer).length;
    if (before < LIMITS.withdrawalsPerKey) withdrawals.push(withdrawal);
  }
  return {
    batch,
    planned: plan.events,
    plannedRecords: plan.records,
    contributions,
    withdrawals,
    signatures: inOrder(found),
    receipts: inOrder(foundReceipts),
    recordSignatures: inOrder(foundForRecords),
  };
}

const NONE: readonly IndexedSignature[] = [];

/** What was collected for one event, as the attachments that the log would hold. */
export function attachmentsOf(
  collected: Collected,
  { event: { said }, anchor }: PlannedEvent,
): Attachments {
  return {
    ...noAttachments,
    controllerSignatures: collected.signatures.get(said) ?? NONE,
    witnessSignatures: collected.receipts.get(said) ?? NONE,
    sealSources: anchor === undefined ? [] : [{ sequenceNumber: anchor.sn, said: anchor.said }],
  };
}

/** The plan of what was collected, as {@link checkStaged} gave it. */
export function planOf({ planned, plannedRecords }: Collected): BatchPlan {
  return { events: planned, records: plannedRecords };
}

/** What was collected for one record. */
export function recordSignaturesOf(collected: Collected, said: string): readonly RecordSignature[] {
  return collected.recordSignatures.get(said) ?? [];
}
