import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import {
  type Card,
  cardLabel,
  encodeCard,
  keyCard,
  parseCard,
  rotationCard,
} from '../../src/keys/card.ts';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const key = bytes32.map((raw) => encodePrimitive({ code: 'D', raw }));
const digest = fc
  .tuple(bytes32, fc.constantFrom('E', 'F', 'G', 'H', 'I'))
  .map(([raw, code]) => encodePrimitive({ code, raw }));
const name = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/), { nil: undefined });
const card: fc.Arbitrary<Card> = fc.oneof(
  fc.tuple(name, key, digest).map(([n, k, d]) => keyCard(n, k, d)),
  fc
    .tuple(name, fc.uniqueArray(key, { minLength: 2, maxLength: 2 }), digest, fc.boolean())
    .map(([n, [k = '', prior], d, with_]) =>
      rotationCard(n, { priorPublicKey: with_ ? prior : undefined, publicKey: k }, d),
    ),
);

const KEY = encodePrimitive({ code: 'D', raw: new Uint8Array(32).fill(1) });
const OTHER = encodePrimitive({ code: 'D', raw: new Uint8Array(32).fill(2) });
const DIGEST = encodePrimitive({ code: 'E', raw: new Uint8Array(32).fill(3) });
const TEXT = `{"format":"gitkel-card/1","kind":"inception","name":"alice","nextDigest":"${DIGEST}","publicKey":"${KEY}"}\n`;

function parsedOrRefused(bytes: Uint8Array): Card | 'refused' {
  try {
    return parseCard(bytes);
  } catch (error) {
    if (error instanceof GitkelError && error.code === 'malformed') return 'refused';
    throw error;
  }
}

describe('encodeCard()', () => {
  test('encodeCard() writes canonical JSON and one line feed', () => {
    expect(new TextDecoder().decode(encodeCard(keyCard('alice', KEY, DIGEST)))).toBe(TEXT);
  });

  test('encodeCard() refuses what parseCard() would', () => {
    expect(() => encodeCard(keyCard('a b', KEY, DIGEST))).toThrow('is not a name');
    expect(() => encodeCard(keyCard('a', DIGEST, DIGEST))).toThrow('not a transferable Ed25519');
    expect(() => encodeCard(keyCard('a', KEY, KEY))).toThrow('is not a digest');
    const itself = { priorPublicKey: KEY, publicKey: KEY };
    expect(() => encodeCard(rotationCard('a', itself, DIGEST))).toThrow('by itself');
  });
});

describe('parseCard()', () => {
  test('parseCard() reads what encodeCard() wrote', () => {
    fc.assert(
      fc.property(card, (value) => {
        expect(parseCard(encodeCard(value))).toEqual(value);
      }),
    );
  });

  test('parseCard() never reads a changed byte as the same card', () => {
    const bytes = utf8(TEXT);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ flip;
        expect(parsedOrRefused(changed)).not.toEqual(keyCard('alice', KEY, DIGEST));
      }),
      { numRuns: 400 },
    );
  });

  test.each([
    ['nothing', ''],
    ['no line feed', TEXT.slice(0, -1)],
    ['two line feeds', `${TEXT}\n`],
    ['a carriage return', TEXT.replace('\n', '\r\n')],
    ['white space', TEXT.replace(',', ', ')],
    ['another order', `{"kind":"inception","format":"gitkel-card/1"}\n`],
    ['a key twice', TEXT.replace('"kind"', '"kind":"inception","kind"')],
    ['an unknown key', TEXT.replace('"kind"', '"extra":1,"kind"')],
    ['another format', TEXT.replace('card/1', 'card/2')],
    ['another kind', TEXT.replace('inception', 'exception')],
    ['a prior key in an inception', TEXT.replace('}', `,"priorPublicKey":"${OTHER}"}`)],
    ['no digest', TEXT.replace(`"nextDigest":"${DIGEST}",`, '')],
    ['a non-transferable key', TEXT.replace(KEY, `B${KEY.slice(1)}`)],
    ['a name with an escape sequence', TEXT.replace('alice', String.raw`\u001b[2J`)],
    ['a name that is a number', TEXT.replace('"alice"', '7')],
    ['a byte that is not UTF-8', TEXT.replace('alice', '\u0000')],
    ['a list', '[]\n'],
    ['null', 'null\n'],
    ['deep nesting', `${'['.repeat(99)}${']'.repeat(99)}\n`],
    ['too much', `"${'x'.repeat(5000)}"\n`],
  ])('parseCard() refuses %s', (_, text) => {
    expect(parsedOrRefused(utf8(text))).toBe('refused');
  });
});

describe('cardLabel()', () => {
  test('cardLabel() shows the name in quotes, or the start of the key', () => {
    expect(cardLabel(keyCard('alice', KEY, DIGEST))).toBe('"alice"');
    expect(cardLabel(keyCard(undefined, KEY, DIGEST))).toContain(KEY.slice(0, 12));
  });
});
