/**
 * How an event changes the key state, whoever signed it (KERI specification, "Validation").
 * @module
 */
import {
  type AnyInception,
  type AnyRotation,
  type Interaction,
  isRotation,
  type KeyEvent,
} from './event.ts';
import { type Rejection, rejection } from './rejection.ts';
import { isAbandoned, isTransferable, type KeyState } from './state.ts';
import { changedWitnesses, witnessChangeProblem, witnessThresholdProblem } from './witnesses.ts';

const NONE: readonly string[] = [];

/** The key state that an inception sets up. */
export function inceptionState(event: AnyInception): KeyState {
  const { aid, sn, said, threshold, publicKeys, nextThreshold, nextDigests, witnessThreshold } =
    event;
  return {
    aid,
    sn,
    said,
    prior: undefined,
    lastType: event.type,
    threshold,
    publicKeys,
    nextThreshold,
    nextDigests,
    witnessThreshold,
    witnesses: event.witnesses,
    traits: event.traits,
    lastEstablishment: { sn, said, witnessCuts: NONE, witnessAdds: NONE },
    delegator: event.type === 'dip' ? event.delegator : undefined,
  };
}

/** A delegated identifier rotates with its delegator's approval only, and another one never asks for any. */
function delegationProblem(
  { aid, delegator }: KeyState,
  event: AnyRotation,
): Rejection | undefined {
  if ((delegator !== undefined) === (event.type === 'drt')) return undefined;
  return delegator === undefined
    ? rejection('not-delegated', `${aid} has no delegator that a delegated rotation could refer to`)
    : rejection('delegated', `${aid} is delegated, so that its rotations must be of type drt`);
}

function rotationState(state: KeyState, event: AnyRotation): KeyState | Rejection {
  const delegation = delegationProblem(state, event);
  if (delegation !== undefined) return delegation;
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
    lastType: event.type,
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
  return stateAfterInteraction(state, event);
}

/** The key state after an interaction that follows on a key state, or on interactions after it. */
export function stateAfterInteraction(
  state: KeyState,
  { sn, said, prior }: Pick<Interaction, 'sn' | 'said' | 'prior'>,
): KeyState {
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
  event: Exclude<KeyEvent, AnyInception>,
): KeyState | Rejection {
  const problem = endProblem(state);
  if (problem !== undefined) return problem;
  if (event.prior !== state.said) {
    return rejection(
      'prior-mismatch',
      `event ${event.sn} names ${event.prior} before it, there is ${state.said}`,
    );
  }
  return isRotation(event) ? rotationState(state, event) : interactionState(state, event);
}

export function isRejection(outcome: KeyState | Rejection): outcome is Rejection {
  return 'ok' in outcome;
}
