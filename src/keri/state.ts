/**
 * Key state: what a key event log comes to (KERI specification, "Key state").
 * @module
 */
import { hexNumber } from '../cesr/number.ts';
import type { KeyEvent } from './event.ts';
import { normalizedThreshold, type Threshold, type ThresholdJson } from './threshold.ts';

/** Who controls an identifier after its last event, and what the next rotation has to reveal. */
export interface KeyState {
  readonly aid: string;
  /** Sequence number and SAID of the last event, and the SAID of the one before it. */
  readonly sn: number;
  readonly said: string;
  readonly prior: string | undefined;
  readonly lastType: KeyEvent['type'];
  readonly threshold: Threshold;
  readonly publicKeys: readonly string[];
  readonly nextThreshold: Threshold;
  readonly nextDigests: readonly string[];
  readonly witnessThreshold: number;
  readonly witnesses: readonly string[];
  readonly traits: readonly string[];
  /** The event that the keys come from, and how it changed the witnesses. */
  readonly lastEstablishment: {
    readonly sn: number;
    readonly said: string;
    readonly witnessCuts: readonly string[];
    readonly witnessAdds: readonly string[];
  };
  readonly delegator: string | undefined;
}

/** Whether a further event can follow: the identifier can rotate, and its last establishment committed to next keys. */
export function isTransferable(state: KeyState): boolean {
  return state.nextDigests.length > 0 && !state.aid.startsWith('B');
}

/** Whether a rotation has given the identifier up by committing to no next keys. */
export function isAbandoned(state: KeyState): boolean {
  return state.nextDigests.length === 0 && state.lastEstablishment.sn > 0;
}

/** A key state by KERI's labels, as other implementations show it. */
export interface WireState {
  readonly i: string;
  readonly s: string;
  readonly d: string;
  readonly p: string;
  readonly kt: ThresholdJson;
  readonly k: readonly string[];
  readonly nt: ThresholdJson;
  readonly n: readonly string[];
  readonly bt: string;
  readonly b: readonly string[];
  readonly c: readonly string[];
  readonly ee: {
    readonly s: string;
    readonly d: string;
    readonly br: readonly string[];
    readonly ba: readonly string[];
  };
  readonly di: string;
  readonly et: string;
}

/** The key state by KERI's labels: numbers in hexadecimal, weights in lowest terms, `""` for what is not there. */
export function wireState(state: KeyState): WireState {
  const { lastEstablishment } = state;
  return {
    i: state.aid,
    s: hexNumber(state.sn),
    d: state.said,
    p: state.prior ?? '',
    kt: normalizedThreshold(state.threshold),
    k: state.publicKeys,
    nt: normalizedThreshold(state.nextThreshold),
    n: state.nextDigests,
    bt: hexNumber(state.witnessThreshold),
    b: state.witnesses,
    c: state.traits,
    ee: {
      s: hexNumber(lastEstablishment.sn),
      d: lastEstablishment.said,
      br: lastEstablishment.witnessCuts,
      ba: lastEstablishment.witnessAdds,
    },
    di: state.delegator ?? '',
    et: state.lastType,
  };
}
