import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { noAttachments } from '../../src/cesr/attachments.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { Validator } from '../../src/stream/validator.ts';
import { type WaitingReceipt, WaitingRoom } from '../../src/stream/waiting-room.ts';
import { by, signatures } from '../keri/making.ts';
import { born, interacted, rotated } from './families.ts';

function waiting(
  aid: string,
  number: number,
  changes: Partial<WaitingReceipt> = {},
): WaitingReceipt {
  return {
    key: `${aid} ${number}`,
    name: { aid, sn: number, said: 'E' },
    size: 100,
    isVerified: false,
    isListed: true,
    escrow: 'unverified-nontrans-receipt',
    value: `${number}`,
    attachments: noAttachments,
    signer: undefined,
    ...changes,
  };
}

describe('WaitingRoom', () => {
  it('keeps a bounded number of one identifier, and the oldest goes', () => {
    const room = new WaitingRoom();
    for (let number = 0; number < LIMITS.waitingPerAid; number++) room.put(waiting('A', number));
    room.put(waiting('B', 0));
    room.put(waiting('A', LIMITS.waitingPerAid));
    expect(room.of('A').length).toBe(LIMITS.waitingPerAid);
    expect(room.get('A 0')).toBeUndefined();
    expect(room.get('A 1')).toBeDefined();
    expect(room.get('B 0')).toBeDefined();
    expect(room.at('A', 0)).toEqual([]);
  });

  it('gives up what nobody verified before what somebody did', () => {
    const room = new WaitingRoom();
    room.put(waiting('A', 0, { isVerified: true }));
    for (let number = 1; number <= LIMITS.waitingPerAid; number++) room.put(waiting('A', number));
    expect(room.get('A 0')).toBeDefined();
    expect(room.get('A 1')).toBeUndefined();
    const full = new WaitingRoom();
    for (let number = 0; number <= LIMITS.waitingPerAid; number++)
      full.put(waiting('A', number, { isVerified: true }));
    expect(full.get('A 0')).toBeUndefined();
    expect(full.items.length).toBe(LIMITS.waitingPerAid);
  });

  it('keeps a bounded number of all, and bounded bytes', () => {
    const room = new WaitingRoom();
    for (let number = 0; number <= LIMITS.waiting; number++) room.put(waiting(`${number}`, 0));
    expect(room.items.length).toBe(LIMITS.waiting);
    expect(room.get('0 0')).toBeUndefined();
    room.put(waiting('large', 0, { size: LIMITS.waitingBytes - 100 * (LIMITS.waiting - 10) }));
    expect(room.items.length).toBe(LIMITS.waiting - 9);
    expect(room.get('large 0')).toBeDefined();
  });

  it('puts an item in the place of the one with its key', () => {
    const room = new WaitingRoom();
    room.put(waiting('A', 0));
    room.put(waiting('A', 0, { name: { aid: 'A', sn: 7, said: 'E' } }));
    expect(room.items.length).toBe(1);
    expect([room.at('A', 0).length, room.at('A', 7).length]).toEqual([0, 1]);
    room.remove('A 0');
    expect([room.items, room.at('A', 7), room.of('A')]).toEqual([[], [], []]);
  });
});

describe('Validator with what waits', () => {
  const start = born(1);
  const first = interacted(start, 'first');
  const second = interacted(first, 'second');

  it('lets no bad copy of an early event spoil a good one', () => {
    const foreign = by(signatures(first.event, start.state, 1));
    const validator = new Validator(crypto);
    validator.accept({ event: second.event, attachments: foreign });
    validator.accept(second.signed);
    validator.accept({ event: second.event, attachments: foreign });
    expect(validator.waiting.length).toBe(1);
    validator.accept(start.signed);
    expect(validator.accept(first.signed).resolved).toEqual([second.event.said]);
  });

  it('drops what comes to its turn without a signature that holds', () => {
    const foreign = by(signatures(first.event, start.state, 1));
    const validator = new Validator(crypto);
    validator.accept({ event: second.event, attachments: foreign });
    validator.accept(start.signed);
    expect(validator.accept(first.signed)).toMatchObject({ outcome: 'accepted', resolved: [] });
    expect(validator.waiting).toEqual([]);
  });

  it('drops what nobody signed, whatever is known', () => {
    const validator = new Validator(crypto);
    for (const { event } of [second, start, rotated(second)]) {
      expect(validator.accept({ event, attachments: noAttachments })).toMatchObject({
        outcome: 'rejected',
        reason: 'no-valid-signature',
      });
    }
    expect(validator.waiting).toEqual([]);
  });
});
