import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { matchesDigest } from '../../src/cesr/digest.ts';
import { decodePrimitive } from '../../src/cesr/primitive.ts';
import { encodeCard } from '../../src/keys/card.ts';
import { findSigner, hasKey } from '../../src/keys/find-signer.ts';
import {
  adoptRotation,
  createKey,
  listKeys,
  nextKey,
  pendingRotation,
  showKey,
} from '../../src/keys/keystore.ts';
import { readKeyFile, writeKeyFile } from '../../src/keys/key-file.ts';
import type { Home } from '../../src/keys/home.ts';
import { signerContract } from '../contract/signer.ts';
import {
  GROUNDS,
  errorOf,
  freshHome,
  inMemory,
  readText,
  secondHome,
  systemError,
  watched,
  writeText,
} from './homes.ts';

const PLAIN = { passphrase: undefined };
const WEAK = { passphrase: 'correct horse', workFactor: 2 };

function ask(passphrase: string): {
  readonly unlock: (label: string) => Promise<string>;
  readonly asked: string[];
} {
  const asked: string[] = [];
  return {
    asked,
    unlock: async (label) => {
      asked.push(label);
      return passphrase;
    },
  };
}

async function unasked(): Promise<string> {
  throw new Error('a passphrase was asked for');
}

async function signs(
  home: Home,
  publicKey: string,
  unlock: (label: string) => Promise<string> = unasked,
): Promise<boolean> {
  const signer = await findSigner(home, publicKey, unlock);
  if (signer === undefined) return false;
  expect(signer.publicKey).toBe(publicKey);
  const message = utf8('an event');
  const { raw } = decodePrimitive(publicKey);
  return home.host.crypto.verify(raw, message, await signer.sign(message));
}

describe('findSigner() of a plain key', () => {
  signerContract('findSigner()', async () => {
    const home = freshHome(inMemory());
    const { publicKey } = await createKey(home, 'alice', PLAIN);
    const signer = await findSigner(home, publicKey, unasked);
    if (signer === undefined) throw new Error('the key was not found');
    return { signer, crypto: home.host.crypto };
  });
});

describe.each(GROUNDS)('the keystore on %s', (_, ground) => {
  test('createKey() makes a current key and its next key, each in a private file of its own', async () => {
    const home = freshHome(ground());
    const card = await createKey(home, 'alice', PLAIN);
    const [current, next] = listKeys(home);
    expect(card).toEqual(showKey(home, 'alice'));
    expect(card).toMatchObject({ kind: 'inception', name: 'alice', publicKey: current?.publicKey });
    expect(current).toMatchObject({ name: 'alice', label: 'current', directory: undefined });
    expect(next?.label).toBe('next');
    expect(current?.path).toBe(`${home.dir}/keys/${current?.publicKey}.json`);
    expect(next?.path).toBe(`${home.dir}/next/${next?.publicKey}.json`);
    for (const entry of [current, next]) {
      expect(home.host.fs.statSync(entry?.path ?? '').mode & 0o777).toBe(0o600);
    }
    const text = utf8(next?.publicKey ?? '');
    expect(matchesDigest(home.host.crypto, text, card.nextDigest)).toBe(true);
  });

  test('createKey() keeps no seed in clear under a passphrase, nor in any card', async () => {
    const home = freshHome(ground());
    const card = await createKey(home, 'alice', WEAK);
    for (const { path } of listKeys(home)) {
      const value: unknown = JSON.parse(readText(home, path ?? ''));
      expect(value).toMatchObject({ format: 'gitkel-key/1', name: 'alice', workFactor: 2 });
      expect(value).not.toHaveProperty('seed');
      expect(value).toHaveProperty(
        'age',
        expect.stringMatching(/^-----BEGIN AGE ENCRYPTED FILE-----\n/),
      );
    }
    expect(Object.keys(JSON.parse(new TextDecoder().decode(encodeCard(card)))).toSorted()).toEqual([
      'format',
      'kind',
      'name',
      'nextDigest',
      'publicKey',
    ]);
  });

  test('createKey() refuses a name that is taken in any case, and leaves no file behind', async () => {
    const home = freshHome(ground());
    await createKey(home, 'alice', PLAIN);
    const error = await errorOf(() => createKey(home, 'Alice', PLAIN));
    expect(error).toMatchObject({ code: 'usage', reason: 'name-taken' });
    const both = await Promise.all(
      [1, 2].map((i) => errorOf(() => createKey(i === 1 ? home : secondHome(home), 'bob', WEAK))),
    );
    expect(both.filter((found) => found === undefined)).toHaveLength(1);
    expect(both.find((found) => found !== undefined)).toMatchObject({ reason: 'name-taken' });
    expect(home.host.fs.readdirSync(`${home.dir}/keys`)).toHaveLength(2);
    expect(home.host.fs.readdirSync(`${home.dir}/next`)).toHaveLength(2);
  });

  test('createKey() works where there are no hard links, and writes over no file there', async () => {
    const home = freshHome(ground());
    const renamed: string[] = [];
    const host = watched(home.host, (name, [from, to]) => {
      if (name === 'linkSync' && String(from).includes('/tmp_')) throw systemError('EPERM');
      if (name === 'renameSync' && String(from).includes('/tmp_')) renamed.push(String(to));
    });
    const { publicKey } = await createKey({ host, dir: home.dir }, 'alice', PLAIN);
    expect(await signs(home, publicKey)).toBe(true);
    expect(renamed).toContain(`${home.dir}/keys/${publicKey}.json`);
    for (const folder of ['keys', 'next'])
      expect(home.host.fs.readdirSync(`${home.dir}/${folder}`)).toHaveLength(1);
    const file = readKeyFile(host, `${home.dir}/keys`, publicKey);
    if (file === undefined) throw new Error('the key file is not there');
    const again = await errorOf(() => writeKeyFile(host, `${home.dir}/keys`, file));
    expect(again).toMatchObject({ code: 'environment' });
    expect(home.host.fs.readdirSync(`${home.dir}/keys`)).toEqual([`${publicKey}.json`]);
  });

  test.each(['', '.hidden', '-x', 'a/b', '..', 'a b', 'x'.repeat(65), 'é', 'a\n'])(
    'createKey() refuses the name %j',
    async (name) => {
      const home = freshHome(ground());
      expect(await errorOf(() => createKey(home, name, PLAIN))).toMatchObject({
        code: 'usage',
        reason: 'name',
      });
    },
  );

  test('createKey() refuses an empty passphrase and a work factor out of bounds', async () => {
    const home = freshHome(ground());
    const empty = await errorOf(() => createKey(home, 'alice', { passphrase: '' }));
    expect(empty).toMatchObject({ code: 'usage', reason: 'passphrase' });
    for (const workFactor of [0, 21, 1.5, Number.NaN]) {
      const error = await errorOf(() => createKey(home, 'alice', { passphrase: 'x', workFactor }));
      expect(error).toMatchObject({ code: 'usage' });
    }
    expect(listKeys(home)).toEqual([]);
  });

  test('findSigner() asks once for a key and signs with it', async () => {
    const home = freshHome(ground());
    const { publicKey } = await createKey(home, 'alice', WEAK);
    const again = secondHome(home);
    const { asked, unlock } = ask('correct horse');
    const found = await Promise.all([
      signs(again, publicKey, unlock),
      signs(again, publicKey, unlock),
    ]);
    expect(found).toEqual([true, true]);
    expect(await signs(again, publicKey, unasked)).toBe(true);
    expect(asked).toEqual([`alice (${publicKey.slice(0, 12)}...)`]);
    expect(await errorOf(() => findSigner(secondHome(home), publicKey, unasked))).toMatchObject({
      message: 'a passphrase was asked for',
    });
  });

  test('findSigner() refuses a wrong passphrase, and takes the right one afterwards', async () => {
    const home = freshHome(ground());
    const { publicKey } = await createKey(home, 'alice', WEAK);
    for (const wrong of ['', 'Correct horse', 'correct horse ']) {
      const error = await errorOf(() => findSigner(home, publicKey, ask(wrong).unlock));
      expect(error).toMatchObject({ code: 'refused', reason: 'passphrase' });
      expect(String(error)).not.toContain('horse');
    }
    expect(await signs(home, publicKey, ask('correct horse').unlock)).toBe(true);
  });

  test('findSigner() finds next and older keys and both forms of a key, hasKey() without unlocking', async () => {
    const home = freshHome(ground());
    const { publicKey } = await createKey(home, 'alice', PLAIN);
    const rotation = await nextKey(home, 'alice', PLAIN);
    await adoptRotation(home, [rotation.publicKey]);
    const keys = listKeys(home).map((entry) => entry.publicKey ?? '');
    expect(keys).toHaveLength(3);
    for (const key of [...keys, `B${publicKey.slice(1)}`]) {
      expect(await signs(home, key)).toBe(true);
      expect(hasKey(home, key)).toBe(true);
    }
    const stranger = await createKey(freshHome(ground(), 'other'), 'bob', PLAIN);
    expect(hasKey(home, stranger.publicKey)).toBe(false);
    expect(await findSigner(home, stranger.publicKey, unasked)).toBeUndefined();
  });

  test.each(['', 'D', 'x'.repeat(44), '../../etc/passwd', `A${'A'.repeat(43)}`])(
    'findSigner() takes %j for no key',
    async (text) => {
      const home = freshHome(ground());
      const expected = { code: 'malformed' };
      expect(await errorOf(() => findSigner(home, text, unasked))).toMatchObject(expected);
      expect(await errorOf(() => hasKey(home, text))).toMatchObject(expected);
    },
  );

  test('nextKey() returns the same card until the rotation was seen, then the following one', async () => {
    const home = freshHome(ground());
    const first = await createKey(home, 'alice', PLAIN);
    expect(pendingRotation(home, 'alice')).toBeUndefined();
    const card = await nextKey(home, 'alice', PLAIN);
    const [, next, following] = listKeys(home);
    expect(card).toMatchObject({
      kind: 'rotation',
      priorPublicKey: first.publicKey,
      name: 'alice',
    });
    expect(card.publicKey).toBe(next?.publicKey);
    expect(matchesDigest(home.host.crypto, utf8(card.publicKey), first.nextDigest)).toBe(true);
    expect(following?.label).toBe('following');
    expect(await nextKey(secondHome(home), 'alice', WEAK)).toEqual(card);
    expect(pendingRotation(home, 'alice')).toEqual(card);
    expect(listKeys(home)).toHaveLength(3);
    expect(showKey(home, 'alice')).toEqual(first);

    expect(await adoptRotation(home, [card.publicKey])).toEqual([
      { name: 'alice', publicKey: card.publicKey },
    ]);
    expect(showKey(home, 'alice')).toMatchObject({
      publicKey: card.publicKey,
      nextDigest: card.nextDigest,
    });
    const second = await nextKey(home, 'alice', PLAIN);
    expect(second).toMatchObject({
      priorPublicKey: card.publicKey,
      publicKey: following?.publicKey,
    });
    expect(matchesDigest(home.host.crypto, utf8(second.publicKey), card.nextDigest)).toBe(true);
  });

  test('nextKey() gives the card for an older key, where one identifier has not rotated yet', async () => {
    const home = freshHome(ground());
    const { publicKey } = await createKey(home, 'alice', PLAIN);
    const card = await nextKey(home, 'alice', PLAIN);
    await adoptRotation(home, [card.publicKey]);
    expect(await nextKey(home, 'alice', { ...PLAIN, replaces: publicKey })).toEqual(card);
    const unknown = { ...PLAIN, replaces: card.nextDigest };
    expect(await errorOf(() => nextKey(home, 'alice', unknown))).toMatchObject({
      code: 'not-found',
    });
  });

  test('nextKey() called twice at once makes one following key', async () => {
    const home = freshHome(ground());
    await createKey(home, 'alice', PLAIN);
    const [a, b] = await Promise.all([
      nextKey(home, 'alice', WEAK),
      nextKey(secondHome(home), 'alice', WEAK),
    ]);
    expect(a).toEqual(b);
    expect(listKeys(home)).toHaveLength(3);
    expect(home.host.fs.readdirSync(`${home.dir}/next`)).toHaveLength(2);
  });

  test('adoptRotation() never goes back, and moves what was next in the home to keys/', async () => {
    const home = freshHome(ground());
    const { publicKey } = await createKey(home, 'alice', PLAIN);
    const card = await nextKey(home, 'alice', PLAIN);
    expect(await adoptRotation(home, [])).toEqual([]);
    await adoptRotation(home, [card.publicKey, publicKey]);
    expect(await adoptRotation(home, [publicKey])).toEqual([]);
    expect(listKeys(home).map(({ label }) => label)).toEqual(['older', 'current', 'next']);
    expect(listKeys(home)[1]?.path).toBe(`${home.dir}/keys/${card.publicKey}.json`);
    expect(await signs(home, card.publicKey)).toBe(true);
  });

  test('showKey() and nextKey() go on after the last key was revealed', async () => {
    const home = freshHome(ground());
    await createKey(home, 'alice', PLAIN);
    const last = listKeys(home)[1]?.publicKey ?? '';
    await adoptRotation(home, [last]);
    expect(await errorOf(() => showKey(home, 'alice'))).toMatchObject({ reason: 'no-next-key' });
    expect(await nextKey(home, 'alice', PLAIN)).toMatchObject({ priorPublicKey: last });
    expect(showKey(home, 'alice').publicKey).toBe(last);
  });

  test('showKey() names what may have been meant', async () => {
    const home = freshHome(ground());
    await createKey(home, 'alice', PLAIN);
    const error = await errorOf(() => showKey(home, 'alise'));
    expect(error).toMatchObject({ code: 'not-found', hint: 'did you mean "alice"?' });
    const nothing = await errorOf(() => showKey(home, 'zzz'));
    expect(nothing).toMatchObject({ hint: expect.stringContaining('key list') });
  });
});

describe.each(GROUNDS)('next keys elsewhere on %s', (_, ground) => {
  test('createKey() puts the next key elsewhere, and it is found there again', async () => {
    const place = ground();
    const home = freshHome(place);
    const nextDirectory = `${place.root}/stick`;
    const card = await createKey(home, 'alice', { ...PLAIN, nextDirectory });
    expect(home.host.fs.readdirSync(`${home.dir}/next`)).toEqual([]);
    const [, next] = listKeys(secondHome(home));
    expect(next).toMatchObject({ directory: nextDirectory });
    expect(next?.path).toBe(`${nextDirectory}/${next?.publicKey}.json`);
    expect(await signs(home, next?.publicKey ?? '')).toBe(true);

    const rotation = await nextKey(home, 'alice', PLAIN);
    expect(listKeys(home)[2]).toMatchObject({ directory: nextDirectory });
    await adoptRotation(home, [rotation.publicKey]);
    expect(listKeys(home)[1]?.path).toBe(next?.path);
    expect(showKey(home, 'alice').publicKey).not.toBe(card.publicKey);
  });

  test('findSigner() says where a key is that is not there now; cards need it not', async () => {
    const place = ground();
    const home = freshHome(place);
    const nextDirectory = `${place.root}/stick`;
    const card = await createKey(home, 'alice', { ...PLAIN, nextDirectory });
    const next = listKeys(home)[1]?.publicKey ?? '';
    home.host.fs.renameSync(nextDirectory, `${place.root}/gone`);
    expect(showKey(home, 'alice')).toEqual(card);
    expect(listKeys(home)[1]).toMatchObject({ path: undefined, directory: nextDirectory });
    expect(hasKey(home, next)).toBe(true);
    const error = await errorOf(() => findSigner(home, next, unasked));
    expect(error).toMatchObject({ code: 'not-found', reason: 'key-elsewhere' });
    expect(String(error)).toContain(nextDirectory);
    home.host.fs.renameSync(`${place.root}/gone/${next}.json`, `${home.dir}/keys/${next}.json`);
    expect(await signs(home, next)).toBe(true);
  });

  test('createKey() refuses a directory that is relative or whose medium is not there', async () => {
    const place = ground();
    const home = freshHome(place);
    for (const [nextDirectory, expected] of [
      ['stick', { code: 'usage' }],
      [`${place.root}/media/stick`, { code: 'environment', reason: 'key-elsewhere' }],
    ] as const) {
      const error = await errorOf(() => createKey(home, 'alice', { ...PLAIN, nextDirectory }));
      expect(error).toMatchObject(expected);
    }
    expect(home.host.fs.readdirSync(`${home.dir}/keys`)).toEqual([]);
  });
});

describe.each(GROUNDS)('key files on %s', (_, ground) => {
  async function keyFile(): Promise<{ home: Home; publicKey: string; path: string; text: string }> {
    const home = freshHome(ground());
    const { publicKey } = await createKey(home, 'alice', PLAIN);
    const path = `${home.dir}/keys/${publicKey}.json`;
    return { home, publicKey, path, text: readText(home, path) };
  }

  test('findSigner() refuses a key file that others can read', async () => {
    const { home, publicKey, path } = await keyFile();
    home.host.fs.chmodSync(path, 0o640);
    const error = await errorOf(() => findSigner(home, publicKey, unasked));
    expect(error).toMatchObject({ reason: 'home-permissions', hint: `chmod 0600 ${path}` });
    expect(String(error)).toContain('0640');
  });

  test('findSigner() refuses a seed of another key', async () => {
    const { home, publicKey, path, text } = await keyFile();
    await createKey(home, 'bob', PLAIN);
    const bob = listKeys(home).find(({ name }) => name === 'bob');
    const seed = /"seed":"(A[^"]*)"/.exec(readText(home, bob?.path ?? ''))?.[1] ?? '';
    writeText(home, path, text.replace(/"seed":"A[^"]*"/, `"seed":"${seed}"`));
    const error = await errorOf(() => findSigner(home, publicKey, unasked));
    expect(error).toMatchObject({ code: 'malformed', reason: 'key-mismatch' });
    expect(String(error)).not.toContain(seed);
  });

  test('findSigner() refuses a file under the name of another key', async () => {
    const { home, publicKey, path } = await keyFile();
    const [, next] = listKeys(home);
    writeText(home, path, readText(home, next?.path ?? ''));
    const error = await errorOf(() => findSigner(home, publicKey, unasked));
    expect(error).toMatchObject({ code: 'malformed', reason: 'key-mismatch' });
  });

  test.each([
    ['a cut', (text: string) => text.slice(0, 60)],
    ['an empty file', () => ''],
    ['white space', (text: string) => text.replace(',', ', ')],
    ['another format', (text: string) => text.replace('key/1', 'key/2')],
    ['an unknown field', (text: string) => text.replace('"name"', '"label":"x","name"')],
    ['no secret', (text: string) => text.replace(/,"seed":"[^"]*"/, '')],
    ['a public key as seed', (text: string) => text.replace('"seed":"A', '"seed":"D')],
    [
      'a seed of a bad character',
      (text: string) => text.replace('"seed":"A', '"seed":"A!').replace(/."}/, '"}'),
    ],
    ['a bad name', (text: string) => text.replace('"alice"', '"/"')],
    ['a work factor beside a plain seed', (text: string) => text.replace('}', ',"workFactor":2}')],
  ])('findSigner() refuses %s', async (__, change) => {
    const { home, publicKey, path, text } = await keyFile();
    writeText(home, path, change(text));
    const error = await errorOf(() => findSigner(home, publicKey, unasked));
    expect(error).toMatchObject({ code: 'malformed' });
  });

  test.each([
    ['no age file', 'workFactor', /"age":"[^"]*"/, '"age":"secret"'],
    ['another work factor than was recorded', 'work factor', '"workFactor":2', '"workFactor":3'],
    ['a work factor out of bounds', 'work factor', '"workFactor":2', '"workFactor":40'],
  ])('findSigner() refuses %s under a passphrase', async (__, ___, from, to) => {
    const home = freshHome(ground());
    const { publicKey } = await createKey(home, 'alice', WEAK);
    const path = `${home.dir}/keys/${publicKey}.json`;
    writeText(home, path, readText(home, path).replace(from, to));
    const error = await errorOf(() => findSigner(home, publicKey, ask('correct horse').unlock));
    expect(error).toMatchObject({ code: 'malformed' });
  });

  test('findSigner() refuses a seed that is not under a passphrase but for a recipient', async () => {
    const { armor, Encrypter, generateX25519Identity, identityToRecipient } =
      await import('age-encryption');
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(await generateX25519Identity()));
    const age = JSON.stringify(armor.encode(await encrypter.encrypt('x')));
    const home = freshHome(ground());
    const { publicKey } = await createKey(home, 'alice', WEAK);
    const path = `${home.dir}/keys/${publicKey}.json`;
    writeText(
      home,
      path,
      readText(home, path).replace(/"age":"[^"]*"/, () => `"age":${age}`),
    );
    const error = await errorOf(() => findSigner(home, publicKey, ask('correct horse').unlock));
    expect(error).toMatchObject({ code: 'malformed', reason: 'age' });
  });

  test.each([
    ['another format', (text: string) => text.replace('lineage/1', 'lineage/2')],
    [
      'a current key that is not there',
      (text: string) => text.replace('"current":0', '"current":2'),
    ],
    ['another name', (text: string) => text.replace('"alice"', '"bob"')],
    ['a key that is none', (text: string) => text.replace('"publicKey":"D', '"publicKey":"E')],
  ])('showKey() refuses a lineage with %s', async (__, change) => {
    const { home } = await keyFile();
    const path = `${home.dir}/lineages/alice.json`;
    writeText(home, path, change(readText(home, path)));
    expect(await errorOf(() => showKey(home, 'alice'))).toMatchObject({ code: 'malformed' });
  });

  test('adoptRotation() leaves a next key where it is when next/ is another file system', async () => {
    const place = ground();
    const plain = freshHome(place);
    await createKey(plain, 'alice', PLAIN);
    const next = listKeys(plain)[1]?.publicKey ?? '';
    const moving = (code: string): Home => ({
      dir: plain.dir,
      host: watched(place.host, (name, args) => {
        if (name === 'renameSync' && String(args[0]).includes('/next/')) throw systemError(code);
      }),
    });
    expect(await errorOf(() => adoptRotation(moving('EACCES'), [next]))).toMatchObject({
      code: 'environment',
      reason: 'eacces',
    });
    expect(showKey(plain, 'alice').publicKey).not.toBe(next);
    await adoptRotation(moving('EXDEV'), [next]);
    expect(listKeys(plain)[1]).toMatchObject({
      label: 'current',
      path: `${plain.dir}/next/${next}.json`,
    });
    expect(await signs(plain, next)).toBe(true);
  });

  test('createKey() can be tried again after any call to the disk failed', async () => {
    const changes = /^(open|write|fsync|rename|link|unlink|mkdir)Sync$/;
    let points = 0;
    for (let failed = false; points === 0 || failed; points++) {
      const place = inMemory();
      const home = freshHome(place);
      let left = points;
      failed = false;
      const host = watched(place.host, (name) => {
        if (!changes.test(name) || left-- !== 0) return;
        failed = true;
        throw systemError('EIO');
      });
      const error = await errorOf(() => createKey({ host, dir: home.dir }, 'alice', PLAIN));
      const again = await errorOf(() => createKey(home, 'alice', PLAIN));
      // What was reported as made is there; what was not may be, whole.
      expect([undefined, 'name-taken']).toContain(again && Reflect.get(Object(again), 'reason'));
      expect(error !== undefined || again !== undefined).toBe(true);
      for (const { publicKey = '' } of listKeys(home))
        expect(await signs(home, publicKey)).toBe(true);
      expect(listKeys(home)).toHaveLength(2);
    }
    expect(points).toBeGreaterThan(20);
  });

  test('createKey() writes no key that the file system cannot keep private', async () => {
    const place = ground();
    const host = watched(place.host, (name, args) => {
      // As on a file system that gives every file the same mode.
      const path = String(args[0]);
      if (name === 'statSync' && path.includes('/stick/')) place.host.fs.chmodSync(path, 0o644);
    });
    const home = freshHome({ host, root: place.root });
    const nextDirectory = `${place.root}/stick`;
    const error = await errorOf(() => createKey(home, 'alice', { ...PLAIN, nextDirectory }));
    expect(error).toMatchObject({ code: 'environment', reason: 'home-permissions' });
    expect(place.host.fs.readdirSync(nextDirectory)).toEqual([]);
    expect(listKeys(home)).toEqual([]);
  });
});
