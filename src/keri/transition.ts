/**
 * How an event changes the key state, whoever signed it (KERI specification, "Validation").
 * @module
 */
import type { Inception, Interaction, KeyEvent, Rotation } from './event.ts';
import { type Rejection, rejection } from './rejection.ts';
import { isAbandoned, isTransferable, type KeyState } from './state.ts';
import { changedWitnesses, witnessChangeProblem, witnessThresholdProblem } from './witnesses.ts';

const NONE: readonly string[] = [];

/** The key state that an inception sets up. */
export function inceptionState(event: Inception): KeyState {
  const { aid, sn, said, threshold, publicKeys, nextThreshold, nextDigests, witnessThreshold } =
    event;
  return {
    aid,
    sn,
    said,
    prior: undefined,
    lastType: 'icp',
    threshold,
    publicKeys,
    nextThreshold,
    nextDigests,
    witnessThreshold,
    witnesses: event.witnesses,
    traits: event.traits,
    lastEstablishment: { sn, said, witnessCuts: NONE, witnessAdds: NONE },
    delegator: undefined,
  };
}

function rotationState(state: KeyState, event: Rotation): KeyState | Rejection {
  const { sn, said, prior, witnessCuts, witnessAdds, witnessThreshold } = event;
  const problem = witnessChangeProblem(state.witnesses, witnessCuts, witnessAdds);
  if (problem !== undefined) return problem;
  const witnesses = changedWitnesses(state.witnesses, witnessCuts, witnessAdds);
  const thresholdProblem = witnessThresholdProblem(witnessThreshold, witnesses.length);
  if (thresholdProblem !== undefined) return thresholdProblem;
  return {
    aid: state.aid,
    sn,
    said,
    prior,
    lastType: 'rot',
    threshold: event.threshold,
    publicKeys: event.publicKeys,
    nextThreshold: event.nextThreshold,
    nextDigests: event.nextDigests,
    witnessThreshold,
    witnesses,
    traits: state.traits,
    lastEstablishment: { sn, said, witnessCuts, witnessAdds },
    delegator: state.delegator,
  };
}

function interactionState(state: KeyState, event: Interaction): KeyState | Rejection {
  if (state.traits.includes('EO')) {
    return rejection('establishment-only', `${state.aid} was set up for establishment events only`);
  }
  const { sn, said, prior } = event;
  // Written out: a log is mostly interactions, and spreading an object of this size costs more than all else here.
  return {
    aid: state.aid,
    sn,
    said,
    prior,
    lastType: 'ixn',
    threshold: state.threshold,
    publicKeys: state.publicKeys,
    nextThreshold: state.nextThreshold,
    nextDigests: state.nextDigests,
    witnessThreshold: state.witnessThreshold,
    witnesses: state.witnesses,
    traits: state.traits,
    lastEstablishment: state.lastEstablishment,
    delegator: state.delegator,
  };
}

/** Why nothing can follow on a key state any more, or `undefined` while something can. */
export function endProblem(state: KeyState): Rejection | undefined {
  if (isTransferable(state)) return undefined;
  return isAbandoned(state)
    ? rejection(
        'abandoned',
        `${state.aid} was abandoned by its event ${state.lastEstablishment.sn}`,
      )
    : rejection('non-transferable', `${state.aid} cannot rotate, nothing follows its inception`);
}

/** The key state after the event that follows directly on a key state. Signatures are not looked at. */
export function nextState(
  state: KeyState,
  event: Exclude<KeyEvent, Inception>,
): KeyState | Rejection {
  const problem = endProblem(state);
  if (problem !== undefined) return problem;
  if (event.prior !== state.said) {
    return rejection(
      'prior-mismatch',
      `event ${event.sn} names ${event.prior} before it, there is ${state.said}`,
    );
  }
  return event.type === 'rot' ? rotationState(state, event) : interactionState(state, event);
}

export function isRejection(outcome: KeyState | Rejection): outcome is Rejection {
  return 'ok' in outcome;
}
