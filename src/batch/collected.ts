import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { type Attachments, noAttachments } from '../cesr/attachments.ts';
import type { IndexedSignature } from '../cesr/signature.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { signingKeys } from '../keri/signatures.ts';
import { logSealProblem } from '../log/log-seal.ts';
import { type Contribution, contributionProblem, parseContribution } from './contribution.ts';
import type { KelLookup, PlannedEvent } from './planned.ts';
import { planEvents } from './planned.ts';
import { changedRead, readSet, readSetJson } from './read-set.ts';
import { requestFor, requestJson } from './requests.ts';
import { sameJson, type StagedBatch } from './staged-batch.ts';
import { parseWithdrawal, type Withdrawal } from './withdrawal.ts';

/** A staged batch with everything valid that was contributed to it. */
export interface Collected {
  readonly batch: StagedBatch;
  readonly planned: readonly PlannedEvent[];
  readonly contributions: readonly Contribution[];
  readonly withdrawals: readonly Withdrawal[];
  /** By the SAID of the event: one signature for each key, in the order of the keys' indices. */
  readonly signatures: ReadonlyMap<string, readonly IndexedSignature[]>;
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
export function checkStaged(
  crypto: Crypto,
  batch: StagedBatch,
  lookup: KelLookup,
): readonly PlannedEvent[] {
  const changed = changedRead(lookup, batch.reads);
  if (changed !== undefined) throw refuse(batch, 'read-set', changed);
  const planned = planEvents(crypto, lookup, batch.events);
  if (!sameJson(readSetJson(readSet(lookup, batch.events)), readSetJson(batch.reads))) {
    throw refuse(batch, 'read-set', 'its read set is not that of its events');
  }
  const requests = planned.map(({ event, before }) =>
    requestJson(requestFor(crypto, event, before)),
  );
  if (!sameJson(requests, batch.requests)) {
    throw refuse(batch, 'requests-differ', 'its signature requests are not those of its events');
  }
  for (const event of batch.events) {
    const problem = logSealProblem(event, batch.logId);
    if (problem !== undefined) throw refuse(batch, ...problem);
  }
  return planned;
}

function tryContribution(
  crypto: Crypto,
  batch: StagedBatch,
  planned: readonly PlannedEvent[],
  bytes: Uint8Array,
): Contribution | undefined {
  try {
    const contribution = parseContribution(bytes);
    return contributionProblem(crypto, batch.id, planned, contribution) === undefined
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

type SignaturesByEvent = Map<string, Map<number, IndexedSignature>>;

/** Adds the signatures of a contribution, by event and index; says whether any of them was not there. */
function addSignatures(found: SignaturesByEvent, { signatures }: Contribution): boolean {
  let isNew = false;
  for (const { event, signature } of signatures) {
    const byIndex = found.get(event) ?? new Map<number, IndexedSignature>();
    if (byIndex.has(signature.index)) continue;
    found.set(event, byIndex.set(signature.index, signature));
    isNew = true;
  }
  return isNew;
}

function inOrder(found: SignaturesByEvent): Collected['signatures'] {
  return new Map(
    [...found].map(([said, byIndex]) => [
      said,
      [...byIndex.values()].toSorted((a, b) => a.index - b.index),
    ]),
  );
}

/** The public keys that a batch asks for: who may contribute to it. */
export function askedKeys(planned: readonly PlannedEvent[]): ReadonlySet<string> {
  return new Set(planned.flatMap(({ event, before }) => signingKeys(event, before)));
}

/**
 * Sorts files into contributions and withdrawals that verify. What does not verify is left out, and so is what repeats:
 * a contribution that adds no signature, and of one key more than `LIMITS.withdrawalsPerKey` withdrawals.
 */
export function collectFiles(
  crypto: Crypto,
  batch: StagedBatch,
  planned: readonly PlannedEvent[],
  files: Iterable<Uint8Array>,
): Collected {
  const asked = askedKeys(planned);
  const contributions: Contribution[] = [];
  const withdrawals: Withdrawal[] = [];
  const found: SignaturesByEvent = new Map();
  for (const bytes of files) {
    const contribution = tryContribution(crypto, batch, planned, bytes);
    if (contribution !== undefined) {
      if (addSignatures(found, contribution)) contributions.push(contribution);
      continue;
    }
    const withdrawal = tryWithdrawal(crypto, batch, asked, bytes);
    if (withdrawal === undefined) continue;
    const before = withdrawals.filter(({ signer }) => signer === withdrawal.signer).length;
    if (before < LIMITS.withdrawalsPerKey) withdrawals.push(withdrawal);
  }
  return { batch, planned, contributions, withdrawals, signatures: inOrder(found) };
}

const NONE: readonly IndexedSignature[] = [];

/** What was collected for one event, as the attachments that the log would hold. */
export function attachmentsOf(collected: Collected, said: string): Attachments {
  return { ...noAttachments, controllerSignatures: collected.signatures.get(said) ?? NONE };
}
