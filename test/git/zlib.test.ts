import { deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { concat } from '../../src/base/bytes.ts';
import { deflate, inflate } from '../../src/git/zlib.ts';

/** Bytes that differ, but none of which deflating could not shrink. */
function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, n) => (n * n) % 251);
}

const LENGTHS = [0, 1, 2, 255, 3_799, 3_800, 3_801, 8_192, 8_193, 70_000];

describe('deflate()', () => {
  it.each(LENGTHS)('makes of %i bytes a stream that zlib and inflate() read', (length) => {
    const bytes = bytesOf(length);
    const stream = deflate(bytes);
    expect(new Uint8Array(inflateSync(stream))).toEqual(bytes);
    expect(inflate(stream, length)).toEqual({ ok: true, bytes, consumed: stream.length });
    const followed = concat(stream, Uint8Array.of(1, 2, 3));
    expect(inflate(followed, length)).toEqual({ ok: true, bytes, consumed: stream.length });
  });

  it('stores what is short, and shrinks what is long', () => {
    expect(deflate(bytesOf(8_192))).toHaveLength(8_192 + 11);
    expect(deflate(bytesOf(8_193)).length).toBeLessThan(4_000);
  });

  it('adds up the largest bytes as zlib does', () => {
    const bytes = new Uint8Array(8_192).fill(255);
    expect(deflate(bytes)).toEqual(new Uint8Array(deflateSync(bytes, { level: 0 })));
  });
});

describe('inflate()', () => {
  it('refuses a stored stream with any bit changed, or cut off, as zlib does', () => {
    const bytes = bytesOf(9);
    const stream = deflate(bytes);
    for (let bit = 0; bit < 8 * stream.length; bit++) {
      const changed = stream.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const read = inflate(changed, bytes.length);
      // The five bits between the head of a stored block and its length say nothing (RFC 1951, section 3.2.4).
      if (bit >= 19 && bit < 24) expect(read).toMatchObject({ ok: true, bytes });
      else expect(read.ok, `bit ${bit}`).toBe(false);
    }
    for (let length = 0; length < stream.length; length++)
      expect(inflate(stream.subarray(0, length), bytes.length).ok).toBe(false);
  });

  it('gives bytes of its own, and none beyond the limit', () => {
    const stream = deflate(bytesOf(100));
    const read = inflate(stream, 100);
    stream.fill(0);
    expect(read).toMatchObject({ ok: true, bytes: bytesOf(100) });
    expect(inflate(deflate(bytesOf(100)), 99)).toEqual({ ok: false, problem: 'too-long' });
  });
});
