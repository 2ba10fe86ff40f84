import { dirname, join } from 'node:path';
import { concat, toHex, utf8 } from '../base/bytes.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { discard, fsyncDirectory, onDisk, writeNewFile, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { type GitObject, idOf, type NewObject, type ObjectType } from './object.ts';
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

/** What a pack of version 2 begins with. */
export function packHeader(count: number): Uint8Array {
  const header = new Uint8Array(PACK_HEADER_BYTES);
  header.set(utf8('PACK'));
  const view = new DataView(header.buffer);
  view.setUint32(4, 2);
  view.setUint32(8, count);
  return header;
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
export function encodePack(crypto: Crypto, objects: readonly NewObject[]): EncodedPack {
  const parts: Uint8Array[] = [packHeader(objects.length)];
  const entries: IndexEntry[] = [];
  let offset = PACK_HEADER_BYTES;
  for (const object of objects) {
    const entry = concat(entryHeader(object), deflate(object.bytes));
    entries.push({ oid: idOf(crypto, object), crc: crc32(entry), offset });
    parts.push(entry);
    offset += entry.length;
  }
  if (offset >= LARGEST_PACK) throw new Error(`a pack of ${offset} bytes at once`);
  const pack = withChecksum(crypto, concat(...parts));
  const checksum = pack.subarray(offset);
  const sorted = entries.toSorted((a, b) => (a.oid < b.oid ? -1 : 1));
  return {
    name: `pack-${toHex(checksum)}`,
    pack,
    index: encodeIndex(crypto, sorted, checksum),
    entries: sorted,
  };
}

/** Where the files of a pack lie while they are written, and afterwards. */
interface PackPaths {
  readonly packTemporary: string;
  readonly indexTemporary: string;
  readonly packPath: string;
  readonly indexPath: string;
}

function storeFiles(host: Host, paths: PackPaths, { pack, index }: EncodedPack): void {
  const { packTemporary, indexTemporary, packPath, indexPath } = paths;
  try {
    writeNewFile(host, packTemporary, pack, 0o644);
    writeNewFile(host, indexTemporary, index, 0o644);
    onDisk(
      () => `Cannot store the pack ${shownPath(indexPath)}`,
      () => {
        for (const path of [packTemporary, indexTemporary]) host.fs.chmodSync(path, READ_ONLY);
        if (packTemporary !== packPath) host.fs.renameSync(packTemporary, packPath);
        host.fs.renameSync(indexTemporary, indexPath);
      },
    );
  } catch (error) {
    discard(host, packTemporary);
    discard(host, indexTemporary);
    throw error;
  }
  fsyncDirectory(host, dirname(indexPath));
}

/**
 * Stores a pack so that it is there in full after a power cut, or not at all: both files under names that `git prune`
 * sweeps, synced; the pack renamed before its index, since the index is what makes it visible; one sync of the directory.
 * @returns the path of the index
 * @throws GitkelError `environment`.
 */
export function storePack(host: Host, directory: string, encoded: EncodedPack): string {
  const nonce = toHex(host.random(8));
  const indexPath = join(directory, `${encoded.name}.idx`);
  const paths = {
    packTemporary: join(directory, `tmp_pack_${nonce}`),
    indexTemporary: join(directory, `tmp_idx_${nonce}`),
    packPath: join(directory, `${encoded.name}.pack`),
    indexPath,
  };
  storeFiles(host, paths, encoded);
  return indexPath;
}

/**
 * As {@link storePack}, under a name that no pack had before and nobody else gives. So the pack is written in its place:
 * until the index is there, nobody reads it. The caller protects it by a `.keep` file, from before it is made.
 * @param name forty hexadecimal digits
 * @throws GitkelError `environment`.
 */
export function storeFreshPack(
  host: Host,
  directory: string,
  name: string,
  encoded: EncodedPack,
): void {
  const packPath = join(directory, `pack-${name}.pack`);
  const paths = {
    packTemporary: packPath,
    indexTemporary: join(directory, `tmp_idx_${name}`),
    packPath,
    indexPath: join(directory, `pack-${name}.idx`),
  };
  storeFiles(host, paths, encoded);
}
