import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { noAttachments } from '../../src/cesr/attachments.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { ed25519Signature } from '../../src/cesr/signature.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { buildInception, buildInteraction, buildRotation } from '../../src/keri/build.ts';
import { checkSignature, priorIndexOf, progress, signingKeys } from '../../src/keri/signatures.ts';
import { countThreshold } from '../../src/keri/threshold.ts';
import { by, digests, key, keys, signatures, signed, stateAfter } from './making.ts';

const two = countThreshold(2);
const born = buildInception(crypto, {
  publicKeys: keys(1, 2, 3),
  threshold: two,
  nextDigests: digests(4, 5, 6),
  nextThreshold: two,
});
const before = stateAfter(born);
const anchor = buildInteraction(crypto, before, []);
// The committed keys in another order, and one that nobody committed to.
const turned = buildRotation(crypto, before, {
  publicKeys: keys(6, 4, 8),
  threshold: two,
  nextDigests: digests(7),
  nextThreshold: countThreshold(1),
});

describe('signingKeys()', () => {
  it('are those of the event, or of the key state for an interaction', () => {
    expect(signingKeys(born, undefined)).toEqual(keys(1, 2, 3));
    expect(signingKeys(turned, before)).toEqual(keys(6, 4, 8));
    expect(signingKeys(anchor, before)).toEqual(keys(1, 2, 3));
    expect(signingKeys(anchor, undefined)).toEqual([]);
  });
});

describe('priorIndexOf()', () => {
  it('finds the next digest that commits to a key', () => {
    expect([4, 5, 6, 7].map((number) => priorIndexOf(crypto, before, key(number)))).toEqual([
      0,
      1,
      2,
      undefined,
    ]);
  });

  it('finds digests of several algorithms', () => {
    const mixed = {
      ...before,
      nextDigests: ['I', 'F', '0D'].map((code, at) => digestText(crypto, utf8(key(at)), code)),
    };
    expect([0, 1, 2, 3].map((number) => priorIndexOf(crypto, mixed, key(number)))).toEqual([
      0,
      1,
      2,
      undefined,
    ]);
  });
});

describe('checkSignature()', () => {
  const check = (
    event: typeof born | typeof anchor | typeof turned,
    number: number,
    index: number,
    prior?: number,
  ) => checkSignature(crypto, event, before, ed25519Signature(signed(number, event), index, prior));

  it('takes a signature at the index of its key', () => {
    expect(check(born, 2, 1, 1)).toBe('valid');
    expect(check(born, 2, 1)).toBe('valid');
    expect(check(anchor, 3, 2, 2)).toBe('valid');
    // Only a rotation reveals anything: elsewhere a prior index says nothing.
    expect(check(anchor, 3, 2, 60)).toBe('valid');
    expect(check(born, 1, 0, 70)).toBe('valid');
  });

  it('tells what is wrong', () => {
    expect(check(born, 1, 1, 1)).toBe('bad-signature');
    expect(check(born, 1, 3, 3)).toBe('no-such-key');
    expect(check(turned, 6, 0, 2)).toBe('valid');
    expect(check(turned, 6, 0, 0)).toBe('prior-digest-mismatch');
    expect(check(turned, 6, 0, 3)).toBe('no-such-prior-key');
    expect(check(turned, 8, 2)).toBe('valid');
    expect(check(turned, 8, 1, 0)).toBe('bad-signature');
    const other = { code: 'E', index: 0, priorIndex: 0, raw: signed(1, born) };
    expect(checkSignature(crypto, born, undefined, other)).toBe('unsupported-code');
    expect(
      checkSignature(crypto, anchor, undefined, ed25519Signature(signed(1, anchor), 0, 0)),
    ).toBe('no-such-key');
    expect(
      checkSignature(crypto, turned, undefined, ed25519Signature(signed(6, turned), 0, 0)),
    ).toBe('no-such-prior-key');
  });
});

describe('progress()', () => {
  it('of an unsigned event is nothing', () => {
    expect(progress(crypto, turned, before, noAttachments)).toEqual({
      indices: [],
      priorIndices: [],
      thresholdMet: false,
      priorThresholdMet: false,
      witnessIndices: [],
      witnessThreshold: 0,
      witnessesMet: true,
      rejected: [],
    });
    expect(progress(crypto, born, undefined, noAttachments).priorThresholdMet).toBeUndefined();
  });

  it('counts a key once, however its signatures are written', () => {
    const raw = signed(6, turned);
    const attachments = by([
      ed25519Signature(raw, 0, 2),
      ed25519Signature(raw, 0, undefined),
      { code: '2B', index: 0, priorIndex: undefined, raw },
      { code: '2A', index: 0, priorIndex: 2, raw },
      ed25519Signature(raw, 0, 0),
    ]);
    expect(progress(crypto, turned, before, attachments)).toMatchObject({
      indices: [0],
      priorIndices: [2],
      thresholdMet: false,
      priorThresholdMet: false,
      rejected: [],
    });
  });

  it('lets one key reveal one prior next digest, whatever the order of its signatures', () => {
    const [hidden = ''] = keys(6);
    // Two digests of one key by different algorithms are different texts.
    const twice = {
      ...before,
      nextDigests: [...digests(4), digestText(crypto, utf8(hidden), 'I'), ...digests(6)],
    };
    const raw = signed(6, turned);
    const both = [ed25519Signature(raw, 0, 2), ed25519Signature(raw, 0, 1)];
    for (const order of [both, both.toReversed()]) {
      expect(progress(crypto, turned, twice, by(order))).toMatchObject({
        indices: [0],
        priorIndices: [1],
        priorThresholdMet: false,
      });
    }
  });

  it('counts a key that no digest commits to for the own threshold only', () => {
    const raw = signed(8, turned);
    const attachments = by([...signatures(turned, before, 6), ed25519Signature(raw, 2, 2)]);
    expect(progress(crypto, turned, before, attachments)).toMatchObject({
      indices: [0, 2],
      priorIndices: [2],
      thresholdMet: true,
      priorThresholdMet: false,
      rejected: [],
    });
  });

  it('lists each signature that does not hold, of controllers and of witnesses', () => {
    const bad = ed25519Signature(signed(1, born), 2, 2);
    const stray = ed25519Signature(signed(1, born), 0, 0);
    const attachments = {
      ...by([...signatures(born, undefined, 2, 1), bad]),
      witnessSignatures: [stray],
    };
    expect(progress(crypto, born, undefined, attachments)).toMatchObject({
      indices: [0, 1],
      thresholdMet: true,
      rejected: [
        { signature: bad, verdict: 'bad-signature' },
        { signature: stray, verdict: 'no-such-key' },
      ],
    });
  });
});
