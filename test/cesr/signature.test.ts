import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import {
  decodeIndexedSignature,
  decodeIndexedSignatureBinary,
  ed25519Signature,
  encodeIndexedSignature,
  encodeIndexedSignatureBinary,
  readIndexedSignature,
  readIndexedSignatureBinary,
  signatureCodes,
  type IndexedSignature,
} from '../../src/cesr/signature.ts';
import { portableCrypto } from '../../src/crypto/portable.ts';
import { ALPHABET, hex, vectorText } from './vectors.ts';

interface ValidRow {
  readonly code: string;
  readonly index: number;
  readonly ondex: number | null;
  readonly raw_hex: string;
  readonly qb64: string;
  readonly qb2_hex: string;
}

interface InvalidRow {
  readonly case?: string;
  readonly code?: string;
  readonly index?: number;
  readonly ondex?: number | null;
  readonly qb64?: string;
  readonly accepted: boolean;
}

interface ChosenRow {
  readonly index: number;
  readonly ondex: number | null;
  readonly current_only: boolean;
  readonly code: string;
  readonly result_ondex: number | null;
  readonly qb64: string;
}

const indexer: {
  readonly valid: readonly ValidRow[];
  readonly invalid: readonly InvalidRow[];
  readonly chosen_by_signer: readonly ChosenRow[];
  readonly signer_seed_hex: string;
  readonly message_utf8: string;
} = JSON.parse(vectorText('indexer'));

/** Rows that are texts to be read; the others tell what the oracle makes of a code and indices. */
const invalidTexts = indexer.invalid.flatMap((row) =>
  row.qb64 === undefined ? [] : [{ ...row, qb64: row.qb64 }],
);
const invalidParameters = indexer.invalid.flatMap(({ code, index, ondex }) =>
  code === undefined || index === undefined ? [] : [{ code, index, ondex }],
);

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof GitkelError && error.code === 'malformed') return undefined;
    throw error;
  }
}

const signatures: fc.Arbitrary<IndexedSignature> = fc
  .tuple(
    fc.constantFrom(...signatureCodes),
    fc.nat(),
    fc.nat(),
    fc.uint8Array({ minLength: 114, maxLength: 114 }),
  )
  .map(([code, first, second, bytes]) => {
    const isEd448 = code.startsWith('0') || code.startsWith('3');
    const limit = code.startsWith('3') ? 64 ** 3 : code.startsWith('2') ? 64 ** 2 : 64;
    const index = first % limit;
    const own = code.length === 1 ? index : second % limit;
    const priorIndex = /[BDF]$/.test(code) ? undefined : own;
    return { code, index, priorIndex, raw: isEd448 ? bytes : bytes.slice(0, 64) };
  });

describe('recorded indexed signatures', () => {
  it.each(indexer.valid)(
    '$code $index $ondex',
    ({ code, index, ondex, raw_hex, qb64, qb2_hex }) => {
      const signature = { code, index, priorIndex: ondex ?? undefined, raw: hex(raw_hex) };
      expect(decodeIndexedSignature(qb64)).toEqual(signature);
      expect(encodeIndexedSignature(signature)).toBe(qb64);
      expect(decodeIndexedSignatureBinary(hex(qb2_hex))).toEqual(signature);
      expect(toHex(encodeIndexedSignatureBinary(signature))).toBe(qb2_hex);
    },
  );

  it('are there for every code of the table, and none of another', () => {
    expect(new Set(indexer.valid.map(({ code }) => code))).toEqual(new Set(signatureCodes));
  });

  it('split into texts and parameters without rest', () => {
    expect(invalidTexts.length + invalidParameters.length).toBe(indexer.invalid.length);
    expect(invalidTexts.length).toBeGreaterThan(0);
  });

  it.each(invalidTexts)('$case is read only if the oracle reads it', ({ qb64, accepted }) => {
    const read = attempt(() => decodeIndexedSignature(qb64));
    expect(read !== undefined).toBe(accepted);
    expect(read === undefined || encodeIndexedSignature(read) === qb64).toBe(true);
  });

  it.each(invalidParameters)(
    '$code with $index and $ondex is not written',
    ({ code, index, ondex }) => {
      const signature = { code, index, priorIndex: ondex ?? undefined, raw: new Uint8Array(64) };
      expect(() => encodeIndexedSignature(signature)).toThrow(/cannot have|does not fit/);
    },
  );

  it.each(indexer.chosen_by_signer)(
    'ed25519Signature() for $index, $ondex, current only $current_only has code $code',
    ({ index, ondex, current_only, code, result_ondex, qb64 }) => {
      const seed = hex(indexer.signer_seed_hex);
      const raw = portableCrypto.sign(seed, utf8(indexer.message_utf8));
      const signature = ed25519Signature(raw, index, current_only ? undefined : (ondex ?? index));
      expect(signature).toEqual({ code, index, priorIndex: result_ondex ?? undefined, raw });
      expect(encodeIndexedSignature(signature)).toBe(qb64);
    },
  );
});

describe('encodeIndexedSignature()', () => {
  it('is undone by decodeIndexedSignature(), in text and in binary', () => {
    fc.assert(
      fc.property(signatures, (signature) => {
        const text = encodeIndexedSignature(signature);
        const bytes = encodeIndexedSignatureBinary(signature);
        expect(decodeIndexedSignature(text)).toEqual(signature);
        expect(decodeIndexedSignatureBinary(bytes)).toEqual(signature);
        expect(toHex(bytes)).toBe(Buffer.from(text, 'base64url').toString('hex'));
      }),
      { numRuns: 300 },
    );
  });

  it('gives a text in which no changed character means the same', () => {
    const character = fc.constantFrom(...ALPHABET, ' ', '+', '/', '=', '\n', '\u0141');
    fc.assert(
      fc.property(signatures, fc.nat(), character, (signature, place, other) => {
        const text = encodeIndexedSignature(signature);
        const at = place % text.length;
        fc.pre(text[at] !== other);
        const changed = attempt(() =>
          decodeIndexedSignature(text.slice(0, at) + other + text.slice(at + 1)),
        );
        expect(changed).not.toEqual(signature);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    [{ code: 'Z', index: 0, priorIndex: 0, raw: new Uint8Array(64) }, 'has the code "Z"'],
    [
      { code: 'A', index: 0, priorIndex: undefined, raw: new Uint8Array(64) },
      'cannot have the indices 0 and undefined',
    ],
    [
      { code: '2A', index: 0, priorIndex: undefined, raw: new Uint8Array(64) },
      'cannot have the indices 0 and undefined',
    ],
    [{ code: 'A', index: 0, priorIndex: 0, raw: new Uint8Array(63) }, 'has not 63 bytes'],
    [{ code: '0A', index: 0, priorIndex: 0, raw: new Uint8Array(64) }, 'has not 64 bytes'],
    [{ code: 'A', index: 0.5, priorIndex: 0.5, raw: new Uint8Array(64) }, 'does not fit'],
  ])('refuses %j', (signature, message) => {
    expect(() => encodeIndexedSignature(signature)).toThrow(message);
  });
});

describe('readIndexedSignature()', () => {
  it('reads one after the other and says where each ends, in text and in binary', () => {
    fc.assert(
      fc.property(fc.array(signatures, { minLength: 1, maxLength: 4 }), (list) => {
        const text = list.map(encodeIndexedSignature).join('');
        const bytes = Uint8Array.from(
          list.flatMap((each) => [...encodeIndexedSignatureBinary(each)]),
        );
        let at = 0;
        let byte = 0;
        for (const expected of list) {
          const inText = readIndexedSignature(text, at);
          const inBinary = readIndexedSignatureBinary(bytes, byte);
          expect([inText.signature, inBinary.signature]).toEqual([expected, expected]);
          at = inText.end;
          byte = inBinary.end;
        }
        expect([at, byte]).toEqual([text.length, bytes.length]);
      }),
    );
  });

  it('refuses what is cut off and what follows', () => {
    fc.assert(
      fc.property(signatures, fc.nat(), (signature, cut) => {
        const text = encodeIndexedSignature(signature);
        const bytes = encodeIndexedSignatureBinary(signature);
        expect(
          attempt(() => decodeIndexedSignature(text.slice(0, cut % text.length))),
        ).toBeUndefined();
        expect(attempt(() => decodeIndexedSignature(`${text}AAAA`))).toBeUndefined();
        expect(
          attempt(() => decodeIndexedSignatureBinary(bytes.subarray(0, cut % bytes.length))),
        ).toBeUndefined();
        expect(
          attempt(() => decodeIndexedSignatureBinary(Uint8Array.of(...bytes, 0, 0, 0))),
        ).toBeUndefined();
      }),
    );
  });

  it('refuses pad bits and prior indices that must be zero', () => {
    const body = 'A'.repeat(86);
    expect(decodeIndexedSignature(`AA${body}`).index).toBe(0);
    for (const text of [`AAE${body.slice(1)}`, `AA_${body.slice(1)}`, `2AAAAAQ${body.slice(1)}`]) {
      expect(() => decodeIndexedSignature(text)).toThrow(
        expect.objectContaining({ reason: 'cesr-value' }),
      );
    }
    expect(() => decodeIndexedSignature(`2BAAAB${body}`)).toThrow(
      expect.objectContaining({ reason: 'cesr-prior-index' }),
    );
    expect(() => decodeIndexedSignature(`2AAA?A${body}`)).toThrow(
      expect.objectContaining({ reason: 'cesr-prior-index' }),
    );
    expect(() => decodeIndexedSignature(`2A?AAA${body}`)).toThrow(
      expect.objectContaining({ reason: 'cesr-value' }),
    );
  });
});
