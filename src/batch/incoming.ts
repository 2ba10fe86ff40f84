/**
 * Staged batches and contributions that come from elsewhere under refs: each is verified before anything of it counts.
 * @module
 */
import { type ErrorCode, GitkelError, quoted } from '../base/errors.ts';
import { digestText } from '../cesr/digest.ts';
import type { ReadableObjects } from '../git/objects.ts';
import { CONTRIBUTION_FILE, contributionRef, REQUEST_FILE, requestRef } from '../log/layout.ts';
import { ANNOUNCEMENT_FILE, placeRef } from '../log/mailbox-names.ts';
import type { LogGround } from '../log/log.ts';
import { placeInLog, staleness } from './commit.ts';
import { controllerKeys } from './collected.ts';
import { type Announcement, parseAnnouncement, placeHex } from './announcement.ts';
import { parseContribution } from './contribution.ts';
import { contributionProblem } from './contribution-problem.ts';
import { planOnLog } from './load-collected.ts';
import { isMoreProof, type LaterBatch } from './late.ts';
import { readMailboxFile } from './mailbox.ts';
import { placesOf } from './places.ts';
import type { BatchPlan } from './planned.ts';
import { parseStagedBatch, type StagedBatch } from './staged-batch.ts';
import { parseWithdrawal } from './withdrawal.ts';

/** Why something that came from elsewhere does not count. */
export interface IncomingProblem {
  readonly kind: 'bad';
  readonly code: ErrorCode;
  readonly reason: string;
  readonly detail: string;
}

/** A batch that came from elsewhere. `over`: what it asks for is in the log, or something else stands there. */
export type IncomingBatch =
  | { readonly kind: 'batch'; readonly batch: StagedBatch; readonly plan: BatchPlan }
  | { readonly kind: 'over'; readonly batch: StagedBatch; readonly isFilled: boolean }
  | IncomingProblem;

/** A contribution, or a withdrawal, that came from elsewhere and counts. */
export type IncomingContribution =
  | { readonly kind: 'contribution'; readonly signer: string; readonly bytes: Uint8Array }
  | IncomingProblem;

function bad(reason: string, detail: string, code: ErrorCode = 'refused'): IncomingProblem {
  return { kind: 'bad', code, reason, detail };
}

/** Turns what a step throws about what it was given into a value. */
function judged<T>(step: () => T): T | IncomingProblem {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code === 'environment') throw error;
    return bad(error.reason ?? error.code, error.message, error.code);
  }
}

/** Whether every place of a batch is filled, by its own events or by others: then it is over for everybody. */
export function isFilled(log: LogGround, batch: StagedBatch): boolean {
  return (
    batch.logId === log.contents.genesis?.logId &&
    placesOf(log, batch.events).every(({ place }) => place !== 'free')
  );
}

/** Judges a batch by what the log holds. */
export function judgeBatch(log: LogGround, batch: StagedBatch): IncomingBatch {
  return judged((): IncomingBatch => {
    if (placeInLog(log, batch) !== undefined) return { kind: 'over', batch, isFilled: true };
    if (batch.logId === log.contents.genesis?.logId && staleness(log, batch) !== undefined)
      return { kind: 'over', batch, isFilled: isFilled(log, batch) };
    return { kind: 'batch', batch, plan: planOnLog(log, batch) };
  });
}

/** Reads and judges what a ref of a batch stands for, by its name here and the commit that it is at. */
export function incomingBatch(
  log: LogGround,
  store: ReadableObjects,
  ref: string,
  oid: string,
): IncomingBatch {
  return judged((): IncomingBatch => {
    const bytes = readMailboxFile(store, oid, REQUEST_FILE);
    if (bytes === undefined) return bad('batch-ref', 'it does not hold the file of a batch');
    const batch = parseStagedBatch(log.host.crypto, bytes);
    if (requestRef(batch.id) !== ref)
      return bad('batch-ref', `it holds the batch ${batch.id}, which has another name`);
    return judgeBatch(log, batch);
  });
}

function withdrawalProblem(
  log: LogGround,
  batch: StagedBatch,
  plan: BatchPlan,
  bytes: Uint8Array,
): IncomingContribution {
  const withdrawal = parseWithdrawal(log.host.crypto, bytes);
  if (withdrawal.batch !== batch.id)
    return bad('other-batch', `it withdraws the batch ${quoted(withdrawal.batch)}`);
  if (!controllerKeys(plan).has(withdrawal.signer))
    return bad('signer-unknown', `${withdrawal.signer} has no say in what becomes of the batch`);
  return { kind: 'contribution', signer: withdrawal.signer, bytes };
}

function isWithdrawal(bytes: Uint8Array): boolean {
  // Canonical JSON; whatever else this may be, the parser of the one or the other refuses it.
  return new TextDecoder().decode(bytes.subarray(0, 256)).includes('"gitkel-withdrawal/');
}

function judgeContribution(
  log: LogGround,
  batch: StagedBatch,
  plan: BatchPlan,
  bytes: Uint8Array,
): IncomingContribution {
  if (isWithdrawal(bytes)) return withdrawalProblem(log, batch, plan, bytes);
  const contribution = parseContribution(bytes);
  const problem = contributionProblem(log.host.crypto, batch.id, plan, contribution);
  return problem === undefined
    ? { kind: 'contribution', signer: contribution.signer, bytes }
    : bad(problem.reason, problem.detail);
}

/** Reads and judges what a ref of a contribution to a batch stands for. */
export function incomingContribution(
  log: LogGround,
  { batch, plan }: { readonly batch: StagedBatch; readonly plan: BatchPlan },
  store: ReadableObjects,
  ref: string,
  oid: string,
): IncomingContribution {
  return judged((): IncomingContribution => {
    const bytes = readMailboxFile(store, oid, CONTRIBUTION_FILE);
    if (bytes === undefined) return bad('batch-ref', 'it does not hold the file of a contribution');
    const found = judgeContribution(log, batch, plan, bytes);
    if (found.kind === 'bad') return found;
    return contributionRef(batch.id, found.signer, digestText(log.host.crypto, bytes)) === ref
      ? found
      : bad('batch-ref', `its name is not that of what ${found.signer} contributed`);
  });
}

/** An announcement that a ref stands for, with a signature that holds; `undefined` for anything else. */
export function announcementAt(
  { host }: Pick<LogGround, 'host'>,
  store: ReadableObjects,
  ref: string,
  oid: string,
): Announcement | undefined {
  try {
    const bytes = readMailboxFile(store, oid, ANNOUNCEMENT_FILE);
    const found = bytes === undefined ? undefined : parseAnnouncement(host.crypto, bytes);
    if (found === undefined) return undefined;
    return placeRef(placeHex(host.crypto, found.place), found.batch) === ref ? found : undefined;
  } catch (error) {
    if (error instanceof GitkelError && error.code !== 'environment') return undefined;
    throw error;
  }
}

/** The same of a contribution to a batch that the log holds: it counts where it is more proof of what is there. */
export function incomingLater(
  log: LogGround,
  later: LaterBatch,
  store: ReadableObjects,
  ref: string,
  oid: string,
): IncomingContribution {
  const found = incomingContribution(log, later, store, ref, oid);
  if (found.kind === 'bad') return found;
  const isMore =
    !isWithdrawal(found.bytes) && isMoreProof(log, later.batch, parseContribution(found.bytes));
  return isMore ? found : bad('committed', 'the log has all of it');
}
