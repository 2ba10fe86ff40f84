import * as Flags from '@oclif/core/flags';
import { witnessThresholdWarning } from '../batch/witness-choice.ts';
import { defaultWitnessThreshold } from '../keri/witnesses.ts';
import { listWitnesses } from '../keys/witness-key.ts';
import type { Session } from './session.ts';

/** `--witness-threshold`, for every command that sets one. */
export const witnessThresholdFlag = {
  'witness-threshold': Flags.integer({
    min: 0,
    helpValue: 'N',
    summary:
      'How many witnesses must receipt each event; else enough that a third of them may fail.',
  }),
};

/** The identifiers of witnesses that a person names: by identifier, or by the name of a witness of this home. */
export function namedWitnesses(session: Session, given: readonly string[] = []): readonly string[] {
  const own = new Map(listWitnesses(session.home).map(({ name, aid }) => [name, aid]));
  return given.map((text) => own.get(text) ?? session.aid(text));
}

/** Tells the person of a witness threshold that they chose and that is out of its bounds. */
export function warnOfThreshold(
  session: Session,
  chosen: number | undefined,
  witnesses: number,
): void {
  const threshold = chosen ?? defaultWitnessThreshold(witnesses);
  const warning = witnessThresholdWarning(threshold, witnesses);
  if (warning !== undefined) session.warn(warning);
}
