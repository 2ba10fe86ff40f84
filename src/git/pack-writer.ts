import { join } from 'node:path';
import { concat, fromHex, toHex, utf8 } from '../base/bytes.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { discard, fsyncDirectory, onDisk, writeNewFile, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { type GitObject, objectId, type ObjectType } from './object.ts';
import { encodeIndex, type IndexEntry, PACK_HEADER_BYTES } from './pack-index.ts';
import { crc32, deflate } from './zlib.ts';

const TYPE_NUMBERS: { readonly [type in ObjectType]: number } = {
  commit: 1,
  tree: 2,
  blob: 3,
  tag: 4,
};
/** A pack never changes. */
const READ_ONLY = 0o444;
/** An offset needs another table from here on. */
const LARGEST_PACK = 0x8000_0000;

/** A pack and its index as bytes, and the name under which Git would store them. */
export interface EncodedPack {
  readonly name: string;
  readonly pack: Uint8Array;
  readonly index: Uint8Array;
  /** Sorted by id. */
  readonly entries: readonly IndexEntry[];
}

function numbers(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint32(4 * index, value);
  return bytes;
}

/** What a pack of version 2 begins with. */
export function packHeader(count: number): Uint8Array {
  return concat(utf8('PACK'), numbers(2, count));
}

/** Bytes, and the SHA-1 of them behind: how packs and indexes end. */
export function withChecksum(crypto: Crypto, bytes: Uint8Array): Uint8Array {
  return concat(bytes, crypto.digest('sha1', bytes));
}

/** Type and size of an object before its deflated bytes: four bits of the size, then groups of seven. */
function entryHeader(object: GitObject): Uint8Array {
  const bytes: number[] = [];
  let rest = Math.floor(object.bytes.length / 16);
  let byte = (TYPE_NUMBERS[object.type] << 4) | (object.bytes.length & 0x0f);
  while (rest > 0) {
    bytes.push(byte | 0x80);
    byte = rest & 0x7f;
    rest = Math.floor(rest / 128);
  }
  bytes.push(byte);
  return Uint8Array.from(bytes);
}

/** Encodes objects as a pack of version 2 without deltas, and its index of version 2. No two may be the same. */
export function encodePack(crypto: Crypto, objects: readonly GitObject[]): EncodedPack {
  const parts: Uint8Array[] = [packHeader(objects.length)];
  const entries: IndexEntry[] = [];
  let offset = PACK_HEADER_BYTES;
  for (const object of objects) {
    const entry = concat(entryHeader(object), deflate(object.bytes));
    entries.push({ oid: objectId(crypto, object.type, object.bytes), crc: crc32(entry), offset });
    parts.push(entry);
    offset += entry.length;
  }
  if (offset >= LARGEST_PACK) throw new Error(`a pack of ${offset} bytes at once`);
  const pack = withChecksum(crypto, concat(...parts));
  const checksum = pack.subarray(offset);
  const sorted = entries.toSorted((a, b) => (a.oid < b.oid ? -1 : 1));
  const ids = sorted.map(({ oid }) => fromHex(oid) ?? new Uint8Array());
  return {
    name: `pack-${toHex(checksum)}`,
    pack,
    index: withChecksum(crypto, encodeIndex(sorted, ids, checksum)),
    entries: sorted,
  };
}

/**
 * Stores a pack so that it is there in full after a power cut, or not at all: both files under names that `git prune`
 * sweeps, synced; the pack renamed before its index, since the index is what makes it visible; one sync of the directory.
 * @returns the path of the index
 * @throws GitkelError `environment`.
 */
export function storePack(host: Host, directory: string, encoded: EncodedPack): string {
  const nonce = toHex(host.random(8));
  const [packTemporary, indexTemporary] = [
    join(directory, `tmp_pack_${nonce}`),
    join(directory, `tmp_idx_${nonce}`),
  ];
  const indexPath = join(directory, `${encoded.name}.idx`);
  try {
    writeNewFile(host, packTemporary, encoded.pack, 0o644);
    writeNewFile(host, indexTemporary, encoded.index, 0o644);
    onDisk(`Cannot store the pack ${shownPath(indexPath)}`, () => {
      for (const path of [packTemporary, indexTemporary]) host.fs.chmodSync(path, READ_ONLY);
      host.fs.renameSync(packTemporary, join(directory, `${encoded.name}.pack`));
      host.fs.renameSync(indexTemporary, indexPath);
    });
  } catch (error) {
    discard(host, packTemporary);
    discard(host, indexTemporary);
    throw error;
  }
  fsyncDirectory(host, directory);
  return indexPath;
}
