import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import {
  buildDelegatedInception,
  buildDelegatedRotation,
  buildInception,
  buildInteraction,
  buildRotation,
  type InceptionFields,
  nextDigest,
  type RotationFields,
} from '../../src/keri/build.ts';
import { applyUnsigned } from '../../src/keri/evaluate.ts';
import { type KeyEvent, parseEvent } from '../../src/keri/event.ts';
import {
  digestSeal,
  keyEventSeal,
  type Seal,
  sealProblem,
  typedSeal,
} from '../../src/keri/seal.ts';
import type { KeyState } from '../../src/keri/state.ts';
import { countThreshold, parseThresholdText } from '../../src/keri/threshold.ts';
import { defaultWitnessThreshold } from '../../src/keri/witnesses.ts';
import { digests, key, keys, stateAfter } from './making.ts';
import { scenariosOf, vectors } from './scenarios.ts';

/** Builds an event anew from what was read of it. */
function rebuilt(state: KeyState | undefined, event: KeyEvent): Uint8Array {
  if (event.type === 'icp')
    return buildInception(crypto, { ...event, basicPrefix: !event.aid.startsWith('E') }).bytes;
  if (event.type === 'dip') return buildDelegatedInception(crypto, event.delegator, event).bytes;
  if (state === undefined) throw new Error('a log starts with its inception');
  switch (event.type) {
    case 'rot':
      return buildRotation(crypto, state, event).bytes;
    case 'drt':
      return buildDelegatedRotation(crypto, state, event).bytes;
    case 'ixn':
      return buildInteraction(crypto, state, event.seals).bytes;
  }
}

/** What the builders do not write: other digests than BLAKE3-256, integer witness thresholds, all JSON there is. */
const NOT_WRITTEN: ReadonlySet<string> = new Set([
  'single-json-fidelity',
  'single-int-thresholds',
  'digest-agility-I',
  'digest-agility-H',
  'digest-agility-F',
  'digest-mixed-di',
]);

const logs = [
  'kel_valid_single.json',
  'kel_valid_multisig.json',
  'kel_valid_witness.json',
  'kel_delegation.json',
  'kel_recovery.json',
  'kel_long.json',
]
  .flatMap(scenariosOf)
  .filter(
    ({ tags, id }) =>
      tags.includes('valid') && !tags.includes('optional-suite') && !NOT_WRITTEN.has(id),
  );

describe('builders', () => {
  it.each(logs.map((scenario) => [scenario.id, scenario] as const))(
    'write %s byte for byte',
    (_, { steps }) => {
      // By the SAID of the last event: a rotation may also stand on an earlier one than the latest.
      const states = new Map<string, KeyState>();
      for (const { event: text = '' } of steps) {
        const parsed = parseEvent(crypto, utf8(text));
        if (text.includes('"t":"rct"')) continue;
        if (!parsed.ok) throw new Error(parsed.detail);
        const { event } = parsed;
        const state = 'prior' in event ? states.get(event.prior) : undefined;
        if ('prior' in event && state === undefined) continue;
        expect(new TextDecoder().decode(rebuilt(state, event))).toBe(text);
        const applied = applyUnsigned(crypto, state, event);
        if (!applied.ok) throw new Error(applied.detail);
        states.set(event.said, applied.state);
      }
    },
  );

  it('cover the recorded logs', () => {
    expect(logs.length).toBeGreaterThan(25);
    const ids = scenariosOf('kel_valid_single.json').map(({ id }) => id);
    for (const id of NOT_WRITTEN) expect(ids).toContain(id);
  });
});

const one = countThreshold(1);
const two = countThreshold(2);
const sound: InceptionFields = {
  publicKeys: keys(1, 2, 3),
  threshold: two,
  nextDigests: digests(4, 5, 6),
  nextThreshold: two,
};
const witness = (number: number): string => key(number, 'B');

/** The reason of the usage error that a call ends in; `undefined` when it ends well. */
function refusal(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof GitkelError && error.code === 'usage') return error.reason;
    throw error;
  }
}

describe('buildInception()', () => {
  it('has its own digest as identifier, or its only key', () => {
    const event = buildInception(crypto, sound);
    expect(event.aid).toBe(event.said);
    expect(event.aid).toMatch(/^E/);
    const basic = buildInception(crypto, {
      ...sound,
      publicKeys: keys(1),
      threshold: one,
      basicPrefix: true,
    });
    expect(basic.aid).toBe(key(1));
    expect(basic.said).not.toBe(key(1));
  });

  it('chooses the witness threshold', () => {
    const event = buildInception(crypto, { ...sound, witnesses: [20, 21, 22, 23].map(witness) });
    expect(event.witnessThreshold).toBe(3);
    expect(
      buildInception(crypto, { ...sound, witnesses: [witness(20)], witnessThreshold: 1 })
        .witnessThreshold,
    ).toBe(1);
  });

  it.each<[string, Partial<InceptionFields>]>([
    ['threshold-zero', { threshold: countThreshold(0) }],
    ['threshold-size', { threshold: countThreshold(4) }],
    ['threshold-size', { threshold: parseThresholdText('1/2,1/2') }],
    ['next-threshold-zero', { nextThreshold: countThreshold(0) }],
    ['next-threshold-size', { nextThreshold: countThreshold(4) }],
    ['next-threshold-size', { nextDigests: [] }],
    ['keys', { publicKeys: [] }],
    ['key-code', { publicKeys: ['x'] }],
    ['duplicate-key', { publicKeys: keys(1, 1) }],
    ['duplicate-next-digest', { nextDigests: digests(4, 4) }],
    ['prefix', { basicPrefix: true }],
    ['prefix', { basicPrefix: true, publicKeys: [] }],
    ['duplicate-witness', { witnesses: [witness(20), witness(20)] }],
    ['witness-code', { witnesses: [key(20)] }],
    ['witness-threshold', { witnesses: [witness(20)], witnessThreshold: 2 }],
    ['witness-threshold', { witnessThreshold: -1 }],
    ['witness-threshold', { witnessThreshold: 0.5 }],
    ['not-canonical-json', { traits: ['\ud800'] }],
    ['seals', { seals: [1.5] }],
    ['too-large', { seals: ['x'.repeat(70_000)] }],
  ])('refuses by %s (case %#)', (reason, changes) => {
    expect(refusal(() => buildInception(crypto, { ...sound, ...changes }))).toBe(reason);
  });
});

describe('buildRotation()', () => {
  const born = buildInception(crypto, {
    ...sound,
    witnesses: [20, 21, 22].map(witness),
    witnessThreshold: 3,
  });
  const state = stateAfter(born);
  const next: RotationFields = {
    publicKeys: keys(4, 5, 6),
    threshold: two,
    nextDigests: digests(7),
    nextThreshold: one,
  };

  it('follows on a key state', () => {
    expect(buildRotation(crypto, state, next)).toMatchObject({
      sn: 1,
      prior: born.said,
      witnessThreshold: 3,
    });
  });

  it('cuts witnesses in the order of their list, and chooses a new threshold', () => {
    const event = buildRotation(crypto, state, {
      ...next,
      witnessCuts: [22, 20].map(witness),
      witnessAdds: [24, 23].map(witness),
    });
    expect(event.witnessCuts).toEqual([20, 22].map(witness));
    expect(event.witnessAdds).toEqual([24, 23].map(witness));
    expect(event.witnessThreshold).toBe(3);
    expect(stateAfter(born, event).witnesses).toEqual([21, 24, 23].map(witness));
  });

  it.each<[string, Partial<RotationFields>]>([
    ['next-keys-missing', { publicKeys: keys(4, 8) }],
    ['next-keys-missing', { publicKeys: keys(1, 2, 3) }],
    ['threshold-size', { threshold: countThreshold(4) }],
    ['duplicate-key', { publicKeys: keys(4, 4, 5) }],
    ['witness-cuts', { witnessCuts: [witness(25)] }],
    ['witness-cuts', { witnessCuts: [witness(20), witness(20)] }],
    ['witness-adds', { witnessAdds: [witness(20)] }],
    ['witness-adds', { witnessCuts: [witness(20)], witnessAdds: [witness(20)] }],
    ['duplicate-witness', { witnessAdds: [witness(25), witness(25)] }],
    ['witness-threshold', { witnessThreshold: 4 }],
    ['witness-threshold', { witnessCuts: [20, 21, 22].map(witness), witnessThreshold: 1 }],
    ['seals', { seals: [{ '1': 'one' }] }],
  ])('refuses by %s (case %#)', (reason, changes) => {
    expect(refusal(() => buildRotation(crypto, state, { ...next, ...changes }))).toBe(reason);
  });

  it('gives an identifier up, after which nothing can be built', () => {
    const last = buildRotation(crypto, state, {
      ...next,
      nextDigests: [],
      nextThreshold: countThreshold(0),
    });
    const ended = stateAfter(born, last);
    expect(refusal(() => buildRotation(crypto, ended, next))).toBe('abandoned');
    expect(refusal(() => buildInteraction(crypto, ended, []))).toBe('abandoned');
  });
});

describe('buildInteraction()', () => {
  const born = buildInception(crypto, sound);
  const state = stateAfter(born);

  it('anchors seals', () => {
    const seals: readonly Seal[] = [
      digestSeal(born.said),
      typedSeal('kind/é', born.said),
      keyEventSeal(born.aid, 16, born.said),
      { nested: [true, null, -1, { z: '\u0001"\\', a: [] }] },
      'text',
    ];
    const event = buildInteraction(crypto, state, seals);
    expect(event).toMatchObject({ sn: 1, prior: born.said, seals });
    expect(new TextDecoder().decode(event.bytes)).toContain(
      `{"i":"${born.aid}","s":"10","d":"${born.said}"}`,
    );
  });

  it('refuses seals that not everybody reads alike', () => {
    let deep: Seal = 0;
    for (let level = 0; level < 31; level++) deep = [deep];
    const wrong: readonly unknown[] = [
      1.5,
      -0,
      2 ** 53,
      Number.NaN,
      Infinity,
      '\udc00',
      { '\ud800': 1 },
      { '10': 1 },
      [{ a: { '0': 1 } }],
      undefined,
      { a: undefined },
      () => 0,
      1n,
      Symbol('s'),
      new Date(0),
      new Map(),
      new Uint8Array(1),
      deep,
    ];
    for (const seal of wrong) {
      expect(sealProblem(seal), typeof seal).toBeTypeOf('string');
      expect(refusal(() => buildInteraction(crypto, state, [seal as Seal]))).toBe('seals');
    }
    expect(sealProblem({ '01': 1, '-1': [], __proto__: null })).toBeUndefined();
  });

  it('is refused on an identifier of establishment events only', () => {
    const still = stateAfter(buildInception(crypto, { ...sound, traits: ['EO'] }));
    expect(refusal(() => buildInteraction(crypto, still, []))).toBe('establishment-only');
  });

  it('is refused beyond the size of an event and the number of seals', () => {
    expect(refusal(() => buildInteraction(crypto, state, ['x'.repeat(70_000)]))).toBe('too-large');
    expect(
      refusal(() =>
        buildInteraction(
          crypto,
          state,
          Array.from({ length: 4097 }, () => 0),
        ),
      ),
    ).toBe('seals');
  });
});

describe('nextDigest()', () => {
  it('is the digest of the 44 characters', () => {
    for (const { signers } of logs) {
      for (const signer of Object.values(signers)) {
        expect(nextDigest(crypto, signer.public_qb64)).toBe(
          (signer as { next_digest_qb64?: string }).next_digest_qb64,
        );
      }
    }
  });
});

describe('defaultWitnessThreshold()', () => {
  const { ample } = vectors('lowlevel/number.json') as {
    readonly ample: Readonly<Record<string, number>>;
  };

  it.each(Object.entries(ample))('of %s witnesses needs %i', (witnesses, needed) => {
    expect(defaultWitnessThreshold(Number(witnesses))).toBe(needed);
  });
});
