import type { TelEvent } from '../tel/event.ts';
import type { Backing, CredentialState, RegistryLog, RegistryState } from '../tel/state.ts';
import { OwnedLists } from './owned-lists.ts';
import { OwnedValues } from './owned-values.ts';
import type { Remembered, Value } from './remembered.ts';

/** An event of an issuer, by sequence number and SAID. */
interface Place {
  readonly sn: number;
  readonly said: string;
}

/** An event of a registry that was accepted, and what it leads to. */
export interface AcceptedStatus {
  readonly event: TelEvent;
  /** The issuer whose event anchors it. */
  readonly issuer: string;
  readonly anchor: Place;
  /** The backers that count from it on. */
  readonly backing: Backing;
  /** The ordinal of its file under the registry. */
  readonly ordinal: number;
}

/**
 * `last` is the last one of the anchors that an event rests upon: its own, and those of the events before it. While that
 * is in its issuer's trunk, all of them are.
 */
interface Resting {
  readonly position: number;
  readonly last: Place;
}

interface RegistryLine extends Resting {
  readonly state: RegistryState;
}

interface CredentialLine extends Resting {
  readonly state: CredentialState;
}

/** How a credential stands. `disputed`: its issuance is anchored by an event that was superseded. */
export interface CredentialStanding {
  readonly credential: string;
  readonly registry: string;
  readonly status: 'issued' | 'revoked' | 'disputed';
  /** The batch that brought its last event. */
  readonly position: number;
  readonly said: string;
}

/** What is remembered of a registry beside its events: how many files it has, and the number of its last event. */
interface RegistryHead {
  readonly issuer: string;
  readonly files: number;
  readonly sn: number;
}

function isRevoked({ lastType }: CredentialState): boolean {
  return lastType === 'rev' || lastType === 'brv';
}

/** The registries of a log and what is issued and revoked in them. A `Contents` owns it. */
export class RegistryBook {
  readonly #remembered: Remembered;
  readonly #saidAt: (aid: string, sn: number) => string | undefined;
  #heads: OwnedValues<RegistryHead>;
  #events: OwnedValues<RegistryLine>;
  #credentials: OwnedValues<CredentialLine>;
  #byIssuer: OwnedLists<string>;
  #byRegistry: OwnedLists<string>;
  /** Where credentials were issued first that a body may be added for, and where bodies are. */
  #issued: OwnedValues<number>;
  #bodies: OwnedValues<number>;

  /** @param saidAt the trunks of issuers */
  constructor(remembered: Remembered, saidAt: (aid: string, sn: number) => string | undefined) {
    this.#remembered = remembered;
    this.#saidAt = saidAt;
    this.#heads = new OwnedValues(remembered, 'registry');
    this.#events = new OwnedValues(remembered, 'registry-event');
    this.#credentials = new OwnedValues(remembered, 'credential');
    this.#byIssuer = new OwnedLists(remembered, 'registries');
    this.#byRegistry = new OwnedLists(remembered, 'credentials');
    this.#issued = new OwnedValues(remembered, 'issued');
    this.#bodies = new OwnedValues(remembered, 'credential-body');
  }

  #stands(issuer: string, { last }: Resting): boolean {
    return this.#saidAt(issuer, last.sn) === last.said;
  }

  /** How many files stand under a registry. */
  files(registry: string): number {
    return this.#heads.get(registry)?.files ?? 0;
  }

  #eventAt(registry: string, issuer: string, sn: number): RegistryLine | undefined {
    const line = this.#events.get(`${registry} ${sn}`);
    return line !== undefined && this.#stands(issuer, line) ? line : undefined;
  }

  /** The last event of a registry that is not disputed. */
  #lastOf(registry: string, { issuer, sn }: RegistryHead): RegistryLine | undefined {
    for (let at = sn; at >= 0; at--) {
      const line = this.#eventAt(registry, issuer, at);
      if (line !== undefined) return line;
    }
    return undefined;
  }

  /**
   * A registry as further events are judged by it: what is disputed is left out, but for revocations, which stay in force.
   * `undefined` when there is no such registry.
   */
  registry(registry: string): RegistryLog | undefined {
    const head = this.#heads.get(registry);
    const state = head === undefined ? undefined : this.#lastOf(registry, head)?.state;
    if (head === undefined || state === undefined) return undefined;
    return {
      state,
      at: (sn) => {
        const line = sn > state.sn ? undefined : this.#eventAt(registry, head.issuer, sn);
        return line === undefined
          ? undefined
          : { said: line.state.said, backing: line.state.backing };
      },
      credential: (said) => {
        const line = this.#credentials.get(`${registry} ${said}`);
        if (line === undefined) return undefined;
        return isRevoked(line.state) || this.#stands(head.issuer, line) ? line.state : undefined;
      },
    };
  }

  /** The registries that an identifier set up, in that order. */
  registriesOf(issuer: string): readonly string[] {
    return this.#byIssuer.of(issuer).from(0);
  }

  /** The events of a registry itself, and the batch that brought each. */
  eventsOf(registry: string): readonly { readonly said: string; readonly position: number }[] {
    const { sn = -1 } = this.#heads.get(registry) ?? {};
    return Array.from({ length: sn + 1 }, (_, at) => this.#events.get(`${registry} ${at}`)).flatMap(
      (line) => (line === undefined ? [] : [{ said: line.state.said, position: line.position }]),
    );
  }

  /** The credentials of a registry, in the order in which they were issued, and how each stands. */
  credentialsOf(registry: string): readonly CredentialStanding[] {
    const { issuer = '' } = this.#heads.get(registry) ?? {};
    return this.#byRegistry
      .of(registry)
      .from(0)
      .flatMap((credential): readonly CredentialStanding[] => {
        const line = this.#credentials.get(`${registry} ${credential}`);
        if (line === undefined) return [];
        const { state, position } = line;
        const standing = this.#stands(issuer, line) ? 'issued' : 'disputed';
        const status = isRevoked(state) ? 'revoked' : standing;
        return [{ credential, registry, status, position, said: state.said }];
      });
  }

  /** Whether an event of the log issues a credential with this SAID. */
  isIssued(credential: string): boolean {
    return this.#issued.get(credential) !== undefined;
  }

  /** The position at which the body of a credential entered the log. */
  bodyPosition(credential: string): number | undefined {
    return this.#bodies.get(credential);
  }

  addBody(credential: string, position: number): void {
    this.#bodies.set(credential, position);
  }

  #later(one: Place, other: Place | undefined): Place {
    return other !== undefined && other.sn > one.sn ? other : one;
  }

  /** Takes up an event that was decided on. */
  add(accepted: AcceptedStatus, position: number): void {
    const { event, issuer, ordinal } = accepted;
    const { registry } = event;
    const before = this.#heads.get(registry);
    if (before === undefined) this.#byIssuer.push(issuer, registry);
    const isOfRegistry = event.type === 'vcp' || event.type === 'vrt';
    const sn = isOfRegistry ? event.sn : (before?.sn ?? 0);
    if (event.type === 'vcp' || event.type === 'vrt')
      this.#addRegistryEvent(accepted, event, position);
    else this.#addCredential(accepted, event, position);
    this.#heads.set(registry, { issuer, files: ordinal + 1, sn });
  }

  #addRegistryEvent(
    { issuer, anchor, backing }: AcceptedStatus,
    event: Extract<TelEvent, { type: 'vcp' | 'vrt' }>,
    position: number,
  ): void {
    const { registry, sn, said, type: lastType } = event;
    const prior = sn === 0 ? undefined : this.#events.get(`${registry} ${sn - 1}`);
    const traits = event.type === 'vcp' ? event.traits : (prior?.state.traits ?? []);
    const state = { registry, issuer, traits, sn, said, lastType, backing, anchor };
    const last = this.#later(anchor, prior?.last);
    this.#events.set(`${registry} ${sn}`, { position, last, state });
  }

  #addCredential(
    { anchor }: AcceptedStatus,
    event: Extract<TelEvent, { credential: string }>,
    position: number,
  ): void {
    const { registry, credential, sn, said, dateTime, type: lastType } = event;
    const key = `${registry} ${credential}`;
    const known = this.#credentials.get(key);
    const sealed = 'registrySeal' in event ? event.registrySeal : undefined;
    const base = this.#events.get(`${registry} ${sealed?.sn ?? 0}`);
    const issuance = sn === 0 ? undefined : known;
    const state: CredentialState = {
      credential,
      registry,
      sn,
      said,
      issuance: issuance?.state.issuance ?? said,
      lastType,
      registrySeal: sealed,
      dateTime,
      anchor,
    };
    const last = this.#later(this.#later(anchor, base?.last), issuance?.last);
    this.#credentials.set(key, { position, last, state });
    if (known === undefined) this.#byRegistry.push(registry, credential);
    if (!this.isIssued(credential)) this.#issued.set(credential, position);
  }

  /** A book that goes on from this one as it is now, and leaves it alone. This one must not change meanwhile. */
  copy(saidAt: (aid: string, sn: number) => string | undefined): RegistryBook {
    const copy = new RegistryBook(this.#remembered, saidAt);
    copy.#heads = this.#heads.copy();
    copy.#events = this.#events.copy();
    copy.#credentials = this.#credentials.copy();
    copy.#byIssuer = this.#byIssuer.copy();
    copy.#byRegistry = this.#byRegistry.copy();
    copy.#issued = this.#issued.copy();
    copy.#bodies = this.#bodies.copy();
    return copy;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    yield* this.#heads.changes();
    yield* this.#events.changes();
    yield* this.#credentials.changes();
    yield* this.#byIssuer.changes();
    yield* this.#byRegistry.changes();
    yield* this.#issued.changes();
    yield* this.#bodies.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#heads.settle();
    this.#events.settle();
    this.#credentials.settle();
    this.#byIssuer.settle();
    this.#byRegistry.settle();
    this.#issued.settle();
    this.#bodies.settle();
  }
}
