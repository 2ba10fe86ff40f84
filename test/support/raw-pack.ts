import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { concat, toHex, utf8 } from '../../src/base/bytes.ts';
import { encodeIndex } from '../../src/git/pack-index.ts';
import { nativeCrypto } from '../../src/index.ts';

/** An entry of a pack as somebody may write it: nothing of it has to be true. */
export interface RawEntry {
  /** The id under which the index lists it. */
  readonly oid: string;
  /** 1 commit, 2 tree, 3 blob, 4 tag, 6 delta by offset, 7 delta by id. */
  readonly type: number;
  /** The size that the entry states. */
  readonly size: number;
  /** What stands between header and deflated bytes: the base of a delta. `at` is where the entry begins. */
  readonly base?: (at: number, offsets: readonly number[]) => Uint8Array;
  /** Deflated here, unless `raw`. */
  readonly data: Uint8Array;
  readonly raw?: boolean;
}

function header(type: number, size: number): Uint8Array {
  const bytes: number[] = [];
  let byte = (type << 4) | (size % 16);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 0x80);
    byte = rest % 128;
  }
  return Uint8Array.of(...bytes, byte);
}

/** A number in groups of seven bits, least significant first, as deltas state sizes. */
export function groups(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Uint8Array.of(...bytes, rest);
}

/** The distance to the base of a delta by offset. */
export function distance(value: number): Uint8Array {
  const bytes = [value & 0x7f];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift((--rest & 0x7f) | 0x80);
  return Uint8Array.from(bytes);
}

/** A delta whose instructions copy all of the base, `times` over. */
export function copyingDelta(baseSize: number, times: number): Uint8Array {
  const copies: Uint8Array[] = [];
  for (let n = 0; n < times; n++) {
    for (let from = 0; from < baseSize; from += 0xff_ffff) {
      const length = Math.min(0xff_ffff, baseSize - from);
      copies.push(
        Uint8Array.of(
          0xff,
          from & 0xff,
          (from >> 8) & 0xff,
          (from >> 16) & 0xff,
          (from >> 24) & 0xff,
          length & 0xff,
          (length >> 8) & 0xff,
          (length >> 16) & 0xff,
        ),
      );
    }
  }
  return concat(groups(baseSize), groups(baseSize * times), ...copies);
}

/** Writes a pack of these entries, with an index and checksums that hold. */
export function writeRawPack(gitDir: string, entries: readonly RawEntry[]): void {
  const parts: Uint8Array[] = [
    utf8('PACK'),
    Uint8Array.of(0, 0, 0, 2),
    Uint8Array.of(0, 0, entries.length >> 8, entries.length & 0xff),
  ];
  const offsets: number[] = [];
  let at = 12;
  for (const { type, size, base, data, raw = false } of entries) {
    const entry = concat(
      header(type, size),
      base?.(at, offsets) ?? new Uint8Array(),
      raw ? data : deflateSync(data),
    );
    offsets.push(at);
    parts.push(entry);
    at += entry.length;
  }
  const body = concat(...parts);
  const checksum = nativeCrypto.digest('sha1', body);
  const sorted = entries
    .map(({ oid }, n) => ({ oid, crc: 0, offset: offsets[n] ?? 0 }))
    .toSorted((a, b) => (a.oid < b.oid ? -1 : 1));
  const index = encodeIndex(nativeCrypto, sorted, checksum);
  const folder = path.join(gitDir, 'objects/pack');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `pack-${toHex(checksum)}.pack`), concat(body, checksum));
  writeFileSync(path.join(folder, `pack-${toHex(checksum)}.idx`), index);
}
