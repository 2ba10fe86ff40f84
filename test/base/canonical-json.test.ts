import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { canonicalBytes, canonicalText, type Json, parseCanonical } from '../../src/base/canonical-json.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { reasonOf } from '../support/thrown.ts';

const parse = (text: string): Json => parseCanonical(utf8(text), 1_000_000, 'a document');

const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value')),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { noNullPrototype: true }),
  ),
})).value;

describe('canonicalText()', () => {
  test('sorts keys by their UTF-16 code units and leaves out white space', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
    expect(canonicalText(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
  });

  test('writes numbers as ECMAScript does', () => {
    expect(canonicalText([333333333.33333329, 1e30, 4.5, 2e-3, 1e-27, -0])).toBe('[333333333.3333333,1e+30,4.5,0.002,1e-27,0]');
  });
});

describe('parseCanonical()', () => {
  test('reads back whatever was written', () => {
    fc.assert(
      fc.property(json, (value) => {
        const bytes = canonicalBytes(value);
        expect(canonicalBytes(parseCanonical(bytes, bytes.length, 'it'))).toEqual(bytes);
      }),
    );
  });

  test('accepts nothing but what would be written', () => {
    fc.assert(
      fc.property(json, fc.nat(), fc.nat({ max: 255 }), (value, at, byte) => {
        const bytes = canonicalBytes(value);
        bytes[at % bytes.length] = byte;
        try {
          expect(canonicalBytes(parseCanonical(bytes, bytes.length, 'it'))).toEqual(bytes);
        } catch (error) {
          expect(error).toMatchObject({ name: 'GitkelError', code: 'malformed' });
        }
      }),
    );
  });

  test.each([
    ['white space', '{"a": 1}'],
    ['a line feed at the end', '{"a":1}\n'],
    ['another order of keys', '{"b":1,"a":2}'],
    ['a key that stands twice', '{"a":1,"a":1}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":1}'],
    ['another form of a number', '[1.0]'],
    ['minus zero', '[-0]'],
    ['an exponent beyond all numbers', '[1e400]'],
    ['the same below zero, inside of an object', '{"a":[{"b":-1e999}]}'],
    ['an escape that is not needed', '["\\u0061"]'],
    ['an escaped slash', '["\\/"]'],
    ['half a surrogate pair', '["\\ud800"]'],
    ['half a surrogate pair in a key', '{"\\udfff":1}'],
  ])('refuses %s', async (_, text) => {
    expect(await reasonOf(() => parse(text))).toBe('not-canonical');
  });

  test.each(['', '{', '[1,]', 'NaN', '"', '{"a":undefined}', '\ufeff{}'])('refuses %j, which is not JSON', async (text) => {
    expect(await reasonOf(() => parse(text))).toBe('not-json');
  });

  test('refuses what is no UTF-8 text, and what is longer than the limit', async () => {
    expect(await reasonOf(() => parseCanonical(Uint8Array.of(0x22, 0xff, 0x22), 10, 'it'))).toBe('not-utf8');
    expect(await reasonOf(() => parseCanonical(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 10, 'it'))).toBe('not-utf8');
    expect(await reasonOf(() => parseCanonical(utf8('[1,2]'), 4, 'it'))).toBe('too-large');
  });

  test('keeps a key named __proto__ as a key', () => {
    const value = parse('{"__proto__":{"polluted":true}}');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(({} as { readonly polluted?: boolean }).polluted).toBeUndefined();
  });

  test('allows so much nesting and no more', async () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(canonicalText(parse(nested(LIMITS.jsonDepth)))).toBe(nested(LIMITS.jsonDepth));
    expect(await reasonOf(() => parse(nested(LIMITS.jsonDepth + 1)))).toBe('json-depth');
    expect(await reasonOf(() => parse('['.repeat(500_000)))).toBe('json-depth');
  });

  test('counts no brackets inside of strings', async () => {
    const opening = JSON.stringify(`"${'['.repeat(100)}\\`);
    expect(parse(opening)).toBe(JSON.parse(opening));
    const hidden = `["${']'.repeat(100_000)}",${'['.repeat(100_000)}${']'.repeat(100_000)}]`;
    expect(await reasonOf(() => parse(hidden))).toBe('json-depth');
    expect(await reasonOf(() => parse(`["\\"]]]]",${'['.repeat(40)}${']'.repeat(40)}]`))).toBe('json-depth');
  });
});
