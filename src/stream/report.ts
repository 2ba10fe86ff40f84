/**
 * What a validator came to, as other implementations show it: key states by KERI's labels, what was superseded, and
 * what waits where.
 * @module
 */
import { hexNumber } from '../cesr/number.ts';
import { isTransferable, type WireState, wireState } from '../keri/state.ts';
import type { EscrowKind } from './outcome.ts';
import type { GrowingLog } from './growing-log.ts';
import type { Validator } from './validator.ts';
import { isWaitingEvent } from './waiting-room.ts';

/** A key state with the fields that other implementations tell beside KERI's own. */
export interface ReportedState extends WireState {
  /** Version of the protocol. */
  readonly vn: readonly [number, number];
  /** Ordinal of the last event in the order of acceptance, superseded ones included. */
  readonly f: string;
  readonly transferable: boolean;
  readonly delegated: boolean;
  readonly estOnly: boolean;
  readonly doNotDelegate: boolean;
}

export interface ReportedAid {
  readonly state: ReportedState;
  /** The SAIDs at each sequence number (hexadecimal) that several events were accepted at; the trunk's is the last. */
  readonly superseded?: Readonly<Record<string, readonly string[]>>;
}

/** Something that waits: for an event its SAID, for a signature that and the signature. */
export interface ReportedEscrow {
  readonly pre: string;
  readonly sn: string;
  readonly value: string;
}

export interface ValidatorReport {
  readonly aids: Readonly<Record<string, ReportedAid>>;
  readonly escrows: Readonly<Partial<Record<EscrowKind, readonly ReportedEscrow[]>>>;
}

function reportedState({ state, lastOrdinal }: GrowingLog): ReportedState {
  return {
    vn: [1, 0],
    ...wireState(state),
    f: hexNumber(lastOrdinal),
    transferable: isTransferable(state),
    delegated: state.delegator !== undefined,
    estOnly: state.traits.includes('EO'),
    doNotDelegate: state.traits.includes('DND'),
  };
}

function reportedSuperseded(log: GrowingLog): Readonly<Record<string, readonly string[]>> {
  const bySn = new Map<number, string[]>();
  for (const { sn, said } of log.superseded) {
    const there = bySn.get(sn);
    if (there === undefined) bySn.set(sn, [said]);
    else there.push(said);
  }
  const rows: (readonly [string, readonly string[]])[] = [];
  for (const [sn, saids] of [...bySn].toSorted(([a], [b]) => a - b)) {
    const last = log.saidAt(sn);
    const all = last === undefined ? saids : [...saids, last];
    if (all.length > 1) rows.push([hexNumber(sn), all]);
  }
  return Object.fromEntries(rows);
}

function reportedAid(log: GrowingLog): ReportedAid {
  const state = reportedState(log);
  const superseded = reportedSuperseded(log);
  return Object.keys(superseded).length === 0 ? { state } : { state, superseded };
}

/** What a validator came to so far. */
export function reportOf(validator: Validator): ValidatorReport {
  const escrows: Partial<Record<EscrowKind, ReportedEscrow[]>> = {};
  for (const item of validator.waiting) {
    const { aid, sn, said } = item.name;
    const value = isWaitingEvent(item) ? said : item.value;
    (escrows[item.escrow] ??= []).push({ pre: aid, sn: hexNumber(sn), value });
  }
  return {
    aids: Object.fromEntries(
      validator.logs.map((log) => [log.state.aid, reportedAid(log)] as const),
    ),
    escrows,
  };
}
