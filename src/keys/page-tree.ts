/**
 * Values by key in pages that are only ever appended: a hash tree in which every page is referred to by its place and
 * its digest, so that the root vouches for all of it. A change writes the pages on the way to it anew and shares the rest.
 * @module
 */
import { concat, sameBytes, toHex, utf8 } from '../base/bytes.ts';
import { malformed } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';

/** Where a page stands in its file, and what it must be. */
export interface PageRef {
  readonly offset: number;
  readonly length: number;
  /** BLAKE3-256 of its bytes. */
  readonly digest: Uint8Array;
}

/** Reads the bytes at a place; fewer where the file ends before. */
export type ReadPage = (offset: number, length: number) => Uint8Array;

/** Appends a page; gives the offset at which it stands. */
export type AppendPage = (bytes: Uint8Array) => number;

/** A value: the digest of its key, and the page that holds it. */
interface Entry {
  readonly key: Uint8Array;
  readonly page: PageRef;
}

/** A page of the tree: values, or, when these are too many, further pages by one byte of the key's digest. */
type Node =
  | { readonly kind: 'leaf'; readonly entries: readonly Entry[] }
  | { readonly kind: 'branch'; readonly children: ReadonlyMap<number, PageRef> };

const DIGEST_BYTES = 32;
const OFFSET_BYTES = 6;
const LENGTH_BYTES = 4;
const REF_BYTES = OFFSET_BYTES + LENGTH_BYTES + DIGEST_BYTES;
const LEAF = 0;
const BRANCH = 1;
const LEAF_ENTRIES = 32;
const WAYS = 64;
/** Pages of the tree that are kept in memory. */
const KEPT_NODES = 1_024;

function keyOf(crypto: Crypto, name: string): Uint8Array {
  return crypto.digest('blake3-256', utf8(name));
}

/** Which way a key goes at a depth. */
function wayOf(key: Uint8Array, depth: number): number {
  return (key[depth] ?? 0) % WAYS;
}

function encodeRef({ offset, length, digest }: PageRef): Uint8Array {
  const bytes = new Uint8Array(REF_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(offset / 2 ** 32));
  view.setUint32(2, offset % 2 ** 32);
  view.setUint32(OFFSET_BYTES, length);
  bytes.set(digest, OFFSET_BYTES + LENGTH_BYTES);
  return bytes;
}

function decodeRef(page: Uint8Array, start: number): PageRef {
  const view = new DataView(page.buffer, page.byteOffset + start, REF_BYTES);
  return {
    offset: view.getUint16(0) * 2 ** 32 + view.getUint32(2),
    length: view.getUint32(OFFSET_BYTES),
    digest: page.subarray(start + OFFSET_BYTES + LENGTH_BYTES, start + REF_BYTES),
  };
}

function encodeNode(node: Node): Uint8Array {
  const parts =
    node.kind === 'leaf'
      ? node.entries.flatMap(({ key, page }) => [key, encodeRef(page)])
      : [...node.children].flatMap(([way, page]) => [Uint8Array.of(way), encodeRef(page)]);
  return concat(Uint8Array.of(node.kind === 'leaf' ? LEAF : BRANCH), ...parts);
}

/** What a page that {@link encodeNode} made refers to under a label: a key's digest in a leaf, a way in a branch. */
function findRef(node: Uint8Array, label: Uint8Array): PageRef | undefined {
  const { length } = label;
  for (let start = 1; start < node.length; start += length + REF_BYTES) {
    let same = 0;
    while (same < length && node[start + same] === label[same]) same++;
    if (same === length) return decodeRef(node, start + length);
  }
  return undefined;
}

/** Reads a page whose digest was found right: it is one that {@link encodeNode} made. */
function decodeNode(bytes: Uint8Array): Node {
  const label = bytes[0] === LEAF ? DIGEST_BYTES : 1;
  const entries: Entry[] = [];
  for (let start = 1; start < bytes.length; start += label + REF_BYTES) {
    const key = bytes.subarray(start, start + label);
    entries.push({ key, page: decodeRef(bytes, start + label) });
  }
  return bytes[0] === LEAF
    ? { kind: 'leaf', entries }
    : { kind: 'branch', children: new Map(entries.map(({ key, page }) => [key[0] ?? 0, page])) };
}

const NO_VALUES: Node = { kind: 'leaf', entries: [] };

/** Pages that are being appended, and what all that is reached comes to. */
class Writing {
  readonly #crypto: Crypto;
  readonly #append: AppendPage;
  live: number;

  constructor(crypto: Crypto, append: AppendPage, live: number) {
    this.#crypto = crypto;
    this.#append = append;
    this.live = live;
  }

  write(bytes: Uint8Array): PageRef {
    this.live += bytes.length;
    const digest = this.#crypto.digest('blake3-256', bytes);
    return { offset: this.#append(bytes), length: bytes.length, digest };
  }
}

/** The values under one root. Never changed: {@link grown} gives the tree with more of them. */
export class PageTree {
  readonly #crypto: Crypto;
  readonly #read: ReadPage;
  readonly #nodes = new Map<number, Uint8Array>();
  readonly root: PageRef | undefined;
  /** Bytes of all pages that the root reaches. */
  readonly liveBytes: number;

  constructor(crypto: Crypto, read: ReadPage, root: PageRef | undefined, liveBytes: number) {
    this.#crypto = crypto;
    this.#read = read;
    this.root = root;
    this.liveBytes = liveBytes;
  }

  #page({ offset, length, digest }: PageRef): Uint8Array {
    const bytes = this.#read(offset, length);
    const found = this.#crypto.digest('blake3-256', bytes);
    if (bytes.length === length && sameBytes(found, digest)) return bytes;
    throw malformed('page-damaged', `Cannot read ${length} bytes at ${offset}: they were changed`);
  }

  /** A page of the tree; those that were read last are kept. */
  #node(ref: PageRef): Uint8Array {
    const kept = this.#nodes.get(ref.offset);
    if (kept !== undefined) return kept;
    const node = this.#page(ref);
    if (this.#nodes.size >= KEPT_NODES) this.#nodes.clear();
    this.#nodes.set(ref.offset, node);
    return node;
  }

  /**
   * The value under a key, `undefined` when there is none.
   * @throws GitkelError `malformed`, reason `page-damaged`.
   */
  get(name: string): Uint8Array | undefined {
    const key = keyOf(this.#crypto, name);
    let ref = this.root;
    for (let depth = 0; ref !== undefined; depth++) {
      const node = this.#node(ref);
      if (node[0] === LEAF) {
        const page = findRef(node, key);
        return page === undefined ? undefined : this.#page(page);
      }
      ref = findRef(node, Uint8Array.of(wayOf(key, depth)));
    }
    return undefined;
  }

  /**
   * The tree with these values in place of those of the same keys; of two for one key, the later counts. Pages go to
   * `append`, values before what refers to them; they must be readable once it returned.
   */
  grown(values: Iterable<readonly [string, Uint8Array]>, append: AppendPage): PageTree {
    const writing = new Writing(this.#crypto, append, this.liveBytes);
    const entries = Array.from(values, ([name, bytes]) => ({
      key: keyOf(this.#crypto, name),
      page: writing.write(bytes),
    }));
    const root = entries.length === 0 ? this.root : this.#put(writing, this.root, entries, 0);
    return new PageTree(this.#crypto, this.#read, root, writing.live);
  }

  #put(
    writing: Writing,
    ref: PageRef | undefined,
    entries: readonly Entry[],
    depth: number,
  ): PageRef {
    const node = ref === undefined ? NO_VALUES : decodeNode(this.#node(ref));
    writing.live -= ref?.length ?? 0;
    if (node.kind === 'branch') return this.#putBelow(writing, node.children, entries, depth);
    const merged = new Map(node.entries.map((entry) => [toHex(entry.key), entry]));
    for (const entry of entries) {
      const key = toHex(entry.key);
      writing.live -= merged.get(key)?.page.length ?? 0;
      merged.set(key, entry);
    }
    const all = [...merged.values()];
    return all.length <= LEAF_ENTRIES
      ? writing.write(encodeNode({ kind: 'leaf', entries: all }))
      : this.#putBelow(writing, new Map(), all, depth);
  }

  #putBelow(
    writing: Writing,
    before: ReadonlyMap<number, PageRef>,
    entries: readonly Entry[],
    depth: number,
  ): PageRef {
    const byWay = new Map<number, Entry[]>();
    for (const entry of entries) {
      const way = wayOf(entry.key, depth);
      const group = byWay.get(way) ?? [];
      byWay.set(way, group);
      group.push(entry);
    }
    const children = new Map(before);
    for (const [way, group] of byWay)
      children.set(way, this.#put(writing, children.get(way), group, depth + 1));
    return writing.write(encodeNode({ kind: 'branch', children }));
  }

  /**
   * The same tree in another file, without the pages that it does not reach.
   * @throws GitkelError `malformed`, reason `page-damaged`.
   */
  copied(read: ReadPage, append: AppendPage): PageTree {
    const writing = new Writing(this.#crypto, append, 0);
    const copy = (ref: PageRef): PageRef => {
      const node = decodeNode(this.#page(ref));
      return writing.write(
        encodeNode(
          node.kind === 'branch'
            ? {
                kind: 'branch',
                children: new Map([...node.children].map(([way, child]) => [way, copy(child)])),
              }
            : {
                kind: 'leaf',
                entries: node.entries.map(({ key, page }) => ({
                  key,
                  page: writing.write(this.#page(page)),
                })),
              },
        ),
      );
    };
    const root = this.root === undefined ? undefined : copy(this.root);
    return new PageTree(this.#crypto, read, root, writing.live);
  }
}
