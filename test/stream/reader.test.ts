import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { encodeAttachments, noAttachments } from '../../src/cesr/attachments.ts';
import { decodeBase64 } from '../../src/cesr/base64.ts';
import { encodeCounter } from '../../src/cesr/counter.ts';
import { encodeSequenceNumber } from '../../src/cesr/number.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { ed25519Signature, encodeIndexedSignature } from '../../src/cesr/signature.ts';
import { type StreamError, type StreamMessage, StreamReader } from '../../src/stream/reader.ts';
import { cutAt, readChunks, readWhole, shown } from './streams.ts';

const AID = encodePrimitive({ code: 'E', raw: new Uint8Array(32).fill(7) });
const SIGNATURE = encodePrimitive({ code: '0B', raw: new Uint8Array(64).fill(5) });
const WITNESS = encodePrimitive({ code: 'B', raw: new Uint8Array(32).fill(9) });
const PATH = '6AABAAA-';

const indexed = (index: number): string =>
  encodeIndexedSignature(ed25519Signature(new Uint8Array(64).fill(index + 1), index, index));

function group(code: string, count: number, content: string): string {
  return encodeCounter({ code, count }) + content;
}

const framed = (content: string, code = '-V'): string => group(code, content.length / 4, content);

const signed = (count: number): string =>
  group('-A', count, Array.from({ length: count }, (_, index) => indexed(index)).join(''));

/** A body of any content: the reader looks at its version string and its size. */
function body(content: string, head = 'KERI10JSON'): string {
  const size = head.length + utf8(content).length + `{"v":"000000_",}`.length;
  return `{"v":"${head}${size.toString(16).padStart(6, '0')}_",${content}}`;
}

const ONE = body('"t":"one"');
const TWO = body('"t":"two","a":"ä"');

function binary(text: string): Uint8Array {
  const bytes = decodeBase64(text, 0, text.length);
  if (bytes === undefined) throw new Error('not Base64');
  return bytes;
}

function messages(...parts: readonly (string | Uint8Array)[]): readonly StreamMessage[] {
  return readWhole(...parts.map((part) => (typeof part === 'string' ? utf8(part) : part))).map(
    (item) => {
      if (item.kind === 'error') throw new Error(`${item.reason} at ${item.offset}`);
      return item;
    },
  );
}

/** The error with which a stream ends, and how many messages were read before it. */
function errorOf(...parts: readonly (string | Uint8Array)[]): StreamError & { before: number } {
  const items = readWhole(...parts.map((part) => (typeof part === 'string' ? utf8(part) : part)));
  const last = items.at(-1);
  if (last?.kind !== 'error') throw new Error('the stream was read without an error');
  expect(items.filter(({ kind }) => kind === 'error')).toHaveLength(1);
  return { ...last, before: items.length - 1 };
}

const others = [
  group('-B', 1, indexed(3)),
  group('-C', 2, (WITNESS + SIGNATURE).repeat(2)),
  group('-D', 1, AID + encodeSequenceNumber(3) + AID + indexed(1)),
  group('-E', 1, `${encodeSequenceNumber(3)}1AAG2024-01-02T03c04c05d000006p00c00`),
  group('-F', 2, (AID + encodeSequenceNumber(3) + AID + signed(2)).repeat(2)),
  group('-G', 1, encodeSequenceNumber(3) + AID),
  group('-H', 1, AID + signed(1)),
  group('-I', 1, AID + encodeSequenceNumber(3) + AID),
];

const asides = [
  group('-J', 1, PATH + group('-F', 1, AID + encodeSequenceNumber(0) + AID + signed(2))),
  group('-J', 2, (PATH + signed(1)).repeat(2)),
  group('-K', 2, PATH + group('-J', 1, PATH + signed(1)).repeat(2)),
  group('-J', 1, PATH + group('-C', 1, WITNESS + SIGNATURE)),
  framed(PATH + signed(1), '-L'),
  framed(PATH + signed(1), '-0L'),
  framed(PATH, '-Z'),
];

describe('StreamReader', () => {
  it('gives nothing for no bytes', () => expect(readWhole()).toEqual([]));

  it('reads messages with what is attached to them, and says where they stand', () => {
    const second = ONE.length + signed(2).length;
    const [one, two, ...more] = messages(ONE, signed(2), TWO);
    expect(more).toEqual([]);
    expect(one).toMatchObject({ offset: 0, end: second, bytes: utf8(ONE), setAside: [] });
    expect(one?.attachments.controllerSignatures.map(({ index }) => index)).toEqual([0, 1]);
    expect(two).toMatchObject({ offset: second, attachments: noAttachments, bytes: utf8(TWO) });
    expect(two?.end).toBe(second + utf8(TWO).length);
  });

  it.each(others)('reads the group %s in text, in binary and framed', (text) => {
    const attached = messages(ONE, text)[0]?.attachments ?? noAttachments;
    expect(encodeAttachments(attached)).toBe(text);
    for (const form of [binary(text), framed(text), framed(text, '-0V'), binary(framed(text))])
      expect(messages(ONE, form, TWO)[0]?.attachments).toEqual(attached);
  });

  it.each(asides)('sets aside the group %s in text, in binary and framed', (text) => {
    const size = text[1] === '0' ? 8 : 4;
    const [message] = messages(ONE, signed(1), text);
    expect(message?.setAside).toEqual([
      { code: text.slice(0, size === 8 ? 3 : 2), bytes: utf8(text.slice(size)) },
    ]);
    expect(message?.attachments.controllerSignatures).toHaveLength(1);
    expect(messages(ONE, framed(text))[0]?.setAside).toEqual(message?.setAside);
    expect(messages(ONE, binary(text))[0]?.setAside).toEqual([
      { code: text.slice(0, size === 8 ? 3 : 2), bytes: binary(text).subarray((size / 4) * 3) },
    ]);
  });

  it('joins groups of both domains', () => {
    const [message] = messages(ONE, signed(1), binary(group('-A', 1, indexed(5))), others[5] ?? '');
    expect(message?.attachments.controllerSignatures.map(({ index }) => index)).toEqual([0, 5]);
    expect(message?.attachments.sealSources).toEqual([{ sequenceNumber: 3, said: AID }]);
  });

  it('gives a message out as soon as it is certain that it is whole', () => {
    const reader = new StreamReader();
    expect(reader.push(utf8(ONE + signed(1)))).toEqual([]);
    expect(reader.push(utf8('{'))).toHaveLength(1);
    expect(reader.push(utf8(TWO.slice(1) + framed(signed(1))))).toHaveLength(1);
    expect(reader.end()).toEqual([]);
  });

  it('reads other protocols, versions and serialisations by their size', () => {
    const cbor = concat(utf8('\u00a1').subarray(1), utf8(`avKERI10CBOR000028_${'x'.repeat(20)}`));
    const second = `{"v":"KERICAACAAJSONAAAl.","t":"icp"}`;
    const items = messages(body('"d":"x"', 'ACDC10JSON'), second, cbor, signed(1));
    expect(
      items.map(({ version }) => [version.protocol, version.version.major, version.kind]),
    ).toEqual([
      ['ACDC', 1, 'JSON'],
      ['KERI', 2, 'JSON'],
      ['KERI', 1, 'CBOR'],
    ]);
  });

  it.each([
    ['a group before any message', signed(1) + ONE, 'no-message', 0, 0],
    ['white space', ` ${ONE}`, 'no-message', 0, 0],
    ['no version string', `{"x":"${'y'.repeat(40)}"}`, 'version-string', 0, 0],
    ['an unknown protocol', body('"d":"x"', 'KARI10JSON'), 'version-string', 0, 0],
    ['another serialisation than its own', body('"d":"x"', 'KERI10CBOR'), 'version-string', 0, 0],
    ['a size that is too small', ONE.replace('23_', '21_'), 'size', 0, 0],
    ['a size of nothing', ONE.replace('23_', '00_'), 'size', 0, 0],
    ['a new line after a message', `${ONE}\n${TWO}`, 'stray-bytes', ONE.length, 0],
    ['an operation code after a message', `${ONE}_AAA`, 'stray-bytes', ONE.length, 0],
    ['a group that is unknown', `${ONE}-XAB`, 'cesr-code', ONE.length, 0],
    ['a group without items', `${ONE}-AAA`, 'empty-group', ONE.length, 0],
    ['an unknown signature code', `${ONE}-AAB9${indexed(0).slice(1)}`, 'cesr-code', ONE.length, 0],
    ['a framed group that is cut off', `${ONE}-VAW${signed(1)}`, 'cesr-short', ONE.length, 0],
    ['a frame in a frame', ONE + framed(framed(signed(1))), 'unsupported-group', ONE.length, 0],
    [
      'a group of groups of another kind',
      `${ONE}-HAB${AID}${others[5]}`,
      'cesr-code',
      ONE.length,
      0,
    ],
    [
      'a group after the frame',
      ONE + framed(signed(1)) + signed(1),
      'no-message',
      ONE.length + framed(signed(1)).length,
      1,
    ],
    [
      'bad pad bits in the second group',
      ONE + signed(1) + group('-G', 1, `${encodeSequenceNumber(3)}E_${AID.slice(2)}`),
      'cesr-value',
      ONE.length + signed(1).length,
      0,
    ],
  ])('stops at %s, and says where', (_, stream, reason, offset, before) => {
    expect(errorOf(stream)).toMatchObject({ reason, offset, before, isCutOff: false });
  });

  it('passes over the end of a line at the very end, in whatever pieces', () => {
    for (const lineEnd of ['\n', '\r\n']) {
      for (const text of [ONE, ONE + signed(1), ONE + framed(signed(1))]) {
        const bytes = utf8(text + lineEnd);
        const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
        for (const chunks of [[bytes], single])
          expect(readChunks(chunks)).toMatchObject([{ kind: 'message', end: text.length }]);
      }
    }
  });

  it.each(['\n\n', '\r', '\r\r', '\n\r\n', '\n '])('refuses %j at the end', (text) => {
    expect(errorOf(ONE + text)).toMatchObject({ offset: ONE.length, reason: 'stray-bytes' });
    const framedOne = ONE + framed(signed(1));
    expect(errorOf(framedOne + text).offset).toBe(framedOne.length);
  });

  it('reads nothing after an error', () => {
    const reader = new StreamReader();
    expect(reader.push(utf8(' '))).toEqual([]);
    expect(reader.push(utf8(ONE))).toHaveLength(1);
    expect(reader.push(utf8(ONE))).toEqual([]);
    expect(reader.end()).toEqual([]);
  });

  it.each([1, 20, 28, ONE.length - 1])(
    'says that a message is cut off after %i bytes',
    (length) => {
      const cut = errorOf(ONE + signed(1) + TWO.slice(0, length % TWO.length));
      expect(cut).toMatchObject({ reason: 'cut-off', isCutOff: true, before: 1 });
      expect(cut.offset).toBe(ONE.length + signed(1).length);
    },
  );

  it('says that a group is cut off, wherever', () => {
    const groups = [...others, ...asides, framed(signed(1)), framed(signed(1), '-0V')];
    for (const text of groups) {
      for (let length = 1; length < text.length; length += text.length > 200 ? 7 : 1) {
        expect(errorOf(ONE + text.slice(0, length))).toMatchObject({
          reason: 'cut-off',
          offset: ONE.length,
          isCutOff: true,
        });
      }
    }
  });

  it('refuses a message that is too large before it is there', () => {
    const size = (LIMITS.messageBytes + 1).toString(16).padStart(6, '0');
    expect(errorOf(ONE.replace('000023', size)).reason).toBe('too-large');
  });

  it('refuses attachments that are too large, in one group, in many, and framed', () => {
    const count = Math.ceil(LIMITS.attachmentBytes / 88);
    const many = (signed(1) + signed(1)).repeat(count / 2 + 1);
    for (const text of [signed(count), many, framed(many, '-0V')])
      for (const chunk of [text.length, 1_000]) {
        const stream = utf8(ONE + text);
        const chunks = Array.from({ length: Math.ceil(stream.length / chunk) }, (_, i) =>
          stream.subarray(i * chunk, (i + 1) * chunk),
        );
        expect(readChunks(chunks)).toMatchObject([{ reason: 'attachments-too-large' }]);
      }
  });
});

describe('the chunks of a stream', () => {
  const part = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(ONE, TWO) },
    { weight: 4, arbitrary: fc.constantFrom(...others, ...asides, signed(3)) },
    { weight: 1, arbitrary: fc.constantFrom('-XAB', '\n', '\r', '-VAW', 'garbage') },
  );
  const bytesOf = fc
    .tuple(part, fc.constantFrom('text', 'binary', 'framed'))
    .map(([text, form]) => {
      if (!text.startsWith('-') || text.length % 4 !== 0 || form === 'text') return utf8(text);
      return form === 'binary' ? binary(text) : utf8(framed(text));
    });
  const stream = fc.array(bytesOf, { maxLength: 8 }).map((parts) => concat(utf8(ONE), ...parts));

  it('change nothing', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (bytes, places) => {
        const whole = shown(readWhole(bytes));
        expect(shown(readChunks(cutAt(bytes, places)))).toEqual(whole);
      }),
      { numRuns: 150 },
    );
  });

  it('may be single bytes', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
        expect(shown(readChunks(single))).toEqual(shown(readWhole(bytes)));
      }),
      { numRuns: 40 },
    );
  });
});
