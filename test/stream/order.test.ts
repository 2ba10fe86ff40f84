/** Whatever order messages come in, and however many of them, a validator comes to the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import type { KeyState } from '../../src/keri/state.ts';
import { Validator } from '../../src/stream/validator.ts';
import { type Scenario, scenariosOf, stepBytes } from '../keri/scenarios.ts';
import { isLeftOut, leftOutTags } from '../vectors/left-out.ts';
import { born, interacted, rotated, sealsOf } from './families.ts';
import { feed } from './feeding.ts';

const scale = Number(process.env['GITKEL_LONG'] ?? '1');

/** Scenarios in which each event is valid somewhere: also those in which the recorded validator failed to recover. */
const isConsistent = ({ tags, id }: Scenario): boolean =>
  (tags.includes('valid') ||
    (id.startsWith('recovery-delegated-') && !id.endsWith('-newly-committed-keys'))) &&
  !tags.some((tag) => isLeftOut(leftOutTags, tag));

const scenarios = [
  'kel_valid_single.json',
  'kel_valid_multisig.json',
  'kel_valid_witness.json',
  'kel_delegation.json',
  'kel_recovery.json',
]
  .flatMap(scenariosOf)
  .filter((scenario) => isConsistent(scenario) && scenario.steps.length > 1);

function fed(messages: readonly Uint8Array[], order: readonly number[]): Validator {
  const validator = new Validator(crypto);
  for (const at of order) feed(validator, messages[at] ?? new Uint8Array());
  return validator;
}

function statesOf(validator: Validator): Readonly<Record<string, KeyState>> {
  return Object.fromEntries(validator.logs.map(({ state }) => [state.aid, state] as const));
}

describe('Validator', () => {
  it.each(scenarios.map((scenario) => [scenario.id, scenario] as const))(
    'comes to the same key states in every order of %s',
    (_, { steps }) => {
      const messages = steps.map(stepBytes);
      const places = [...messages.keys()];
      const whole = statesOf(fed(messages, places));
      const order = fc.shuffledSubarray(places, { minLength: places.length });
      fc.assert(
        fc.property(order, fc.subarray(places), (each, again) => {
          expect(statesOf(fed(messages, [...each, ...again]))).toEqual(whole);
        }),
        { numRuns: 4 * scale },
      );
    },
  );

  it.each(scenarios.map((scenario) => [scenario.id, scenario] as const))(
    'accepts nothing of a part of %s that the whole has no place for',
    (_, { steps }) => {
      const messages = steps.map(stepBytes);
      const places = [...messages.keys()];
      const whole = fed(messages, places);
      fc.assert(
        fc.property(fc.shuffledSubarray(places), (part) => {
          for (const log of fed(messages, part).logs) {
            const { aid, sn } = log.state;
            const all = whole.log(aid);
            for (let at = 0; at <= sn; at++) {
              const said = log.saidAt(at) ?? '';
              expect(all?.saidAt(at) === said || all?.isSuperseded(said)).toBe(true);
            }
          }
        }),
        { numRuns: 2 * scale },
      );
    },
  );

  it('covers delegation, recovery, witnesses and receipts', () => {
    expect(scenarios.length).toBeGreaterThan(50);
    for (const tag of ['delegation', 'recovery', 'witness', 'receipts', 'multisig'])
      expect(scenarios.some(({ tags }) => tags.includes(tag))).toBe(true);
  });

  it('comes to the same for three levels of delegation that recover, in every order', () => {
    const root = born(100);
    const middle = born(300, root);
    const leaf = born(400, middle);
    const gave = interacted(root, ...sealsOf(middle));
    const passed = interacted(middle, ...sealsOf(leaf));
    const bad = rotated(leaf, [], 5);
    const good = rotated(leaf, [], 7);
    const stolen = rotated(passed, sealsOf(bad), 5);
    const restored = rotated(passed, sealsOf(good), 7);
    const before = interacted(gave, ...sealsOf(stolen));
    const after = interacted(before, ...sealsOf(restored));
    const end = interacted(good, 'end');
    const all = [root, gave, middle, passed, leaf, before, stolen, bad, after, restored, good, end];
    const order = fc.shuffledSubarray(all, { minLength: all.length });
    fc.assert(
      fc.property(order, (each) => {
        const validator = new Validator(crypto);
        for (const { signed } of each) validator.accept(signed);
        expect(statesOf(validator)).toEqual({
          [root.event.aid]: after.state,
          [middle.event.aid]: restored.state,
          [leaf.event.aid]: end.state,
        });
      }),
      { numRuns: 40 * scale },
    );
  });
});
