import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, toHex } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import {
  isDigestCode,
  isPrefixCode,
  isPublicKeyCode,
  isTransferableKeyCode,
  layoutOf,
  primitiveCodes,
} from '../../src/cesr/codes.ts';
import {
  decodePrimitive,
  decodePrimitiveBinary,
  encodePrimitive,
  encodePrimitiveBinary,
  isPrimitiveOf,
  readPrimitive,
  readPrimitiveBinary,
  type Primitive,
} from '../../src/cesr/primitive.ts';
import { ALPHABET, hex, vectorText } from './vectors.ts';

interface ValidRow {
  readonly code: string;
  readonly raw_hex: string;
  readonly qb64: string;
  readonly qb2_hex: string;
}

interface EdgeRow {
  readonly case: string;
  readonly qb64: string;
  readonly accepted: boolean;
  readonly code?: string;
  readonly raw_hex?: string;
  readonly as_verifier: { readonly accepted: boolean };
}

const matter: {
  readonly valid: readonly ValidRow[];
  readonly edge: readonly EdgeRow[];
  readonly digest_codes: Readonly<Record<string, string>>;
} = JSON.parse(vectorText('matter'));

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof GitkelError && error.code === 'malformed') return undefined;
    throw error;
  }
}

/** Any primitive: each code with random bytes of a length that it can hold. */
const primitives: fc.Arbitrary<Primitive> = fc.constantFrom(...primitiveCodes).chain((code) => {
  const layout = layoutOf(code);
  if (layout === undefined) throw new Error(`${code} has no layout`);
  const { codeSize, fullSize, drop } = layout;
  const quadlets =
    fullSize === undefined ? fc.integer({ min: drop > 0 ? 1 : 0, max: 20 }) : fc.constant(0);
  return quadlets.chain((count) => {
    const blank = codeSize % 4;
    const size = fullSize ?? codeSize + 4 * count;
    const length = ((size - codeSize + blank) / 4) * 3 - drop;
    return fc.uint8Array({ minLength: length, maxLength: length }).map((raw) => ({ code, raw }));
  });
});

describe('recorded primitives', () => {
  it.each(matter.valid)('$code $qb64', ({ code, raw_hex, qb64, qb2_hex }) => {
    const primitive = { code, raw: hex(raw_hex) };
    expect(decodePrimitive(qb64)).toEqual(primitive);
    expect(encodePrimitive(primitive)).toBe(qb64);
    expect(decodePrimitiveBinary(hex(qb2_hex))).toEqual(primitive);
    expect(toHex(encodePrimitiveBinary(primitive))).toBe(qb2_hex);
  });

  it('are one or more for every code of the table, and none of another', () => {
    expect(new Set(matter.valid.map(({ code }) => code))).toEqual(new Set(primitiveCodes));
  });

  it.each(matter.edge)('$case is read only if the oracle reads all of it', (row) => {
    const read = attempt(() => decodePrimitive(row.qb64));
    const accepted = { recorded: row.accepted, whole: read !== undefined };
    expect(accepted).not.toEqual({ recorded: false, whole: true });
    expect(read === undefined || encodePrimitive(read) === row.qb64).toBe(true);
    expect(read === undefined || read.code === row.code).toBe(true);
    const key = read !== undefined && isPublicKeyCode(read.code);
    expect(key && !row.as_verifier.accepted).toBe(false);
  });

  it('that the oracle reads though they are not canonical are refused', () => {
    const stricter = matter.edge
      .filter((row) => row.accepted && attempt(() => decodePrimitive(row.qb64)) === undefined)
      .map((row) => row.case);
    expect(stricter).toEqual(['trailing-characters', 'plus-slash-alphabet', 'newline-end']);
  });
});

describe('readPrimitive()', () => {
  it('reads one after the other and says where each ends', () => {
    fc.assert(
      fc.property(fc.array(primitives, { maxLength: 5 }), (list) => {
        const text = list.map(encodePrimitive).join('');
        let at = 0;
        for (const expected of list) {
          const { primitive, end } = readPrimitive(text, at);
          expect(primitive).toEqual(expected);
          at = end;
        }
        expect(at).toBe(text.length);
      }),
    );
  });

  it.each([
    ['', 'cesr-short'],
    ['0', 'cesr-short'],
    ['1AA', 'cesr-short'],
    ['4B', 'cesr-short'],
    ['4BAB', 'cesr-short'],
    ['7AABAA', 'cesr-short'],
    ['7AAB____', 'cesr-short'],
    ['4B?A', 'cesr-character'],
    ['y', 'cesr-code'],
    ['-AAB', 'cesr-code'],
    ['_AAB', 'cesr-code'],
    ['1ZZZAAAA', 'cesr-code'],
    ['5BAA', 'cesr-value'],
    ['6BAA', 'cesr-value'],
    ['5BABAQAA', 'cesr-value'],
    ['6BABAAEA', 'cesr-value'],
    ['MIAA\u0100', 'cesr-trailing'],
    ['M\u0141AA', 'cesr-value'],
    ['MAA\u0141', 'cesr-value'],
  ])('refuses %j as %s', (text, reason) => {
    expect(() => decodePrimitive(text)).toThrow(
      expect.objectContaining({ code: 'malformed', reason }),
    );
  });
});

describe('decodePrimitiveBinary()', () => {
  it('refuses bytes that are cut off or that follow', () => {
    fc.assert(
      fc.property(primitives, fc.nat(), (primitive, cut) => {
        const bytes = encodePrimitiveBinary(primitive);
        expect(
          attempt(() => decodePrimitiveBinary(bytes.subarray(0, cut % bytes.length))),
        ).toBeUndefined();
        expect(
          attempt(() => decodePrimitiveBinary(concat(bytes, new Uint8Array(3)))),
        ).toBeUndefined();
      }),
    );
  });

  it('refuses a size that the bytes do not have before anything is allocated for it', () => {
    expect(() => decodePrimitiveBinary(hex('ec0001ffffff'))).toThrow(
      expect.objectContaining({ reason: 'cesr-short' }),
    );
    expect(() => readPrimitiveBinary(hex('ec0001'), 0)).toThrow(
      expect.objectContaining({ reason: 'cesr-short' }),
    );
    expect(() => readPrimitiveBinary(hex('ec0001'), 3)).toThrow(
      expect.objectContaining({ reason: 'cesr-short' }),
    );
    expect(() => readPrimitiveBinary(hex('ec0001'), 9)).toThrow(
      expect.objectContaining({ reason: 'cesr-short' }),
    );
  });
});

describe('encodePrimitive()', () => {
  it('is undone by decodePrimitive(), in text and in binary', () => {
    fc.assert(
      fc.property(primitives, (primitive) => {
        const text = encodePrimitive(primitive);
        expect(decodePrimitive(text)).toEqual(primitive);
        expect(decodePrimitiveBinary(encodePrimitiveBinary(primitive))).toEqual(primitive);
        expect(toHex(encodePrimitiveBinary(primitive))).toBe(
          Buffer.from(text, 'base64url').toString('hex'),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('gives a text in which no changed character means the same', () => {
    const character = fc.oneof(
      fc.constantFrom(...ALPHABET),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(primitives, fc.nat(), character, (primitive, place, other) => {
        const text = encodePrimitive(primitive);
        const at = place % text.length;
        fc.pre(text[at] !== other);
        const changed = attempt(() =>
          decodePrimitive(text.slice(0, at) + other + text.slice(at + 1)),
        );
        expect(changed).not.toEqual(primitive);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses an unknown code and a value that its code cannot hold', () => {
    expect(() => encodePrimitive({ code: 'y', raw: new Uint8Array(32) })).toThrow(
      'has the code "y"',
    );
    expect(() => encodePrimitive({ code: 'D', raw: new Uint8Array(31) })).toThrow(
      'cannot hold 31 bytes',
    );
    expect(() => encodePrimitive({ code: 'D', raw: new Uint8Array(35) })).toThrow(
      'cannot hold 35 bytes',
    );
    expect(() => encodePrimitive({ code: '5B', raw: new Uint8Array(3) })).toThrow(
      'cannot hold 3 bytes',
    );
    expect(() => encodePrimitive({ code: '4B', raw: new Uint8Array(3 * 4096) })).toThrow(
      'does not fit',
    );
    expect(encodePrimitive({ code: '7AAB', raw: new Uint8Array(3 * 4096) })).toMatch(
      /^7AABABAAAAAA/,
    );
  });
});

describe('isPrimitiveOf()', () => {
  const fixedCodes = primitiveCodes.filter((code) => layoutOf(code)?.fullSize !== undefined);

  it('says of primitives of fixed size, whole or damaged, what decodePrimitive() says', () => {
    const character = fc.oneof(
      fc.constantFrom(...ALPHABET),
      fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
    );
    const damages = fc.oneof(
      fc.constant((text: string) => text),
      fc.tuple(fc.nat(), character).map(([place, other]) => (text: string) => {
        const at = place % text.length;
        return text.slice(0, at) + other + text.slice(at + 1);
      }),
      fc.nat().map((cut) => (text: string) => text.slice(0, cut % text.length)),
      character.map((more) => (text: string) => text + more),
    );
    const seen = { whole: 0, damaged: 0 };
    fc.assert(
      fc.property(
        primitives.filter(({ code }) => fixedCodes.includes(code)),
        fc.constantFrom(...fixedCodes),
        damages,
        ({ code, raw }, otherCode, damage) => {
          const text = damage(encodePrimitive({ code, raw }));
          const read = attempt(() => decodePrimitive(text));
          seen[read === undefined ? 'damaged' : 'whole']++;
          expect(isPrimitiveOf(code, text)).toBe(read?.code === code);
          expect(isPrimitiveOf(otherCode, text)).toBe(read?.code === otherCode);
        },
      ),
      { numRuns: 1500 },
    );
    expect(Math.min(seen.whole, seen.damaged)).toBeGreaterThan(200);
  });

  it.each(matter.edge)('agrees with decodePrimitive() on $case', ({ qb64 }) => {
    const read = attempt(() => decodePrimitive(qb64));
    expect(fixedCodes.filter((code) => isPrimitiveOf(code, qb64))).toEqual(
      read !== undefined && fixedCodes.includes(read.code) ? [read.code] : [],
    );
  });

  it('is false for a code that no primitive of fixed size has', () => {
    const text = encodePrimitive({ code: '4B', raw: new Uint8Array(3) });
    expect(isPrimitiveOf('4B', text)).toBe(false);
    expect(isPrimitiveOf('y', text)).toBe(false);
  });
});

describe('codes', () => {
  it('isDigestCode() knows the recorded digests and no other', () => {
    expect(primitiveCodes.filter(isDigestCode).toSorted()).toEqual(
      Object.values(matter.digest_codes).toSorted(),
    );
  });

  it('isPublicKeyCode() and isTransferableKeyCode() tell keys', () => {
    expect(primitiveCodes.filter(isPublicKeyCode).toSorted()).toEqual([
      '1AAA',
      '1AAB',
      '1AAC',
      '1AAD',
      '1AAI',
      '1AAJ',
      'B',
      'D',
    ]);
    expect(primitiveCodes.filter(isTransferableKeyCode).toSorted()).toEqual([
      '1AAB',
      '1AAD',
      '1AAJ',
      'D',
    ]);
  });

  it('isPrefixCode() allows what identifiers may start with', () => {
    expect(primitiveCodes.filter(isPrefixCode).toSorted()).toEqual(
      '0D 0E 0F 0G 1AAA 1AAB 1AAC 1AAD 1AAE 1AAI 1AAJ B D E F G H I'.split(' '),
    );
  });
});
