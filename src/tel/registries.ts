/**
 * Registries as they grow: what was accepted for each, and the events that have to wait.
 * @module
 */
import { toHex } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { type Attachments, noAttachments } from '../cesr/attachments.ts';
import type { Crypto } from '../crypto/crypto.ts';
import {
  type AnchoringLogs,
  type AttachedTelEvent,
  decideTel,
  type TelDecision,
  type TelEscrowReason,
} from './decide.ts';
import type { CredentialEvent, RegistryEvent, TelEvent } from './event.ts';
import type {
  AnchoringEvent,
  Backing,
  CredentialState,
  RegistryLog,
  RegistryState,
} from './state.ts';

class Registry implements RegistryLog {
  state: RegistryState;
  readonly #events: { readonly said: string; readonly backing: Backing }[] = [];
  readonly #credentials = new Map<string, CredentialState>();

  constructor(state: RegistryState) {
    this.state = state;
    this.#events.push({ said: state.said, backing: state.backing });
  }

  at(sn: number): { readonly said: string; readonly backing: Backing } | undefined {
    return this.#events[sn];
  }

  credential(said: string): CredentialState | undefined {
    return this.#credentials.get(said);
  }

  get credentials(): Iterable<CredentialState> {
    return this.#credentials.values();
  }

  rotate(state: RegistryState): void {
    this.state = state;
    this.#events.push({ said: state.said, backing: state.backing });
  }

  set(state: CredentialState): void {
    this.#credentials.set(state.credential, state);
  }
}

/** An event that waits, and what for. */
export interface WaitingTelEvent extends AttachedTelEvent {
  readonly reason: TelEscrowReason;
}

interface Waiting extends WaitingTelEvent {
  /** What it takes in memory, about. */
  readonly size: number;
}

const BYTES_PER_ITEM = 128;

/** The items of two lists, each once by its name. */
function once<Item>(
  before: readonly Item[],
  more: readonly Item[],
  nameOf: (item: Item) => string,
): readonly Item[] {
  return [...new Map([...before, ...more].map((item) => [nameOf(item), item])).values()];
}

/** The attachments of two deliveries by which an event of a registry is judged. */
function joined(before: Attachments, more: Attachments): Attachments {
  return {
    ...noAttachments,
    witnessSignatures: once(
      before.witnessSignatures,
      more.witnessSignatures,
      ({ index, code, raw }) => `${index} ${code} ${toHex(raw)}`,
    ),
    nonTransferableReceipts: once(
      before.nonTransferableReceipts,
      more.nonTransferableReceipts,
      ({ aid, signature }) => aid + signature,
    ),
    sealSources: once(
      before.sealSources,
      more.sealSources,
      ({ sequenceNumber, said }) => `${sequenceNumber} ${said}`,
    ),
  };
}

function sizeOf({ event, attachments }: AttachedTelEvent): number {
  const { witnessSignatures, nonTransferableReceipts, sealSources } = attachments;
  const items = witnessSignatures.length + nonTransferableReceipts.length + sealSources.length;
  return event.bytes.length + BYTES_PER_ITEM * (items + 1);
}

/** An event of a registry that was accepted, with all that was attached to it and by what it was judged. */
export interface AcceptedTelEvent extends AttachedTelEvent {
  /** The identifier whose key event log anchors it. */
  readonly issuer: string;
  readonly anchor: AnchoringEvent;
  readonly backing: Backing;
  /** Which of the backers have signed. */
  readonly backerIndices: readonly number[];
}

/** Registries that are kept elsewhere, and grow there. */
export interface KeptRegistries {
  registry(said: string): RegistryLog | undefined;
  add(accepted: AcceptedTelEvent): void;
}

/** All registries of a stream, anchored in the key event logs that are given. */
export class Registries {
  readonly #crypto: Crypto;
  readonly #logs: AnchoringLogs;
  readonly #kept: KeptRegistries | undefined;
  readonly #registries = new Map<string, Registry>();
  /** By SAID, the one that has waited longest first. */
  readonly #waiting = new Map<string, Waiting>();
  #waitingBytes = 0;

  /** @param kept the registries that it goes on from, and grows; without them, it begins with nothing */
  constructor(crypto: Crypto, logs: AnchoringLogs, kept?: KeptRegistries) {
    this.#crypto = crypto;
    this.#logs = logs;
    this.#kept = kept;
  }

  registry(said: string): RegistryLog | undefined {
    return this.#kept === undefined ? this.#registries.get(said) : this.#kept.registry(said);
  }

  /** The states of all registries with their credentials, in the order in which they were accepted. */
  *states(): Generator<{
    readonly registry: RegistryState;
    readonly credentials: readonly CredentialState[];
  }> {
    for (const registry of this.#registries.values())
      yield { registry: registry.state, credentials: [...registry.credentials] };
  }

  /** The events that wait, the one that has waited longest first. */
  get waiting(): Iterable<WaitingTelEvent> {
    return this.#waiting.values();
  }

  /** Whether any event waits. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Decides on an event, together with what was attached to it before; accepted and waiting ones are kept. */
  take({ event, attachments }: AttachedTelEvent): TelDecision {
    const before = this.#waiting.get(event.said)?.attachments ?? noAttachments;
    const both = { event, attachments: joined(before, attachments) };
    // Whoever floods an event with what is worth nothing only loses what he sent before.
    const isBounded = sizeOf(both) <= LIMITS.eventBytes + LIMITS.attachmentBytes;
    return this.#decide(
      isBounded ? both : { event, attachments: joined(noAttachments, attachments) },
    );
  }

  /**
   * Tries the waiting events again, after something was accepted, until nothing changes. Where it was in the key event
   * log of one identifier, `issuer` names it. Gives the SAIDs of what is accepted now.
   */
  tryAgain(issuer?: string): readonly string[] {
    const accepted: string[] = [];
    for (let grown = issuer; this.#waiting.size > 0; grown = undefined) {
      const count = accepted.length;
      for (const waiting of this.#waiting.values()) {
        if (!this.#isWaitingFor(waiting, grown)) continue;
        if (this.#decide(waiting).outcome === 'accept') accepted.push(waiting.event.said);
      }
      if (accepted.length === count) break;
    }
    return accepted;
  }

  /** Whether an event may get on when the key event log of this identifier has grown, or else anything. */
  #isWaitingFor({ event, reason }: Waiting, issuer: string | undefined): boolean {
    switch (reason) {
      case 'out-of-order':
        return issuer === undefined;
      case 'anchorless':
        return issuer === undefined || issuer === this.#issuerOf(event);
      case 'partially-witnessed':
        return false;
    }
  }

  #issuerOf(event: TelEvent): string | undefined {
    return event.type === 'vcp' ? event.issuer : this.registry(event.registry)?.state.issuer;
  }

  #decide(attached: AttachedTelEvent): TelDecision {
    const { event } = attached;
    const log = this.registry(event.registry);
    const decision = decideTel(this.#crypto, log, this.#logs, attached);
    if (decision.outcome !== 'escrow') this.#forget(event.said);
    if (decision.outcome === 'accept') {
      const issuer = event.type === 'vcp' ? event.issuer : (log?.state.issuer ?? '');
      this.#add({ ...attached, ...decision, issuer });
    }
    if (decision.outcome === 'escrow') this.#wait(attached, decision.reason);
    return decision;
  }

  #forget(said: string): void {
    this.#waitingBytes -= this.#waiting.get(said)?.size ?? 0;
    this.#waiting.delete(said);
  }

  /** Keeps an event; the one that has waited longest goes when there is no room. */
  #wait({ event, attachments }: AttachedTelEvent, reason: TelEscrowReason): void {
    const size = sizeOf({ event, attachments });
    this.#waitingBytes -= this.#waiting.get(event.said)?.size ?? 0;
    this.#waiting.set(event.said, { event, attachments, reason, size });
    this.#waitingBytes += size;
    for (const said of this.#waiting.keys()) {
      const { waitingTelEvents, waitingTelBytes } = LIMITS;
      if (this.#waiting.size <= waitingTelEvents && this.#waitingBytes <= waitingTelBytes) return;
      this.#forget(said);
    }
  }

  #add(accepted: AcceptedTelEvent): void {
    const { event, anchor, backing } = accepted;
    if (this.#kept !== undefined) this.#kept.add(accepted);
    else if (event.type === 'vcp' || event.type === 'vrt')
      this.#addToRegistry(event, anchor, backing);
    else this.#addCredential(event, anchor);
  }

  #addToRegistry(event: RegistryEvent, anchor: AnchoringEvent, backing: Backing): void {
    const { said, sn, registry, type: lastType } = event;
    if (event.type === 'vcp') {
      const { issuer, traits } = event;
      const state = { registry, issuer, traits, sn, said, lastType, backing, anchor };
      this.#registries.set(registry, new Registry(state));
      return;
    }
    const log = this.#required(registry);
    log.rotate({ ...log.state, sn, said, lastType, backing, anchor });
  }

  #addCredential(event: CredentialEvent, anchor: AnchoringEvent): void {
    const { credential, registry, sn, said, dateTime, type: lastType } = event;
    const log = this.#required(registry);
    log.set({
      credential,
      registry,
      sn,
      said,
      issuance: log.credential(credential)?.issuance ?? said,
      lastType,
      registrySeal: 'registrySeal' in event ? event.registrySeal : undefined,
      dateTime,
      anchor,
    });
  }

  #required(registry: string): Registry {
    const log = this.#registries.get(registry);
    if (log === undefined)
      throw new Error(`an event of the unknown registry ${registry} was accepted`);
    return log;
  }
}
