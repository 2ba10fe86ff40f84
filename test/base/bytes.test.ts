import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat, fromHex, fromUtf8, isPrintableAscii, sameBytes, toHex, utf8 } from '../../src/base/bytes.ts';
import { GitkelError, malformed, quoted } from '../../src/base/errors.ts';

const bytes = fc.uint8Array({ maxLength: 64 });

test('toHex() and fromHex() undo each other, and agree with Node', () => {
  fc.assert(
    fc.property(bytes, (value) => {
      expect(toHex(value)).toBe(Buffer.from(value).toString('hex'));
      expect(fromHex(toHex(value))).toEqual(value);
    }),
  );
});

test.each(['a', 'AB', '0g', ' 0', '0x00', '00\n'])('fromHex() refuses %j', (text) => {
  expect(fromHex(text)).toBeUndefined();
});

test('fromUtf8() gives the text of well-formed bytes only, a BOM included', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(fromUtf8(utf8(text))).toBe(text);
    }),
  );
  expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe('\ufeffA');
  for (const wrong of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]) {
    expect(fromUtf8(Uint8Array.from(wrong))).toBeUndefined();
  }
  expect(fromUtf8(utf8('after a failure'))).toBe('after a failure');
});

test('concat() joins in order, and sameBytes() tells every difference', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const joined = concat(a, b);
      expect([...joined]).toEqual([...a, ...b]);
      expect(sameBytes(joined, Uint8Array.from([...a, ...b]))).toBe(true);
      expect(sameBytes(joined, Uint8Array.from([...joined, 0]))).toBe(false);
      for (const at of joined.keys()) {
        const other = Uint8Array.from(joined);
        other[at] = (other[at] ?? 0) ^ 1;
        expect(sameBytes(joined, other)).toBe(false);
      }
    }),
  );
  expect(concat()).toEqual(new Uint8Array());
});

test('isPrintableAscii() takes U+0020 to U+007E', () => {
  for (let code = 0; code < 0x200; code++) {
    expect(isPrintableAscii(`a${String.fromCharCode(code)}`)).toBe(code >= 0x20 && code <= 0x7e);
  }
});

test('quoted() gives short printable ASCII, whatever the value', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: false }), (value) => {
      const text = quoted(value);
      expect(text.length).toBeLessThanOrEqual(64);
      expect(isPrintableAscii(text)).toBe(true);
    }),
  );
  expect(quoted('a\u001b[31m\u202e\n')).toBe('"a\\u001b[31m\\u202e\\n"');
  expect(quoted('x'.repeat(100))).toBe(`"${'x'.repeat(60)}...`);
  expect(quoted('x'.repeat(100), 200)).toBe(`"${'x'.repeat(100)}"`);
  expect(quoted(undefined)).toBe('undefined');
});

test('malformed() makes a GitkelError with its reason, and keeps the cause', () => {
  const cause = new Error('why');
  const error = malformed('rule', 'Cannot read it', { cause, hint: 'Write it again.' });
  expect(error).toBeInstanceOf(GitkelError);
  expect(error).toMatchObject({ code: 'malformed', reason: 'rule', message: 'Cannot read it', hint: 'Write it again.', cause });
});
