import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import {
  counterCodes,
  decodeCounter,
  decodeCounterBinary,
  encodeCounter,
  encodeCounterBinary,
} from '../../src/cesr/counter.ts';
import { hex, vectorText } from './vectors.ts';

interface ValidRow {
  readonly code: string;
  readonly count: number;
  readonly qb64: string;
  readonly qb2_hex: string;
}

interface InvalidRow {
  readonly case?: string;
  readonly code?: string;
  readonly count?: number;
  readonly qb64?: string;
  readonly accepted: boolean;
}

const {
  valid,
  invalid,
}: {
  readonly valid: readonly ValidRow[];
  readonly invalid: readonly InvalidRow[];
} = JSON.parse(vectorText('counter'));

/** Rows that tell what the oracle makes of a code and a count; the others are texts to be read. */
const parameters = invalid.flatMap((row) =>
  row.code === undefined || row.count === undefined
    ? []
    : [{ ...row, code: row.code, count: row.count }],
);
const texts = invalid.flatMap((row) =>
  row.code === undefined && row.qb64 !== undefined ? [{ ...row, qb64: row.qb64 }] : [],
);

describe('recorded counters', () => {
  it.each(valid)('$code $count', ({ code, count, qb64, qb2_hex }) => {
    expect(decodeCounter(qb64)).toEqual({ code, count });
    expect(encodeCounter({ code, count })).toBe(qb64);
    expect(decodeCounterBinary(hex(qb2_hex))).toEqual({ code, count });
    expect(toHex(encodeCounterBinary({ code, count }))).toBe(qb2_hex);
  });

  it('are there for every code of the table, and none of another', () => {
    expect(new Set(valid.map(({ code }) => code))).toEqual(new Set(counterCodes));
  });

  it('split into texts and parameters without rest', () => {
    expect([texts.length > 0, parameters.length > 0]).toEqual([true, true]);
    expect(texts.length + parameters.length).toBe(invalid.length);
  });

  it.each(texts)('$qb64 is refused as the oracle does', ({ qb64, accepted }) => {
    expect(accepted).toBe(false);
    expect(() => decodeCounter(qb64)).toThrow(expect.objectContaining({ code: 'malformed' }));
  });

  it.each(parameters)('$code with $count is not written', ({ code, count }) => {
    expect(() => encodeCounter({ code, count })).toThrow(/does not fit|no counter has the code/);
  });

  it('that the oracle promotes to a larger code have that code here too, when asked for', () => {
    const promoted = parameters.filter((row) => row.accepted);
    expect(promoted.map((row) => [row.code, row.qb64])).toEqual([
      ['-V', encodeCounter({ code: '-0V', count: 5000 })],
    ]);
  });
});

describe('decodeCounter()', () => {
  it.each([
    ['', 'cesr-short'],
    ['-', 'cesr-short'],
    ['-0', 'cesr-short'],
    ['-0VAAA', 'cesr-short'],
    ['--AA', 'cesr-short'],
    ['-MAB', 'cesr-code'],
    ['-aAB', 'cesr-code'],
    ['_AAB', 'cesr-code'],
    ['--AAB', 'cesr-code'],
    ['-_AAABAA', 'cesr-code'],
    ['-A?B', 'cesr-value'],
    ['-AAB=', 'cesr-trailing'],
    ['-AABAAAA', 'cesr-trailing'],
  ])('refuses %j as %s', (text, reason) => {
    expect(() => decodeCounter(text)).toThrow(
      expect.objectContaining({ code: 'malformed', reason }),
    );
  });

  it('refuses bytes of another length than counters have', () => {
    for (const text of ['', 'f8', 'f800', 'f8000100', 'fb4540000000f80001', 'f80001f80001']) {
      expect(() => decodeCounterBinary(hex(text))).toThrow(
        expect.objectContaining({ code: 'malformed' }),
      );
    }
  });
});
