/** Bundles and packs without index: what stock git makes is read, anything else is refused. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex, utf8 } from '../../src/base/bytes.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { encodeBundle, parseBundle } from '../../src/git/bundle.ts';
import { indexPack } from '../../src/git/index-pack.ts';
import { objectId } from '../../src/git/object.ts';
import { decodeIndex } from '../../src/git/pack-index.ts';
import { encodePack, withChecksum } from '../../src/git/pack-writer.ts';
import { bundleOf } from '../../src/git/pack-history.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { openRepository } from '../../src/git/repository.ts';
import { LIMITS } from '../../src/index.ts';
import { nodeHost } from '../../src/host/node.ts';
import { reasonThrown as reasonOf } from '../support/thrown.ts';
import { git, temporaryDirectory } from './support.ts';

const OID = 'a'.repeat(40);
const PACK = encodePack(nativeCrypto, [{ type: 'blob', bytes: utf8('hello') }]).pack;

/** A repository in which one file grows, so that git stores differences. */
function growing(): string {
  const dir = temporaryDirectory();
  git(dir, ['init', '-q', '-b', 'main']);
  let text = randomBytes(3_000).toString('hex');
  for (let n = 0; n < 12; n++) {
    text += `line ${n}\n${randomBytes(20).toString('hex')}`;
    writeFileSync(join(dir, 'file'), text);
    git(dir, ['add', 'file']);
    git(dir, ['commit', '-q', '-m', `${n}`]);
  }
  return dir;
}

describe('parseBundle()', () => {
  const header = (lines: string): Uint8Array => concat(utf8(`# v2 git bundle\n${lines}`), PACK);

  test('reads refs, HEAD and the pack', () => {
    const bundle = parseBundle(encodeBundle('refs/heads/main', OID, PACK));
    expect(bundle).toEqual({ refs: new Map([['refs/heads/main', OID]]), head: OID, pack: PACK });
    // Of a clone whose HEAD is a commit.
    const detached = parseBundle(encodeBundle('HEAD', OID, PACK));
    expect(detached).toEqual({ refs: new Map(), head: OID, pack: PACK });
  });

  test.each([
    ['another version', utf8('# v3 git bundle\n@object-format=sha1\n\n'), 'bundle-version'],
    ['prerequisites', header(`-${OID} before\n${OID} refs/heads/main\n\n`), 'bundle-prerequisites'],
    ['no refs', header('\n'), 'bundle-header'],
    ['a name that is none', header(`${OID} refs/heads/a..b\n\n`), 'bundle-header'],
    ['an id that is none', header(`${'A'.repeat(40)} refs/heads/a\n\n`), 'bundle-header'],
    ['a ref twice', header(`${OID} refs/heads/a\n${OID} refs/heads/a\n\n`), 'bundle-header'],
    ['no end', utf8(`# v2 git bundle\n${OID} refs/heads/a`), 'bundle-cut-off'],
    ['a carriage return', header(`${OID} refs/heads/a\r\n\n`), 'bundle-header'],
    [
      'more refs than are read',
      header(
        `${Array.from({ length: LIMITS.bundleRefs + 1 }, (_, n) => `${OID} refs/heads/${n}\n`).join('')}\n`,
      ),
      'bundle-header',
    ],
    [
      'a longer header than is read',
      concat(utf8('# v2 git bundle\n'), new Uint8Array(LIMITS.bundleHeaderBytes + 1).fill(0x61)),
      'bundle-header',
    ],
  ])('refuses %s', (_, bytes, reason) => {
    expect(reasonOf(() => parseBundle(bytes))).toBe(reason);
  });
});

describe('indexPack()', () => {
  test('makes the index that stock git makes, whichever way differences name their base', () => {
    const dir = growing();
    for (const base of [['--delta-base-offset'], []]) {
      const name = git(dir, ['pack-objects', '-q', '--all', ...base, 'made'], '');
      const pack = new Uint8Array(readFileSync(join(dir, `made-${name}.pack`)));
      const index = new Uint8Array(readFileSync(join(dir, `made-${name}.idx`)));
      expect(toHex(indexPack(nativeCrypto, pack))).toBe(toHex(index));
      expect(git(dir, ['verify-pack', '-v', `made-${name}.idx`])).toContain('chain length');
    }
  });

  test('refuses a pack in which bases are missing', () => {
    const dir = growing();
    git(dir, ['bundle', 'create', 'thin.bundle', 'HEAD~2..main']);
    const thin = new Uint8Array(readFileSync(join(dir, 'thin.bundle')));
    expect(reasonOf(() => parseBundle(thin))).toBe('bundle-prerequisites');
    const { pack } = parseBundle(
      concat(
        utf8(`# v2 git bundle\n${OID} refs/heads/main\n\n`),
        thin.subarray(Buffer.from(thin).indexOf('PACK')),
      ),
    );
    expect(reasonOf(() => indexPack(nativeCrypto, pack))).toBe('pack-incomplete');
  });

  const whole = PACK.subarray(0, PACK.length - 20);
  const sealed = (bytes: Uint8Array): Uint8Array => withChecksum(nativeCrypto, bytes);
  /** The pack with one byte of its header or of its only object changed. */
  const changed = (at: number, byte: number): Uint8Array =>
    sealed(whole.map((value, index) => (index === at ? byte : value)));

  test.each([
    ['nothing', new Uint8Array()],
    ['a wrong checksum', PACK.map((value, index) => (index === 15 ? value ^ 1 : value))],
    ['another version', changed(7, 3)],
    ['fewer objects than it says', changed(11, 2)],
    ['more bytes than it says', sealed(concat(whole, Uint8Array.of(0)))],
    ['a type that is none', changed(12, 0x55)],
    [
      'a size that never ends',
      sealed(concat(whole.subarray(0, 12), new Uint8Array(12).fill(0xff))),
    ],
    ['a size that is another one', changed(12, 0x36)],
    [
      'a base before its beginning',
      sealed(concat(whole.subarray(0, 12), Uint8Array.of(0x65, 0x7f), whole.subarray(13))),
    ],
    [
      'a base that is itself',
      sealed(concat(whole.subarray(0, 12), Uint8Array.of(0x65, 0x00), whole.subarray(13))),
    ],
  ])('refuses %s', (_, bytes) => {
    expect(reasonOf(() => indexPack(nativeCrypto, bytes))).toBe('pack-damaged');
  });

  test('looks at each difference once, also where all stand before what they build on', () => {
    const most = 20_000;
    const texts = Array.from({ length: most }, (_, n) => utf8(String(n).padStart(8, '0')));
    const ids = texts.map((text) => fromHex(objectId(nativeCrypto, 'blob', text)));
    const entries = texts.map((text, n) => {
      const base = ids[n - 1];
      if (base === undefined) return concat(Uint8Array.of(0x38), deflateSync(text));
      // A difference of 11 bytes, by id: both sizes, and eight bytes that are new.
      const delta = deflateSync(concat(Uint8Array.of(8, 8, 8), text), { level: 0 });
      return concat(Uint8Array.of(0x7b), base, delta);
    });
    const head = concat(whole.subarray(0, 8), Uint8Array.of(0, 0, most >> 8, most & 0xff));
    const index = indexPack(nativeCrypto, sealed(concat(head, ...entries.toReversed())));
    expect(index.length).toBe(1_072 + 28 * most);
  }, 30_000);

  test('takes random changes of a pack apart as far as that goes', () => {
    const dir = growing();
    const name = git(dir, ['pack-objects', '-q', '--all', '--delta-base-offset', 'made'], '');
    const pack = new Uint8Array(readFileSync(join(dir, `made-${name}.pack`)));
    const body = pack.subarray(0, pack.length - 20);
    const listed = decodeIndex(indexPack(nativeCrypto, pack))?.length;
    for (let n = 0; n < 60; n++) {
      const other = Uint8Array.from(body);
      other[12 + ((n * 7_919) % (body.length - 12))] = (n * 37) & 0xff;
      const step = (): unknown => decodeIndex(indexPack(nativeCrypto, sealed(other)))?.length;
      try {
        expect(step()).toBe(listed);
      } catch {
        expect(['pack-damaged', 'pack-incomplete']).toContain(reasonOf(step));
      }
    }
  });
});

test('bundleOf() makes a bundle that stock git clones, with all that the branch reaches and nothing else', () => {
  const dir = growing();
  git(dir, ['checkout', '-q', '-b', 'other']);
  writeFileSync(join(dir, 'secret'), 'of another branch');
  git(dir, ['add', 'secret']);
  git(dir, ['commit', '-q', '-m', 'secret']);
  const host = nodeHost();
  const store = new ObjectStore(host, openRepository(host, dir, { hostile: true }));
  const tip = git(dir, ['rev-parse', 'main']);
  const bytes = bundleOf(host.crypto, store, 'refs/heads/main', tip);
  store.close();
  const file = join(dir, 'made.bundle');
  writeFileSync(file, bytes);
  git(dir, ['clone', '-q', '--bare', file, 'copy.git']);
  const copy = join(dir, 'copy.git');
  expect(git(copy, ['rev-parse', 'HEAD'])).toBe(tip);
  expect(git(copy, ['fsck', '--strict', '--full'])).toBe('');
  const reached = git(dir, ['rev-list', '--objects', 'main']).split('\n').length;
  expect(decodeIndex(indexPack(nativeCrypto, parseBundle(bytes).pack))).toHaveLength(reached);
});
