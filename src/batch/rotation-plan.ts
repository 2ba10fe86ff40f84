import { GitkelError } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { RotationFields } from '../keri/build.ts';
import { priorIndexOf } from '../keri/signatures.ts';
import type { KeyState } from '../keri/state.ts';
import { slots, type Threshold, thresholdText } from '../keri/threshold.ts';

/** A key and the commitment to the one after it: what a card says. */
export interface KeyPair {
  readonly publicKey: string;
  readonly nextDigest: string;
}

/** What a rotation is made of, as people say it. Indices count the prior next digests, from 0. */
export interface RotationChoices {
  /** Revealed next keys, from rotation cards, in any order. */
  readonly revealed: readonly KeyPair[];
  /** Prior next digests that stay in reserve. */
  readonly keep: readonly number[];
  /** Prior next digests that are given up. */
  readonly drop: readonly number[];
  /** New members, which no prior next digest commits to. */
  readonly add: readonly KeyPair[];
  readonly threshold?: Threshold | undefined;
  readonly nextThreshold?: Threshold | undefined;
}

function usage(message: string, hint?: string): GitkelError {
  return new GitkelError('usage', `Cannot rotate: ${message}`, hint === undefined ? {} : { hint });
}

function placed(
  crypto: Crypto,
  state: KeyState,
  revealed: readonly KeyPair[],
): ReadonlyMap<number, KeyPair> {
  const byPlace = new Map<number, KeyPair>();
  for (const pair of revealed) {
    const place = priorIndexOf(crypto, state, pair.publicKey);
    if (place === undefined) {
      throw usage(
        `no next digest of ${state.aid} commits to the key ${pair.publicKey}`,
        'For a new member use --add with its card; for a member, ask for a new card: gitkel key next NAME.',
      );
    }
    if (byPlace.has(place)) throw usage(`two cards reveal the next key ${place}`);
    byPlace.set(place, pair);
  }
  return byPlace;
}

function checkPlaces(
  state: KeyState,
  revealed: ReadonlyMap<number, KeyPair>,
  { keep, drop }: RotationChoices,
): void {
  for (const [label, indices] of [
    ['--keep', keep],
    ['--drop', drop],
  ] as const) {
    for (const index of indices) {
      if (state.nextDigests[index] === undefined)
        throw usage(
          `${label} ${index}: there are only ${state.nextDigests.length} next keys (0 is the first)`,
        );
      if (revealed.has(index)) throw usage(`${label} ${index}: a card reveals that next key`);
    }
  }
  const both = keep.find((index) => drop.includes(index));
  if (both !== undefined) throw usage(`next key ${both} cannot be both kept and dropped`);
  const open = state.nextDigests.flatMap((_, index) =>
    revealed.has(index) || keep.includes(index) || drop.includes(index) ? [] : [index],
  );
  if (open.length > 0) {
    throw usage(
      `nothing is said about the next ${open.length === 1 ? 'key' : 'keys'} ${open.join(', ')} of ${state.aid}`,
      `For each, give its rotation card with --card (its owner prints it: gitkel key next NAME), keep it in reserve (--keep ${open[0] ?? 0}), or give it up (--drop ${open[0] ?? 0}).`,
    );
  }
}

interface Fitting {
  readonly label: string;
  readonly wanted: Threshold | undefined;
  readonly before: Threshold;
  readonly count: number;
  /** Whether every member keeps its place; otherwise a weight would pass to somebody else. */
  readonly keepsPlaces: boolean;
}

function fitting({ label, wanted, before, count, keepsPlaces }: Fitting): Threshold {
  const threshold = wanted ?? before;
  const fits = threshold.kind === 'count' ? threshold.count <= count : slots(threshold) === count;
  if (fits && wanted === undefined && threshold.kind === 'weighted' && !keepsPlaces) {
    throw usage(
      `the weights ${thresholdText(threshold)} would pass to other members than they were given to`,
      `Say what weight each of the ${count} keys has, with ${label}.`,
    );
  }
  if (fits) return threshold;
  throw usage(
    `the threshold ${thresholdText(threshold)} does not fit ${count} ${count === 1 ? 'key' : 'keys'}`,
    `Give one with ${label}.`,
  );
}

/**
 * Works out the keys, next digests and thresholds of a rotation: revealed keys in the order of the prior next digests,
 * then new members; their next digests in the same order, then those kept in reserve. Thresholds stay as they are where
 * they still fit; weights only where every member keeps its place.
 * @throws GitkelError `usage`, which names the next key that nothing is said about.
 */
export function planRotation(
  crypto: Crypto,
  state: KeyState,
  choices: RotationChoices,
): RotationFields {
  const revealed = placed(crypto, state, choices.revealed);
  checkPlaces(state, revealed, choices);
  const members = [...revealed]
    .toSorted(([a], [b]) => a - b)
    .map(([, pair]) => pair)
    .concat(choices.add);
  if (members.length === 0)
    throw usage('no key would be left', 'Give at least one rotation card with --card.');
  const kept = choices.keep
    .toSorted((a, b) => a - b)
    .flatMap((index) => state.nextDigests[index] ?? []);
  const nextDigests = [...members.map((pair) => pair.nextDigest), ...kept];
  const keepsPlaces = revealed.size === state.nextDigests.length;
  const { threshold, nextThreshold } = choices;
  return {
    publicKeys: members.map(({ publicKey }) => publicKey),
    threshold: fitting({
      label: '--threshold',
      wanted: threshold,
      before: state.threshold,
      count: members.length,
      keepsPlaces,
    }),
    nextDigests,
    nextThreshold: fitting({
      label: '--next-threshold',
      wanted: nextThreshold,
      before: state.nextThreshold,
      count: nextDigests.length,
      keepsPlaces,
    }),
  };
}
