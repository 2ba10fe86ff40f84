/**
 * Batches that the log holds by now, and what is signed for them afterwards: more proof of the same events.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import type { KeyLog } from '../keri/key-log.ts';
import { sealProblem } from '../log/fold-records.ts';
import type { Kel } from '../log/kel.ts';
import type { LogGround, LogView } from '../log/log.ts';
import { namesOf } from '../log/proofs.ts';
import { askedKeys, type Collected, collectFiles } from './collected.ts';
import { placeInLog } from './commit.ts';
import type { Contribution } from './contribution.ts';
import { keyLogsOf } from './key-logs.ts';
import { contributionFiles } from './mailbox.ts';
import { type BatchPlan, planBatch } from './planned.ts';
import type { ReadGround } from './read-set.ts';
import { requestFor } from './requests.ts';
import type { StagedBatch } from './staged-batch.ts';

/** The trunk of a KEL before one of its events; `undefined` where that is its first. */
function kelBefore(kel: Kel, sn: number): KeyLog | undefined {
  const state = sn === 0 ? undefined : kel.stateAt(sn - 1);
  if (state === undefined) return undefined;
  return {
    state,
    saidAt: (at) => (at < sn ? kel.saidAt(at) : undefined),
    stateAt: (at) => (at < sn ? kel.stateAt(at) : undefined),
    anchorAt: (at) => (at < sn ? kel.anchorAt(at) : undefined),
  };
}

/** What the log holds without the events of a batch and what follows on them. */
function groundBefore({ contents }: LogGround, { events }: StagedBatch): ReadGround {
  const ground = keyLogsOf(contents);
  const first = new Map(events.toReversed().map(({ aid, sn }) => [aid, sn] as const));
  return {
    ...ground,
    log: (aid) => {
      const kel = contents.kel(aid);
      const sn = first.get(aid);
      return kel === undefined || sn === undefined ? kel : kelBefore(kel, sn);
    },
  };
}

/**
 * Follows a batch that the log holds through the key states that it was built on.
 * @throws GitkelError `refused`, reason `batch-superseded`, where something took the place of one of its events since.
 */
export function planInLog(log: LogGround, batch: StagedBatch): BatchPlan {
  const gone = batch.events.find(({ aid, sn, said }) => log.contents.kel(aid)?.saidAt(sn) !== said);
  const problem = sealProblem(batch.events, batch.records, batch.logId);
  if (gone !== undefined || problem !== undefined) {
    const why = `event ${gone?.sn ?? 0} of ${gone?.aid ?? ''} was superseded`;
    const [reason, detail] = problem ?? ['batch-superseded', why];
    throw new GitkelError('refused', `Cannot sign batch ${batch.id} any more: ${detail}`, {
      reason,
    });
  }
  const { crypto } = log.host;
  return planBatch(crypto, groundBefore(log, batch), batch.events, batch.records);
}

/**
 * Everything valid that was contributed to a batch that the log holds, whether the log has that, too, or not.
 * @throws GitkelError as {@link planInLog}.
 */
export function collectedInLog(log: LogView, batch: StagedBatch): Collected {
  const plan = planInLog(log, batch);
  const files = contributionFiles(log, batch.id, askedKeys(plan));
  return collectFiles(log.host.crypto, batch, plan, files);
}

/** What was collected, asking for signatures over events alone: none is added to a record later. */
export function askedLater(collected: Collected): Collected {
  const plannedRecords = collected.plannedRecords.map(({ record }) => ({
    record,
    signerState: undefined,
  }));
  return { ...collected, plannedRecords };
}

/** Whether the log holds a signature over the event of a trunk: of a controller's key, or of a witness, by its index. */
export function isProven(
  { contents }: LogGround,
  { aid, sn, said }: { readonly aid: string; readonly sn: number; readonly said: string },
  kind: 'controller' | 'witness',
  index: number,
): boolean {
  const kel = contents.kel(aid);
  if (kel?.saidAt(sn) !== said) return false;
  const signer = `${kind} ${index}`;
  const signers = kel.signersAt(sn);
  return (
    (signers !== undefined && namesOf(signers).includes(signer)) ||
    contents.proofs.positionOf(said, signer) !== undefined
  );
}

/** A batch that the log holds, as it can still be signed: more proof of events that it has. */
export interface LaterBatch {
  readonly batch: StagedBatch;
  readonly plan: BatchPlan;
  /** The keys, and the witnesses, of which the log lacks a signature. */
  readonly lacking: ReadonlySet<string>;
}

/** How a batch can still be signed; `undefined` where the log does not hold it, or something superseded it since. */
export function laterBatch(log: LogGround, batch: StagedBatch): LaterBatch | undefined {
  if (placeInLog(log, batch) === undefined) return undefined;
  try {
    const plan = planInLog(log, batch);
    const lacking = plan.events.flatMap((planned) => {
      const { keys, witnesses } = requestFor(log.host.crypto, planned);
      return [
        ...keys.flatMap(({ publicKey, index }) =>
          isProven(log, planned.event, 'controller', index) ? [] : [publicKey],
        ),
        ...witnesses.flatMap(({ aid, index }) =>
          isProven(log, planned.event, 'witness', index) ? [] : [aid],
        ),
      ];
    });
    return { batch, plan, lacking: new Set(lacking) };
  } catch (error) {
    if (error instanceof GitkelError && error.code === 'refused') return undefined;
    throw error;
  }
}

/** Whether somebody contributed a signature over an event that the log holds without it. */
export function isMoreProof(
  log: LogGround,
  { events }: StagedBatch,
  { signatures, receipts }: Contribution,
): boolean {
  const lacks = (kind: 'controller' | 'witness') => (one: Contribution['signatures'][number]) => {
    const event = events.find(({ said }) => said === one.event);
    return event !== undefined && !isProven(log, event, kind, one.signature.index);
  };
  return signatures.some(lacks('controller')) || receipts.some(lacks('witness'));
}

/** What was collected for a batch that the log holds, without the signatures over its events that the log has. */
export interface LateSignatures {
  readonly batch: StagedBatch;
  /** Those in which they are. */
  readonly contributions: readonly Contribution[];
  /** By the SAID of the event; none where it is not named. */
  readonly signatures: Collected['signatures'];
  readonly receipts: Collected['receipts'];
}

/**
 * What the log lacks of what was collected for a batch that it holds; `undefined` where it lacks nothing, and for a batch of
 * which something was superseded since.
 */
export function lateSignatures(log: LogView, batch: StagedBatch): LateSignatures | undefined {
  let collected: Collected;
  try {
    collected = collectedInLog(log, batch);
  } catch (error) {
    if (error instanceof GitkelError && error.code === 'refused') return undefined;
    throw error;
  }
  const lacking = (found: Collected['signatures'], kind: 'controller' | 'witness') =>
    new Map(
      batch.events.flatMap((event) => {
        const open = (found.get(event.said) ?? []).filter(
          ({ index }) => !isProven(log, event, kind, index),
        );
        return open.length === 0 ? [] : [[event.said, open] as const];
      }),
    );
  const signatures = lacking(collected.signatures, 'controller');
  const receipts = lacking(collected.receipts, 'witness');
  if (signatures.size + receipts.size === 0) return undefined;
  const contributions = collected.contributions.filter((one) => isMoreProof(log, batch, one));
  return { batch, contributions, signatures, receipts };
}
