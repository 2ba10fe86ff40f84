/** Stored bytes that were changed, and stores that give other bytes than the id says. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  chmodSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concat, sameBytes, utf8 } from '../../src/base/bytes.ts';
import { loosePath } from '../../src/git/loose.ts';
import { type GitObject, objectId } from '../../src/git/object.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { encodeIndex } from '../../src/git/pack-index.ts';
import { encodePack } from '../../src/git/pack-writer.ts';
import { openRepository } from '../../src/git/repository.ts';
import { looseHeaders } from '../../src/git/commit.ts';
import { type AuditVerdict, nativeCrypto } from '../../src/index.ts';
import { TreeFiles } from '../../src/log/tree-files.ts';
import { runGit } from '../support/binary.ts';
import { blobEntry, type Forged, writeRepository } from '../support/tampered-log.ts';
import { useTampering } from '../support/tampering.ts';

const tampering = useTampering();
const LONG = Number(process.env['GITKEL_LONG'] ?? 1);
const AT = 12;

/** What is flipped in: an object of batch 12. */
type Target = 'commit' | 'blob' | 'tree';

interface Targets {
  readonly commits: readonly string[];
  readonly oids: Readonly<Record<Target, string>>;
  readonly path: string;
  readonly objects: readonly GitObject[];
}

let targets: Targets;
let forged: Forged;

beforeAll(async () => {
  const drafts = tampering().drafts();
  forged = await tampering().forge(drafts, false);
  const { host } = tampering().long;
  const store = new ObjectStore(host, openRepository(host, forged.dir, { hostile: false }));
  const commit = forged.commits[AT] ?? '';
  const tree = looseHeaders(store.read(commit)?.bytes ?? new Uint8Array()).tree ?? '';
  const file = drafts[AT]?.files[0];
  if (file === undefined) throw new Error('a batch adds files');
  const below = new TreeFiles(store).entry(tree, path.posix.dirname(file.path))?.oid ?? '';
  const objects = [...store.list()].map((stored) => stored.read());
  store.close();
  targets = {
    commits: forged.commits,
    oids: { commit, tree: below, blob: blobEntry(file.bytes).oid },
    path: file.path,
    objects,
  };
}, 120_000);

/** Changes a file, looks, and changes it back. */
function withFile<T>(file: string, bytes: Uint8Array, look: () => T): T {
  const before = readFileSync(file);
  chmodSync(file, 0o644);
  try {
    writeFileSync(file, bytes);
    return look();
  } finally {
    writeFileSync(file, before);
  }
}

function flipped(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ (1 << bit);
  return changed;
}

/** Places of a range: all of them when they are few, else some, from the first to the last. */
function some(from: number, to: number, count = 6 * LONG): number[] {
  const length = to - from;
  if (length <= count) return Array.from({ length }, (_, index) => from + index);
  return Array.from(
    { length: count },
    (_, index) => from + Math.round((index * (length - 1)) / (count - 1)),
  );
}

function placeOf(target: Target, verdict: AuditVerdict): object {
  switch (target) {
    case 'commit':
      return { position: AT, commit: targets.oids.commit };
    case 'blob':
      return { position: AT, commit: targets.oids.commit, path: targets.path };
    case 'tree':
      return verdict.findings[0]?.position === undefined
        ? { object: targets.oids.tree }
        : { position: AT };
  }
}

/** Trees prove nothing: their damage is found where every object is hashed. */
function auditOf(dir: string, target: Target): AuditVerdict {
  return tampering().audit(dir, { objects: target === 'tree' });
}

const TARGETS: readonly Target[] = ['commit', 'blob', 'tree'];

describe('audit() of loose objects with a flipped bit', () => {
  let dir: string;
  beforeAll(() => {
    dir = path.join(tampering().long.root, 'loose');
    writeRepository(tampering().long.host, dir, targets.objects, targets.commits.at(-1) ?? '');
    for (const name of readdirSync(path.join(dir, 'objects/pack')))
      rmSync(path.join(dir, 'objects/pack', name));
    for (const { type, bytes } of targets.objects) {
      const file = loosePath(path.join(dir, 'objects'), objectId(nativeCrypto, type, bytes));
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, deflateSync(concat(utf8(`${type} ${bytes.length}\0`), bytes)));
    }
  });
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  const fileOf = (target: Target): string =>
    loosePath(path.join(dir, 'objects'), targets.oids[target]);

  it('takes them as they are', () => {
    expect(tampering().audit(dir, { objects: true })).toMatchObject({
      state: 'valid',
      findings: [],
      batches: 30,
    });
  });

  /** A bit that fills up a byte of the deflated stream says nothing: then the object is the same. */
  const isSame = (file: string, changed: Uint8Array): boolean => {
    try {
      return sameBytes(inflateSync(changed), inflateSync(readFileSync(file)));
    } catch {
      return false;
    }
  };

  it.each(
    TARGETS.flatMap((target) => [
      { target, what: 'zlib header', range: () => [0, 2] as const },
      { target, what: 'body', range: (size: number) => [2, size - 4] as const },
      { target, what: 'checksum', range: (size: number) => [size - 4, size] as const },
    ]),
  )('names a $target with a bit flipped in its $what', ({ target, range }) => {
    const file = fileOf(target);
    const bytes = readFileSync(file);
    const [from, to] = range(bytes.length);
    for (const [index, at] of some(from, to).entries()) {
      const changed = flipped(bytes, at, index % 8);
      const verdict = withFile(file, changed, () => auditOf(dir, target));
      if (isSame(file, changed)) expect(verdict.state).toBe('valid');
      else
        expect(verdict, `byte ${at}`).toMatchObject({
          state: 'invalid',
          reason: 'object-corrupt',
          findings: [placeOf(target, verdict), ...verdict.findings.slice(1)],
        });
    }
  });

  it.each(TARGETS)(
    'names a %s that is cut off, empty, longer, missing or another one',
    (target) => {
      const file = fileOf(target);
      const bytes = readFileSync(file);
      const other = readFileSync(fileOf(target === 'blob' ? 'commit' : 'blob'));
      const framed = inflateSync(bytes);
      const type = target === 'blob' ? 'blob' : target;
      const similar = deflateSync(concat(framed.subarray(0, -1), utf8('!')));
      const lying = deflateSync(
        concat(utf8(`${type} 5\0`), framed.subarray(framed.indexOf(0) + 1)),
      );
      for (const changed of [
        bytes.subarray(0, -1),
        new Uint8Array(),
        concat(bytes, utf8('x')),
        other,
        similar,
        lying,
      ]) {
        const verdict = withFile(file, changed, () => auditOf(dir, target));
        expect(verdict).toMatchObject({ state: 'invalid', reason: 'object-corrupt' });
        expect(verdict.findings[0]).toMatchObject(placeOf(target, verdict));
      }
      const verdict = withFile(file, bytes, () => {
        unlinkSync(file);
        return auditOf(dir, target);
      });
      const reason = target === 'blob' ? 'file-missing' : 'object-missing';
      expect(verdict).toMatchObject({ state: 'invalid', reason });
      expect(verdict.findings[0]).toMatchObject(placeOf(target, verdict));
    },
  );
});

/** Where a packed object stands: the files, and the bytes of its parts. */
interface Packed {
  readonly pack: string;
  readonly index: string;
  readonly entry: number;
  readonly data: number;
  readonly end: number;
  /** The place in the sorted list of the index, and how many there are. */
  readonly position: number;
  readonly count: number;
}

const IDS = 8 + 1024;

function packedIn(dir: string, oid: string): Packed {
  const folder = path.join(dir, 'objects/pack');
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.idx'))) {
    const index = readFileSync(path.join(folder, name));
    const count = index.readUInt32BE(8 + 255 * 4);
    const ids = Array.from({ length: count }, (_, position) =>
      index.subarray(IDS + 20 * position, IDS + 20 * position + 20).toString('hex'),
    );
    const position = ids.indexOf(oid);
    if (position < 0) continue;
    const offsets = Array.from({ length: count }, (_, one) =>
      index.readUInt32BE(IDS + 24 * count + 4 * one),
    );
    const pack = path.join(folder, name.replace('.idx', '.pack'));
    const bytes = readFileSync(pack);
    const entry = offsets[position] ?? 0;
    const end = Math.min(bytes.length - 20, ...offsets.filter((offset) => offset > entry));
    let data = entry;
    while ((bytes[data++] ?? 0) >= 0x80);
    return { pack, index: path.join(folder, name), entry, data, end, position, count };
  }
  throw new Error(`${oid} is in no pack`);
}

/** A pack of all objects and so many more that its index is not held in memory. */
function largePack(dir: string): void {
  const fillers = Array.from({ length: 1_100 }, (_, n): GitObject => ({
    type: 'blob',
    bytes: utf8(`filler ${n}`),
  }));
  writeRepository(
    tampering().long.host,
    dir,
    [...targets.objects, ...fillers],
    targets.commits.at(-1) ?? '',
  );
}

async function packedByGit(dir: string): Promise<void> {
  writeRepository(tampering().long.host, dir, targets.objects, targets.commits.at(-1) ?? '');
  await runGit(dir, ['repack', '-q', '-a', '-d', '-f', '--depth=50', '--window=250']);
}

describe.each<readonly [string, (dir: string) => Promise<void> | void]>([
  [
    'one pack',
    (dir) =>
      writeRepository(tampering().long.host, dir, targets.objects, targets.commits.at(-1) ?? ''),
  ],
  ['a large pack', largePack],
  ['deltas of stock git', packedByGit],
])('audit() of %s with a flipped bit', (name, make) => {
  let dir: string;
  beforeAll(async () => {
    dir = path.join(tampering().long.root, name.replaceAll(' ', '-'));
    await make(dir);
  });
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it('takes it as it is', () => {
    expect(tampering().audit(dir, { objects: true })).toMatchObject({
      state: 'valid',
      findings: [],
      batches: 30,
    });
  });

  it.each(
    TARGETS.flatMap((target) => [
      { target, what: 'entry header', range: ({ entry, data }: Packed) => [entry, data] as const },
      {
        target,
        what: 'zlib header or base',
        range: ({ data }: Packed) => [data, data + 2] as const,
      },
      { target, what: 'body', range: ({ data, end }: Packed) => [data + 2, end - 4] as const },
      { target, what: 'checksum', range: ({ end }: Packed) => [end - 4, end] as const },
    ]),
  )('names a $target with a bit flipped in its $what', ({ target, range }) => {
    const packed = packedIn(dir, targets.oids[target]);
    const bytes = readFileSync(packed.pack);
    const [from, to] = range(packed);
    for (const at of some(from, to, 3 * LONG)) {
      for (const bit of bitsAt(at, from)) {
        const verdict = withFile(packed.pack, flipped(bytes, at, bit), () => auditOf(dir, target));
        // What does not change the object is no damage; the pack as a whole is told by its checksum.
        if (verdict.state === 'valid') {
          expect(target).not.toBe('tree');
          expect(
            withFile(packed.pack, flipped(bytes, at, bit), () =>
              objectAt(dir, targets.oids[target]),
            ),
          ).toBe(true);
          continue;
        }
        expect(['object-corrupt', 'object-too-large', 'pack-corrupt'], verdict.reason).toContain(
          verdict.reason,
        );
        // A delta takes what is made from it along: then another commit is the first that cannot be read.
        if (name === 'deltas of stock git')
          expect([...targets.commits, undefined]).toContain(verdict.findings[0]?.commit);
        else if (verdict.reason !== 'pack-corrupt')
          expect(verdict.findings[0]).toMatchObject(placeOf(target, verdict));
      }
    }
  });

  it.each([
    ['magic', () => [0, 4] as const],
    ['version', () => [4, 8] as const],
    ['fan-out', () => [8, IDS] as const],
    ['id', ({ position }: Packed) => [IDS + 20 * position, IDS + 20 * position + 20] as const],
    [
      'CRC',
      ({ count, position }: Packed) =>
        [IDS + 20 * count + 4 * position, IDS + 20 * count + 4 * position + 4] as const,
    ],
    [
      'offset',
      ({ count, position }: Packed) =>
        [IDS + 24 * count + 4 * position, IDS + 24 * count + 4 * position + 4] as const,
    ],
    ['checksums', ({ count }: Packed) => [IDS + 28 * count, IDS + 28 * count + 40] as const],
  ])('names a bit flipped in the %s of the index', (what, range) => {
    const packed = packedIn(dir, targets.oids.commit);
    const bytes = readFileSync(packed.index);
    const [from, to] = range(packed);
    for (const at of some(from, to, 2 * LONG)) {
      const verdict = withFile(packed.index, flipped(bytes, at, at % 8), () =>
        tampering().audit(dir, { objects: true }),
      );
      expect(verdict.state, `${what}, byte ${at}`).toBe('invalid');
      expect(['pack-corrupt', 'object-corrupt', 'object-missing']).toContain(verdict.reason);
    }
  });

  it('names a bit flipped in the header or the checksum of the pack', () => {
    const { pack } = packedIn(dir, targets.oids.commit);
    const bytes = readFileSync(pack);
    for (const at of [0, 3, 7, 8, 11, bytes.length - 20, bytes.length - 1]) {
      const verdict = withFile(pack, flipped(bytes, at, at % 8), () =>
        tampering().audit(dir, { objects: true }),
      );
      expect(verdict.state).toBe('invalid');
      expect(verdict.findings, `byte ${at}`).toContainEqual(
        expect.objectContaining({ reason: 'pack-corrupt' }),
      );
    }
    for (const length of [bytes.length - 1, 100, 11, 0]) {
      const verdict = withFile(pack, bytes.subarray(0, length), () =>
        tampering().audit(dir, { objects: true }),
      );
      expect(verdict.state, `${length} bytes`).toBe('invalid');
      expect(['pack-corrupt', 'object-corrupt']).toContain(verdict.reason);
    }
  });
});

/** All bits of the first byte, one of the others. */
function bitsAt(at: number, first: number): readonly number[] {
  return at === first ? [0, 1, 2, 3, 4, 5, 6, 7] : [at % 8];
}

/** Whether an object can still be read, and is the one that its id names. */
function objectAt(dir: string, oid: string): boolean {
  const { host } = tampering().long;
  const store = new ObjectStore(host, openRepository(host, dir, { hostile: true }));
  try {
    const object = store.read(oid);
    return object !== undefined && objectId(nativeCrypto, object.type, object.bytes) === oid;
  } finally {
    store.close();
  }
}

describe('audit() of a store that gives other bytes for an id', () => {
  /** Something that would pass, had it the id. */
  const other = async (): Promise<Forged> => {
    const drafts = tampering().drafts();
    const draft = drafts[AT];
    if (draft === undefined) throw new Error('a long log');
    draft.seconds += 1;
    return tampering().forge(drafts, true);
  };
  const read = (dir: string, oid: string): GitObject => {
    const { host } = tampering().long;
    const store = new ObjectStore(host, openRepository(host, dir, { hostile: true }));
    try {
      const object = store.read(oid);
      if (object === undefined) throw new Error(`${oid} is there`);
      return object;
    } finally {
      store.close();
    }
  };

  it.each(['commit', 'blob'] as const)(
    'names a %s whose loose file holds another whole object',
    async (target) => {
      const dir = path.join(tampering().long.root, `swapped-${target}`);
      const oid = targets.oids[target];
      const instead =
        target === 'commit'
          ? await other().then((one) => read(one.dir, one.commits[AT] ?? ''))
          : read(
              forged.dir,
              blobEntry(tampering().drafts()[9]?.files[0]?.bytes ?? new Uint8Array()).oid,
            );
      writeRepository(
        tampering().long.host,
        dir,
        targets.objects.filter(({ type, bytes }) => objectId(nativeCrypto, type, bytes) !== oid),
        targets.commits.at(-1) ?? '',
      );
      const file = loosePath(path.join(dir, 'objects'), oid);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(
        file,
        deflateSync(concat(utf8(`${instead.type} ${instead.bytes.length}\0`), instead.bytes)),
      );
      const verdict = tampering().audit(dir);
      expect(verdict).toMatchObject({ state: 'invalid', reason: 'object-corrupt' });
      expect(verdict.findings[0]).toMatchObject(placeOf(target, verdict));
    },
  );

  it.each(['commit', 'blob', 'tree'] as const)(
    'names a %s for which a sound index points to another whole object',
    async (target) => {
      const dir = path.join(tampering().long.root, `pointed-${target}`);
      const oid = targets.oids[target];
      const more = await other().then((one) => read(one.dir, one.commits[AT] ?? ''));
      const { pack, entries, name } = encodePack(nativeCrypto, [...targets.objects, more]);
      const instead = entries.find(
        (entry) => entry.oid === objectId(nativeCrypto, more.type, more.bytes),
      );
      if (instead === undefined) throw new Error('the pack holds it');
      const lying = entries.map((entry) =>
        entry.oid === oid ? { ...entry, offset: instead.offset } : entry,
      );
      const index = encodeIndex(nativeCrypto, lying, pack.subarray(-20));
      writeRepository(tampering().long.host, dir, [], targets.commits.at(-1) ?? '');
      mkdirSync(path.join(dir, 'objects/pack'), { recursive: true });
      writeFileSync(path.join(dir, `objects/pack/${name}.pack`), pack);
      writeFileSync(path.join(dir, `objects/pack/${name}.idx`), index);
      const verdict = auditOf(dir, target);
      expect(verdict).toMatchObject({ state: 'invalid', reason: 'object-corrupt' });
      expect(verdict.findings[0]).toMatchObject(placeOf(target, verdict));
    },
  );
});
