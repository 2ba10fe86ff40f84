/** Events between gitkel and signify-ts, both ways: what one writes and signs, the other reads. */
import {
  Diger,
  incept,
  interact,
  messagize,
  ready,
  rotate,
  Saider,
  Serder,
  Siger,
  Signer,
  Verfer,
} from 'signify-ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { encodeIndexedSignature } from '../../src/cesr/signature.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { buildInception, buildInteraction, buildRotation } from '../../src/keri/build.ts';
import { applyUnsigned, evaluate } from '../../src/keri/evaluate.ts';
import type { KeyEvent } from '../../src/keri/event.ts';
import type { KeyLog } from '../../src/keri/key-log.ts';
import { parseSignedEvent, signingKeys } from '../../src/keri/signatures.ts';
import type { KeyState } from '../../src/keri/state.ts';
import { parseThreshold } from '../../src/keri/threshold.ts';
import { digests, keys, signatures } from './making.ts';

/** What signify-ts signs an event with: its own keys, which are another kind of thing than ours. */
type SignifyKeys = readonly Signer[];

function signifyKeys(...numbers: readonly number[]): SignifyKeys {
  return numbers.map(
    (number) =>
      new Signer({ raw: crypto.digest('sha2-256', utf8(`signify ${number}`)), transferable: true }),
  );
}

const texts = (signers: SignifyKeys): string[] => signers.map(({ verfer }) => verfer.qb64);
const committed = (signers: SignifyKeys): string[] =>
  signers.map(({ verfer }) => new Diger({ code: 'E' }, verfer.qb64b).qb64);

/** The message with a signature of each key at its index. */
function signedBySignify(serder: Serder, signers: SignifyKeys): Uint8Array {
  const sigers = signers.map((signer, index) => {
    const signature = signer.sign(utf8(serder.raw), index);
    if (!(signature instanceof Siger)) throw new Error('an indexed signature was asked for');
    return signature;
  });
  return messagize(serder, sigers);
}

/** The key state after the messages, each of which must be accepted. */
function follow(messages: readonly Uint8Array[]): KeyState {
  const saids: string[] = [];
  const states: KeyState[] = [];
  for (const message of messages) {
    const parsed = parseSignedEvent(crypto, message);
    if (!parsed.ok) throw new Error(parsed.detail);
    const state = states.at(-1);
    const log: KeyLog | undefined =
      state === undefined
        ? undefined
        : {
            state,
            saidAt: (sn) => saids[sn],
            stateAt: (sn) => states[sn],
            anchorAt: () => undefined,
          };
    const decision = evaluate(crypto, log, parsed.signed);
    if (decision.outcome !== 'accept') throw new Error(JSON.stringify(decision));
    states.push(decision.state);
    saids.push(parsed.signed.event.said);
  }
  const last = states.at(-1);
  if (last === undefined) throw new Error('there are messages');
  return last;
}

const WEIGHTS = ['1/2', '1/2', '1/2'];

beforeAll(() => ready());

describe('events of signify-ts', () => {
  const cases = [
    { name: 'one key', numbers: [1], next: [2], after: [3], sith: '1' },
    { name: '2 of 3', numbers: [1, 2, 3], next: [4, 5, 6], after: [7, 8, 9], sith: '2' },
    { name: 'weights', numbers: [1, 2, 3], next: [4, 5, 6], after: [7, 8, 9], sith: WEIGHTS },
  ];
  for (const { name, numbers, next, after, sith } of cases) {
    it(`evaluate() accepts icp, ixn and rot of ${name}`, () => {
      const [first, second, third] = [
        signifyKeys(...numbers),
        signifyKeys(...next),
        signifyKeys(...after),
      ];
      const icp = incept({
        keys: texts(first),
        isith: sith,
        ndigs: committed(second),
        nsith: sith,
        code: 'E',
        toad: 0,
        wits: [],
        intive: true,
      });
      // A number, which others write as text.
      expect(icp.sad['bt']).toBe(0);
      const aid = icp.pre;
      const ixn = interact({
        pre: aid,
        dig: icp.sad['d'],
        sn: 1,
        data: [{ d: icp.sad['d'] }],
        version: undefined,
        kind: undefined,
      });
      const rot = rotate({
        pre: aid,
        keys: texts(second),
        dig: ixn.sad['d'],
        sn: 2,
        isith: sith,
        ndigs: committed(third),
        nsith: sith,
        toad: 0,
        wits: [],
        cuts: [],
        adds: [],
      });
      const state = follow([
        signedBySignify(icp, first),
        signedBySignify(ixn, first),
        signedBySignify(rot, second),
      ]);
      expect(state).toMatchObject({ aid, sn: 2, said: rot.sad['d'], publicKeys: texts(second) });
    });
  }

  it('evaluate() reads a rotation whose number of witnesses is no text', () => {
    const [first, second, third] = [signifyKeys(1), signifyKeys(2), signifyKeys(3)];
    const witness = new Signer({ raw: crypto.digest('sha2-256', utf8('w')), transferable: false });
    const icp = incept({ keys: texts(first), ndigs: committed(second), code: 'E', toad: 0 });
    const rot = rotate({
      pre: icp.pre,
      keys: texts(second),
      dig: icp.sad['d'],
      ndigs: committed(third),
      wits: [],
      adds: [witness.verfer.qb64],
      toad: 1,
    });
    expect(rot.sad['bt']).toBe(1);
    const state = follow([signedBySignify(icp, first)]);
    const parsed = parseSignedEvent(crypto, signedBySignify(rot, second));
    if (!parsed.ok) throw new Error(parsed.detail);
    const log = {
      state,
      saidAt: () => state.said,
      stateAt: () => state,
      anchorAt: () => undefined,
    };
    expect(evaluate(crypto, log, parsed.signed)).toMatchObject({
      outcome: 'escrow',
      reason: 'partial-witness',
      progress: { thresholdMet: true, priorThresholdMet: true, witnessThreshold: 1 },
    });
  });

  it('evaluate() refuses one that another key signed', () => {
    const [own, other] = [signifyKeys(1), signifyKeys(2)];
    const icp = incept({
      keys: texts(own),
      ndigs: committed(other),
      code: 'E',
      toad: 0,
      wits: [],
    });
    const parsed = parseSignedEvent(crypto, signedBySignify(icp, other));
    if (!parsed.ok) throw new Error(parsed.detail);
    expect(evaluate(crypto, undefined, parsed.signed)).toMatchObject({
      outcome: 'reject',
      reason: 'no-valid-signature',
    });
  });
});

function stateAfter(before: KeyState | undefined, event: KeyEvent): KeyState {
  const applied = applyUnsigned(crypto, before, event);
  if (!applied.ok) throw new Error(applied.detail);
  return applied.state;
}

describe('events of gitkel', () => {
  /** Reads an event with signify-ts: the same text, its digest, and each signature by the key at its index. */
  function readBySignify(
    event: KeyEvent,
    before: KeyState | undefined,
    signers: readonly number[],
  ): void {
    const text = fromUtf8(event.bytes) ?? '';
    const serder = new Serder(JSON.parse(text));
    expect(serder.raw).toBe(text);
    // Its identifier is its digest, which is computed with both left open.
    const open = event.type === 'icp' ? { ...serder.sad, i: '#'.repeat(44) } : serder.sad;
    expect(new Saider({ qb64: event.said }).verify(open, true)).toBe(true);
    for (const signature of signatures(event, before, ...signers)) {
      const siger = new Siger({ qb64: encodeIndexedSignature(signature) });
      const verfer = new Verfer({ qb64: signingKeys(event, before)[siger.index] ?? '' });
      expect(siger.ondex).toBe(signature.priorIndex);
      expect(verfer.verify(siger.raw, event.bytes)).toBe(true);
      expect(verfer.verify(siger.raw, utf8(`${text} `))).toBe(false);
    }
  }

  const cases = [
    { name: 'one key', first: [1], next: [2], threshold: '1', signers: [1], rotating: [2] },
    {
      name: '2 of 3',
      first: [1, 2, 3],
      next: [4, 5, 6],
      threshold: '2',
      signers: [1, 3],
      rotating: [4, 5],
    },
    {
      name: 'weights',
      first: [1, 2, 3],
      next: [4, 5, 6],
      threshold: WEIGHTS,
      signers: [2, 3],
      rotating: [6, 5],
    },
  ];
  for (const { name, first, next, threshold: json, signers, rotating } of cases) {
    it(`signify-ts reads icp, ixn and rot of ${name}`, () => {
      const threshold = parseThreshold(json);
      const nextThreshold = threshold;
      const inception = buildInception(crypto, {
        publicKeys: keys(...first),
        threshold,
        nextDigests: digests(...next),
        nextThreshold,
      });
      const created = stateAfter(undefined, inception);
      readBySignify(inception, undefined, signers);
      const interaction = buildInteraction(crypto, created, [{ d: inception.said }]);
      readBySignify(interaction, created, signers);
      const anchored = stateAfter(created, interaction);
      const rotation = buildRotation(crypto, anchored, {
        publicKeys: keys(...next),
        threshold,
        nextDigests: digests(...next.map((number) => number + 10)),
        nextThreshold,
      });
      readBySignify(rotation, anchored, rotating);
    });
  }
});
