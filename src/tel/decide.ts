/**
 * Whether an event of a registry may be added to what is known of it (KERI: "Public Transaction Event Logs"; ACDC
 * specification, "Issuance and revocation").
 * @module
 */
import type { Attachments } from '../cesr/attachments.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { EventName } from '../keri/key-log.ts';
import {
  changedWitnesses,
  witnessChangeProblem,
  witnessThresholdProblem,
} from '../keri/witnesses.ts';
import {
  type CredentialEvent,
  type RegistryRotation,
  type TelEvent,
  type TelRejection,
  telRejection,
} from './event.ts';
import type { AnchoringEvent, Backing, RegistryLog } from './state.ts';

/** The key event logs that anchor registries. */
export interface AnchoringLogs {
  /** The events of an identifier's trunk that hold the seal `{i,s,d}` of an event, with nothing else in that seal. */
  anchors(issuer: string, event: EventName): readonly AnchoringEvent[];
}

/** Why an event has to wait: for an event before it, for its anchor, for signatures of backers. */
export type TelEscrowReason = 'out-of-order' | 'anchorless' | 'partially-witnessed';

export type TelDecision =
  | {
      readonly outcome: 'accept';
      readonly anchor: AnchoringEvent;
      /** The backers that count from this event on: for the registry's own events, those of the registry. */
      readonly backing: Backing;
      /** Which of the backers have signed. */
      readonly backerIndices: readonly number[];
    }
  | { readonly outcome: 'duplicate' }
  | { readonly outcome: 'escrow'; readonly reason: TelEscrowReason }
  | { readonly outcome: 'reject'; readonly reason: string; readonly detail: string };

/** An event with what is attached to it. Nothing is verified yet. */
export interface AttachedTelEvent {
  readonly event: TelEvent;
  readonly attachments: Attachments;
}

/** An event at a place that is free: whose backers have to sign it, and whose key event log has to anchor it. */
interface Placed {
  readonly ok: true;
  readonly issuer: string;
  readonly backing: Backing;
}

type Placing = Placed | TelRejection | { readonly ok: 'duplicate' | TelEscrowReason };

/** What an event is about: the identifier by which a seal names it. */
function subjectOf(event: TelEvent): string {
  return 'credential' in event ? event.credential : event.registry;
}

function taken({ type, sn }: TelEvent, isSame: boolean): Placing {
  return isSame
    ? { ok: 'duplicate' }
    : telRejection('duplicity', `place ${sn} is taken by another event than this ${type}`);
}

function placeRotation(log: RegistryLog, event: RegistryRotation): Placing {
  const { state } = log;
  const { backers } = state.backing;
  if (state.traits.includes('NB'))
    return telRejection(
      'without-backers',
      `the registry ${state.registry} has no backers to change`,
    );
  if (event.sn <= state.sn) return taken(event, log.at(event.sn)?.said === event.said);
  if (event.sn > state.sn + 1) return { ok: 'out-of-order' };
  if (event.prior !== state.said)
    return telRejection(
      'prior-mismatch',
      `event ${event.sn} names ${event.prior} before it, there is ${state.said}`,
    );
  const problem = witnessChangeProblem(backers, event.backerCuts, event.backerAdds);
  if (problem !== undefined) return telRejection('backer-change', problem.detail);
  const changed = changedWitnesses(backers, event.backerCuts, event.backerAdds);
  if (witnessThresholdProblem(event.backerThreshold, changed.length) !== undefined)
    return telRejection(
      'backer-threshold',
      `a threshold of ${event.backerThreshold} does not suit ${changed.length} backers`,
    );
  const backing = { backers: changed, threshold: event.backerThreshold };
  return { ok: true, issuer: state.issuer, backing };
}

/** The backers that have to sign an event of a credential: none, or those after the registry's event that it names. */
function backingOf(log: RegistryLog, event: CredentialEvent): Backing | Placing {
  const { state } = log;
  const isBacked = event.type === 'bis' || event.type === 'brv';
  if (state.traits.includes('NB')) {
    if (!isBacked) return { backers: [], threshold: 0 };
    return telRejection('without-backers', `the registry ${state.registry} has no backers`);
  }
  if (!isBacked)
    return telRejection('with-backers', `the registry ${state.registry} has backers to sign`);
  const { sn, said } = event.registrySeal;
  const there = log.at(sn);
  if (there === undefined) return { ok: 'out-of-order' };
  if (there.said === said) return there.backing;
  return telRejection('registry-seal', `event ${sn} of ${state.registry} is not ${said}`);
}

function placeCredential(log: RegistryLog, event: CredentialEvent): Placing {
  const backing = backingOf(log, event);
  if ('ok' in backing) return backing;
  const known = log.credential(event.credential);
  const { issuer } = log.state;
  if (event.type === 'iss' || event.type === 'bis') {
    if (known === undefined) return { ok: true, issuer, backing };
    return taken(event, known.issuance === event.said);
  }
  if (known === undefined) return { ok: 'out-of-order' };
  if (known.sn > 0) return taken(event, known.said === event.said);
  if (known.issuance === event.prior) return { ok: true, issuer, backing };
  return telRejection(
    'prior-mismatch',
    `the revocation names the issuance ${event.prior}, there is ${known.issuance}`,
  );
}

function place(log: RegistryLog | undefined, event: TelEvent): Placing {
  if (event.type === 'vcp') {
    const { issuer, backers, backerThreshold: threshold } = event;
    // The registry's identifier is this event's digest: there is no other one.
    return log === undefined
      ? { ok: true, issuer, backing: { backers, threshold } }
      : { ok: 'duplicate' };
  }
  if (log === undefined) return { ok: 'out-of-order' };
  return event.type === 'vrt' ? placeRotation(log, event) : placeCredential(log, event);
}

/** The event of the issuer that anchors an event: one of those that are attached to it as its source. */
function anchorOf(
  logs: AnchoringLogs,
  issuer: string,
  { event, attachments }: AttachedTelEvent,
): AnchoringEvent | undefined {
  const name = { aid: subjectOf(event), sn: event.sn, said: event.said };
  const places = logs.anchors(issuer, name);
  const alone = places.filter(({ isAmongOthers }) => isAmongOthers !== true);
  return alone.find(({ sn, said }) =>
    attachments.sealSources.some((source) => source.sequenceNumber === sn && source.said === said),
  );
}

/** Which backers have signed an event, each once. */
function signedBy(
  crypto: Crypto,
  { event, attachments }: AttachedTelEvent,
  { backers }: Backing,
): readonly number[] {
  const indices = new Set<number>();
  const check = (index: number, code: string, raw: Uint8Array): void => {
    const key = backers[index];
    if (key === undefined || indices.has(index) || !ED25519_CODES.has(code)) return;
    if (crypto.verify(decodePrimitive(key).raw, event.bytes, raw)) indices.add(index);
  };
  for (const { index, code, raw } of attachments.witnessSignatures) check(index, code, raw);
  for (const { aid, signature } of attachments.nonTransferableReceipts) {
    const { code, raw } = decodePrimitive(signature);
    check(backers.indexOf(aid), code, raw);
  }
  return [...indices].toSorted((a, b) => a - b);
}

/** Ed25519 signatures, indexed and not: those of backers that count. */
export const ED25519_CODES: ReadonlySet<string> = new Set(['A', 'B', '2A', '2B', '0B']);

/**
 * Decides on an event of a registry; `log` is what was accepted for the registry that it names, `undefined` when nothing
 * was. All that a peer can send leads to a decision, never to an exception.
 */
export function decideTel(
  crypto: Crypto,
  log: RegistryLog | undefined,
  logs: AnchoringLogs,
  attached: AttachedTelEvent,
): TelDecision {
  const placed = place(log, attached.event);
  switch (placed.ok) {
    case false:
      return { outcome: 'reject', reason: placed.reason, detail: placed.detail };
    case 'duplicate':
      return { outcome: 'duplicate' };
    case 'out-of-order':
    case 'anchorless':
    case 'partially-witnessed':
      return { outcome: 'escrow', reason: placed.ok };
    case true:
      break;
  }
  const anchor = anchorOf(logs, placed.issuer, attached);
  if (anchor === undefined) return { outcome: 'escrow', reason: 'anchorless' };
  const { backing } = placed;
  const backerIndices = signedBy(crypto, attached, backing);
  return backerIndices.length < backing.threshold
    ? { outcome: 'escrow', reason: 'partially-witnessed' }
    : { outcome: 'accept', anchor, backing, backerIndices };
}
