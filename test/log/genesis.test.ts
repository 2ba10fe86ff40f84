import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { canonicalBytes, type Json } from '../../src/base/canonical-json.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { dummy } from '../../src/cesr/said.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { type Admission, createGenesis, NONCE_BYTES, parseGenesis } from '../../src/log/genesis.ts';
import { reasonOf } from '../support/thrown.ts';

const FOUNDER = `E${'F'.repeat(43)}`;
const NONCE = new Uint8Array(NONCE_BYTES).fill(9);
const GENESIS = createGenesis(crypto, FOUNDER, 'closed', NONCE);

/** A document with these fields, whatever they are, under its own digest. */
function document(fields: { readonly [key: string]: Json }): Uint8Array {
  const d = digestText(crypto, canonicalBytes({ ...fields, d: dummy('E') }));
  return canonicalBytes({ ...fields, d });
}

const FIELDS = { admission: 'closed', format: 'gitkel-log/1', founder: FOUNDER, nonce: encodePrimitive({ code: '0A', raw: NONCE }) };

test('createGenesis() writes canonical JSON under its own digest', () => {
  expect(fromUtf8(GENESIS.bytes)).toBe(
    `{"admission":"closed","d":"${GENESIS.logId}","format":"gitkel-log/1","founder":"${FOUNDER}","nonce":"${FIELDS.nonce}"}`,
  );
  expect(document(FIELDS)).toEqual(GENESIS.bytes);
});

test('parseGenesis() reads back what createGenesis() writes; each nonce is another log', () => {
  const ids = new Set<string>();
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: NONCE_BYTES, maxLength: NONCE_BYTES }),
      fc.constantFrom<Admission>('open', 'closed'),
      (nonce, admission) => {
        const genesis = createGenesis(crypto, FOUNDER, admission, nonce);
        expect(parseGenesis(crypto, genesis.bytes)).toEqual(genesis);
        ids.add(genesis.logId);
      },
    ),
  );
  expect(ids.size).toBeGreaterThan(50);
});

test('parseGenesis() notices every changed byte', () => {
  for (let at = 0; at < GENESIS.bytes.length; at++) {
    const changed = Uint8Array.from(GENESIS.bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => parseGenesis(crypto, changed), `byte ${at}`).toThrow(expect.objectContaining({ code: 'malformed' }));
  }
});

test.each<[string, Uint8Array, string]>([
  ['another format', document({ ...FIELDS, format: 'gitkel-log/2' }), 'log-format'],
  ['another admission', document({ ...FIELDS, admission: 'ajar' }), 'field'],
  ['a field more', document({ ...FIELDS, note: '' }), 'field'],
  ['a field less', document({ admission: 'open', format: FIELDS.format, founder: FOUNDER }), 'field'],
  ['a founder that is no text', document({ ...FIELDS, founder: 1 }), 'field'],
  ['a nonce of 256 bits', document({ ...FIELDS, nonce: encodePrimitive({ code: 'E', raw: new Uint8Array(32) }) }), 'field'],
  ['a nonce that is no CESR', document({ ...FIELDS, nonce: 'nine' }), 'cesr-code'],
  ['white space', utf8(`${fromUtf8(GENESIS.bytes) ?? ''}\n`), 'not-canonical'],
  ['a digest of something else', canonicalBytes({ ...FIELDS, d: FOUNDER }), 'said'],
  ['a list', utf8('[]'), 'field'],
])('parseGenesis() refuses %s', async (_, bytes, reason) => {
  expect(await reasonOf(() => parseGenesis(crypto, bytes))).toBe(reason);
});
