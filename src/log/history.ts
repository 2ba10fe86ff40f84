import type { KeyState } from '../keri/state.ts';
import type { Kel } from './kel.ts';

/** A key state of the past and the batch that brought it. */
export interface PastState {
  readonly state: KeyState;
  readonly position: number;
}

/**
 * The key state of a KEL as of an event of its trunk, or as of a batch of the log, when it may have stood on what was
 * superseded later; `undefined` when it had none then.
 */
export function stateAt(
  kel: Kel,
  at: { readonly sn: number } | { readonly position: number },
): PastState | undefined {
  if ('sn' in at) {
    const [state, position] = [kel.stateAt(at.sn), kel.positionAt(at.sn)];
    return state === undefined || position === undefined ? undefined : { state, position };
  }
  // What was accepted last was in force, superseded or not.
  const place = kel.acceptedUpTo(at.position) - 1;
  const [state, event] = [kel.stateOfAccepted(place), kel.acceptedEvent(place)];
  return state === undefined || event === undefined
    ? undefined
    : { state, position: event.position };
}
