import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldLabels, NOT_CANONICAL, scanFields, valueEnd } from '../../src/keri/json.ts';

const isCanonical = (text: string): boolean => valueEnd(text, 0, 0) === text.length;

// What Python's json.dumps prints for doubles of many sizes.
const DOUBLES =
  `1.0 0.1 -0.0 0.0 1e+16 1000000000000000.0 9999999999999998.0 1.2345678901234568e+16 0.0001 1e-05 0.00012345
1.5e+300 1e+22 1e+21 5e-324 1.7976931348623157e+308 123456.789 1e+23 9.5e-07 100.0 2.5 -3.25e-09 10928588.983213553
1.4186613525849614e+134 -7.571968556055867e-74 -1.4074705188261364e+113 -1.2342180766211395e-271 0.1399601630397701
-2.1520217579844227e+32 1.01853664031722e-244 0.3146575865605324 -1.2761724801771812e-23 3.66898827745704e-84
-1039514241563211.8 5.7804021771411506e-220 -7.466015348994605e-07 9.446745793730726e-07 -0.5810872350097642
744.8155308736037 78446937741621.27 0.025146039135425548 8819520021759981.0 -606241.9121479348 -0.0017018657675450966`.split(
    /\s+/,
  );

describe('valueEnd()', () => {
  it.each(DOUBLES)('takes the double %s', (text) => expect(isCanonical(text)).toBe(true));

  it('takes only one spelling of a double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const exponential = value.toExponential();
        const spellings = new Set([
          `${value}`,
          `${value}.0`,
          exponential,
          exponential.replace('e', '.0e'),
          exponential.replace(/e([-+])(\d)$/, 'e$10$2'),
          exponential.replace('e+', 'e'),
          exponential.toUpperCase(),
          value.toFixed(20),
        ]);
        const taken = [...spellings].filter((text) => /[.e]/i.test(text) && isCanonical(text));
        expect(taken.length).toBeLessThan(2);
        for (const text of taken) expect(Number(text) === value).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses other spellings of numbers', () => {
    const wrong =
      '-0 00 01 +1 1. .5 1.50 1.5e3 1e5 1E+16 1e16 1e+016 1e-5 0.00001 1e999 NaN Infinity -Infinity 0x1 - 1_0';
    for (const text of wrong.split(' ')) expect(isCanonical(text), text).toBe(false);
    for (const text of ['0', '-1', '9007199254740993', '1'.repeat(4300)])
      expect(isCanonical(text)).toBe(true);
    expect(isCanonical('1'.repeat(4301))).toBe(false);
  });

  it('takes exactly the spellings that JSON.stringify gives to text without half surrogates', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (content) => {
        expect(isCanonical(JSON.stringify(content))).toBe(true);
      }),
    );
    for (let code = 0; code < 0x120; code++) {
      const char = String.fromCharCode(code);
      const hex = code.toString(16).padStart(4, '0');
      const spellings = [`"${char}"`, `"\\u${hex}"`, `"\\u${hex.toUpperCase()}"`, `"\\${char}"`];
      const taken = new Set(spellings.filter(isCanonical));
      const right = JSON.stringify(char);
      for (const text of taken)
        expect(text === right || JSON.parse(text) !== char, text).toBe(true);
    }
  });

  it('refuses other spellings of text', () => {
    for (const text of [
      '"\\/"',
      '"\\u00e9"',
      '"\\u0008"',
      '"\\u001F"',
      '"\\ud800"',
      '"\\x"',
      '"\\',
      '"',
      '"a',
      '"\t"',
      "'a'",
    ]) {
      expect(isCanonical(text), text).toBe(false);
    }
  });

  it('takes what JSON.stringify prints of values without fractions', () => {
    const value = fc
      .jsonValue({ noUnicodeString: false })
      .filter((json) => !/[.e]/.test(JSON.stringify(json).replaceAll(/"[^"]*"/g, '')));
    fc.assert(fc.property(value, (json) => isCanonical(JSON.stringify(json))));
  });

  it('refuses white space, commas too many or too few, and labels twice', () => {
    const wrong = [
      '[1, 2]',
      '[ 1]',
      '{"a": 1}',
      '{"a" :1}',
      '[1,]',
      '[,1]',
      '[1 2]',
      '[1',
      '[',
      '{"a":1,}',
      '{,"a":1}',
      '{"a"}',
      '{a:1}',
      '{"a":}',
      '{"a":1 "b":2}',
      '{"a":1',
      '{',
      '{"a":1,"a":1}',
      '[{"x":{"a":1,"b":2,"a":3}}]',
      'True',
      'nul',
      'truefalse',
      '',
    ];
    for (const text of wrong) expect(isCanonical(text), text).toBe(false);
    for (const text of [
      '[]',
      '{}',
      '{"":0}',
      '{"a":{"a":1}}',
      '[[],{}]',
      '{"__proto__":1,"10":2,"9":3}',
    ]) {
      expect(isCanonical(text), text).toBe(true);
    }
  });

  it('finds a label twice among many', () => {
    const labels = Array.from({ length: 200 }, (_, index) => `"${index}":0`);
    expect(isCanonical(`{${labels.join(',')}}`)).toBe(true);
    for (const again of [0, 15, 16, 199]) {
      expect(isCanonical(`{${labels.join(',')},"${again}":0}`)).toBe(false);
    }
  });

  it('goes 32 levels deep and no further', () => {
    expect(isCanonical('['.repeat(32) + ']'.repeat(32))).toBe(true);
    expect(isCanonical('['.repeat(33) + ']'.repeat(33))).toBe(false);
    expect(valueEnd('['.repeat(60_000), 0, 0)).toBe(NOT_CANONICAL);
    expect(valueEnd('{"a":'.repeat(12_000), 0, 0)).toBe(NOT_CANONICAL);
  });
});

describe('scanFields()', () => {
  const labels = fieldLabels('a b');

  it('finds where values stand', () => {
    expect(scanFields('{"a":12,"b":["é"]}', labels)).toEqual([5, 7, 12, 17]);
  });

  it('tells other fields from text that is not canonical', () => {
    for (const text of [
      '{"b":1,"a":2}',
      '{"a":1}',
      '{"a":1,"b":2,"c":3}',
      '{"a":1,"a":2}',
      ' {"a":1,"b":2}',
      '{}',
      '',
    ]) {
      expect(scanFields(text, labels), text).toBe('fields');
    }
    for (const text of [
      '{"a":1,"b":2} ',
      '{"a":1,"b":2}}',
      '{"a":1,"b":2',
      '{"a":01,"b":2}',
      '{"a":1,"b":}',
    ]) {
      expect(scanFields(text, labels), text).toBe('json');
    }
  });
});
