import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import {
  encodeAttachments,
  noAttachments,
  readAttachments,
  writeSignatures,
  type Attachments,
} from '../../src/cesr/attachments.ts';
import { encodeCounter } from '../../src/cesr/counter.ts';
import { encodeSequenceNumber } from '../../src/cesr/number.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import {
  ed25519Signature,
  encodeIndexedSignature,
  type IndexedSignature,
} from '../../src/cesr/signature.ts';
import { ALPHABET, hex, vectorText } from './vectors.ts';

interface SignatureDetail {
  readonly code: string;
  readonly index: number;
  readonly ondex: number | null;
  readonly qb64: string;
}

interface PlaceDetail {
  readonly pre: string;
  readonly sn: string;
  readonly said: string;
}

interface Detail {
  readonly sigs?: readonly SignatureDetail[];
  readonly couples?: readonly Readonly<Record<string, string>>[];
  readonly quadruples?: readonly (PlaceDetail & { readonly sig: SignatureDetail })[];
  readonly groups?: readonly (PlaceDetail & { readonly sigs: readonly SignatureDetail[] })[];
}

interface GroupRow {
  readonly group: string;
  readonly code: string;
  readonly text: string;
  readonly binary_hex?: string;
  readonly detail?: Detail;
}

const { groups }: { readonly groups: readonly GroupRow[] } = JSON.parse(vectorText('counter'));

function signatureDetail(signature: IndexedSignature): SignatureDetail {
  const { code, index, priorIndex } = signature;
  return { code, index, ondex: priorIndex ?? null, qb64: encodeIndexedSignature(signature) };
}

/** What was read, as the recorded details spell it. */
function detailOf(code: string, a: Attachments): Detail {
  switch (code) {
    case '-A':
      return { sigs: a.controllerSignatures.map(signatureDetail) };
    case '-B':
      return { sigs: a.witnessSignatures.map(signatureDetail) };
    case '-C':
      return {
        couples: a.nonTransferableReceipts.map(({ aid, signature }) => ({
          pre: aid,
          sig: signature,
        })),
      };
    case '-D':
      return {
        quadruples: a.transferableReceipts.map(({ aid, sequenceNumber, said, signature }) => ({
          pre: aid,
          sn: sequenceNumber.toString(16),
          said,
          sig: signatureDetail(signature),
        })),
      };
    case '-E':
      return {
        couples: a.firstSeen.map(({ ordinal, dateTime }) => ({
          fn: ordinal.toString(16),
          dt: dateTime,
        })),
      };
    case '-F':
      return {
        groups: a.transferableSignatureGroups.map(({ aid, sequenceNumber, said, signatures }) => ({
          pre: aid,
          sn: sequenceNumber.toString(16),
          said,
          sigs: signatures.map(signatureDetail),
        })),
      };
    case '-G':
      return {
        couples: a.sealSources.map(({ sequenceNumber, said }) => ({
          sn: sequenceNumber.toString(16),
          said,
        })),
      };
    default:
      throw new Error(`no recorded group has the code ${code}`);
  }
}

function attempt(
  read: () => ReturnType<typeof readAttachments>,
): ReturnType<typeof readAttachments> | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof GitkelError && error.code === 'malformed') return undefined;
    throw error;
  }
}

function reading(text: string | Uint8Array): () => unknown {
  const bytes = typeof text === 'string' ? utf8(text) : text;
  return () => readAttachments(bytes, 0);
}

function refusal(reason: string): unknown {
  return expect.objectContaining({ code: 'malformed', reason });
}

/** The same groups in the binary domain. */
function binary(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}

const aids = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .chain((raw) => fc.constantFrom('E', 'D', 'B').map((code) => encodePrimitive({ code, raw })));
const saids = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((raw) => encodePrimitive({ code: 'E', raw }));
const plainSignatures = fc
  .uint8Array({ minLength: 64, maxLength: 64 })
  .map((raw) => encodePrimitive({ code: '0B', raw }));
const signatures = fc
  .tuple(
    fc.uint8Array({ minLength: 64, maxLength: 64 }),
    fc.nat(70),
    fc.option(fc.nat(70), { nil: undefined }),
  )
  .map(([raw, index, prior]) => ed25519Signature(raw, index, prior));
const sequenceNumbers = fc.oneof(fc.nat(), fc.maxSafeNat());
const keys = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((raw) => encodePrimitive({ code: 'B', raw }));
const few = { maxLength: 3 };
const some = { minLength: 1, maxLength: 3 };

const attachments: fc.Arbitrary<Attachments> = fc.record({
  controllerSignatures: fc.array(signatures, few),
  witnessSignatures: fc.array(signatures, few),
  nonTransferableReceipts: fc.array(fc.record({ aid: keys, signature: plainSignatures }), few),
  transferableReceipts: fc.array(
    fc.record({ aid: aids, sequenceNumber: sequenceNumbers, said: saids, signature: signatures }),
    few,
  ),
  firstSeen: fc.array(
    fc.record({
      ordinal: sequenceNumbers,
      dateTime: fc.constant('2024-01-02T03:04:05.000006+00:00'),
    }),
    few,
  ),
  transferableSignatureGroups: fc.array(
    fc.record({
      aid: aids,
      sequenceNumber: sequenceNumbers,
      said: saids,
      signatures: fc.array(signatures, some),
    }),
    few,
  ),
  sealSources: fc.array(fc.record({ sequenceNumber: sequenceNumbers, said: saids }), few),
  lastEstablishmentGroups: fc.array(
    fc.record({ aid: aids, signatures: fc.array(signatures, some) }),
    few,
  ),
  sealTriples: fc.array(
    fc.record({ aid: aids, sequenceNumber: sequenceNumbers, said: saids }),
    few,
  ),
});

describe('recorded groups', () => {
  it.each(groups)('$group', ({ code, text, binary_hex, detail }) => {
    const read = readAttachments(utf8(text), 0);
    const bytes = binary_hex === undefined ? binary(text) : hex(binary_hex);
    expect(read.end).toBe(text.length);
    expect(readAttachments(bytes, 0)).toEqual({ ...read, end: bytes.length });
    expect(detail === undefined || encodeAttachments(read.attachments) === text).toBe(true);
    expect(detail === undefined ? undefined : detailOf(code, read.attachments)).toEqual(detail);
  });

  it('that enclose others hold all of them', () => {
    const enclosing = groups.filter(({ detail }) => detail === undefined);
    expect(enclosing.map(({ code }) => code)).toEqual(['-V']);
    const [inside = ''] = enclosing.map(({ text }) => text.slice(4));
    const all = groups.filter(({ detail }) => detail !== undefined);
    expect(all.every(({ text }) => inside.includes(text))).toBe(true);
    expect(readAttachments(utf8(enclosing[0]?.text ?? ''), 0).attachments).toEqual(
      readAttachments(utf8(all.map(({ text }) => text).join('')), 0).attachments,
    );
  });
});

describe('encodeAttachments()', () => {
  it('is undone by readAttachments(), in text, in binary and enclosed', () => {
    fc.assert(
      fc.property(attachments, (given) => {
        const text = encodeAttachments(given);
        const quadlets = text.length / 4;
        const small = encodeCounter({ code: '-V', count: quadlets }) + text;
        const big = encodeCounter({ code: '-0V', count: quadlets }) + text;
        expect(readAttachments(utf8(text), 0)).toEqual({ attachments: given, end: text.length });
        fc.pre(text !== '');
        for (const form of [utf8(small), utf8(big), binary(text), binary(small), binary(big)]) {
          expect(readAttachments(form, 0)).toEqual({ attachments: given, end: form.length });
        }
      }),
    );
  });

  it('gives a text of which every proper part ends at a group or is refused', () => {
    fc.assert(
      fc.property(attachments, fc.nat(), fc.boolean(), (given, cut, isBinary) => {
        const text = encodeAttachments(given);
        fc.pre(text !== '');
        const whole = isBinary ? binary(text) : utf8(text);
        const part = whole.subarray(0, cut % whole.length);
        const read = attempt(() => readAttachments(part, 0));
        expect(read === undefined || read.end === part.length).toBe(true);
        expect(read === undefined || text.startsWith(encodeAttachments(read.attachments))).toBe(
          true,
        );
        expect(read?.attachments).not.toEqual(given);
      }),
    );
  });

  it('gives a text in which no changed character means the same', () => {
    const character = fc.constantFrom(...ALPHABET, '{', ' ', '=', '\n', '\u007f');
    fc.assert(
      fc.property(attachments, fc.nat(), character, (given, place, other) => {
        const text = encodeAttachments(given);
        fc.pre(text !== '');
        const at = place % text.length;
        fc.pre(text[at] !== other);
        const changed = attempt(() =>
          readAttachments(utf8(text.slice(0, at) + other + text.slice(at + 1)), 0),
        );
        expect(changed?.attachments).not.toEqual(given);
      }),
      { numRuns: 300 },
    );
  });

  it('is empty for no attachments, and orders groups as KERI replays them', () => {
    expect(encodeAttachments(noAttachments)).toBe('');
    expect(writeSignatures([])).toBe('');
    const order = ['-A', '-B', '-G', '-D', '-C', '-E'];
    const joined = order
      .map((code) => groups.find((row) => row.code === code)?.text ?? '')
      .join('');
    expect(encodeAttachments(readAttachments(utf8(joined), 0).attachments)).toBe(joined);
  });

  it('writes as many groups as the counts need', () => {
    const signature = ed25519Signature(new Uint8Array(64), 0, 0);
    const text = writeSignatures(Array.from({ length: 4096 }, () => signature));
    expect(text.slice(0, 4)).toBe('-A__');
    expect(text.slice(4 + 4095 * 88)).toBe(writeSignatures([signature]));
  });
});

const SIGNATURE = encodeIndexedSignature(ed25519Signature(new Uint8Array(64).fill(1), 0, 0));
const AID = encodePrimitive({ code: 'E', raw: new Uint8Array(32).fill(2) });
const KEY = encodePrimitive({ code: 'B', raw: new Uint8Array(32).fill(3) });
const PLAIN = encodePrimitive({ code: '0B', raw: new Uint8Array(64).fill(4) });

describe('readAttachments()', () => {
  it('reads nothing at the end and where a message starts', () => {
    const event = utf8('{"v":"KERI10JSON"}');
    expect(readAttachments(event, 0)).toEqual({ attachments: noAttachments, end: 0 });
    expect(readAttachments(event, event.length)).toEqual({
      attachments: noAttachments,
      end: event.length,
    });
  });

  it('starts where it is told and stops at the next message, in both domains', () => {
    const text = `-AAB${SIGNATURE}`;
    for (const section of [utf8(text), binary(text)]) {
      const stream = concat(utf8('{}'), section, utf8('{"v":1}'));
      const { attachments: read, end } = readAttachments(stream, 2);
      expect([read.controllerSignatures.length, end]).toEqual([1, 2 + section.length]);
    }
  });

  it('joins groups of one kind and takes each in its own domain', () => {
    const text = `-AAB${SIGNATURE}`;
    const stream = concat(
      utf8(text),
      binary(text),
      utf8(`-VAX${text}`),
      binary(`-VAX${text}`),
      utf8(text),
    );
    const { attachments: read, end } = readAttachments(stream, 0);
    expect([read.controllerSignatures.length, end]).toEqual([5, stream.length]);
  });

  it.each([
    ['an empty group', '-AAA', 'empty-group'],
    ['an empty enclosing group', '-VAA', 'empty-group'],
    ['an empty group inside', `-FAB${AID}${encodeSequenceNumber(0)}${AID}-AAA`, 'empty-group'],
    ['more than is there', `-AAC${SIGNATURE}`, 'cesr-short'],
    ['a counter that is cut off', `-AAB${SIGNATURE}-`, 'cesr-short'],
    ['an unknown counter', `-XAB${SIGNATURE}`, 'cesr-code'],
    ['a group that events do not have', `-JAB${SIGNATURE}`, 'unsupported-group'],
    ['a genus', '--AAAAAB', 'unsupported-group'],
    ['an enclosing group in another', `-VAY-VAX-AAB${SIGNATURE}`, 'unsupported-group'],
    ['an enclosing group that is too small', `-VAW-AAB${SIGNATURE}`, 'cesr-short'],
    ['an enclosing group that is too large', `-VAY-AAB${SIGNATURE}`, 'cesr-short'],
    ['an enclosing group beyond the bound', '-0V_____', 'cesr-short'],
    ['an enclosing group with a message inside', `-VAY-AAB${SIGNATURE}{"v"`, 'cesr-code'],
    ['an operation code', '_AAB', 'stray-bytes'],
    ['white space between', `-AAB${SIGNATURE}\n-AAB${SIGNATURE}`, 'stray-bytes'],
    ['no counter', SIGNATURE, 'stray-bytes'],
    ['digits', '0AAA', 'cesr-code'],
    ['an unknown signature code', `-AAB9${SIGNATURE.slice(1)}`, 'cesr-code'],
    ['a receipt by a digest', `-CAB${AID}${PLAIN}`, 'cesr-code'],
    ['a receipt without a signature', `-CAB${KEY}${KEY}`, 'cesr-code'],
    ['a source without a digest', `-GAB${encodeSequenceNumber(0)}${KEY}`, 'cesr-code'],
    ['a short number', `-GABMAAB${AID}`, 'cesr-code'],
    [
      'a number beyond the bound',
      `-GAB${encodeSequenceNumber(2n ** 53n)}${AID}`,
      'sequence-number-too-large',
    ],
    ['signatures in another group', `-HAB${AID}-BAB${SIGNATURE}`, 'cesr-code'],
    ['a seed for an identifier', `-HABA${AID.slice(1)}-AAB${SIGNATURE}`, 'cesr-code'],
    ['no date', `-EAB${encodeSequenceNumber(0)}1AAG${'A'.repeat(32)}`, 'cesr-date-time'],
  ])('refuses %s', (_what, text, reason) => {
    expect(reading(text)).toThrow(refusal(reason));
  });

  it('refuses bytes that are left over in the binary domain', () => {
    const bytes = binary(`-AAB${SIGNATURE}`);
    expect(reading(concat(bytes, Uint8Array.of(0xf8)))).toThrow(refusal('cesr-short'));
    expect(reading(concat(bytes, Uint8Array.of(0xf8, 0, 1)))).toThrow(refusal('cesr-short'));
    expect(reading(concat(binary('-VAX'), bytes.subarray(0, 68)))).toThrow(refusal('cesr-short'));
  });

  it('takes up to the bound and refuses more', () => {
    const signatureGroup = `-AAB${SIGNATURE}`;
    const source = `-GAB${encodeSequenceNumber(1)}${AID}`;
    const most = signatureGroup.repeat(14) + source.repeat(3623);
    expect(most).toHaveLength(LIMITS.attachmentBytes);
    expect(readAttachments(utf8(`${most}{`), 0).end).toBe(most.length);
    expect(reading(most + source)).toThrow(refusal('attachments-too-large'));
    expect(reading(most.slice(92) + source + source)).toThrow(refusal('cesr-short'));
  });

  it('never throws anything but malformed for random bytes after a counter', () => {
    const starts = fc
      .constantFrom('-A', '-B', '-C', '-D', '-E', '-F', '-G', '-H', '-I', '-V', '-0V')
      .map(utf8);
    fc.assert(
      fc.property(
        starts,
        fc.uint8Array({ maxLength: 200 }),
        fc.boolean(),
        (start, rest, isText) => {
          const bytes = isText
            ? concat(
                start,
                rest.map((byte) => (ALPHABET[byte & 63] ?? '').charCodeAt(0)),
              )
            : concat(binary(`${new TextDecoder().decode(start)}AB`), rest);
          const read = attempt(() => readAttachments(bytes, 0));
          expect(read === undefined || read.end <= bytes.length).toBe(true);
        },
      ),
    );
  });
});
