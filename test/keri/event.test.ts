import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { portableCrypto } from '../../src/crypto/portable.ts';
import { type KeyEvent, parseEvent } from '../../src/keri/event.ts';
import type { RejectReason } from '../../src/keri/rejection.ts';
import { parseSignedEvent } from '../../src/keri/signatures.ts';
import { digests, key, keys, message, SAID } from './making.ts';
import { scenariosOf } from './scenarios.ts';

function parsed(bytes: Uint8Array): KeyEvent {
  const result = parseEvent(crypto, bytes);
  if (!result.ok) throw new Error(`${result.reason}: ${result.detail}`);
  return result.event;
}

function reasonOf(bytes: Uint8Array): RejectReason | undefined {
  const result = parseEvent(crypto, bytes);
  return result.ok ? undefined : result.reason;
}

const list = (items: readonly string[]): string => JSON.stringify(items);

interface Changes {
  readonly i?: string;
  readonly s?: string;
  readonly kt?: string;
  readonly k?: string;
  readonly nt?: string;
  readonly n?: string;
  readonly bt?: string;
  readonly b?: string;
  readonly c?: string;
  readonly a?: string;
}

/** An inception of two keys whose fields are as sound as the changes leave them. */
function icp(changes: Changes = {}): Uint8Array {
  const {
    i = SAID,
    s = '"0"',
    kt = '"1"',
    k = list(keys(1, 2)),
    nt = '"1"',
    n = list(digests(3, 4)),
  } = changes;
  const { bt = '"0"', b = '[]', c = '[]', a = '[]' } = changes;
  return message(
    `"t":"icp","d":"${SAID}","i":"${i}","s":${s},"kt":${kt},"k":${k},"nt":${nt},"n":${n},"bt":${bt},"b":${b},"c":${c},"a":${a}`,
  );
}

const aid = digests(9)[0] ?? '';

/** A rotation of one key whose witness lists and seals are as given. */
function rot(br: string, ba: string, a: string): Uint8Array {
  return message(
    `"t":"rot","d":"${SAID}","i":"${aid}","s":"1","p":"${aid}","kt":"1","k":${list(keys(1))},"nt":"1","n":${list(digests(2))},"bt":"0","br":${br},"ba":${ba},"a":${a}`,
  );
}

function ixn(a: string, p = aid, s = '"1"'): Uint8Array {
  return message(`"t":"ixn","d":"${SAID}","i":"${aid}","s":${s},"p":"${p}","a":${a}`);
}

describe('parseEvent()', () => {
  it('reads the fields of an inception', () => {
    const bytes = icp({
      kt: '["1/2","1/2"]',
      c: '["EO"]',
      a: '[{"d":"x"}]',
      bt: '"1"',
      b: list([key(5, 'B')]),
    });
    const event = parsed(bytes);
    expect(event).toMatchObject({
      type: 'icp',
      bytes,
      sn: 0,
      threshold: { kind: 'weighted', flat: true },
      publicKeys: keys(1, 2),
      nextThreshold: { kind: 'count', count: 1 },
      nextDigests: digests(3, 4),
      witnessThreshold: 1,
      witnesses: [key(5, 'B')],
      traits: ['EO'],
      seals: [{ d: 'x' }],
    });
    expect(event.aid).toBe(event.said);
  });

  it('reads the same with either implementation of the cryptography', () => {
    for (const bytes of [icp(), ixn('[1]'), icp({ kt: '"9"' })]) {
      expect(parseEvent(portableCrypto, bytes)).toEqual(parseEvent(crypto, bytes));
    }
  });

  it('takes traits that it does not know, and any JSON as a seal', () => {
    expect(parsed(icp({ c: '["XX","é","\\"",""]' }))).toMatchObject({
      traits: ['XX', 'é', '"', ''],
    });
    expect(parsed(ixn('["é",1.0,[],{"10":1,"9":{"__proto__":null}},null]')).seals).toHaveLength(5);
  });

  it.each<[RejectReason, string, Uint8Array]>([
    ['sequence-number', 'a number', icp({ s: '0' })],
    ['sequence-number', 'an inception at 1', icp({ s: '"1"' })],
    ['sequence-number', 'an interaction at 0', ixn('[]', aid, '"0"')],
    ['sequence-number', 'capital letters', ixn('[]', aid, '"A"')],
    ['sequence-number', 'a leading zero', ixn('[]', aid, '"01"')],
    ['sequence-number', 'an escape', ixn('[]', aid, '"\\""')],
    ['sequence-number', 'more than a safe integer', ixn('[]', aid, '"20000000000000"')],
    ['sequence-number', 'far more than that', ixn('[]', aid, `"${'f'.repeat(32)}"`)],
    ['prior', 'no digest', ixn('[]', key(1))],
    ['prior', 'pad bits that are not zero', ixn('[]', aid.replace(/^E./, 'EQ'))],
    ['seals', 'an object', ixn('{}')],
    ['seals', 'a text in a rotation', rot('[]', '[]', '""')],
    ['seals', 'null in an inception', icp({ a: 'null' })],
    ['witness-cuts', 'a number among them', rot('[0]', '[]', '[]')],
    ['witness-cuts', 'the same twice', rot('["x","x"]', '[]', '[]')],
    ['witness-adds', 'null', rot('[]', 'null', '[]')],
    ['witness-code', 'of one to add', rot('[]', '["x"]', '[]')],
    ['seals', 'too many entries', ixn(`[${'1,'.repeat(LIMITS.sealsPerEvent)}1]`)],
    ['threshold', 'null', icp({ kt: 'null' })],
    ['threshold', 'a negative integer', icp({ kt: '-1' })],
    ['threshold', 'a fraction', icp({ kt: '1.0' })],
    ['threshold', 'a text in hexadecimal form that escapes hide', icp({ kt: '"\\"1\\""' })],
    ['threshold-zero', 'nobody', icp({ kt: '"0"' })],
    ['threshold-size', 'more than the keys', icp({ kt: '"3"' })],
    ['threshold-size', 'more weights than keys', icp({ kt: '["1","1","1"]' })],
    ['threshold-size', 'fewer weights than keys', icp({ kt: '["1"]' })],
    ['next-threshold', 'a boolean', icp({ nt: 'true' })],
    ['next-threshold-zero', 'nobody', icp({ nt: '"0"' })],
    ['next-threshold-size', 'more than the digests', icp({ nt: '"3"' })],
    ['next-threshold-size', 'somebody of nobody', icp({ n: '[]' })],
    ['next-threshold-size', 'weights of nobody', icp({ n: '[]', nt: '["1"]' })],
    ['keys', 'none', icp({ k: '[]' })],
    ['keys', 'a text', icp({ k: '"x"' })],
    ['keys', 'a number among them', icp({ k: '[1]' })],
    ['keys', 'too many', icp({ k: `[${'"",'.repeat(LIMITS.keysPerEvent)}""]` })],
    [
      'key-code',
      'of the code of those that cannot rotate',
      icp({ k: list([key(1, 'B'), key(2)]) }),
    ],
    ['key-code', 'cut off', icp({ k: list([key(1).slice(0, -1), key(2)]) })],
    [
      'key-code',
      'with pad bits that are not zero',
      icp({ k: list([key(1).replace(/^D./, 'DQ'), key(2)]) }),
    ],
    ['key-point', 'of small order', icp({ k: list([smallOrder(0x01), key(2)]) })],
    ['key-point', 'not on the curve', icp({ k: list([smallOrder(0x02), key(2)]) })],
    ['duplicate-key', 'the same twice', icp({ k: list(keys(1, 1)) })],
    ['next-digests', 'a key', icp({ n: list([key(3), ...digests(4)]) })],
    [
      'next-digests',
      'cut off',
      icp({ n: list(digests(3, 4).map((digest) => digest.slice(0, -4))) }),
    ],
    ['duplicate-next-digest', 'the same twice', icp({ n: list(digests(3, 3)) })],
    ['witness-threshold', 'weights', icp({ bt: '["1"]' })],
    ['witness-threshold', 'somebody of nobody', icp({ bt: '"1"' })],
    ['witness-threshold', 'nobody of somebody', icp({ b: list([key(5, 'B')]) })],
    ['witnesses', 'a text', icp({ b: '"x"' })],
    ['witness-code', 'a key that can rotate', icp({ bt: '"1"', b: list([key(5)]) })],
    ['witness-code', 'a key of small order', icp({ bt: '"1"', b: list([smallOrder(0x01, 'B')]) })],
    [
      'duplicate-witness',
      'the same twice',
      icp({ bt: '"1"', b: list([key(5, 'B'), key(5, 'B')]) }),
    ],
    ['traits', 'an object', icp({ c: '{}' })],
    ['prefix', 'another key', icp({ i: key(3), k: list(keys(1)) })],
    ['prefix', 'one of two keys', icp({ i: key(1) })],
    ['prefix', 'a key with a weight', icp({ i: key(1), k: list(keys(1)), kt: '["1"]' })],
    ['prefix', 'a signature', icp({ i: encodePrimitive({ code: '0B', raw: new Uint8Array(64) }) })],
    ['said', 'an identifier that is the digest of something else', icp({ i: aid })],
    [
      'key-code',
      'that can rotate, of an identifier that cannot',
      icp({ i: key(1, 'B'), k: list(keys(1)) }),
    ],
  ])('refuses by %s: %s', (reason, _, bytes) => {
    expect(reasonOf(bytes)).toBe(reason);
  });

  it('refuses next keys, witnesses and seals of an identifier that cannot rotate', () => {
    const mute = { i: key(1, 'B'), k: list([key(1, 'B')]), n: '[]', nt: '"0"' };
    expect(parsed(icp(mute)).aid).toBe(key(1, 'B'));
    for (const more of [
      { n: list(digests(3)), nt: '"1"' },
      { bt: '"1"', b: list([key(5, 'B')]) },
      { a: '[1]' },
    ]) {
      expect(reasonOf(icp({ ...mute, ...more }))).toBe('non-transferable-content');
    }
  });

  it('takes a SAID and an identifier of different algorithms, and of different lengths', () => {
    const tail = `"s":"0","kt":"1","k":${list(keys(1))},"nt":"1","n":${list(digests(2))},"bt":"0","b":[],"c":[],"a":[]}`;
    const written = (d: string, i: string): string => {
      const text = (size: string): string =>
        `{"v":"KERI10JSON${size}_","t":"icp","d":"${d}","i":"${i}",${tail}`;
      return text(text('000000').length.toString(16).padStart(6, '0'));
    };
    const data = utf8(written('#'.repeat(44), '#'.repeat(88)));
    const [d, i] = [digestText(crypto, data, 'I'), digestText(crypto, data, '0D')];
    expect(parsed(utf8(written(d, i)))).toMatchObject({ said: d, aid: i });
    const wrong = digestText(crypto, utf8('something else'), '0D');
    expect(reasonOf(utf8(written(d, wrong)))).toBe('prefix');
    expect(reasonOf(utf8(written(digestText(crypto, utf8('something else'), 'I'), i)))).toBe(
      'said',
    );
  });

  it('refuses frames that are not exact', () => {
    const sound = ixn('[]');
    const text = new TextDecoder().decode(sound);
    expect(reasonOf(sound)).toBeUndefined();
    const cases: readonly (readonly [RejectReason, string | Uint8Array])[] = [
      ['version-string', ''],
      ['version-string', '{"v":"KERI10JSON0000c'],
      ['version-string', ` ${text}`],
      ['version-string', text.replace('KERI10', 'KERI11')],
      ['version-string', text.replace('JSON', 'CBOR')],
      ['version-string', text.replace(/JSON....../, 'JSON0000CB')],
      ['size', `${text} `],
      ['size', text.slice(0, -1)],
      ['said', text.replace('"a":[]', '"a":{}')],
      ['not-utf8', Uint8Array.from(sound, (byte, at) => (at === sound.length - 3 ? 0xff : byte))],
      ['fields', message(`"d":"${SAID}"`)],
      ['fields', message(`"t":"ixn","d":"${SAID}","i":"${aid}","s":"1","a":[]`)],
      ['not-canonical-json', ixn('[ ]')],
      ['not-canonical-json', ixn(`${'['.repeat(32)}${']'.repeat(32)}`)],
      ['said', message(`"t":"ixn","d":1,"i":"${aid}","s":"1","p":"${aid}","a":[]`)],
      ['said', message(`"t":"ixn","d":"${key(1)}","i":"${aid}","s":"1","p":"${aid}","a":[]`)],
      ['said', message(`"t":"ixn","d":"","i":"${aid}","s":"1","p":"${aid}","a":[]`)],
      [
        'said',
        message(`"t":"ixn","d":"${'é'.repeat(44)}","i":"${aid}","s":"1","p":"${aid}","a":[]`),
      ],
      ['prefix', message(`"t":"ixn","d":"${SAID}","i":null,"s":"1","p":"${aid}","a":[]`)],
      ['too-large', ixn(`["${'x'.repeat(LIMITS.eventBytes)}"]`)],
    ];
    for (const [reason, bytes] of cases) {
      expect(
        reasonOf(typeof bytes === 'string' ? utf8(bytes) : bytes),
        String(bytes).slice(0, 80),
      ).toBe(reason);
    }
    for (const type of ['rct', 'vcp', 'xyz', 'IXN', '', 'ix', 'ixnn']) {
      expect(reasonOf(message(`"t":"${type}","d":"${SAID}","i":"${aid}"`))).toBe('unsupported-ilk');
    }
  });

  it('keeps large events and many seals within their bounds', () => {
    expect(parsed(ixn(`[${'1,'.repeat(LIMITS.sealsPerEvent - 1)}1]`)).seals).toHaveLength(
      LIMITS.sealsPerEvent,
    );
    expect(parsed(ixn(`["${'x'.repeat(60_000)}"]`)).seals).toHaveLength(1);
  });
});

/** 32 bytes that start with a byte and are zero otherwise, as a key. */
function smallOrder(first: number, code: 'B' | 'D' = 'D'): string {
  const raw = new Uint8Array(32);
  raw[0] = first;
  return encodePrimitive({ code, raw });
}

describe('parseSignedEvent()', () => {
  const [scenario] = scenariosOf('kel_valid_multisig.json');
  const [step] = scenario?.steps ?? [];
  const event = utf8(step?.event ?? '');
  const attached = utf8(step?.attachments ?? '');

  it('reads an event, its attachments and nothing else', () => {
    const result = parseSignedEvent(crypto, concat(event, attached));
    expect(result).toMatchObject({ ok: true, signed: { event: { bytes: event } } });
    if (result.ok) expect(result.signed.attachments.controllerSignatures).toHaveLength(2);
    expect(parseSignedEvent(crypto, event)).toMatchObject({
      ok: true,
      signed: { attachments: { controllerSignatures: [] } },
    });
  });

  it('refuses what is cut off, and what follows', () => {
    for (const [reason, bytes] of [
      ['version-string', new Uint8Array()],
      ['size', event.slice(0, -1)],
      ['attachments', concat(event, attached.slice(0, -1))],
      ['attachments', concat(event, attached, event)],
      ['attachments', concat(event, utf8('\n'))],
    ] as const) {
      expect(parseSignedEvent(crypto, bytes)).toMatchObject({ ok: false, reason });
    }
  });
});
