import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import {
  BATCH_REFS,
  batchRefs,
  branchOf,
  branchRef,
  contributionRef,
  credentialPath,
  type EventFileType,
  eventPath,
  parseBatchRef,
  parsePath,
  proofPath,
  recordPath,
  refHex,
  remoteBranchRef,
  requestRef,
  type StatusFileType,
  statusPath,
} from '../../src/log/layout.ts';
import { reasonOf } from '../support/thrown.ts';

const digestOf = (text: string): string =>
  encodePrimitive({ code: 'E', raw: crypto.digest('blake3-256', utf8(text)) });
const AID = digestOf('an identifier');
const SAID = digestOf('an event');

const type = fc.constantFrom<EventFileType>('icp', 'rot', 'ixn', 'dip', 'drt');
const identifier = fc.string().map(digestOf);
const ordinal = fc.oneof(fc.nat({ max: 5_000 }), fc.integer({ min: 0, max: 0xff_ff_ff_ff }));

/** Names per directory of paths. */
function entriesOf(paths: Iterable<string>): ReadonlyMap<string, ReadonlySet<string>> {
  const directories = new Map<string, Set<string>>();
  for (const path of paths) {
    const names = path.split('/');
    for (const [index, name] of names.entries()) {
      const directory = names.slice(0, index).join('/');
      const entries = directories.get(directory) ?? new Set();
      directories.set(directory, entries.add(name));
    }
  }
  return directories;
}

const widest = (paths: Iterable<string>): number =>
  Math.max(...[...entriesOf(paths).values()].map(({ size }) => size));

describe('eventPath() and parsePath()', () => {
  test('undo each other', () => {
    fc.assert(
      fc.property(identifier, ordinal, type, identifier, (aid, number, kind, said) => {
        const path = eventPath(crypto, aid, number, kind, said);
        expect(parsePath(crypto, path)).toEqual({
          kind: 'event',
          aid,
          ordinal: number,
          type: kind,
          said,
        });
      }),
    );
  });

  test.each([
    [0, 'a/00000000'],
    [63, 'a/0000003f'],
    [64, 'b/01/00000040'],
    [4_095, 'b/3f/00000fff'],
    [4_096, 'c/01/00/00001000'],
    [262_144, 'd/01/00/00/00040000'],
    [0xff_ff_ff_ff, 'f/03/3f/3f/3f/3f/ffffffff'],
  ])('write file %i of an AID as %s', (number, tail) => {
    const hex = [...crypto.digest('blake3-256', utf8(AID)).subarray(0, 2)]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('');
    expect(eventPath(crypto, AID, number, 'ixn', SAID)).toBe(
      `kel/${hex[0]}/${hex[1]}/${hex[2]}/${AID}/${tail}-ixn-${SAID}.cesr`,
    );
  });

  test('eventPath() refuses an ordinal that has no eight hex digits', async () => {
    expect(await reasonOf(() => eventPath(crypto, AID, 0x1_00_00_00_00, 'ixn', SAID))).toBe(
      'ordinal',
    );
  });

  test('parsePath() knows the first file', () => {
    expect(parsePath(crypto, 'gitkel.json')).toEqual({ kind: 'genesis' });
  });

  test('parsePath() undoes proofPath(), statusPath(), credentialPath() and recordPath()', () => {
    fc.assert(
      fc.property(
        identifier,
        ordinal,
        fc.constantFrom<StatusFileType>('vcp', 'vrt', 'iss', 'rev', 'bis', 'brv'),
        identifier,
        (owner, number, kind, said) => {
          expect(parsePath(crypto, proofPath(crypto, owner, number, said))).toEqual({
            kind: 'proof',
            aid: owner,
            ordinal: number,
            digest: said,
          });
          expect(parsePath(crypto, statusPath(crypto, owner, number, kind, said))).toEqual({
            kind: 'status',
            registry: owner,
            ordinal: number,
            type: kind,
            said,
          });
          expect(parsePath(crypto, credentialPath(crypto, said))).toEqual({
            kind: 'credential',
            said,
          });
          expect(parsePath(crypto, recordPath(crypto, 'lift', said))).toEqual({
            kind: 'record',
            type: 'lift',
            said,
          });
        },
      ),
    );
  });

  const good = eventPath(crypto, AID, 64, 'ixn', SAID);
  const [, h1 = ''] = good.split('/');
  const wrongDigit = h1 === '0' ? '1' : '0';
  test.each([
    ['', ''],
    ['a leading slash', `/${good}`],
    ['a trailing slash', `${good}/`],
    ['another suffix', good.replace('.cesr', '.CESR')],
    ['a suffix more', `${good}.cesr`],
    ['a line feed at the end', `${good}\n`],
    ['another event type', good.replace('-ixn-', '-dlg-')],
    ['a status event of an AID', good.replace('-ixn-', '-iss-')],
    ['a key event of a registry', good.replace('kel/', 'tel/')],
    ['an ordinal of seven digits', good.replace('00000040', '0000040')],
    [
      'an ordinal in capitals',
      eventPath(crypto, AID, 0xab, 'ixn', SAID).replace('000000ab', '000000AB'),
    ],
    ['the letter of another length', good.replace('/b/01/', '/a/')],
    ['a group too many', good.replace('/b/01/', '/c/00/01/')],
    ['another group', good.replace('/b/01/', '/b/02/')],
    ['another hash digit', good.replace(`kel/${h1}/`, `kel/${wrongDigit}/`)],
    ['a hash digit in capitals', good.replace(`kel/${h1}/`, `kel/${h1.toUpperCase()}/`)],
    ['a level less', good.replace(`kel/${h1}/`, 'kel/')],
    ['a level more', good.replace('kel/', 'kel/0/')],
    ['an empty level', good.replace('kel/', 'kel//')],
    ['dots', good.replace('kel/', 'kel/../kel/')],
    ['another root', good.replace('kel/', 'Kel/')],
    ['another AID', good.replace(AID, digestOf('somebody else'))],
    ['gitkel.json elsewhere', 'kel/gitkel.json'],
    ['gitkel.json in capitals', 'GITKEL.json'],
    ['.gitattributes', '.gitattributes'],
    ['.git', '.git/config'],
    ['a record', `records/release/${h1}/${SAID}.json`],
    ['a NUL', good.replace('/b/', '/b\0/')],
  ])('parsePath() refuses %s', (_, path) => {
    expect(path).not.toBe(good);
    expect(parsePath(crypto, path)).toBeUndefined();
  });

  test('parsePath() accepts only what eventPath() writes', () => {
    fc.assert(
      fc.property(
        ordinal,
        type,
        fc.nat(),
        fc.constantFrom(...Array.from('/0123456789abcdefAE-_.k')),
        (number, kind, at, letter) => {
          const path = eventPath(crypto, AID, number, kind, SAID);
          const place = at % path.length;
          const changed = path.slice(0, place) + letter + path.slice(place + 1);
          const read = parsePath(crypto, changed);
          if (read?.kind === 'event')
            expect(eventPath(crypto, read.aid, read.ordinal, read.type, read.said)).toBe(changed);
          else expect(read).toBeUndefined();
        },
      ),
    );
  });
});

describe('the fan-out of every directory', () => {
  test('is at most 64 for 100,000 files of one AID', () => {
    const paths = Array.from({ length: 100_000 }, (_, number) =>
      eventPath(crypto, AID, number, 'ixn', SAID),
    );
    expect(new Set(paths).size).toBe(100_000);
    expect(widest(paths)).toBe(64);
  });

  test('is at most 64 around the largest ordinals', () => {
    const numbers = Array.from({ length: 10_000 }, (_, number) => 0xff_ff_ff_ff - number);
    expect(widest(numbers.map((number) => eventPath(crypto, AID, number, 'rot', SAID)))).toBe(64);
  });

  test('is at most 64 for 100,000 AIDs, of which each level takes hex digits', () => {
    const paths = Array.from({ length: 100_000 }, (_, number) =>
      eventPath(crypto, digestOf(`aid ${number}`), 0, 'icp', SAID),
    );
    const byDepth = [0, 0, 0, 0, 0];
    for (const [directory, { size }] of entriesOf(
      paths.map((path) => path.split('/').slice(0, 5).join('/')),
    )) {
      const depth = directory === '' ? 0 : directory.split('/').length;
      byDepth[depth] = Math.max(byDepth[depth] ?? 0, size);
    }
    const [root, kel, first, second, aids = 0] = byDepth;
    expect([root, kel, first, second]).toEqual([1, 16, 16, 16]);
    expect(aids).toBeLessThanOrEqual(64);
  });
});

describe('refs', () => {
  const KEY = encodePrimitive({ code: 'D', raw: new Uint8Array(32).fill(0xab) });
  const [batch, key, digest] = [refHex(SAID), 'ab'.repeat(32), refHex(AID)];

  test('requestRef() and contributionRef() are lower-case hex, read back by parseBatchRef()', () => {
    expect(requestRef(SAID)).toBe(`${batchRefs(SAID)}request`);
    expect(parseBatchRef(requestRef(SAID))).toEqual({ kind: 'request', batch });
    expect(contributionRef(SAID, KEY, AID)).toBe(`refs/gitkel/batch/${batch}/${key}-${digest}`);
    expect(parseBatchRef(contributionRef(SAID, KEY, AID))).toEqual({
      kind: 'contribution',
      batch,
      signer: key,
      digest,
    });
  });

  test.each([
    'refs/heads/main',
    BATCH_REFS,
    `${BATCH_REFS}request`,
    `${BATCH_REFS}${batch}`,
    `${BATCH_REFS}${batch}/`,
    `${BATCH_REFS}${batch}/other`,
    `${BATCH_REFS}${batch}/request/x`,
    `${BATCH_REFS}${batch.slice(1)}/request`,
    `${BATCH_REFS}${batch.toUpperCase()}/request`,
    `${BATCH_REFS}${batch}/${key}`,
    `${BATCH_REFS}${batch}/${key}-`,
    `${BATCH_REFS}${batch}/${key}-${digest}0`,
    `refs/gitkel/other/${batch}/request`,
  ])('parseBatchRef() says nothing about %s', (ref) => {
    expect(parseBatchRef(ref)).toBeUndefined();
  });

  test('refHex() refuses what has not 32 bytes', async () => {
    expect(
      await reasonOf(() => refHex(encodePrimitive({ code: '0A', raw: new Uint8Array(16) }))),
    ).toBe('batch-ref');
    expect(
      await reasonOf(() => refHex(encodePrimitive({ code: '0B', raw: new Uint8Array(64) }))),
    ).toBe('batch-ref');
  });

  test('branchOf() gives the branch back, slashes included', () => {
    for (const branch of ['main', 'gitkel', 'team/log', 'refs/heads/odd']) {
      expect(branchOf(branchRef(branch))).toBe(branch);
      expect(branchOf(remoteBranchRef(branch))).toBe(branch);
    }
  });
});
