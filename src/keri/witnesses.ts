/**
 * Lists of witnesses, and how rotations change them (KERI specification, "Backer list" and "Backer threshold").
 * @module
 */
import { quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { keyProblem } from './primitive-text.ts';
import { type Rejection, rejection } from './rejection.ts';

export function isUniqueList(list: readonly string[]): boolean {
  return list.length < 2 || new Set(list).size === list.length;
}

/**
 * The witness threshold for so many witnesses when none is chosen: enough that two sufficient sets share an honest one
 * while a third of all may fail (KERI specification, "KERI's Algorithm for Witness Agreement").
 */
export function defaultWitnessThreshold(witnesses: number): number {
  const faults = Math.max(1, Math.floor((witnesses - 1) / 3));
  return Math.min(witnesses, Math.ceil((witnesses + faults + 1) / 2));
}

/** Why a threshold does not suit so many witnesses: it is between 1 and their number, and 0 where there are none. */
export function witnessThresholdProblem(
  threshold: number,
  witnesses: number,
): Rejection | undefined {
  const suits = witnesses === 0 ? threshold === 0 : threshold >= 1 && threshold <= witnesses;
  return suits
    ? undefined
    : rejection(
        'witness-threshold',
        `a witness threshold of ${threshold} does not suit ${witnesses} witnesses`,
      );
}

/** What is wrong with a list of witnesses; with their threshold too, where it is for this very list. */
export function witnessesProblem(
  crypto: Crypto,
  witnesses: readonly string[],
  threshold: number | undefined,
): Rejection | undefined {
  for (const witness of witnesses) {
    if (keyProblem(crypto, witness, 'B') !== undefined) {
      return rejection(
        'witness-code',
        `the witness ${quoted(witness)} is no Ed25519 key that cannot rotate`,
      );
    }
  }
  if (!isUniqueList(witnesses)) return rejection('duplicate-witness', 'a witness stands twice');
  return threshold === undefined ? undefined : witnessThresholdProblem(threshold, witnesses.length);
}

/** The list after a change: those that stay in their order, then those that are added. */
export function changedWitnesses(
  witnesses: readonly string[],
  cuts: readonly string[],
  adds: readonly string[],
): readonly string[] {
  if (cuts.length === 0 && adds.length === 0) return witnesses;
  const cut = new Set(cuts);
  return [...witnesses.filter((witness) => !cut.has(witness)), ...adds];
}

/** Why a list of witnesses cannot be changed so. Cuts stand in the order of the list, as every validator expects. */
export function witnessChangeProblem(
  witnesses: readonly string[],
  cuts: readonly string[],
  adds: readonly string[],
): Rejection | undefined {
  let from = 0;
  for (const cut of cuts) {
    const at = witnesses.indexOf(cut, from);
    if (at < 0)
      return rejection(
        'witness-cuts',
        `${quoted(cut)} cannot be cut: no such witness, or not in list order`,
      );
    from = at + 1;
  }
  const present = new Set(witnesses);
  for (const add of adds) {
    if (present.has(add))
      return rejection('witness-adds', `the witness ${add} cannot be added: it is there already`);
  }
  return undefined;
}
