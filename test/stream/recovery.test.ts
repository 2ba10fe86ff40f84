import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { Validator } from '../../src/stream/validator.ts';
import { born, interacted, type Made, rotated, sealsOf } from './families.ts';

/** A validator that was given these events, all of which it must have accepted in the end. */
function having(...events: readonly Made[]): Validator {
  const validator = new Validator(crypto);
  for (const { signed } of events) validator.accept(signed);
  for (const { event } of events) expect(validator.log(event.aid)).toBeDefined();
  expect(validator.waiting).toEqual([]);
  return validator;
}

function headOf(validator: Validator, { event }: Made): string | undefined {
  return validator.log(event.aid)?.state.said;
}

describe('Validator with superseding rotations (rule A)', () => {
  const start = born(1);
  const first = interacted(start, 'first');
  const second = interacted(first, 'second');
  const third = interacted(second, 'third');

  it('lets a rotation take the place of interactions at any depth, and keeps them apart', () => {
    const recovery = rotated(first);
    const validator = having(start, first, second, third, recovery);
    const log = validator.log(start.event.aid);
    expect(log?.state).toEqual(recovery.state);
    expect(log?.superseded).toEqual([
      { sn: 2, said: second.event.said },
      { sn: 3, said: third.event.said },
    ]);
    expect(log?.lastOrdinal).toBe(4);
    expect(log?.stateAt(1)).toEqual(first.state);
    expect(log?.stateAt(3)).toBeUndefined();
  });

  it('follows the new branch only, and takes nothing of the old one again', () => {
    const recovery = rotated(first);
    const validator = having(start, first, second, recovery);
    expect(validator.accept(third.signed)).toMatchObject({
      outcome: 'rejected',
      reason: 'prior-mismatch',
    });
    expect(validator.accept(second.signed).outcome).toBe('no-change');
    expect(validator.accept(interacted(recovery, 'new').signed).outcome).toBe('accepted');
  });

  it('never lets an interaction supersede, nor a rotation at or before the last one', () => {
    const turn = rotated(second);
    const validator = having(start, first, second, turn);
    for (const rival of [interacted(second, 'x'), rotated(second, [], 2), rotated(start)]) {
      expect(validator.accept(rival.signed)).toMatchObject({
        outcome: 'escrowed',
        escrows: ['likely-duplicitous'],
      });
    }
    expect(headOf(validator, start)).toBe(turn.event.said);
  });

  it('takes a new branch that comes before the rotation that opens it', () => {
    const recovery = rotated(start);
    const validator = having(start, first, second);
    const after = interacted(recovery, 'after');
    const later = interacted(after, 'later');
    // Where they stand they are refused or rivals; who signed them cannot be told yet.
    expect(validator.accept(later.signed)).toMatchObject({ outcome: 'rejected' });
    expect(validator.accept(after.signed)).toMatchObject({ escrows: ['likely-duplicitous'] });
    expect(validator.accept(recovery.signed)).toMatchObject({
      outcome: 'accepted',
      resolved: [after.event.said, later.event.said],
    });
    expect(headOf(validator, start)).toBe(later.event.said);
  });
});

describe('Validator with superseding delegated rotations (rules B and C)', () => {
  const root = born(100);
  const leaf = born(200, root);
  const approved = interacted(root, ...sealsOf(leaf));
  const lost = rotated(leaf, [], 5);
  const found = rotated(leaf, [], 7);

  it('B1: lets one take the place of another whose approval came before', () => {
    const old = interacted(approved, ...sealsOf(lost));
    const late = interacted(old, ...sealsOf(found));
    const validator = having(root, approved, leaf, old, lost, late, found);
    expect(headOf(validator, leaf)).toBe(found.event.said);
    expect(validator.accept(lost.signed).outcome).toBe('no-change');
    // The other way round the earlier approval changes nothing.
    const other = new Validator(crypto);
    for (const { signed } of [root, approved, leaf, old, late, found, lost]) other.accept(signed);
    expect(headOf(other, leaf)).toBe(found.event.said);
    expect(other.waiting.map(({ escrow }) => escrow)).toEqual(['likely-duplicitous']);
  });

  it('B1: an approval that the message of the other one does not name counts all the same', () => {
    const old = interacted(approved, ...sealsOf(lost));
    const late = interacted(old, ...sealsOf(found));
    const named = (one: typeof lost, { event }: typeof late) => ({
      ...one.signed,
      attachments: {
        ...one.signed.attachments,
        sealSources: [{ sequenceNumber: event.sn, said: event.said }],
      },
    });
    const validator = having(root, approved, leaf, old, late);
    expect(validator.accept(named(found, late)).outcome).toBe('accepted');
    validator.accept(named(lost, old));
    expect(headOf(validator, leaf)).toBe(found.event.said);
  });

  it('B2: goes by the order of seals in one approving event', () => {
    const both = interacted(approved, ...sealsOf(lost, found));
    expect(headOf(having(root, approved, leaf, both, lost, found), leaf)).toBe(found.event.said);
    const turned = interacted(approved, ...sealsOf(found, lost));
    const validator = having(root, approved, leaf, turned, lost);
    expect(validator.accept(found.signed).escrows).not.toEqual([]);
    expect(headOf(validator, leaf)).toBe(lost.event.said);
  });

  it('B3: takes what a superseding rotation of the delegator approves', () => {
    const old = interacted(approved, ...sealsOf(lost));
    const recovery = rotated(approved, sealsOf(found));
    const validator = having(root, approved, leaf, old, lost, recovery, found);
    expect(headOf(validator, leaf)).toBe(found.event.said);
  });

  it('supersedes interactions at any depth, with approval', () => {
    const one = interacted(leaf, 1);
    const two = interacted(one, 2);
    const validator = having(root, approved, leaf, one, two);
    expect(validator.accept(found.signed)).toMatchObject({ escrows: ['partially-delegated'] });
    const late = interacted(approved, ...sealsOf(found));
    expect(validator.accept(late.signed).resolved).toEqual([found.event.said]);
    expect(validator.log(leaf.event.aid)?.superseded.length).toBe(2);
  });

  it('C: takes what was approved anew by a delegator that was itself superseded one level up', () => {
    const middle = born(300, root);
    const below = born(400, middle);
    const gave = interacted(root, ...sealsOf(middle));
    const passed = interacted(middle, ...sealsOf(below));
    const bad = rotated(below, [], 5);
    const good = rotated(below, [], 7);
    const stolen = rotated(passed, sealsOf(bad), 5);
    const restored = rotated(passed, sealsOf(good), 7);
    const before = interacted(gave, ...sealsOf(stolen));
    const after = interacted(before, ...sealsOf(restored));
    const chain = [root, gave, middle, passed, below, before, stolen, bad, after, restored, good];
    const validator = having(...chain);
    expect(headOf(validator, middle)).toBe(restored.event.said);
    expect(headOf(validator, below)).toBe(good.event.said);
    expect(validator.log(below.event.aid)?.anchorAt(1)).toEqual({
      delegator: middle.event.aid,
      sn: 2,
      said: restored.event.said,
      sealIndex: 0,
    });
  });
});

describe('Validator with delegation', () => {
  it('refuses whom the delegator was set up not to delegate to', () => {
    const root = born(1, undefined, ['DND']);
    const leaf = born(20, root);
    const approved = interacted(root, ...sealsOf(leaf));
    const validator = having(root, approved);
    expect(validator.accept(leaf.signed)).toMatchObject({
      outcome: 'rejected',
      reason: 'do-not-delegate',
    });
    // So too when the delegator comes last.
    const other = new Validator(crypto);
    expect(other.accept(leaf.signed).escrows).toEqual(['partially-delegated']);
    other.accept(root.signed);
    expect(other.waiting).toEqual([]);
  });

  it('refuses a plain rotation of a delegated identifier, and a delegated one of another', () => {
    const root = born(1);
    const leaf = born(20, root);
    const approved = interacted(root, ...sealsOf(leaf));
    const free = { ...leaf, state: { ...leaf.state, delegator: undefined } };
    const bound = { ...approved, state: { ...approved.state, delegator: leaf.event.aid } };
    const validator = having(root, approved, leaf);
    expect(validator.accept(rotated(free).signed)).toMatchObject({ reason: 'delegated' });
    expect(validator.accept(rotated(bound).signed)).toMatchObject({ reason: 'not-delegated' });
  });

  it('bounds how many delegators are above each other', () => {
    const chain = [born(1)];
    const validator = new Validator(crypto);
    for (let level = 1; level <= LIMITS.delegationDepth + 1; level++) {
      const above = chain.at(-1);
      if (above === undefined) throw new Error('there is a first one');
      const below = born(1 + 20 * level, above);
      validator.accept(above.signed);
      validator.accept(interacted(above, ...sealsOf(below)).signed);
      chain.push(below);
    }
    expect(validator.logs.length).toBe(LIMITS.delegationDepth + 1);
    const deepest = chain.at(-1);
    if (deepest === undefined) throw new Error('there is a last one');
    expect(validator.accept(deepest.signed)).toMatchObject({
      outcome: 'rejected',
      reason: 'delegation-depth',
    });
  });
});
