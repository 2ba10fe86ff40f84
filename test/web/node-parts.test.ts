/** What stands in for parts of Node in a browser does what these do. */
import posix from 'node:path/posix';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import * as path from '../../web/page/node/path.ts';
import * as portable from '../../web/page/node/zlib.ts';

const PATHS = [
  '/a/b',
  'a',
  '.',
  '..',
  '/',
  'a//b/',
  '../x/./y/..',
  '/..',
  '/a/../..',
  'a/b/../../..',
  'x.y/',
  '',
];

describe('path', () => {
  test('join() and normalize() are those of POSIX paths, but for a slash at the end', () => {
    for (const a of PATHS) {
      for (const b of PATHS) {
        const expected = posix.join(a, b).replace(/(?<=.)\/$/, '');
        expect([a, b, path.join(a, b)]).toEqual([a, b, expected]);
      }
    }
  });

  test('dirname(), basename(), isAbsolute() and resolve() are those of POSIX paths', () => {
    for (const a of PATHS) {
      expect([a, path.dirname(a), path.basename(a), path.isAbsolute(a)]).toEqual([
        a,
        posix.dirname(a),
        posix.basename(a),
        posix.isAbsolute(a),
      ]);
      expect([a, path.resolve('/log', a)]).toEqual([a, posix.resolve('/log', a)]);
    }
  });
});

describe('zlib', () => {
  const contents = [0, 1, 100, 70_000, 300_000].map((length) =>
    Uint8Array.from({ length }, (_, n) => (n * n) >> 3),
  );

  /** What inflating comes to: bytes and how much of the input they took, or the name of what is wrong. */
  function outcome(inflate: () => unknown): unknown {
    try {
      const { buffer, engine } = inflate() as {
        readonly buffer: Uint8Array;
        readonly engine: { readonly bytesWritten: number };
      };
      return [Buffer.from(buffer).toString('base64'), engine.bytesWritten];
    } catch (error) {
      return (error as { readonly code?: unknown }).code;
    }
  }

  test('inflateSync() and inflateRawSync() give the same, with what follows left alone', () => {
    for (const content of contents) {
      const options = { maxOutputLength: Math.max(content.length, 1), info: true };
      const whole = Buffer.concat([zlib.deflateSync(content), Buffer.from('more')]);
      const expected = outcome(() => zlib.inflateSync(whole, options));
      expect(outcome(() => portable.inflateSync(whole, options))).toEqual(expected);
      const raw = zlib.deflateRawSync(content);
      expect(outcome(() => portable.inflateRawSync(raw, options))).toEqual(
        outcome(() => zlib.inflateRawSync(raw, options)),
      );
    }
  });

  test('both name what is wrong alike: cut off, damaged, too long', () => {
    const [, , , content = new Uint8Array()] = contents;
    const whole = zlib.deflateSync(content);
    const options = { maxOutputLength: content.length, info: true };
    const short = { maxOutputLength: 1_000, info: true };
    const changed = Uint8Array.from(whole, (byte, at) =>
      at === whole.length - 2 ? byte ^ 1 : byte,
    );
    for (const [input, given] of [
      [whole.subarray(0, 60), options],
      [new Uint8Array(), options],
      [whole, short],
      [changed, options],
      [Uint8Array.of(0x1f, 0x8b, 8, 0), options],
      [Buffer.from('no stream at all'), options],
    ] as const)
      expect(outcome(() => portable.inflateSync(input, given))).toEqual(
        outcome(() => zlib.inflateSync(input, given)),
      );
  });

  test('crc32() gives the same', () => {
    for (const content of contents) expect(portable.crc32(content)).toBe(zlib.crc32(content));
  });
});
