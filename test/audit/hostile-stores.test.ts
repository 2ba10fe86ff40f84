/** Stores that are made to exhaust whoever reads them: each ends in a finding or an error, within bounds. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, fromHex, utf8 } from '../../src/base/bytes.ts';
import { looseHeaders } from '../../src/git/commit.ts';
import { loosePath } from '../../src/git/loose.ts';
import { type GitObject, objectId } from '../../src/git/object.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { openRepository } from '../../src/git/repository.ts';
import { type AuditVerdict, GitkelError, nativeCrypto } from '../../src/index.ts';
import {
  copyingDelta,
  distance,
  groups,
  type RawEntry,
  writeRawPack,
} from '../support/raw-pack.ts';
import { type BatchDraft, blobEntry, rawTree, writeRepository } from '../support/tampered-log.ts';
import { useTampering } from '../support/tampering.ts';

const tampering = useTampering();
const LONG = Number(process.env['GITKEL_LONG'] ?? 1);
const AT = 12;
const MIB = 1_048_576;
const HUGE = 100 * 1024 * MIB;

let commits: readonly string[];
let objects: readonly GitObject[];
let target: string;

beforeAll(async () => {
  const forged = await tampering().forge(tampering().drafts(), false);
  const { host } = tampering().long;
  const store = new ObjectStore(host, openRepository(host, forged.dir, { hostile: false }));
  objects = [...store.list()].map((stored) => stored.read());
  store.close();
  commits = forged.commits;
  target = commits[AT] ?? '';
}, 120_000);

/** The log without one object. */
function without(oid: string): string {
  const dir = path.join(mkdtempSync(path.join(tampering().long.root, 'store-')), 'log');
  const others = objects.filter(({ type, bytes }) => objectId(nativeCrypto, type, bytes) !== oid);
  writeRepository(tampering().long.host, dir, others, commits.at(-1) ?? '');
  return dir;
}

const id = (n: number): string => `${n.toString(16).padStart(8, '0')}${'e'.repeat(32)}`;

describe('audit() of hostile packs', () => {
  const commit =
    (entry: Partial<RawEntry>, ...more: readonly RawEntry[]): (() => readonly RawEntry[]) =>
    () => [...more, { oid: target, type: 1, size: 10, data: new Uint8Array(10), ...entry }];
  const byId = (oid: () => string) => (): Uint8Array => fromHex(oid()) ?? new Uint8Array();
  const before =
    (n: number) =>
    (at: number, offsets: readonly number[]): Uint8Array =>
      distance(at - (offsets.at(-n) ?? 0));
  const big: RawEntry = { oid: id(0), type: 1, size: 16 * MIB, data: new Uint8Array(16 * MIB) };
  const chain = (length: number, first: RawEntry, delta: Uint8Array): readonly RawEntry[] => [
    first,
    ...Array.from({ length }, (_, n): RawEntry => ({
      oid: id(n + 1),
      type: 6,
      size: delta.length,
      base: before(1),
      data: delta,
    })),
  ];
  const small: RawEntry = { oid: id(0), type: 1, size: 5, data: utf8('hello') };

  it.each<readonly [string, string, () => readonly RawEntry[]]>([
    [
      'more bytes than it states',
      'object-corrupt',
      commit({ size: 10, data: new Uint8Array(64 * MIB) }),
    ],
    ['fewer bytes than it states', 'object-corrupt', commit({ size: MIB })],
    ['a size beyond the bound', 'object-too-large', commit({ size: 3 * MIB })],
    ['a size of 2^40', 'object-too-large', commit({ size: 2 ** 40 })],
    ['a size beyond all numbers', 'object-corrupt', commit({ size: 2 ** 60 })],
    [
      'bytes that are not deflated',
      'object-corrupt',
      commit({ data: new Uint8Array(100).fill(0xff), raw: true }),
    ],
    ['no bytes', 'object-corrupt', commit({ data: new Uint8Array(), raw: true })],
    [
      'a deflated stream that does not end',
      'object-corrupt',
      commit({ size: 100, data: deflateSync(new Uint8Array(100)).subarray(0, -8), raw: true }),
    ],
    ['type 0', 'object-corrupt', commit({ type: 0 })],
    ['type 5', 'object-corrupt', commit({ type: 5 })],
    ['another type', 'object-corrupt', commit({ type: 3 })],
    ['a delta of itself', 'object-corrupt', commit({ type: 6, base: () => distance(0) })],
    [
      'a delta of what is before the pack',
      'object-corrupt',
      commit({ type: 6, base: () => distance(10_000) }),
    ],
    [
      'a delta of the header of the pack',
      'object-corrupt',
      commit({ type: 6, base: (at) => distance(at - 4) }),
    ],
    [
      'a delta of a distance beyond all numbers',
      'object-corrupt',
      commit({ type: 6, base: () => new Uint8Array(30).fill(0xff) }),
    ],
    [
      'a delta of itself by its id',
      'object-corrupt',
      commit({ type: 7, base: byId(() => target) }),
    ],
    ['a delta of nothing', 'object-corrupt', commit({ type: 7, base: byId(() => id(9)) })],
    [
      'two deltas of each other',
      'object-corrupt',
      commit(
        { type: 7, base: byId(() => id(1)) },
        { oid: id(1), type: 7, size: 10, base: byId(() => target), data: new Uint8Array(10) },
      ),
    ],
    [
      'a chain of 1,000 deltas',
      'object-corrupt',
      () => [
        ...chain(1_000, small, copyingDelta(5, 1)),
        { oid: target, type: 6, size: 10, base: before(1), data: copyingDelta(5, 1) },
      ],
    ],
    [
      'a chain of deltas that each copy 16 MiB',
      'object-corrupt',
      () => {
        const delta = copyingDelta(16 * MIB, 1);
        return [
          ...chain(80, big, delta),
          {
            oid: target,
            type: 6,
            size: 20,
            base: before(1),
            data: concat(groups(16 * MIB), groups(1), Uint8Array.of(0x90, 1)),
          },
        ];
      },
    ],
    [
      'deltas that double',
      'object-too-large',
      () => {
        const doubling = Array.from({ length: 30 }, (_, n): RawEntry => {
          const delta = copyingDelta(1_024 * 2 ** n, 2);
          return { oid: id(n + 1), type: 6, size: delta.length, base: before(1), data: delta };
        });
        const delta = copyingDelta(1_024 * 2 ** 30, 1).subarray(0, 200);
        return [
          { oid: id(0), type: 1, size: 1_024, data: new Uint8Array(1_024) },
          ...doubling,
          { oid: target, type: 6, size: delta.length, base: before(1), data: delta },
        ];
      },
    ],
    [
      'a delta that states 2^48 bytes',
      'object-too-large',
      commit(
        {
          type: 6,
          size: 9,
          base: before(1),
          data: concat(groups(5), groups(2 ** 48), Uint8Array.of(0)),
        },
        small,
      ),
    ],
    [
      'a delta of another base',
      'object-corrupt',
      commit({ type: 6, size: 4, base: before(1), data: Uint8Array.of(6, 5, 0x90, 5) }, small),
    ],
    [
      'a delta that copies beyond its base',
      'object-corrupt',
      commit({ type: 6, size: 5, base: before(1), data: Uint8Array.of(5, 5, 0x91, 3, 5) }, small),
    ],
    [
      'a delta of the reserved instruction',
      'object-corrupt',
      commit({ type: 6, size: 3, base: before(1), data: Uint8Array.of(5, 5, 0) }, small),
    ],
    [
      'a delta that makes too little',
      'object-corrupt',
      commit({ type: 6, size: 4, base: before(1), data: Uint8Array.of(5, 5, 0x90, 4) }, small),
    ],
    [
      'a delta that makes too much',
      'object-corrupt',
      commit({ type: 6, size: 4, base: before(1), data: Uint8Array.of(5, 4, 0x90, 5) }, small),
    ],
    [
      'a delta whose instruction is cut off',
      'object-corrupt',
      commit({ type: 6, size: 3, base: before(1), data: Uint8Array.of(5, 5, 0xff) }, small),
    ],
    [
      'an empty delta',
      'object-corrupt',
      commit({ type: 6, size: 0, base: before(1), data: new Uint8Array() }, small),
    ],
  ])(
    'names %s',
    (_what, reason, entries) => {
      const dir = without(target);
      writeRawPack(dir, entries());
      expect(tampering().audit(dir)).toMatchObject({
        state: 'invalid',
        reason,
        findings: [{ position: AT, commit: target }],
      });
      expect(tampering().audit(dir, { objects: true })).toMatchObject({ state: 'invalid', reason });
    },
    60_000,
  );
});

describe('audit() of hostile loose objects', () => {
  it.each<readonly [string, string, () => Uint8Array]>([
    [
      'a bomb of 64 MiB',
      'object-too-large',
      () => deflateSync(concat(utf8(`commit ${64 * MIB}\0`), new Uint8Array(64 * MIB))),
    ],
    [
      'a bomb that states 10 bytes',
      'object-too-large',
      () => deflateSync(concat(utf8('commit 10\0'), new Uint8Array(64 * MIB))),
    ],
    [
      'a header without an end',
      'object-corrupt',
      () => deflateSync(new Uint8Array(1_000).fill(0x63)),
    ],
    [
      'a size beyond all numbers',
      'object-corrupt',
      () => deflateSync(utf8('commit 99999999999999999999\0x')),
    ],
    ['a negative size', 'object-corrupt', () => deflateSync(utf8('commit -1\0x'))],
    ['a size with a zero before it', 'object-corrupt', () => deflateSync(utf8('commit 01\0x'))],
    ['no type', 'object-corrupt', () => deflateSync(utf8(' 1\0x'))],
    [
      'two streams',
      'object-corrupt',
      () => concat(deflateSync(utf8('commit 1\0x')), deflateSync(utf8('x'))),
    ],
  ])(
    'names %s',
    (_what, reason, make) => {
      const dir = without(target);
      const file = loosePath(path.join(dir, 'objects'), target);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, make());
      expect(tampering().audit(dir)).toMatchObject({
        state: 'invalid',
        reason,
        findings: [{ position: AT, commit: target }],
      });
    },
    60_000,
  );

  it('names a directory in place of an object', () => {
    const dir = without(target);
    mkdirSync(loosePath(path.join(dir, 'objects'), target), { recursive: true });
    expect(tampering().audit(dir)).toMatchObject({
      state: 'invalid',
      reason: 'object-corrupt',
      findings: [{ position: AT }],
    });
  });
});

describe('audit() of huge files', () => {
  const packOf = (dir: string, ending: string): string => {
    const name =
      readdirSync(path.join(dir, 'objects/pack')).find((one) => one.endsWith(ending)) ?? '';
    return path.join(dir, 'objects/pack', name);
  };
  const outcome = (dir: string): string => {
    try {
      return tampering().audit(dir, { objects: true }).reason;
    } catch (error) {
      if (!(error instanceof GitkelError)) throw error;
      return error.reason ?? error.code;
    }
  };

  it.each<readonly [string, string, (dir: string) => string]>([
    ['a pack', 'pack-corrupt', (dir) => packOf(dir, '.pack')],
    ['an index', 'pack-corrupt', (dir) => packOf(dir, '.idx')],
    ['HEAD', 'too-large', (dir) => path.join(dir, 'HEAD')],
    ['the branch', 'too-large', (dir) => path.join(dir, 'refs/heads/main')],
    ['the config', 'too-large', (dir) => path.join(dir, 'config')],
    ['packed-refs', 'too-large', (dir) => path.join(dir, 'packed-refs')],
    ['a loose object', 'object-too-large', (dir) => loosePath(path.join(dir, 'objects'), target)],
  ])(
    'ends at %s of 100 GiB',
    (what, reason, fileIn) => {
      const dir = without(what === 'a loose object' ? target : '');
      const file = fileIn(dir);
      if (statSync(file, { throwIfNoEntry: false }) === undefined) {
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, '');
      }
      truncateSync(file, HUGE);
      try {
        expect(outcome(dir)).toBe(reason);
      } finally {
        rmSync(file);
      }
    },
    60_000,
  );

  it('takes a pack with a hole of 100 GiB, whose objects are right', () => {
    const dir = without('');
    const file = packOf(dir, '.pack');
    const trailer = readFileSync(file).subarray(-20);
    truncateSync(file, HUGE);
    writeFileSync(file, trailer, { flag: 'a' });
    try {
      expect(outcome(dir)).toContain('consistent');
    } finally {
      rmSync(file);
    }
  }, 60_000);
});

describe('audit() of huge content', () => {
  const at = (drafts: readonly BatchDraft[], position: number): BatchDraft => {
    const draft = drafts[position];
    if (draft === undefined) throw new Error(`there is no batch ${position}`);
    return draft;
  };
  const setTree = (draft: BatchDraft, oid: string): void => {
    draft.payload = (text) => text.replace(/^tree .*/, `tree ${oid}`);
  };
  async function verdictOn(
    position: number,
    edit: (draft: BatchDraft) => void,
  ): Promise<AuditVerdict> {
    const drafts = tampering().drafts();
    edit(at(drafts, position));
    const { dir } = await tampering().forge(drafts, true);
    return tampering().audit(dir, { objects: true });
  }

  it('names a file that is larger than any file of a log', async () => {
    const verdict = await verdictOn(AT, ({ files: [file] }) => {
      if (file !== undefined) file.bytes = new Uint8Array(2 * MIB);
    });
    expect(verdict).toMatchObject({
      state: 'invalid',
      reason: 'object-too-large',
      findings: [
        { position: AT, path: expect.stringContaining('kel/') },
        { reason: 'object-too-large' },
      ],
    });
  });

  it('names a commit that is larger than any commit of a log', async () => {
    const verdict = await verdictOn(AT, (draft) => {
      draft.message = (text) => text + 'x'.repeat(3 * MIB);
    });
    expect(verdict).toMatchObject({
      state: 'invalid',
      reason: 'object-too-large',
      findings: [{ position: AT }],
    });
  });

  it('names a batch of more files than any batch has', async () => {
    const verdict = await verdictOn(AT, (draft) => {
      draft.message = (text) => text + 'add x 1 y\n'.repeat(5_000);
    });
    expect(verdict).toMatchObject({
      state: 'invalid',
      reason: 'record-files',
      findings: [{ position: AT }],
    });
  });

  it('ends at a tree that is 5,000 levels deep', async () => {
    const verdict = await verdictOn(29, (draft) => {
      let oid = blobEntry(utf8('x')).oid;
      let mode = '100644';
      for (let n = 0; n < 5_000; n++) {
        const bytes = rawTree([{ mode, name: 'd', oid }]);
        draft.more.push({ type: 'tree', bytes });
        oid = objectId(nativeCrypto, 'tree', bytes);
        mode = '40000';
      }
      draft.extra.set('deep', { mode: '40000', oid });
    });
    expect(verdict).toMatchObject({
      state: 'invalid',
      reason: 'tree',
      findings: [{ position: 29 }, { reason: 'tree-depth' }],
    });
  }, 60_000);

  it('stops counting what is missing', async () => {
    const verdict = await verdictOn(29, (draft) => {
      const wide = (seed: number): Uint8Array =>
        rawTree(
          Array.from({ length: 1_500 }, (_, n) => ({
            mode: '100644',
            name: `f${n}`,
            oid: id(seed * 10_000 + n + 1),
          })),
        );
      const below = Array.from({ length: 20 }, (_, n) => {
        const bytes = wide(n);
        draft.more.push({ type: 'tree', bytes });
        return { mode: '40000', name: `t${n}`, oid: objectId(nativeCrypto, 'tree', bytes) };
      });
      const bytes = rawTree(below);
      draft.more.push({ type: 'tree', bytes });
      draft.extra.set('wide', { mode: '40000', oid: objectId(nativeCrypto, 'tree', bytes) });
    });
    expect(verdict).toMatchObject({ state: 'invalid', reason: 'tree' });
    expect(verdict.findings).toHaveLength(1_001);
  }, 60_000);

  it('ends at a tree that holds the same tree many times, in many levels', async () => {
    const verdict = await verdictOn(29, (draft) => {
      let oid = blobEntry(utf8('x')).oid;
      let mode = '100644';
      for (let n = 0; n < 28; n++) {
        const bytes = rawTree(
          Array.from({ length: 100 }, (_, m) => ({ mode, name: `n${m}`, oid })),
        );
        draft.more.push({ type: 'tree', bytes });
        oid = objectId(nativeCrypto, 'tree', bytes);
        mode = '40000';
      }
      setTree(draft, oid);
    });
    expect(verdict).toMatchObject({
      state: 'invalid',
      findings: [{ position: 29 }, { reason: 'object-missing' }],
    });
  });

  it('names a commit whose tree is missing, and one whose tree is a commit', async () => {
    expect(await verdictOn(AT, (draft) => setTree(draft, id(1)))).toMatchObject({
      reason: 'tree',
      findings: [{ position: AT }, { reason: 'object-missing', object: id(1) }],
    });
    const { tree } = looseHeaders(
      objects.find(({ type }) => type === 'commit')?.bytes ?? new Uint8Array(),
    );
    expect(tree).toBeDefined();
    const verdict = await verdictOn(29, (draft) => setTree(draft, commits[3] ?? ''));
    expect(verdict).toMatchObject({
      state: 'invalid',
      reason: 'object-type',
      findings: [{ position: 29 }, { reason: 'object-type' }],
    });
  });
});

describe('audit() of any damage to the files of a repository', () => {
  const filesIn = (dir: string): string[] =>
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .toSorted();

  it('gives a verdict on the same log, or names what it cannot read', () => {
    const dir = tampering().copy();
    const files = filesIn(dir);
    const tip = commits.at(-1);
    const damage = fc.record({
      file: fc.nat(files.length - 1),
      kind: fc.constantFrom('flip', 'cut', 'fill', 'empty', 'more'),
      place: fc.nat(),
      byte: fc.integer({ min: 1, max: 255 }),
      objects: fc.boolean(),
    });
    const damaged = (bytes: Buffer, kind: string, place: number, byte: number): Uint8Array => {
      const changed = Uint8Array.from(bytes);
      const at = changed.length === 0 ? 0 : place % changed.length;
      switch (kind) {
        case 'flip':
          if (changed.length > 0) changed[at] = (changed[at] ?? 0) ^ byte;
          return changed;
        case 'cut':
          return changed.subarray(0, at);
        case 'fill':
          return changed.fill(byte, at);
        case 'more':
          return concat(changed, new Uint8Array(at + 1).fill(byte));
        default:
          return new Uint8Array();
      }
    };
    const property = fc.property(damage, ({ file, kind, place, byte, objects: all }) => {
      const name = files[file] ?? '';
      const before = readFileSync(name);
      rmSync(name);
      writeFileSync(name, damaged(before, kind, place, byte));
      try {
        const verdict = tampering().audit(dir, { objects: all });
        if (verdict.state === 'valid') expect(verdict).toMatchObject({ tip, batches: 30 });
        else expect(verdict.findings.length).toBeGreaterThan(0);
      } catch (error) {
        if (!(error instanceof GitkelError)) throw error;
        expect(error.message).not.toBe('');
      } finally {
        rmSync(name);
        writeFileSync(name, before);
      }
    });
    fc.assert(property, { numRuns: 60 * LONG });
  }, 600_000);
});
