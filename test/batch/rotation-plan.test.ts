import { describe, expect, test } from 'vitest';
import {
  type KeyPair,
  type KeyState,
  nextDigest,
  nativeCrypto as crypto,
  parseThresholdText,
  planRotation,
  type RotationChoices,
  thresholdText,
} from '../../src/index.ts';
import { buildInception, buildRotation } from '../../src/keri/build.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { utf8 } from '../../src/base/bytes.ts';
import { inceptionState } from '../../src/keri/transition.ts';
import { digests, key, keys } from '../keri/making.ts';

/** A state of keys 1 to 3 that committed to keys 11 to 13. */
function stateOf(threshold: string, nextThreshold = threshold): KeyState {
  return inceptionState(
    buildInception(crypto, {
      publicKeys: keys(1, 2, 3),
      threshold: parseThresholdText(threshold),
      nextDigests: digests(11, 12, 13),
      nextThreshold: parseThresholdText(nextThreshold),
    }),
  );
}

/** The card of a key and of the key ten after it. */
const card = (number: number): KeyPair => ({
  publicKey: key(number),
  nextDigest: nextDigest(crypto, key(number + 10)),
});
const cards = (...numbers: readonly number[]): readonly KeyPair[] => numbers.map(card);
const NOTHING: RotationChoices = { revealed: [], keep: [], drop: [], add: [] };

describe('planRotation()', () => {
  test('puts revealed keys in the order of the commitments, new members behind, reserve last', () => {
    const state = stateOf('2');
    const plan = planRotation(crypto, state, {
      revealed: cards(13, 11),
      keep: [1],
      drop: [],
      add: cards(50),
    });
    expect(plan.publicKeys).toEqual(keys(11, 13, 50));
    expect(plan.nextDigests).toEqual([...digests(21, 23, 60), ...digests(12)]);
    expect([plan.threshold, plan.nextThreshold].map(thresholdText)).toEqual(['2', '2']);
    const rotation = buildRotation(crypto, state, plan);
    expect([rotation.publicKeys, rotation.nextDigests]).toEqual([
      plan.publicKeys,
      plan.nextDigests,
    ]);
  });

  test('a member whose device is gone is replaced', () => {
    const plan = planRotation(crypto, stateOf('2'), {
      revealed: cards(11, 12),
      keep: [],
      drop: [2],
      add: cards(50),
    });
    expect([plan.publicKeys, plan.nextDigests]).toEqual([keys(11, 12, 50), digests(21, 22, 60)]);
  });

  test('members expose their keys without weight for a custodian', () => {
    const state = stateOf('2');
    const plan = planRotation(crypto, state, {
      revealed: cards(11, 12),
      keep: [],
      drop: [2],
      add: cards(50),
      threshold: parseThresholdText('0,0,1'),
      nextThreshold: parseThresholdText('1/2,1/2,0'),
    });
    expect(plan.publicKeys).toEqual(keys(11, 12, 50));
    expect(thresholdText(buildRotation(crypto, state, plan).threshold)).toBe('0,0,1');
  });

  test('finds a key under whichever digest the commitment was made', () => {
    const sha3 = digestText(crypto, utf8(key(12)), 'H');
    const state = { ...stateOf('2'), nextDigests: [...digests(11), sha3, ...digests(13)] };
    expect(
      planRotation(crypto, state, { ...NOTHING, revealed: cards(12, 11), keep: [2] }).publicKeys,
    ).toEqual(keys(11, 12));
  });

  test('keeps weights while everybody keeps a place, and takes those that are given', () => {
    const weights = '1/2,1/4,1/4';
    const all = planRotation(crypto, stateOf(weights, '1/2,1/2,1/2'), {
      ...NOTHING,
      revealed: cards(12, 13, 11),
    });
    expect([all.threshold, all.nextThreshold].map(thresholdText)).toEqual([weights, '1/2,1/2,1/2']);
    const [threshold, nextThreshold] = ['1,1,1', '1/3,1/3,1/3'].map(parseThresholdText);
    const given = planRotation(crypto, stateOf(weights), {
      revealed: cards(11, 12),
      keep: [],
      drop: [2],
      add: cards(50),
      threshold,
      nextThreshold,
    });
    expect([given.threshold, given.nextThreshold]).toEqual([threshold, nextThreshold]);
  });

  const weighted = '1/2,1/4,1/4';
  test.each<
    [words: string, hint: string | undefined, threshold: string, choices: Partial<RotationChoices>]
  >([
    [
      'no next digest of',
      'For a new member use --add with its card',
      '2',
      { revealed: cards(11, 99) },
    ],
    ['two cards reveal the next key 0', undefined, '2', { revealed: cards(11, 11) }],
    [
      '--keep 3: there are only 3 next keys',
      undefined,
      '2',
      { revealed: cards(11, 12), keep: [3] },
    ],
    [
      '--drop 3: there are only 3 next keys',
      undefined,
      '2',
      { revealed: cards(11, 12), drop: [3] },
    ],
    [
      '--keep -1: there are only 3 next keys',
      undefined,
      '2',
      { revealed: cards(11, 12), keep: [2, -1] },
    ],
    [
      '--drop 0.5: there are only 3 next keys',
      undefined,
      '2',
      { revealed: cards(11, 12), drop: [2, 0.5] },
    ],
    [
      '--keep 0: a card reveals that next key',
      undefined,
      '2',
      { revealed: cards(11, 12, 13), keep: [0] },
    ],
    [
      '--drop 1: a card reveals that next key',
      undefined,
      '2',
      { revealed: cards(11, 12, 13), drop: [1] },
    ],
    [
      'next key 2 cannot be both kept and dropped',
      undefined,
      '2',
      { revealed: cards(11, 12), keep: [2], drop: [2] },
    ],
    [
      'nothing is said about the next keys 1, 2',
      'keep it in reserve (--keep 1), or give it up (--drop 1)',
      '2',
      { revealed: cards(11) },
    ],
    ['no key would be left', 'Give at least one rotation card', '2', { drop: [0, 1, 2] }],
    [
      'the threshold 3 does not fit 2 keys',
      'Give one with --threshold.',
      '3',
      { revealed: cards(11, 12), drop: [2] },
    ],
    [
      'the threshold 4 does not fit 3 keys',
      'Give one with --next-threshold.',
      '2',
      { revealed: cards(11, 12, 13), nextThreshold: parseThresholdText('4') },
    ],
    [
      'the threshold 1/2,1/4,1/4 does not fit 2 keys',
      'Give one with --threshold.',
      weighted,
      { revealed: cards(11, 12), drop: [2] },
    ],
    [
      'the weights 1/2,1/4,1/4 would pass to other members',
      'each of the 3 keys has, with --threshold',
      weighted,
      { revealed: cards(12, 13), drop: [0], add: cards(50) },
    ],
    [
      'the weights 1/2,1/4,1/4 would pass to other members',
      'with --next-threshold',
      weighted,
      { revealed: cards(11, 12), keep: [2], threshold: parseThresholdText('2') },
    ],
  ])('says: %s', (words, hint, threshold, choices) => {
    const plan = () => planRotation(crypto, stateOf(threshold), { ...NOTHING, ...choices });
    const found = hint === undefined ? undefined : (expect.stringContaining(hint) as string);
    expect(plan).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringContaining(`Cannot rotate: ${words}`) as string,
        hint: found,
      }),
    );
  });
});
