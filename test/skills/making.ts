/** Skills for tests: the same files as a directory, as a commit and as archives, and archives that nobody should trust. */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { createFsFromVolume, Volume } from 'memfs';
import { utf8 } from '../../src/base/bytes.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { type GitObject, objectId } from '../../src/git/object.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { encodeTree, type TreeEntry } from '../../src/git/tree.ts';
import { initRepository } from '../../src/git/repository.ts';
import type { FileSystem, Host } from '../../src/host/host.ts';
import { memoryHost } from '../../src/host/memory.ts';
import type { EntryKind, SkillEntry } from '../../src/skills/skill-entry.ts';

export interface MadeFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

export const file = (path: string, content: string, executable = false): MadeFile => ({
  path,
  bytes: utf8(content),
  executable,
});

export const SKILL_MD_TEXT = '---\nname: notes\ndescription: Takes notes.\n---\n# Notes\n';

/** A small skill with a script. */
export const SMALL: readonly MadeFile[] = [
  file('SKILL.md', SKILL_MD_TEXT),
  file('scripts/run.sh', '#!/bin/sh\necho hello\n', true),
  file('references/a.md', 'text\n'),
];

/** An entry as any source gives it. */
export function entry(
  path: string,
  content: string | Uint8Array = '',
  more: { readonly kind?: EntryKind; readonly mode?: number; readonly links?: number } = {},
): SkillEntry {
  const bytes = typeof content === 'string' ? utf8(content) : content;
  return {
    path,
    kind: more.kind ?? 'file',
    mode: more.mode ?? 0o644,
    size: bytes.length,
    links: more.links ?? 1,
    read: () => bytes,
  };
}

export const entriesOf = (files: readonly MadeFile[]): readonly SkillEntry[] =>
  files.map(({ path, bytes, executable }) =>
    entry(path, bytes, { mode: executable ? 0o755 : 0o644 }),
  );

export function emptyHost(): Host {
  let counter = 0;
  const fs: unknown = createFsFromVolume(new Volume());
  const random = (length: number): Uint8Array => {
    counter++;
    return Uint8Array.from({ length }, (_, index) => (counter >>> (8 * (index % 4))) & 0xff);
  };
  return memoryHost(fs as FileSystem, nativeCrypto, random, () => 1_700_000_000);
}

/** Writes the files below a directory of a host. */
export function writeFiles(host: Host, root: string, files: readonly MadeFile[]): void {
  host.fs.mkdirSync(root, { recursive: true });
  for (const { path, bytes, executable } of files) {
    const full = `${root}/${path}`;
    host.fs.mkdirSync(full.slice(0, full.lastIndexOf('/')), { recursive: true });
    const fd = host.fs.openSync(full, 'w', executable ? 0o755 : 0o644);
    host.fs.writeSync(fd, bytes);
    host.fs.closeSync(fd);
  }
}

interface Node {
  readonly files: Map<string, MadeFile>;
  readonly directories: Map<string, Node>;
}

function treeOf(files: readonly MadeFile[]): Node {
  const root: Node = { files: new Map(), directories: new Map() };
  for (const made of files) {
    const segments = made.path.split('/');
    let at = root;
    for (const segment of segments.slice(0, -1)) {
      const next = at.directories.get(segment) ?? { files: new Map(), directories: new Map() };
      at.directories.set(segment, next);
      at = next;
    }
    at.files.set(segments.at(-1) ?? '', made);
  }
  return root;
}

/** The id of a tree; what it is made of is added to the objects. */
function addTree(objects: GitObject[], { files, directories }: Node): string {
  const add = (object: GitObject): string => {
    objects.push(object);
    return objectId(nativeCrypto, object.type, object.bytes);
  };
  const entries: TreeEntry[] = [];
  for (const [name, { bytes, executable }] of files)
    entries.push({
      mode: executable ? '100755' : '100644',
      name,
      oid: add({ type: 'blob', bytes }),
    });
  for (const [name, node] of directories)
    entries.push({ mode: '40000', name, oid: addTree(objects, node) });
  return add({ type: 'tree', bytes: encodeTree(entries) });
}

export function storeTree(store: ObjectStore, entries: readonly TreeEntry[]): string {
  const [oid = ''] = store.writePack([{ type: 'tree', bytes: encodeTree(entries) }]);
  return oid;
}

export function storeCommit(store: ObjectStore, tree: string): string {
  const who = 'A <a@example.com> 1700000000 +0000';
  const bytes = utf8(`tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nfiles\n`);
  const [oid = ''] = store.writePack([{ type: 'commit', bytes }]);
  return oid;
}

/** An empty repository in memory. */
export function memoryStore(): ObjectStore {
  const host = emptyHost();
  return new ObjectStore(host, initRepository(host, '/repo', { bare: true, branch: 'main' }));
}

/** A commit that holds the files. */
export function commitOf(store: ObjectStore, files: readonly MadeFile[]): string {
  const objects: GitObject[] = [];
  const tree = addTree(objects, treeOf(files));
  store.writePack(objects);
  return storeCommit(store, tree);
}

const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

/** What a zip entry says where it is not what it should be. */
export interface ZipLie {
  readonly name?: string;
  readonly localName?: string;
  readonly rawName?: Uint8Array;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly mode?: number;
  readonly system?: number;
  readonly extra?: Uint8Array;
  readonly descriptor?: boolean;
  readonly content?: Uint8Array;
  readonly data?: Uint8Array;
}

const UTF8_FLAG = 0x800;

/** A zip file of such entries. */
export function zipOfEntries(entries: readonly ZipLie[], comment = ''): Uint8Array {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const lie of entries) {
    const content = lie.content ?? new Uint8Array();
    const method = lie.method ?? (content.length === 0 ? 0 : 8);
    const data = lie.data ?? (method === 8 ? deflateRawSync(content) : content);
    const flags = (lie.flags ?? UTF8_FLAG) | (lie.descriptor === true ? 8 : 0);
    const crc = lie.crc ?? crc32(content);
    const size = lie.size ?? content.length;
    const name = lie.rawName ?? utf8(lie.name ?? '');
    const localName = lie.localName === undefined ? name : utf8(lie.localName);
    const extra = lie.extra ?? new Uint8Array();
    const sums = [u32(crc), u32(data.length), u32(size)];
    const zeros = [u32(0), u32(0), u32(0)];
    const common = [u16(flags), u16(method), u32(0)];
    const local = Buffer.concat([
      u32(0x04034b50),
      u16(20),
      ...common,
      ...(lie.descriptor === true ? zeros : sums),
      u16(localName.length),
      u16(extra.length),
      localName,
      extra,
      data,
      ...(lie.descriptor === true ? [u32(0x08074b50), ...sums] : []),
    ]);
    parts.push(local);
    central.push(
      Buffer.concat([
        u32(0x02014b50),
        u16(((lie.system ?? 3) << 8) | 20),
        u16(20),
        ...common,
        ...sums,
        u16(name.length),
        u16(extra.length),
        u16(0),
        u16(0),
        u16(0),
        u32(((lie.mode ?? 0o100644) << 16) >>> 0),
        u32(offset),
        name,
        extra,
      ]),
    );
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.concat([
    u32(0x06054b50),
    u16(0),
    u16(0),
    u16(entries.length),
    u16(entries.length),
    u32(directory.length),
    u32(offset),
    u16(comment.length),
    Buffer.from(comment),
  ]);
  return new Uint8Array(Buffer.concat([...parts, directory, end]));
}

export const zipLies = (files: readonly MadeFile[]): readonly ZipLie[] =>
  files.map(({ path, bytes, executable }) => ({
    name: path,
    content: bytes,
    mode: executable ? 0o100755 : 0o100644,
  }));

/** One member of a tar archive: a header and its data, padded. */
export interface TarLie {
  readonly name: string;
  readonly content?: Uint8Array;
  readonly mode?: number;
  readonly type?: string;
  readonly link?: string;
  readonly checksum?: number;
  readonly sizeField?: string;
  readonly magic?: string;
}

function tarMember(lie: TarLie): Buffer {
  const content = lie.content ?? new Uint8Array();
  const header = Buffer.alloc(512);
  const name = Buffer.from(lie.name);
  const cut = name.length <= 100 ? -1 : name.subarray(0, 155).lastIndexOf('/');
  name.subarray(cut + 1).copy(header, 0, 0, 100);
  if (cut > 0) name.copy(header, 345, 0, cut);
  header.write((lie.mode ?? 0o644).toString(8).padStart(7, '0'), 100);
  header.write('0000000', 108);
  header.write('0000000', 116);
  header.write(lie.sizeField ?? content.length.toString(8).padStart(11, '0'), 124);
  header.write('00000000000', 136);
  header.write('        ', 148);
  header.write(lie.type ?? '0', 156);
  header.write(lie.link ?? '', 157);
  header.write(lie.magic ?? 'ustar\u000000', 257);
  const sum = lie.checksum ?? header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

export const paxRecord = (key: string, value: string): Uint8Array => {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return utf8(`${length} ${key}=${value}\n`);
};

export function tgzOfMembers(
  members: readonly TarLie[],
  after: Uint8Array = Buffer.alloc(1024),
): Uint8Array {
  return new Uint8Array(gzipSync(Buffer.concat([...members.map(tarMember), after])));
}

export const tarLies = (files: readonly MadeFile[]): readonly TarLie[] =>
  files.flatMap(({ path, bytes, executable }) => {
    const mode = executable ? 0o755 : 0o644;
    const isLong = Buffer.byteLength(path) > 100 || !/^[\0-\u007f]*$/.test(path);
    return [
      ...(isLong ? [{ name: 'PaxHeader', type: 'x', content: paxRecord('path', path) }] : []),
      { name: isLong ? 'long' : path, content: bytes, mode },
    ];
  });
