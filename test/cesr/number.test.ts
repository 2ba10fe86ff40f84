import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDateTime, encodeDateTime } from '../../src/cesr/date-time.ts';
import {
  decodeNumber,
  decodeSequenceNumber,
  encodeNumber,
  encodeSequenceNumber,
  hexNumber,
  parseHexNumber,
} from '../../src/cesr/number.ts';
import { decodePrimitive, decodePrimitiveBinary } from '../../src/cesr/primitive.ts';
import { hex, vectorText } from './vectors.ts';

interface NumberRow {
  readonly num: string;
  readonly numh: string;
  readonly code: string;
  readonly qb64: string;
  readonly qb2_hex: string;
  readonly huge_qb64: string;
  readonly seqner_qb64: string;
}

interface HexRow {
  readonly input: string | number | null;
  readonly num: { readonly accepted: boolean; readonly value?: string };
}

interface DateRow {
  readonly dts: string;
  readonly qb64: string;
  readonly qb2_hex: string;
}

const vectors: {
  readonly numbers: readonly NumberRow[];
  readonly hex_parsing: readonly HexRow[];
  readonly datetimes: readonly DateRow[];
} = JSON.parse(vectorText('number'));

/** The value as the functions give it: a number where it is exact. */
function exact(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

describe('recorded numbers', () => {
  it.each(vectors.numbers)('$num', (row) => {
    const value = BigInt(row.num);
    expect(encodeNumber(value)).toBe(row.qb64);
    expect(encodeNumber(exact(value))).toBe(row.qb64);
    expect(decodeNumber(row.qb64)).toBe(exact(value));
    expect(decodePrimitiveBinary(hex(row.qb2_hex))).toEqual(decodePrimitive(row.qb64));
    expect(decodePrimitive(row.qb64).code).toBe(row.code);
    expect(encodeSequenceNumber(value)).toBe(row.seqner_qb64);
    expect(encodeSequenceNumber(exact(value))).toBe(row.huge_qb64);
    expect(decodeSequenceNumber(row.seqner_qb64)).toBe(exact(value));
    expect(decodeNumber(row.huge_qb64)).toBe(exact(value));
    expect(hexNumber(exact(value))).toBe(row.numh);
    expect(parseHexNumber(row.numh)).toBe(exact(value));
  });

  it.each(vectors.hex_parsing)(
    '$input is read from a field only if the oracle does, and as it does',
    (row) => {
      const value = attempt(() => parseHexNumber(row.input));
      expect(value !== undefined && !row.num.accepted).toBe(false);
      expect(value === undefined || value.toString() === row.num.value).toBe(true);
      expect(value === undefined || hexNumber(value) === row.input).toBe(true);
    },
  );

  it('of which only the canonical are read from a field', () => {
    const read = vectors.hex_parsing.filter(
      ({ input }) => attempt(() => parseHexNumber(input)) !== undefined,
    );
    expect(read.map(({ input }) => input)).toEqual(['0']);
  });
});

describe('encodeNumber()', () => {
  it('is undone by decodeNumber() for every value that it takes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 136n) - 1n }), fc.nat(136), (wide, shift) => {
        const value = wide >> BigInt(shift);
        expect(BigInt(decodeNumber(encodeNumber(value)))).toBe(value);
        expect(parseHexNumber(hexNumber(value >> 8n)).toString()).toBe((value >> 8n).toString());
      }),
    );
  });

  it('refuses what is negative, fractional, inexact or too large', () => {
    for (const value of [-1, -1n, 0.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1, 1n << 136n]) {
      expect(() => encodeNumber(value)).toThrow(/whole number|largest/);
      expect(() => encodeSequenceNumber(value)).toThrow('is not a sequence number');
    }
    expect(() => encodeSequenceNumber(1n << 128n)).toThrow('is not a sequence number');
    expect(() => hexNumber(-1)).toThrow('is not a whole number');
  });
});

describe('decodeNumber()', () => {
  it('refuses primitives that are no numbers', () => {
    expect(() => decodeNumber('1AAK')).toThrow(expect.objectContaining({ reason: 'cesr-number' }));
    expect(() => decodeSequenceNumber('MAAB')).toThrow(
      expect.objectContaining({ reason: 'cesr-number' }),
    );
    expect(decodeNumber('0HAAAAAB')).toBe(1);
  });
});

describe('date and time', () => {
  it.each(vectors.datetimes)('$dts', ({ dts, qb64, qb2_hex }) => {
    expect(encodeDateTime(dts)).toBe(qb64);
    expect(decodeDateTime(qb64)).toBe(dts);
    expect(decodePrimitiveBinary(hex(qb2_hex))).toEqual(decodePrimitive(qb64));
  });

  it('decodeDateTime() takes leap days where there are any', () => {
    expect(decodeDateTime('1AAG2000-02-29T23c59c59d999999p23c59')).toBe(
      '2000-02-29T23:59:59.999999+23:59',
    );
    expect(encodeDateTime('2024-02-29T00:00:00.000000-00:00')).toMatch(/^1AAG2024-02-29/);
  });

  it.each([
    '1900-02-29T00c00c00d000000p00c00',
    '2023-02-29T00c00c00d000000p00c00',
    '2020-04-31T00c00c00d000000p00c00',
    '2020-00-01T00c00c00d000000p00c00',
    '2020-13-01T00c00c00d000000p00c00',
    '2020-01-00T00c00c00d000000p00c00',
    '0000-01-01T00c00c00d000000p00c00',
    '2020-01-01T24c00c00d000000p00c00',
    '2020-01-01T00c60c00d000000p00c00',
    '2020-01-01T00c00c60d000000p00c00',
    '2020-01-01T00c00c00d000000p24c00',
    '2020-01-01T00c00c00d000000p00c60',
    '2020-01-01T00c00c00c000000p00c00',
    '2020-01-01t00c00c00d000000p00c00',
    '20200101T000000000000000000000p0',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  ])('decodeDateTime() refuses 1AAG%s', (text) => {
    expect(() => decodeDateTime(`1AAG${text}`)).toThrow(
      expect.objectContaining({ reason: 'cesr-date-time' }),
    );
  });

  it('decodeDateTime() and encodeDateTime() refuse other forms', () => {
    expect(() => decodeDateTime('MAAB')).toThrow(
      expect.objectContaining({ reason: 'cesr-date-time' }),
    );
    expect(() => decodeDateTime('1AAG2020-01-01T00:00:00.000000+00:00')).toThrow(
      expect.objectContaining({ reason: 'cesr-value' }),
    );
    expect(() => encodeDateTime('2020-01-01T00:00:00Z')).toThrow('is not a date and time');
  });
});
