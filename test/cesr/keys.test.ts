import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { isPublicKeyCode, isTransferableKeyCode } from '../../src/cesr/codes.ts';
import { decodePrimitive, encodePrimitive } from '../../src/cesr/primitive.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { portableCrypto } from '../../src/crypto/portable.ts';
import { isLeftOut, leftOutKeyLists } from '../vectors/left-out.ts';
import { hex, vectorText } from './vectors.ts';

interface KeyRow {
  readonly seed_hex: string;
  readonly seed_qb64: string;
  readonly transferable: boolean;
  readonly public_qb64: string;
  readonly public_hex: string;
  readonly message_hex: string;
  readonly signature_qb64: string;
}

interface VerificationRow {
  readonly case: string;
  readonly public_hex: string;
  readonly message_hex: string;
  readonly signature_hex: string;
  readonly verified: boolean;
}

const vectors: {
  readonly keys: readonly KeyRow[];
  readonly verification: readonly VerificationRow[];
} = JSON.parse(vectorText('keys'));

describe.each([nativeCrypto, portableCrypto])('recorded keys by $name crypto', (crypto) => {
  it.each(vectors.keys)('$public_qb64', (row) => {
    const seed = decodePrimitive(row.seed_qb64);
    const key = decodePrimitive(row.public_qb64);
    const message = hex(row.message_hex);
    expect([seed.code, toHex(seed.raw)]).toEqual(['A', row.seed_hex]);
    expect(toHex(crypto.publicKey(seed.raw))).toBe(row.public_hex);
    expect(toHex(key.raw)).toBe(row.public_hex);
    expect([isPublicKeyCode(key.code), isTransferableKeyCode(key.code)]).toEqual([
      true,
      row.transferable,
    ]);
    const raw = crypto.sign(seed.raw, message);
    expect(encodePrimitive({ code: '0B', raw })).toBe(row.signature_qb64);
    expect(crypto.verify(key.raw, message, decodePrimitive(row.signature_qb64).raw)).toBe(true);
  });

  it.each(vectors.verification)('verify() of $case', (row) => {
    const verified = crypto.verify(
      hex(row.public_hex),
      hex(row.message_hex),
      hex(row.signature_hex),
    );
    expect(verified).toBe(row.verified);
  });
});

describe('recorded keys', () => {
  it('are read from every list of the file that is not left out, and each that is left out is there', () => {
    const lists = Object.entries(vectors)
      .filter(([, list]) => Array.isArray(list))
      .map(([name]) => name);
    expect(lists.filter((name) => !isLeftOut(leftOutKeyLists, name)).toSorted()).toEqual([
      'keys',
      'verification',
    ]);
    expect(leftOutKeyLists.filter(({ name }) => !lists.includes(name))).toEqual([]);
  });
});
