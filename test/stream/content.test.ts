import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { decodeBase64Number, encodeBase64Number } from '../../src/cesr/base64.ts';
import { saidOf } from '../../src/cesr/said.ts';
import { sniffVersion } from '../../src/cesr/version.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { type Content, readContent } from '../../src/stream/content.ts';

const DUMMY = '#'.repeat(44);
const KEY = 'DGGyL7ZzfL1CIlui9ssv6jG_E17wqDWT4nvj-e_OuJWo';
const AID = 'EL8nrMiQW46oaH91ERplAjjE4mLKiI74CB7M7l347Ez-';

/** A message whose `v` and `d` (and what else is a dummy) are right: `head` is the version string without the size. */
function message(head: string, fields: Readonly<Record<string, unknown>>): Uint8Array {
  const isFirst = /1[0-9]JSON$/.test(head);
  const version = (size: number): string =>
    isFirst
      ? `${head}${size.toString(16).padStart(6, '0')}_`
      : `${head}${encodeBase64Number(size, 4)}.`;
  const text = (size: number): string => JSON.stringify({ v: version(size), ...fields });
  const unfinished = text(utf8(text(0)).length);
  const spans = [...unfinished.matchAll(/#{44}/g)].map(({ index }) => ({
    start: index,
    length: 44,
  }));
  if (spans.length === 0) return utf8(unfinished);
  const said = saidOf(crypto, utf8(unfinished), spans);
  return utf8(unfinished.replaceAll(DUMMY, said));
}

const contentOf = (bytes: Uint8Array): Content =>
  readContent(crypto, { bytes, version: sniffVersion(bytes, 0).version });

const dt = '2024-05-06T07:08:09.101112+00:00';

const firstVersion: readonly Readonly<Record<string, unknown>>[] = [
  { t: 'qry', d: DUMMY, dt, r: 'ksn', rr: 'log', q: { i: AID } },
  { t: 'rpy', d: DUMMY, dt, r: '/loc/scheme', a: { eid: AID, url: 'https://ä.example/' } },
  { t: 'exn', d: DUMMY, i: AID, rp: '', p: '', dt, r: '/x', q: {}, a: { m: 1.0 }, e: {} },
  { t: 'pro', d: DUMMY, dt, r: 'sealed', rr: 'log', q: {} },
  { t: 'bar', d: DUMMY, dt, r: 'sealed', a: {} },
];

const secondVersion: readonly Readonly<Record<string, unknown>>[] = [
  ...[KEY, DUMMY].map((i) => ({
    t: 'icp',
    d: DUMMY,
    i,
    s: '0',
    kt: '1',
    k: [],
    nt: '0',
    n: [],
    bt: '0',
    b: [],
    c: [],
    a: [],
  })),
  { t: 'ixn', d: DUMMY, i: AID, s: '1', p: AID, a: [] },
  {
    t: 'rot',
    d: DUMMY,
    i: AID,
    s: '1',
    p: AID,
    kt: '1',
    k: [],
    nt: '0',
    n: [],
    bt: '0',
    br: [],
    ba: [],
    c: [],
    a: [],
  },
  { t: 'rpy', d: DUMMY, i: AID, dt, r: '/x', a: {} },
  { t: 'xip', d: DUMMY, u: '', i: AID, ri: AID, dt, r: '/x', q: {}, a: {} },
];

const saidIn = (bytes: Uint8Array): string =>
  /"d":"([^"]{44})"/.exec(Buffer.from(bytes).toString())?.[1] ?? '';

/** The same bytes with one letter changed behind a text. */
function changed(bytes: Uint8Array, behind: string): Uint8Array {
  const copy = bytes.slice();
  const at = Buffer.from(copy).indexOf(behind) + behind.length;
  copy[at] = copy[at] === 0x41 ? 0x42 : 0x41;
  return copy;
}

describe('readContent()', () => {
  it.each(firstVersion.map((fields) => [String(fields['t']), fields] as const))(
    'names a %s whose SAID is right, and sets it aside',
    (name, fields) => {
      const bytes = message('KERI10JSON', fields);
      expect(contentOf(bytes)).toEqual({ kind: 'other', name, said: saidIn(bytes) });
      expect(contentOf(changed(bytes, '"dt":"'))).toMatchObject({
        kind: 'refused',
        reason: 'said',
      });
      const more = message('KERI10JSON', { ...fields, more: 1 });
      expect(contentOf(more)).toMatchObject({ reason: 'fields' });
    },
  );

  it.each(secondVersion.map((fields) => [JSON.stringify(fields), fields] as const))(
    'names what is of KERI 2.0: %s',
    (_, fields) => {
      for (const head of ['KERICAACAAJSON', 'KERICAAJSON']) {
        const bytes = message(head, fields);
        const name = 'unsupported-version';
        const isEvent = /^(icp|rot|ixn|dip|drt)$/.test(fields['t'] as string);
        const said = saidIn(bytes);
        const event = isEvent ? { isEvent } : {};
        expect(contentOf(bytes)).toEqual({ kind: 'other', name, said, ...event });
        expect(contentOf(changed(bytes, '"d":"E'))).toMatchObject({ kind: 'refused' });
        const less = Object.fromEntries(Object.entries(fields).slice(0, -1));
        expect(contentOf(message(head, less))).toMatchObject({ reason: 'fields' });
      }
    },
  );

  it('has the SAID of a message of KERI 2.0 where the specification has it', () => {
    const bytes = message('KERICAACAAJSON', { t: 'ixn', d: DUMMY, i: AID, s: '1', p: AID, a: [] });
    expect(Buffer.from(bytes).toString().indexOf(saidIn(bytes))).toBe(42);
    const size = Buffer.from(bytes.subarray(20, 24)).toString();
    expect(decodeBase64Number(size, 0, 4)).toBe(bytes.length);
  });

  it('reads a receipt of both versions', () => {
    const fields = { t: 'rct', d: AID, i: AID, s: 'a' };
    expect(contentOf(message('KERI10JSON', fields))).toEqual({
      kind: 'receipt',
      event: { aid: AID, sn: 10, said: AID },
    });
    expect(contentOf(message('KERICAACAAJSON', fields))).toMatchObject({
      name: 'unsupported-version',
      said: undefined,
    });
  });

  it('checks the SAID of a credential and sets it aside', () => {
    const fields = {
      d: DUMMY,
      u: '0A',
      i: AID,
      ri: AID,
      s: AID,
      a: { d: '', n: 1e-7 },
      e: {},
      r: {},
    };
    const bytes = message('ACDC10JSON', { ...fields, a: { d: '', n: 'ä' } });
    expect(contentOf(bytes)).toEqual({ kind: 'other', name: 'credential', said: saidIn(bytes) });
    expect(contentOf(changed(bytes, '"n":"'))).toMatchObject({ kind: 'refused' });
    const least = message('ACDC10JSON', { d: DUMMY, i: AID, s: AID });
    expect(contentOf(least)).toMatchObject({ name: 'credential' });
    for (const wrong of [
      { d: DUMMY, i: AID },
      { d: DUMMY, i: AID, s: AID, a: '', A: '' },
      { d: DUMMY, i: AID, s: AID, x: '' },
      { d: DUMMY, s: AID, i: AID },
      { t: 'icp', d: DUMMY, i: AID, s: AID },
    ])
      expect(contentOf(message('ACDC10JSON', wrong))).toMatchObject({ reason: 'fields' });
  });

  it.each([
    ['unsupported-ilk', message('KERI10JSON', { t: 'ksn', d: DUMMY })],
    ['unsupported-ilk', message('KERICAACAAJSON', { t: 'rip', d: DUMMY })],
    ['version-string', message('KERI11JSON', firstVersion[1] ?? {})],
    ['version-string', message('ACDC11JSON', { d: DUMMY, i: AID, s: AID })],
    ['version-string', message('KERICABCAAJSON', secondVersion[2] ?? {})],
    ['not-canonical-json', utf8('{"v":"ACDC10JSON000023_" ,"d":""}')],
  ])('refuses by the rule %s what it cannot read', (reason, bytes) => {
    expect(contentOf(bytes)).toMatchObject({ kind: 'refused', reason });
  });

  it('names credentials of a later version, and other serialisations', () => {
    const later = utf8('{"v":"ACDCCAACAAJSONAAAl.","t":"acm"}');
    expect(contentOf(later)).toEqual({
      kind: 'other',
      name: 'unsupported-version',
      said: undefined,
    });
    const cbor = utf8('\u00a1avKERI10CBOR000028_');
    expect(contentOf(cbor)).toMatchObject({ name: 'unsupported-serialization', isEvent: true });
  });
});
