import type { KeyState } from '../keri/state.ts';
import type { Kel } from './kel.ts';

/** A key state of the past and the batch that brought it. */
export interface PastState {
  readonly state: KeyState;
  readonly position: number;
}

/** The last sequence number that had entered the log at a position, `undefined` before the inception did. */
function lastAt(kel: Kel, position: number): number | undefined {
  let [low, high] = [0, kel.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((kel.positionAt(middle) ?? Number.POSITIVE_INFINITY) <= position) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : low - 1;
}

/** The key state of a KEL as of an event, or as of a batch of the log; `undefined` when it had none then. */
export function stateAt(
  kel: Kel,
  at: { readonly sn: number } | { readonly position: number },
): PastState | undefined {
  const sn = 'sn' in at ? at.sn : lastAt(kel, at.position);
  const file = sn === undefined ? undefined : kel.fileAt(sn);
  if (sn === undefined || file === undefined) return undefined;
  const established = kel.establishmentAt(sn)?.state;
  const position = kel.positionAt(sn);
  if (established === undefined || position === undefined) return undefined;
  if (established.sn === sn) return { state: established, position };
  const prior = kel.saidAt(sn - 1);
  return { state: { ...established, sn, said: file.said, prior, lastType: file.type }, position };
}
