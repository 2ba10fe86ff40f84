import type { Crypto } from '../crypto/crypto.ts';
import { isRotation } from '../keri/event.ts';
import { progress, signingKeys } from '../keri/signatures.ts';
import { isSatisfied, type Threshold, thresholdText } from '../keri/threshold.ts';
import { attachmentsOf, type Collected, recordSignaturesOf } from './collected.ts';
import type { PlannedEvent } from './plan.ts';
import type { PlannedRecord } from './planned.ts';
import {
  requestFor,
  type RequestedKey,
  type RequestedWitness,
  type SignatureRequest,
} from './requests.ts';

/** How far one threshold is: which indices are there, of how many, and whether that is enough. */
interface ThresholdStatus {
  /** The threshold in the command line's form: `2`, `1/2,1/4,1/4`. */
  readonly threshold: string;
  readonly indices: readonly number[];
  readonly size: number;
  readonly met: boolean;
}

interface ApprovalStatus {
  readonly delegator: string;
  readonly sn: number;
  readonly said: string;
  readonly inBatch: boolean;
}

interface WitnessStatus {
  readonly have: number;
  readonly need: number;
  readonly list: readonly (RequestedWitness & { readonly signed: boolean })[];
}

/** What is there and what is missing for one event. */
export interface EventStatus {
  readonly said: string;
  readonly aid: string;
  readonly sn: number;
  readonly type: string;
  readonly complete: boolean;
  readonly keys: readonly (RequestedKey & { readonly signed: boolean })[];
  readonly current: ThresholdStatus;
  /** The prior next threshold of a rotation. */
  readonly priorNext: ThresholdStatus | undefined;
  /** How many witnesses have signed, of how many that have to, and which; `undefined` when none is asked for. */
  readonly witnesses: WitnessStatus | undefined;
  /** The delegator's event that approves a delegated one, and whether that is an event of this batch. */
  readonly approval: ApprovalStatus | undefined;
  /** In words: `kt 1 of 2 (index 0) · prior nt 0 of 2 · witnesses 3 of 4`. */
  readonly words: string;
  /** One phrase for each thing that is missing. */
  readonly missing: readonly string[];
}

function amount({ threshold, indices, met }: ThresholdStatus): string {
  const have = indices.length === 0 ? '' : ` (index ${indices.join(', ')})`;
  return /^\d+$/.test(threshold)
    ? `${indices.length} of ${threshold}${have}`
    : `${threshold} ${met ? 'met' : 'not met'}${have}`;
}

function missingOf(
  label: string,
  status: ThresholdStatus,
  open: readonly number[],
): readonly string[] {
  if (status.met) return [];
  const who = open.length === 0 ? 'no further key can sign it' : `from index ${open.join(', ')}`;
  return [
    /^\d+$/.test(status.threshold)
      ? `${label}: ${Math.max(1, Number(status.threshold) - status.indices.length)} more (${who})`
      : `${label}: weights ${status.threshold} not met yet (${who})`,
  ];
}

function statusOfThreshold(
  threshold: Threshold,
  indices: readonly number[],
  size: number,
  met: boolean,
): ThresholdStatus {
  return { threshold: thresholdText(threshold), indices, size, met };
}

function witnessStatus(
  { witnesses, witnessThreshold }: SignatureRequest,
  signed: readonly number[],
): WitnessStatus | undefined {
  if (witnesses.length === 0) return undefined;
  return {
    have: signed.length,
    need: witnessThreshold,
    list: witnesses.map((witness) => ({ ...witness, signed: signed.includes(witness.index) })),
  };
}

function approvalStatus(
  { planned }: Collected,
  { anchor }: PlannedEvent,
): ApprovalStatus | undefined {
  if (anchor === undefined) return undefined;
  const { delegator, sn, said } = anchor;
  return { delegator, sn, said, inBatch: planned.some(({ event }) => event.said === said) };
}

function openWitnesses({ list }: WitnessStatus): readonly number[] {
  return list.flatMap(({ index, signed }) => (signed ? [] : [index]));
}

/** The status of one event of a batch. */
function eventStatus(crypto: Crypto, collected: Collected, planned: PlannedEvent): EventStatus {
  const { event, before } = planned;
  const done = progress(crypto, event, before, attachmentsOf(collected, planned));
  const threshold = event.type === 'ixn' ? before?.threshold : event.threshold;
  if (threshold === undefined) throw new Error('a planned interaction event has a state before it');
  const request = requestFor(crypto, planned);
  const keys = request.keys.map((key) => ({ ...key, signed: done.indices.includes(key.index) }));
  const current = statusOfThreshold(
    threshold,
    done.indices,
    signingKeys(event, before).length,
    done.thresholdMet,
  );
  const priorNext =
    isRotation(event) && before !== undefined
      ? statusOfThreshold(
          before.nextThreshold,
          done.priorIndices,
          before.nextDigests.length,
          done.priorThresholdMet === true,
        )
      : undefined;
  const open = keys.filter(({ signed }) => !signed);
  const witnesses = witnessStatus(request, done.witnessIndices);
  const approval = approvalStatus(collected, planned);
  const missing = [
    ...missingOf(
      'kt',
      current,
      open.map(({ index }) => index),
    ),
    ...(priorNext === undefined
      ? []
      : missingOf(
          'prior nt',
          priorNext,
          open.flatMap(({ priorIndex }) => priorIndex ?? []),
        )),
    ...(witnesses !== undefined && witnesses.have < witnesses.need
      ? [
          `witnesses: ${witnesses.need - witnesses.have} more (from index ${openWitnesses(witnesses).join(', ')})`,
        ]
      : []),
  ];
  const words = [
    `kt ${amount(current)}`,
    ...(priorNext === undefined ? [] : [`prior nt ${amount(priorNext)}`]),
    ...(witnesses === undefined ? [] : [`witnesses ${witnesses.have} of ${witnesses.need}`]),
    ...(approval === undefined
      ? []
      : [
          `approved by event ${approval.sn} of ${approval.delegator}${approval.inBatch ? ' in this batch' : ''}`,
        ]),
  ].join(' · ');
  const { said, aid, sn, type } = event;
  return {
    said,
    aid,
    sn,
    type,
    complete: missing.length === 0,
    keys,
    current,
    priorNext,
    witnesses,
    approval,
    words,
    missing,
  };
}

/** What is there and what is missing for one record that is signed beside its seal. */
export interface RecordStatus {
  readonly said: string;
  readonly type: string;
  /** Whose signatures it needs. */
  readonly signer: string;
  readonly complete: boolean;
  readonly keys: readonly {
    readonly index: number;
    readonly publicKey: string;
    readonly signed: boolean;
  }[];
  readonly words: string;
  readonly missing: readonly string[];
}

function recordStatus(
  collected: Collected,
  { record, signerState }: PlannedRecord,
): RecordStatus | undefined {
  if (signerState === undefined) return undefined;
  const indices = recordSignaturesOf(collected, record.said).map(({ index }) => index);
  const { threshold, publicKeys, aid: signer } = signerState;
  const status = statusOfThreshold(
    threshold,
    indices,
    publicKeys.length,
    isSatisfied(threshold, indices),
  );
  const keys = publicKeys.map((publicKey, index) => ({
    index,
    publicKey,
    signed: indices.includes(index),
  }));
  const label = record.body.type === 'device-link' ? 'acceptance' : 'envelope';
  const open = keys.filter(({ signed }) => !signed).map(({ index }) => index);
  const missing = missingOf(label, status, open);
  return {
    said: record.said,
    type: record.body.type,
    signer,
    complete: missing.length === 0,
    keys,
    words: `${label} ${amount(status)}`,
    missing,
  };
}

/** The status of a batch: of each event and of each record that is signed, in order. */
export interface BatchStatus {
  readonly events: readonly EventStatus[];
  readonly records: readonly RecordStatus[];
  /** What is missing over all: `<type> <sn> of <aid>: <phrase>`. */
  readonly missing: readonly string[];
}

export function statusOf(crypto: Crypto, collected: Collected): BatchStatus {
  const events = collected.planned.map((planned) => eventStatus(crypto, collected, planned));
  const records = collected.plannedRecords.flatMap(
    (planned) => recordStatus(collected, planned) ?? [],
  );
  return {
    events,
    records,
    missing: [
      ...events.flatMap(({ type, sn, aid, missing }) =>
        missing.map((phrase) => `${type} ${sn} of ${aid}: ${phrase}`),
      ),
      ...records.flatMap(({ type, signer, missing }) =>
        missing.map((phrase) => `${type} by ${signer}: ${phrase}`),
      ),
    ],
  };
}
