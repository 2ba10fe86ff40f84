import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLeftOut, leftOutTags } from '../vectors/left-out.ts';
import { noAttachments } from '../../src/cesr/attachments.ts';
import { ed25519Signature } from '../../src/cesr/signature.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { buildInception, buildInteraction, buildRotation } from '../../src/keri/build.ts';
import { applyUnsigned, evaluate } from '../../src/keri/evaluate.ts';
import { parseSignedEvent } from '../../src/keri/signatures.ts';
import { isAbandoned, isTransferable, wireState } from '../../src/keri/state.ts';
import { countThreshold, parseThresholdText } from '../../src/keri/threshold.ts';
import {
  by,
  digests,
  key,
  keys,
  logOf,
  message,
  SAID,
  signatures,
  signed,
  stateAfter,
  wire,
} from './making.ts';
import { feed, listening } from '../stream/feeding.ts';
import { type Scenario, scenariosOf, stepBytes } from './scenarios.ts';

const isJudged = ({ tags }: Scenario): boolean =>
  tags.includes('valid') && !tags.some((tag) => isLeftOut(leftOutTags, tag));

const valid = ['kel_valid_single.json', 'kel_valid_multisig.json', 'kel_long.json']
  .flatMap(scenariosOf)
  .filter(isJudged);

describe('evaluate() on recorded logs', () => {
  it.each(valid.map((scenario) => [scenario.id, scenario] as const))(
    'accepts all of %s',
    (_, scenario) => {
      const { validator, accepted: acceptedEvents } = listening();
      for (const step of scenario.steps)
        expect(feed(validator, stepBytes(step)).outcome).toBe('accepted');
      for (const [aid, { state: recorded, accepted }] of Object.entries(scenario.final.aids)) {
        const state = validator.log(aid)?.state;
        if (state === undefined) throw new Error(`nothing is known of ${aid}`);
        const shown = wireState(state);
        const { i, s, d, p, kt, k, nt, n, bt, b, c, ee, di, et } = recorded;
        expect(shown).toEqual({ i, s, d, p, kt, k, nt, n, bt, b, c, ee, di, et });
        expect(isTransferable(state)).toBe(recorded['transferable']);
        expect(acceptedEvents()[aid]?.map(({ said }) => said)).toEqual(
          accepted.map(({ said }) => said),
        );
      }
    },
  );

  it('covers the valid scenarios', () => expect(valid.length).toBeGreaterThan(30));
});

/** A 2-of-3 team: keys 1 2 3, then 4 5 6. */
const two = countThreshold(2);
const team = buildInception(crypto, {
  publicKeys: keys(1, 2, 3),
  threshold: two,
  nextDigests: digests(4, 5, 6),
  nextThreshold: two,
});
const started = stateAfter(team);
const anchor = buildInteraction(crypto, started, [{ d: team.said }]);
const turned = buildRotation(crypto, stateAfter(team, anchor), {
  publicKeys: keys(4, 5, 6),
  threshold: two,
  nextDigests: digests(7, 8, 9),
  nextThreshold: two,
});
const after = buildInteraction(crypto, stateAfter(team, anchor, turned), []);

describe('evaluate()', () => {
  it('accepts an inception that enough keys have signed, and gives its key state', () => {
    const decision = evaluate(crypto, undefined, {
      event: team,
      attachments: by(signatures(team, undefined, 1, 3)),
    });
    expect(decision).toMatchObject({
      outcome: 'accept',
      state: started,
      progress: { indices: [0, 2], rejected: [] },
    });
  });

  it('refuses an event that none of its keys has signed', () => {
    for (const attachments of [noAttachments, by([ed25519Signature(signed(9, team), 0, 0)])]) {
      const decision = evaluate(crypto, undefined, { event: team, attachments });
      expect(decision).toMatchObject({ outcome: 'reject', reason: 'no-valid-signature' });
    }
  });

  it('keeps an event waiting for signatures, and says which are there', () => {
    const decision = evaluate(crypto, undefined, {
      event: team,
      attachments: by(signatures(team, undefined, 2)),
    });
    expect(decision).toMatchObject({
      outcome: 'escrow',
      reason: 'partial-signature',
      progress: { indices: [1], thresholdMet: false },
    });
  });

  it('names a bad signature among good ones, which counts for nothing', () => {
    const bad = ed25519Signature(signed(9, team), 1, 1);
    const attachments = by([bad, ...signatures(team, undefined, 1, 3)]);
    expect(evaluate(crypto, undefined, { event: team, attachments })).toMatchObject({
      outcome: 'accept',
      progress: { indices: [0, 2], rejected: [{ signature: bad, verdict: 'bad-signature' }] },
    });
  });

  it('refuses an event with a signature whose index no key has', () => {
    const stray = ed25519Signature(signed(1, team), 3, 3);
    const attachments = by([...signatures(team, undefined, 1, 2), stray]);
    const decision = evaluate(crypto, undefined, { event: team, attachments });
    expect(decision).toMatchObject({ outcome: 'reject', reason: 'signature-index' });
  });

  it('keeps an event waiting for the events before it', () => {
    const attachments = by(signatures(after, stateAfter(team, anchor, turned), 4, 5));
    for (const log of [undefined, logOf(team)]) {
      const decision = evaluate(crypto, log, { event: after, attachments });
      expect(decision).toEqual({ outcome: 'escrow', reason: 'out-of-order' });
    }
  });

  it('tells what is in the log already', () => {
    const log = logOf(team, anchor, turned);
    const ofInception = evaluate(crypto, log, {
      event: team,
      attachments: by(signatures(team, undefined, 2)),
    });
    expect(ofInception).toMatchObject({ outcome: 'duplicate', progress: { indices: [1] } });
    const ofAnchor = evaluate(crypto, log, {
      event: anchor,
      attachments: by(signatures(anchor, started, 2)),
    });
    expect(ofAnchor).toMatchObject({ outcome: 'duplicate', progress: { indices: [1] } });
  });

  it('refuses another event at a place that is taken', () => {
    const rival = buildInteraction(crypto, started, [{ d: 'rival' }]);
    const attachments = by(signatures(rival, started, 1, 2));
    const decision = evaluate(crypto, logOf(team, anchor), { event: rival, attachments });
    expect(decision).toMatchObject({
      outcome: 'reject',
      reason: 'duplicity',
      progress: { indices: [0, 1], thresholdMet: true },
    });
    const recovery = buildRotation(crypto, started, {
      publicKeys: keys(4, 5, 6),
      threshold: two,
      nextDigests: digests(7, 8, 9),
      nextThreshold: two,
    });
    const superseding = { event: recovery, attachments: by(signatures(recovery, started, 4, 5)) };
    expect(evaluate(crypto, logOf(team, anchor), superseding)).toMatchObject({
      outcome: 'accept',
      supersedes: { from: 1, to: 1 },
    });
    expect(evaluate(crypto, logOf(team, anchor, turned), superseding)).toMatchObject({
      reason: 'duplicity',
    });
  });

  it('refuses an event for the log of another identifier', () => {
    const other = buildInception(crypto, {
      publicKeys: keys(1),
      threshold: countThreshold(1),
      nextDigests: digests(2),
      nextThreshold: countThreshold(1),
    });
    const decision = evaluate(crypto, logOf(other), { event: anchor, attachments: noAttachments });
    expect(decision).toMatchObject({ outcome: 'reject', reason: 'wrong-aid' });
  });

  it('needs the prior next threshold of a rotation beside its own', () => {
    const before = stateAfter(team, anchor);
    const log = logOf(team, anchor);
    const all = signatures(turned, before, 4, 6);
    expect(evaluate(crypto, log, { event: turned, attachments: by(all) })).toMatchObject({
      outcome: 'accept',
      progress: { indices: [0, 2], priorIndices: [0, 2], priorThresholdMet: true },
    });
    const hidden = all.map(({ raw, index }) => ed25519Signature(raw, index, undefined));
    expect(evaluate(crypto, log, { event: turned, attachments: by(hidden) })).toMatchObject({
      outcome: 'escrow',
      reason: 'partial-signature',
      progress: { indices: [0, 2], priorIndices: [], thresholdMet: true, priorThresholdMet: false },
    });
  });

  it('takes nothing by keys that were rotated out', () => {
    const log = logOf(team, anchor, turned);
    const attachments = by(
      [1, 2, 3].map((number, index) => ed25519Signature(signed(number, after), index, index)),
    );
    const decision = evaluate(crypto, log, { event: after, attachments });
    expect(decision).toMatchObject({ outcome: 'reject', reason: 'no-valid-signature' });
  });

  it('lets a rotation keep one next key in reserve and take it up later', () => {
    const before = stateAfter(team);
    const partial = buildRotation(crypto, before, {
      publicKeys: keys(4, 6),
      threshold: two,
      nextDigests: [...digests(7, 8), ...digests(5)],
      nextThreshold: two,
    });
    const attachments = by(signatures(partial, before, 4, 6));
    expect(evaluate(crypto, logOf(team), { event: partial, attachments })).toMatchObject({
      outcome: 'accept',
      progress: { priorIndices: [0, 2] },
    });
    const state = stateAfter(team, partial);
    const reserve = buildRotation(crypto, state, {
      publicKeys: keys(5, 7, 8),
      threshold: two,
      nextDigests: digests(10),
      nextThreshold: countThreshold(1),
    });
    const late = { event: reserve, attachments: by(signatures(reserve, state, 5, 7)) };
    expect(evaluate(crypto, logOf(team, partial), late)).toMatchObject({
      outcome: 'accept',
      progress: { indices: [0, 1], priorIndices: [0, 2] },
    });
  });

  it('enforces the trait EO', () => {
    const still = buildInception(crypto, {
      publicKeys: keys(1),
      threshold: countThreshold(1),
      nextDigests: digests(2),
      nextThreshold: countThreshold(1),
      traits: ['EO', 'DND', 'unknown'],
    });
    expect(still.traits).toEqual(['EO', 'DND', 'unknown']);
    const parsed = parseSignedEvent(
      crypto,
      message(`"t":"ixn","d":"${SAID}","i":"${still.aid}","s":"1","p":"${still.said}","a":[]`),
    );
    if (!parsed.ok) throw new Error(parsed.detail);
    const { event } = parsed.signed;
    const attachments = by(signatures(event, stateAfter(still), 1));
    const decision = evaluate(crypto, logOf(still), { event, attachments });
    expect(decision).toMatchObject({ outcome: 'reject', reason: 'establishment-only' });
  });

  it('lets nothing follow an end', () => {
    const one = countThreshold(1);
    const born = buildInception(crypto, {
      publicKeys: keys(1),
      threshold: one,
      nextDigests: digests(2),
      nextThreshold: one,
    });
    const given = buildRotation(crypto, stateAfter(born), {
      publicKeys: keys(2),
      threshold: one,
      nextDigests: [],
      nextThreshold: countThreshold(0),
    });
    expect(isAbandoned(stateAfter(born, given))).toBe(true);
    const mute = buildInception(crypto, {
      publicKeys: [key(3, 'B')],
      threshold: one,
      nextDigests: [],
      nextThreshold: countThreshold(0),
      basicPrefix: true,
    });
    expect(mute.aid).toBe(key(3, 'B'));
    expect(isAbandoned(stateAfter(mute))).toBe(false);
    for (const [events, reason] of [
      [[born, given], 'abandoned'],
      [[mute], 'non-transferable'],
    ] as const) {
      const { aid, sn, said } = stateAfter(...events);
      for (const further of [sn + 1, sn + 2]) {
        const parsed = parseSignedEvent(
          crypto,
          message(`"t":"ixn","d":"${SAID}","i":"${aid}","s":"${further}","p":"${said}","a":[]`),
        );
        if (!parsed.ok) throw new Error(parsed.detail);
        expect(evaluate(crypto, logOf(...events), parsed.signed)).toMatchObject({
          outcome: 'reject',
          reason,
        });
      }
    }
  });

  it('counts distinct witnesses against the list in force with the event', () => {
    const one = countThreshold(1);
    const watched = buildInception(crypto, {
      publicKeys: keys(1),
      threshold: one,
      nextDigests: digests(2),
      nextThreshold: one,
      witnesses: [key(20, 'B'), key(21, 'B'), key(22, 'B')],
      witnessThreshold: 2,
    });
    const witnessed = (
      event: typeof watched | typeof moved,
      ...places: readonly (readonly [number, number])[]
    ) => places.map(([number, index]) => ed25519Signature(signed(number, event), index, index));
    const controllers = signatures(watched, undefined, 1);
    const twice = witnessed(watched, [20, 0]).flatMap(({ raw }) => [
      ed25519Signature(raw, 0, 0),
      ed25519Signature(raw, 0, undefined),
    ]);
    expect(
      evaluate(crypto, undefined, {
        event: watched,
        attachments: { ...by(controllers), witnessSignatures: twice },
      }),
    ).toMatchObject({
      outcome: 'escrow',
      reason: 'partial-witness',
      progress: { witnessIndices: [0], witnessesMet: false },
    });
    const enough = { ...by(controllers), witnessSignatures: witnessed(watched, [22, 2], [20, 0]) };
    expect(evaluate(crypto, undefined, { event: watched, attachments: enough })).toMatchObject({
      outcome: 'accept',
      progress: { witnessIndices: [0, 2], witnessThreshold: 2, witnessesMet: true },
    });
    const before = stateAfter(watched);
    const moved = buildRotation(crypto, before, {
      publicKeys: keys(2),
      threshold: one,
      nextDigests: digests(3),
      nextThreshold: one,
      witnessCuts: [key(20, 'B')],
      witnessAdds: [key(23, 'B')],
      witnessThreshold: 2,
    });
    const byNewList = {
      ...by(signatures(moved, before, 2)),
      witnessSignatures: witnessed(moved, [21, 0], [23, 2]),
    };
    const decision = evaluate(crypto, logOf(watched), { event: moved, attachments: byNewList });
    expect(decision).toMatchObject({
      outcome: 'accept',
      state: {
        witnesses: [key(21, 'B'), key(22, 'B'), key(23, 'B')],
        lastEstablishment: { witnessCuts: [key(20, 'B')] },
      },
    });
    const byOldList = {
      ...by(signatures(moved, before, 2)),
      witnessSignatures: witnessed(moved, [20, 0], [21, 1]),
    };
    expect(
      evaluate(crypto, logOf(watched), { event: moved, attachments: byOldList }),
    ).toMatchObject({
      reason: 'partial-witness',
      progress: { witnessIndices: [] },
    });
  });
});

describe('evaluate() whatever comes, in whatever order', () => {
  const deliveries = [
    wire(team, by(signatures(team, undefined, 1))),
    wire(team, by(signatures(team, undefined, 3))),
    wire(anchor, by(signatures(anchor, started, 1, 2))),
    wire(turned, by(signatures(turned, stateAfter(team, anchor), 4))),
    wire(turned, by(signatures(turned, stateAfter(team, anchor), 6))),
    wire(after, by(signatures(after, stateAfter(team, anchor, turned), 5, 6))),
  ];

  it('ends in the same head for each order of deliveries', () => {
    const order = fc.shuffledSubarray(deliveries, { minLength: deliveries.length });
    fc.assert(
      fc.property(order, fc.subarray(deliveries), (each, again) => {
        const { validator } = listening();
        for (const bytes of [...each, ...again]) feed(validator, bytes);
        expect(validator.log(team.aid)?.state).toMatchObject({ sn: 3, said: after.said });
      }),
      { numRuns: 60 },
    );
  });

  it('accepts no event of which a byte was changed', () => {
    const log = logOf(team, anchor);
    const bytes = wire(turned, by(signatures(turned, stateAfter(team, anchor), 4, 6)));
    const change = fc.record({
      at: fc.nat(bytes.length - 1),
      by: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(change, ({ at, by: difference }) => {
        const changed = bytes.with(at, (bytes[at] ?? 0) ^ difference);
        const parsed = parseSignedEvent(crypto, changed);
        if (at < turned.bytes.length) expect(parsed.ok).toBe(false);
        if (!parsed.ok) return;
        // Both signatures are needed, each with the prior next digest that it reveals.
        expect(evaluate(crypto, log, parsed.signed).outcome).not.toBe('accept');
      }),
      { numRuns: 400 },
    );
  });

  it('never throws for bytes', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }).map((tail) => Buffer.concat([turned.bytes, tail])),
      fc.json().map((json) => message(`"t":"icp","d":"${SAID}","i":"${SAID}","s":"0","a":${json}`)),
      fc
        .json()
        .map((json) =>
          message(
            `"t":"ixn","d":"${SAID}","i":"${team.aid}","s":"1","p":"${team.said}","a":${json}`,
          ),
        ),
    );
    fc.assert(
      fc.property(noise, (bytes) => {
        const parsed = parseSignedEvent(crypto, bytes);
        if (parsed.ok)
          expect(evaluate(crypto, logOf(team), parsed.signed).outcome).not.toBe('accept');
      }),
    );
  });
});

describe('applyUnsigned()', () => {
  it('follows events as if all had signed', () => {
    expect(stateAfter(team, anchor, turned, after)).toMatchObject({
      sn: 3,
      said: after.said,
      publicKeys: keys(4, 5, 6),
    });
  });

  it('says why an event cannot stand there', () => {
    const reasonOf = (
      before: typeof started | undefined,
      event: typeof team | typeof anchor | typeof turned,
    ) => {
      const applied = applyUnsigned(crypto, before, event);
      return applied.ok ? undefined : applied.reason;
    };
    expect(reasonOf(undefined, anchor)).toBe('out-of-order');
    expect(reasonOf(started, turned)).toBe('out-of-order');
    expect(reasonOf(started, team)).toBe('duplicity');
    expect(reasonOf(stateAfter(team, anchor), anchor)).toBe('duplicity');
    const other = buildInception(crypto, {
      publicKeys: keys(1, 2),
      threshold: parseThresholdText('1/2,1/2'),
      nextDigests: digests(4),
      nextThreshold: countThreshold(1),
    });
    expect(reasonOf(stateAfter(other), anchor)).toBe('wrong-aid');
    const rival = buildInteraction(crypto, started, [{ d: 'rival' }]);
    expect(reasonOf(stateAfter(team, rival), turned)).toBe('prior-mismatch');
  });
});
