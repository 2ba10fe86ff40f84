import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { noAttachments } from '../../src/cesr/attachments.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { ed25519Signature } from '../../src/cesr/signature.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { parseTelEvent, type TelEvent } from '../../src/tel/event.ts';
import { Registries } from '../../src/tel/registries.ts';
import type { AnchoringEvent } from '../../src/tel/state.ts';
import {
  attached,
  backer,
  CREDENTIAL,
  DATE,
  DUMMY,
  event,
  ISSUER,
  message,
  rawSignature,
} from './making.ts';

const nonce = '0ACF2kaZBYIBW2Qvr0VHGmm2';
const digest = (fill: number): string =>
  encodePrimitive({ code: 'E', raw: new Uint8Array(32).fill(fill) });

const inception = {
  t: 'vcp',
  d: DUMMY,
  i: DUMMY,
  ii: ISSUER,
  s: '0',
  c: ['NB'],
  bt: '0',
  b: [],
  n: nonce,
} as const;
const vcp = event(inception);
const { registry } = vcp;
const iss = event({ t: 'iss', d: DUMMY, i: CREDENTIAL, s: '0', ri: registry, dt: DATE });
const rev = event({
  t: 'rev',
  d: DUMMY,
  i: CREDENTIAL,
  s: '1',
  ri: registry,
  p: iss.said,
  dt: DATE,
});

const backed = event({ ...inception, c: [], bt: '2', b: [backer(0), backer(1), backer(2)] });
const ra = { i: backed.registry, s: '0', d: backed.said };
const vrt = event({
  t: 'vrt',
  d: DUMMY,
  i: backed.registry,
  p: backed.said,
  s: '1',
  bt: '1',
  br: [backer(1)],
  ba: [backer(3)],
});
const bis = event({ t: 'bis', d: DUMMY, i: CREDENTIAL, ii: backed.registry, s: '0', ra, dt: DATE });
const laterBis = event({
  t: 'bis',
  d: DUMMY,
  i: CREDENTIAL,
  ii: backed.registry,
  s: '0',
  ra: { ...ra, s: '1', d: vrt.said },
  dt: DATE,
});

/** Where the issuer's log seals what: by the SAID of what is sealed. */
let anchors: Map<string, AnchoringEvent>;
let registries: Registries;

/** Lets the issuer seal an event; gives where. */
function seal(sealed: TelEvent): AnchoringEvent {
  const sn = anchors.size + 1;
  const anchor = { sn, said: digest(100 + sn) };
  anchors.set(sealed.said, anchor);
  return anchor;
}

function outcome(...args: Parameters<typeof attached>): string {
  const decision = registries.take(attached(...args));
  return 'reason' in decision ? `${decision.outcome} ${decision.reason}` : decision.outcome;
}

beforeEach(() => {
  anchors = new Map();
  registries = new Registries(crypto, {
    anchors: (issuer, { said }) => (issuer === ISSUER ? [anchors.get(said) ?? []].flat() : []),
  });
});

describe('parseTelEvent()', () => {
  const rotation = {
    t: 'vrt',
    d: DUMMY,
    i: registry,
    p: digest(4),
    s: '1',
    bt: '1',
    br: [],
    ba: [backer(1)],
  };
  const issuance = { t: 'iss', d: DUMMY, i: CREDENTIAL, s: '0', ri: registry, dt: DATE };
  const revocation = {
    t: 'rev',
    d: DUMMY,
    i: CREDENTIAL,
    s: '1',
    ri: registry,
    p: digest(4),
    dt: DATE,
  };
  const backedIssuance = {
    t: 'bis',
    d: DUMMY,
    i: CREDENTIAL,
    ii: backed.registry,
    s: '0',
    ra,
    dt: DATE,
  };

  it.each([
    ['fields', { ...inception, x: 1 }],
    ['fields', Object.fromEntries(Object.entries(inception).slice(0, -1))],
    ['prefix', { ...inception, i: digest(4) }],
    ['issuer', { ...inception, ii: 'x' }],
    ['sequence-number', { ...inception, s: '1' }],
    ['sequence-number', { ...inception, s: '00' }],
    ['traits', { ...inception, c: 'NB' }],
    ['backers', { ...inception, bt: '1', b: [backer(1)] }],
    ['backers', { ...inception, c: [], bt: '1', b: [backer(1), backer(1)] }],
    ['backers', { ...inception, c: [], bt: '1', b: [digest(1)] }],
    ['backer-threshold', { ...inception, c: [], bt: '2', b: [backer(1)] }],
    ['backer-threshold', { ...inception, c: [], bt: '01', b: [backer(1)] }],
    ['backer-threshold', { ...inception, bt: '1' }],
    ['nonce', { ...inception, n: 1 }],
    ['sequence-number', { ...rotation, s: '0' }],
    ['prior', { ...rotation, p: 'x' }],
    ['backers', { ...rotation, ba: [digest(3)] }],
    ['sequence-number', { ...issuance, s: '1' }],
    ['credential', { ...issuance, i: backer(1) }],
    ['registry', { ...issuance, ri: '' }],
    ['date-time', { ...issuance, dt: '2024-05-06' }],
    ['sequence-number', { ...revocation, s: '2' }],
    ['registry-seal', { ...backedIssuance, ra: { ...ra, s: '00' } }],
    ['registry-seal', { ...backedIssuance, ra: { ...ra, x: '' } }],
    ['registry', { ...backedIssuance, ii: registry }],
    ['unsupported-ilk', { t: 'icp', d: DUMMY }],
  ])('refuses by the rule %s: %j', (reason, fields) => {
    expect(parseTelEvent(crypto, message(fields))).toMatchObject({ ok: false, reason });
  });

  it('takes a count as a JSON integer, and an event only with its own SAID', () => {
    expect(event({ ...inception, c: [], bt: 1, b: [backer(1)] }).backerThreshold).toBe(1);
    const bytes = message(issuance);
    bytes[bytes.length - 4] = 0x31;
    expect(parseTelEvent(crypto, bytes)).toMatchObject({ reason: 'said' });
    expect(parseTelEvent(crypto, bytes.subarray(1))).toMatchObject({ reason: 'version-string' });
    expect(parseTelEvent(crypto, bytes.subarray(0, -1))).toMatchObject({ reason: 'size' });
  });
});

describe('a registry without backers', () => {
  it('takes what the issuer sealed, in order, and nothing twice', () => {
    expect(outcome(vcp, seal(vcp))).toBe('accept');
    expect(outcome(iss, seal(iss))).toBe('accept');
    expect(outcome(rev, seal(rev))).toBe('accept');
    for (const each of [vcp, iss, rev])
      expect(outcome(each, anchors.get(each.said))).toBe('duplicate');
    const other = event({
      t: 'iss',
      d: DUMMY,
      i: CREDENTIAL,
      s: '0',
      ri: registry,
      dt: '2025-01-01T00:00:00Z',
    });
    expect(outcome(other, seal(other))).toBe('reject duplicity');
    expect(registries.registry(registry)?.credential(CREDENTIAL)).toMatchObject({
      sn: 1,
      said: rev.said,
      issuance: iss.said,
    });
  });

  it('lets an event wait for its anchor, whose place has to be the one that it names', () => {
    expect(outcome(vcp, undefined)).toBe('escrow anchorless');
    expect(outcome(vcp, { sn: 1, said: digest(101) })).toBe('escrow anchorless');
    const anchor = seal(vcp);
    expect(registries.tryAgain('another')).toEqual([]);
    expect(registries.tryAgain(ISSUER)).toEqual([vcp.said]);
    seal(iss);
    expect(outcome(iss, anchor)).toBe('escrow anchorless');
    expect(registries.tryAgain(ISSUER)).toEqual([]);
    expect(outcome(iss, anchors.get(iss.said))).toBe('accept');
    expect(registries.isWaiting).toBe(false);
  });

  it('sorts out any order', () => {
    expect(outcome(rev, seal(rev))).toBe('escrow out-of-order');
    expect(outcome(iss, seal(iss))).toBe('escrow out-of-order');
    expect(outcome(vcp, seal(vcp))).toBe('accept');
    expect(registries.tryAgain()).toEqual([iss.said, rev.said]);
  });

  it('refuses a revocation of another issuance, events of backers, and a change of them', () => {
    outcome(vcp, seal(vcp));
    outcome(iss, seal(iss));
    const wrong = event({
      t: 'rev',
      d: DUMMY,
      i: CREDENTIAL,
      s: '1',
      ri: registry,
      p: digest(9),
      dt: DATE,
    });
    expect(outcome(wrong, seal(wrong))).toBe('reject prior-mismatch');
    const seals = { i: registry, s: '0', d: registry };
    const strange = event({
      t: 'bis',
      d: DUMMY,
      i: digest(9),
      ii: registry,
      s: '0',
      ra: seals,
      dt: DATE,
    });
    expect(outcome(strange, seal(strange))).toBe('reject without-backers');
    const change = event({
      t: 'vrt',
      d: DUMMY,
      i: registry,
      p: registry,
      s: '1',
      bt: '0',
      br: [],
      ba: [],
    });
    expect(outcome(change, seal(change))).toBe('reject without-backers');
  });
});

describe('a registry with backers', () => {
  it('waits for enough distinct ones of them, however they sign', () => {
    const anchor = seal(backed);
    expect(outcome(backed, anchor)).toBe('escrow partially-witnessed');
    expect(
      outcome(backed, anchor, [
        [0, 0],
        [0, 0],
        [0, 1],
        [1, 9],
      ]),
    ).toBe('escrow partially-witnessed');
    const raw = rawSignature(0, backed);
    const twice = {
      ...attached(backed, anchor),
      attachments: {
        ...noAttachments,
        sealSources: [],
        witnessSignatures: [ed25519Signature(raw, 0, undefined)],
      },
    };
    expect(registries.take(twice)).toMatchObject({ reason: 'partially-witnessed' });
    const couple = {
      aid: backer(2),
      signature: encodePrimitive({ code: '0B', raw: rawSignature(2, backed) }),
    };
    const last = {
      event: backed,
      attachments: { ...noAttachments, nonTransferableReceipts: [couple] },
    };
    expect(registries.take(last)).toMatchObject({ outcome: 'accept', backerIndices: [0, 2] });
  });

  it('counts the backers after the event that a credential names', () => {
    outcome(backed, seal(backed), [
      [0, 0],
      [1, 1],
    ]);
    expect(outcome(laterBis, seal(laterBis), [[3, 2]])).toBe('escrow out-of-order');
    expect(outcome(vrt, seal(vrt), [[1, 1]])).toBe('escrow partially-witnessed');
    expect(outcome(vrt, anchors.get(vrt.said), [[3, 2]])).toBe('accept');
    expect(registries.registry(backed.registry)?.state.backing.backers).toEqual([
      backer(0),
      backer(2),
      backer(3),
    ]);
    expect(registries.tryAgain()).toEqual([laterBis.said]);
    expect(
      outcome(bis, seal(bis), [
        [0, 0],
        [1, 1],
      ]),
    ).toBe('reject duplicity');
    const brv = event({
      t: 'brv',
      d: DUMMY,
      i: CREDENTIAL,
      s: '1',
      p: laterBis.said,
      ra,
      dt: DATE,
    });
    expect(
      outcome(brv, seal(brv), [
        [0, 0],
        [1, 1],
      ]),
    ).toBe('accept');
  });

  it('refuses what names another event of the registry, and events without backers', () => {
    outcome(backed, seal(backed), [
      [0, 0],
      [1, 1],
    ]);
    const wrong = event({
      t: 'bis',
      d: DUMMY,
      i: CREDENTIAL,
      ii: backed.registry,
      s: '0',
      ra: { ...ra, d: digest(9) },
      dt: DATE,
    });
    expect(
      outcome(wrong, seal(wrong), [
        [0, 0],
        [1, 1],
      ]),
    ).toBe('reject registry-seal');
    const plain = event({
      t: 'iss',
      d: DUMMY,
      i: CREDENTIAL,
      s: '0',
      ri: backed.registry,
      dt: DATE,
    });
    expect(outcome(plain, seal(plain))).toBe('reject with-backers');
  });

  it('changes its backers in order, and only as its list allows', () => {
    const change = {
      t: 'vrt',
      d: DUMMY,
      i: backed.registry,
      p: backed.said,
      s: '1',
      bt: '1',
      br: [],
      ba: [],
    } as const;
    const refused = [
      ['out-of-order', { ...change, s: '2' }],
      ['prior-mismatch', { ...change, p: digest(9) }],
      ['backer-change', { ...change, br: [backer(7)] }],
      ['backer-change', { ...change, ba: [backer(1)] }],
      ['backer-threshold', { ...change, bt: '4' }],
    ] as const;
    outcome(backed, seal(backed), [
      [0, 0],
      [1, 1],
    ]);
    for (const [reason, fields] of refused) {
      const wrong = event(fields);
      expect(outcome(wrong, seal(wrong), [[0, 0]])).toMatch(reason);
    }
    expect(outcome(vrt, seal(vrt), [[0, 0]])).toBe('accept');
    expect(outcome(vrt, anchors.get(vrt.said))).toBe('duplicate');
    const rival = event(change);
    expect(outcome(rival, seal(rival), [[0, 0]])).toBe('reject duplicity');
  });
});

describe('what waits', () => {
  it('is bounded: the one that has waited longest goes first', () => {
    const many = Array.from({ length: LIMITS.waitingTelEvents + 2 }, (_, n) =>
      event({ ...inception, n: `${n}` }),
    );
    for (const each of many) expect(outcome(each, undefined)).toBe('escrow anchorless');
    const waiting = [...registries.waiting].map(({ event: { said } }) => said);
    expect(waiting).toEqual(many.slice(2).map(({ said }) => said));
  });

  it('keeps no more signatures of one event than one delivery can have', () => {
    const anchor = seal(backed);
    const junk = (start: number): ReturnType<typeof attached> => {
      const { event: signed, attachments } = attached(backed, anchor);
      const witnessSignatures = Array.from({ length: 1_500 }, (_, n) =>
        ed25519Signature(new Uint8Array(64).fill((start + n) % 251), (start + n) % 60, undefined),
      );
      return { event: signed, attachments: { ...attachments, witnessSignatures } };
    };
    for (let start = 0; start < 12_000; start += 1_500) registries.take(junk(start));
    expect(
      outcome(backed, anchor, [
        [0, 0],
        [1, 1],
      ]),
    ).toBe('accept');
  });
});
