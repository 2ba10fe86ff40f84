import { describe, expect, it } from 'vitest';
import { noAttachments } from '../../src/cesr/attachments.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { ed25519Signature } from '../../src/cesr/signature.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { buildInception, buildInteraction, buildRotation } from '../../src/keri/build.ts';
import type { KeyEvent } from '../../src/keri/event.ts';
import { signerName } from '../../src/keri/proofs.ts';
import { countThreshold } from '../../src/keri/threshold.ts';
import { reportOf } from '../../src/stream/report.ts';
import { Validator } from '../../src/stream/validator.ts';
import { by, digests, key, keys, signatures, signed, stateAfter } from '../keri/making.ts';
import { born, interacted, sealsOf } from './families.ts';

const one = countThreshold(1);
const two = countThreshold(2);

/** Two keys of which one suffices, and three witnesses of which two must sign. */
const watched = buildInception(crypto, {
  publicKeys: keys(1, 2),
  threshold: one,
  nextDigests: digests(3, 4),
  nextThreshold: one,
  witnesses: [20, 21, 22].map((number) => key(number, 'B')),
  witnessThreshold: 2,
});

const couple = (number: number, event: KeyEvent) => ({
  aid: key(number, 'B'),
  signature: encodePrimitive({ code: '0B', raw: signed(number, event) }),
});
const indexed = (number: number, index: number, event: KeyEvent) =>
  ed25519Signature(signed(number, event), index, index);

function listening(): { readonly validator: Validator; readonly told: readonly string[] } {
  const told: string[] = [];
  const validator = new Validator(crypto, {
    accepted: ({ said }, sound) =>
      told.push(
        `accepted ${said} ${sound.controllerSignatures.length} ${sound.witnessSignatures.length}`,
      ),
    proved: ({ said }, proofs) =>
      told.push(...proofs.map((proof) => `${said} ${signerName(proof)}`)),
  });
  return { validator, told };
}

describe('Validator with receipts', () => {
  const event = watched;
  const name = { aid: watched.aid, sn: 0, said: watched.said };
  const attachments = by(signatures(watched, undefined, 1));

  it('counts a witness once, in whatever form it signs, and joins forms', () => {
    const { validator, told } = listening();
    expect(validator.accept({ event, attachments })).toMatchObject({
      outcome: 'escrowed',
      escrows: ['partially-witnessed'],
    });
    const twice = {
      ...noAttachments,
      witnessSignatures: [indexed(20, 0, event)],
      nonTransferableReceipts: [couple(20, event), couple(40, event)],
    };
    expect(validator.receive({ event: name, attachments: twice })).toMatchObject({
      outcome: 'escrowed',
      escrows: ['unverified-witness-receipt', 'unverified-nontrans-receipt'],
      resolved: [],
    });
    // The endorsement of one who is no witness waits for the event.
    expect(validator.waiting.map(({ escrow }) => escrow)).toEqual([
      'unverified-nontrans-receipt',
      'partially-witnessed',
    ]);
    const second = { ...noAttachments, nonTransferableReceipts: [couple(22, event)] };
    expect(validator.receive({ event: name, attachments: second })).toMatchObject({
      outcome: 'escrowed',
      resolved: [watched.said],
    });
    expect(validator.waiting).toEqual([]);
    expect(told).toEqual([`accepted ${watched.said} 1 2`, `${watched.said} ${key(40, 'B')}`]);
  });

  it('tells of each late signature once', () => {
    const { validator, told } = listening();
    const witnessSignatures = [indexed(20, 0, event), indexed(21, 1, event)];
    validator.accept({ event, attachments: { ...attachments, witnessSignatures } });
    const late = by(signatures(watched, undefined, 1, 2));
    const third = { ...noAttachments, witnessSignatures: [indexed(22, 2, event)] };
    for (let time = 0; time < 2; time++) {
      expect(validator.accept({ event, attachments: late }).outcome).toBe('no-change');
      expect(validator.receive({ event: name, attachments: third }).outcome).toBe('no-change');
    }
    expect(told).toEqual([
      `accepted ${watched.said} 1 2`,
      `${watched.said} controller 1`,
      `${watched.said} witness 2`,
    ]);
  });

  it('refuses a receipt of another event than the one at its place, and one that carries nothing', () => {
    const validator = new Validator(crypto);
    const start = born(50);
    const first = interacted(start, 1);
    validator.accept(start.signed);
    validator.accept(first.signed);
    const stale = { aid: start.event.aid, sn: 1, said: start.event.said };
    const receipt = { ...noAttachments, nonTransferableReceipts: [couple(40, start.event)] };
    expect(validator.receive({ event: stale, attachments: receipt })).toMatchObject({
      outcome: 'rejected',
      reason: 'stale-receipt',
    });
    expect(validator.waiting).toEqual([]);
    expect(validator.receive({ event: stale, attachments: noAttachments })).toMatchObject({
      outcome: 'rejected',
      reason: 'no-valid-signature',
    });
  });

  it('takes receipts of a superseding rotation before it, beside the event that it supersedes', () => {
    const validator = new Validator(crypto);
    const state = stateAfter(watched);
    const witnessed = (each: KeyEvent) => [indexed(20, 0, each), indexed(21, 1, each)];
    validator.accept({
      event,
      attachments: { ...attachments, witnessSignatures: witnessed(event) },
    });
    const lost = buildInteraction(crypto, state, ['lost']);
    validator.accept({
      event: lost,
      attachments: { ...by(signatures(lost, state, 1)), witnessSignatures: witnessed(lost) },
    });
    // The witnesses change, and the new ones sign.
    const recovery = buildRotation(crypto, state, {
      publicKeys: keys(3, 4),
      threshold: one,
      nextDigests: digests(5),
      nextThreshold: one,
      witnessCuts: [key(20, 'B')],
      witnessAdds: [key(23, 'B')],
      witnessThreshold: 2,
    });
    const place = { aid: recovery.aid, sn: 1, said: recovery.said };
    const early = { ...noAttachments, nonTransferableReceipts: [couple(23, recovery)] };
    expect(validator.receive({ event: place, attachments: early }).outcome).toBe('rejected');
    expect(
      validator.accept({
        event: recovery,
        attachments: {
          ...by(signatures(recovery, state, 3)),
          witnessSignatures: [indexed(21, 0, recovery)],
        },
      }),
    ).toMatchObject({ outcome: 'escrowed', resolved: [recovery.said] });
    expect(validator.log(recovery.aid)?.state.witnesses).toEqual(
      [21, 22, 23].map((number) => key(number, 'B')),
    );
    expect(reportOf(validator).aids[recovery.aid]?.superseded).toEqual({
      1: [lost.said, recovery.said],
    });
  });
});

describe('Validator with hints of where a delegator approves', () => {
  const root = born(100);
  const leaf = born(200, root);
  const empty = interacted(root, 'nothing');
  const approved = interacted(empty, ...sealsOf(leaf));
  const hinting = (sequenceNumber: number) => ({
    event: leaf.event,
    attachments: {
      ...leaf.signed.attachments,
      sealSources: [{ sequenceNumber, said: root.event.said }],
    },
  });

  it.each([
    ['right', 2, 'accepted', []],
    ['wrong', 1, 'escrowed', [leaf.event.said]],
    ['ahead', 9, 'escrowed', [leaf.event.said]],
  ])('finds the seal by a hint that is %s', (_, sn, outcome, resolved) => {
    const validator = new Validator(crypto);
    for (const { signed: each } of [root, empty, approved]) validator.accept(each);
    expect(validator.accept(hinting(sn))).toMatchObject({ outcome, resolved });
    expect(validator.log(leaf.event.aid)?.anchorAt(0)).toMatchObject({ sn: 2, sealIndex: 0 });
  });

  it('refuses a hint at an inception', () => {
    const validator = new Validator(crypto);
    for (const { signed: each } of [root, empty, approved]) validator.accept(each);
    expect(validator.accept(hinting(0))).toMatchObject({
      outcome: 'rejected',
      reason: 'seal-source',
    });
  });
});

describe('Validator with one signer who signs often', () => {
  it('counts keys and revealed digests, not signatures', () => {
    const team = buildInception(crypto, {
      publicKeys: keys(1, 2, 3),
      threshold: two,
      nextDigests: digests(4, 5, 6),
      nextThreshold: two,
    });
    const raw = signed(1, team);
    const often = by([
      ed25519Signature(raw, 0, 0),
      ed25519Signature(raw, 0, undefined),
      ed25519Signature(raw, 0, 1),
    ]);
    const validator = new Validator(crypto);
    for (let time = 0; time < 2; time++)
      expect(validator.accept({ event: team, attachments: often })).toMatchObject({
        outcome: 'escrowed',
        escrows: ['partially-signed'],
        resolved: [],
      });
    expect(
      validator.accept({ event: team, attachments: by(signatures(team, undefined, 3)) }).resolved,
    ).toEqual([team.said]);
  });
});
