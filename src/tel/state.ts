/**
 * What the events of a registry come to: who backs it, and which credentials are issued and revoked in it.
 * @module
 */
import { hexNumber } from '../cesr/number.ts';
import type { CredentialEvent, RegistryEvent } from './event.ts';
import type { RegistrySeal } from './field.ts';

/** The event of the issuer's key event log whose seal anchors an event of a registry. */
export interface AnchoringEvent {
  readonly sn: number;
  readonly said: string;
  /** Set where the event holds other seals, too: then it anchors nothing of a registry. */
  readonly isAmongOthers?: true;
}

/** The backers of a registry, and how many distinct ones of them have to sign. */
export interface Backing {
  readonly backers: readonly string[];
  readonly threshold: number;
}

/** A registry after one of its events. */
export interface RegistryState {
  readonly registry: string;
  readonly issuer: string;
  readonly traits: readonly string[];
  readonly sn: number;
  readonly said: string;
  readonly lastType: RegistryEvent['type'];
  readonly backing: Backing;
  readonly anchor: AnchoringEvent;
}

/** A credential after the last of its events. */
export interface CredentialState {
  readonly credential: string;
  readonly registry: string;
  readonly sn: number;
  readonly said: string;
  /** The SAID of its issuance. */
  readonly issuance: string;
  readonly lastType: CredentialEvent['type'];
  /** The event of the registry that its last event names; `undefined` in a registry without backers. */
  readonly registrySeal: RegistrySeal | undefined;
  /** When that was, as the issuer claims. */
  readonly dateTime: string;
  readonly anchor: AnchoringEvent;
}

/** Everything that was accepted for one registry. */
export interface RegistryLog {
  readonly state: RegistryState;
  /** The SAID of its event at a sequence number, and the backers from it on. */
  at(sn: number): { readonly said: string; readonly backing: Backing } | undefined;
  credential(said: string): CredentialState | undefined;
}

/** A registry by KERI's labels, as other implementations show it. */
export interface WireRegistry {
  readonly vn: readonly [number, number];
  readonly i: string;
  readonly s: string;
  readonly d: string;
  readonly ii: string;
  readonly et: string;
  readonly bt: string;
  readonly b: readonly string[];
  readonly c: readonly string[];
}

export function wireRegistry(state: RegistryState): WireRegistry {
  return {
    vn: [1, 0],
    i: state.registry,
    s: hexNumber(state.sn),
    d: state.said,
    ii: state.issuer,
    et: state.lastType,
    bt: hexNumber(state.backing.threshold),
    b: state.backing.backers,
    c: state.traits,
  };
}

/** A credential by KERI's labels. The sequence number of the anchoring event is a number there. */
export interface WireCredential {
  readonly vn: readonly [number, number];
  readonly i: string;
  readonly s: string;
  readonly d: string;
  readonly ri: string;
  readonly ra: { readonly i?: string; readonly s?: string; readonly d?: string };
  readonly a: { readonly s: number; readonly d: string };
  readonly et: string;
}

export function wireCredential(state: CredentialState): WireCredential {
  const { registrySeal: seal, anchor } = state;
  return {
    vn: [1, 0],
    i: state.credential,
    s: hexNumber(state.sn),
    d: state.said,
    ri: state.registry,
    ra: seal === undefined ? {} : { i: seal.registry, s: hexNumber(seal.sn), d: seal.said },
    a: { s: anchor.sn, d: anchor.said },
    et: state.lastType,
  };
}
