import type { KeyState } from '../keri/state.ts';
import { parseThreshold, type ThresholdJson, thresholdToJson } from '../keri/threshold.ts';

/** A key state as JSON can hold it: thresholds in their wire form. */
export interface StoredState extends Omit<KeyState, 'threshold' | 'nextThreshold'> {
  readonly threshold: ThresholdJson;
  readonly nextThreshold: ThresholdJson;
}

export function storedState(state: KeyState): StoredState {
  const { threshold, nextThreshold } = state;
  return {
    ...state,
    threshold: thresholdToJson(threshold),
    nextThreshold: thresholdToJson(nextThreshold),
  };
}

/** The key state that {@link storedState} was given. */
export function stateOf(stored: StoredState): KeyState {
  return {
    ...stored,
    prior: stored.prior,
    delegator: stored.delegator,
    threshold: parseThreshold(stored.threshold),
    nextThreshold: parseThreshold(stored.nextThreshold),
  };
}
