import { describe, expect, test, vi } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { backUpKeys, restoreKeys } from '../../src/keys/backup.ts';
import { encodeBackup, openBackup } from '../../src/keys/backup-file.ts';
import { addExternalKey } from '../../src/keys/external-keys.ts';
import { findSigner, hasKey } from '../../src/keys/find-signer.ts';
import type { Home } from '../../src/keys/home.ts';
import { nextDigestOf } from '../../src/keys/key-text.ts';
import {
  adoptRotation,
  createKey,
  listKeys,
  nextKey,
  pendingRotation,
  showKey,
} from '../../src/keys/keystore.ts';
import { encryptText } from '../../src/keys/seed-encryption.ts';
import {
  errorOf,
  freshHome,
  GROUNDS,
  inMemory,
  readText,
  secondHome,
  systemError,
  watched,
} from './homes.ts';

vi.setConfig({ testTimeout: 60_000 });

const KEYS = { passphrase: 'correct horse', workFactor: 2 };
const BACKUP = { passphrase: 'paper in a drawer', workFactor: 2 };
const WEAK = { workFactor: 2 };

const give = (passphrase: string) => async (): Promise<string> => passphrase;
const open = give(BACKUP.passphrase);

async function unasked(): Promise<string> {
  throw new Error('a passphrase was asked for');
}

function publicKeys(home: Home): readonly string[] {
  return listKeys(home).map(({ publicKey = '' }) => publicKey);
}

async function sign(
  home: Home,
  publicKey: string,
  passphrase: string,
): Promise<Uint8Array | undefined> {
  const signer = await findSigner(secondHome(home), publicKey, give(passphrase));
  return signer?.sign(utf8('an event'));
}

describe.each(GROUNDS)('backups on %s', (_, ground) => {
  test('backUpKeys() and restoreKeys() carry all keys of a name into an empty home', async () => {
    const place = ground();
    const home = freshHome(place);
    await createKey(home, 'alice', { ...KEYS, nextDirectory: `${place.root}/stick` });
    const { publicKey } = await nextKey(home, 'alice', KEYS);
    await adoptRotation(home, [publicKey]);
    await createKey(home, 'bob', KEYS);
    const made = await backUpKeys(home, 'alice', give(KEYS.passphrase), BACKUP);
    const own = publicKeys(home).slice(0, 3);
    expect(made.holds).toEqual(own);

    const fresh = freshHome(place, 'fresh');
    expect(await restoreKeys(fresh, made.bytes, open, WEAK)).toEqual({
      name: 'alice',
      written: own,
      kept: [],
      without: [],
    });
    expect(publicKeys(fresh)).toEqual(own);
    expect(listKeys(fresh).map(({ label }) => label)).toEqual(['older', 'current', 'next']);
    expect(showKey(fresh, 'alice')).toEqual(showKey(home, 'alice'));
    expect(listKeys(fresh).map(({ path }) => path)).toEqual([
      `${fresh.dir}/keys/${own[0]}.json`,
      `${fresh.dir}/keys/${own[1]}.json`,
      `${fresh.dir}/next/${own[2]}.json`,
    ]);
    for (const key of own) {
      expect(await sign(fresh, key, BACKUP.passphrase)).toEqual(
        await sign(home, key, KEYS.passphrase),
      );
      expect(home.host.fs.statSync(`${listKeys(fresh)[0]?.path}`).mode & 0o777).toBe(0o600);
    }
  });

  test('a backup of the next key only: its home can rotate, and signs with nothing else', async () => {
    const place = ground();
    const home = freshHome(place);
    await createKey(home, 'alice', { passphrase: undefined });
    const [current = '', next = ''] = publicKeys(home);
    const made = await backUpKeys(home, 'alice', unasked, { ...BACKUP, nextOnly: true });
    expect(made.holds).toEqual([next]);
    const document = await openBackup(crypto, made.bytes, open);
    expect(document.keys.map(({ seed }) => seed?.length)).toEqual([undefined, 32]);

    const fresh = freshHome(place, 'fresh');
    const restored = await restoreKeys(fresh, made.bytes, open, { ...WEAK, protection: 'plain' });
    expect(restored).toEqual({ name: 'alice', written: [next], kept: [], without: [current] });
    expect(hasKey(fresh, current)).toBe(false);
    expect(listKeys(fresh).map(({ kind, label }) => [kind, label])).toEqual([
      ['elsewhere', 'current'],
      ['file', 'next'],
    ]);
    expect(pendingRotation(fresh, 'alice')).toBeUndefined();
    const card = await nextKey(fresh, 'alice', { passphrase: undefined });
    expect(card).toMatchObject({ priorPublicKey: current, publicKey: next });
    expect(await findSigner(fresh, next, unasked)).toBeDefined();
  });

  test('restoreKeys() adds what is missing in a home that has the name, and replaces nothing', async () => {
    const place = ground();
    const home = freshHome(place);
    await createKey(home, 'alice', KEYS);
    const whole = await backUpKeys(home, 'alice', give(KEYS.passphrase), BACKUP);
    const nextOnly = await backUpKeys(home, 'alice', give(KEYS.passphrase), {
      ...BACKUP,
      nextOnly: true,
    });
    const [current = '', next = ''] = publicKeys(home);
    const texts = listKeys(home).map(({ path = '' }) => readText(home, path));
    const lineage = readText(home, `${home.dir}/lineages/alice.json`);
    expect(await restoreKeys(home, whole.bytes, open, WEAK)).toEqual({
      name: 'alice',
      written: [],
      kept: [current, next],
      without: [],
    });
    expect(listKeys(home).map(({ path = '' }) => readText(home, path))).toEqual(texts);
    expect(readText(home, `${home.dir}/lineages/alice.json`)).toBe(lineage);

    const fresh = freshHome(place, 'fresh');
    await restoreKeys(fresh, nextOnly.bytes, open, WEAK);
    expect(await restoreKeys(fresh, whole.bytes, open, WEAK)).toEqual({
      name: 'alice',
      written: [current],
      kept: [next],
      without: [],
    });
    expect(await sign(fresh, current, BACKUP.passphrase)).toBeDefined();

    // The home went on since the backup was made: nothing of that is taken back.
    await nextKey(home, 'alice', KEYS);
    await adoptRotation(home, [next]);
    const before = listKeys(home);
    home.host.fs.unlinkSync(before[0]?.path ?? '');
    expect(await restoreKeys(home, whole.bytes, open, WEAK)).toMatchObject({
      written: [current],
      kept: [next],
    });
    expect(listKeys(home)).toEqual(before);
  });

  test('restoreKeys() takes a newer backup into an older home', async () => {
    const place = ground();
    const home = freshHome(place);
    await createKey(home, 'alice', KEYS);
    const early = await backUpKeys(home, 'alice', give(KEYS.passphrase), BACKUP);
    const { publicKey } = await nextKey(home, 'alice', KEYS);
    await adoptRotation(home, [publicKey]);
    const late = await backUpKeys(home, 'alice', give(KEYS.passphrase), BACKUP);
    const fresh = freshHome(place, 'fresh');
    await restoreKeys(fresh, early.bytes, open, WEAK);
    expect(await restoreKeys(fresh, late.bytes, open, WEAK)).toMatchObject({
      written: publicKeys(home).slice(2),
    });
    expect(listKeys(fresh).map(({ publicKey: key, label }) => [key, label])).toEqual(
      listKeys(home).map(({ publicKey: key, label }) => [key, label]),
    );
  });

  test('restoreKeys() refuses a name that stands for other keys; another name is given with a flag', async () => {
    const place = ground();
    const home = freshHome(place);
    await createKey(home, 'alice', KEYS);
    const { bytes } = await backUpKeys(home, 'alice', give(KEYS.passphrase), BACKUP);
    for (const name of ['alice', 'ALICE']) {
      const other = freshHome(place, `other-${name}`);
      await createKey(other, name, { passphrase: undefined });
      const before = publicKeys(other);
      expect(await errorOf(() => restoreKeys(other, bytes, open, WEAK))).toMatchObject({
        code: 'refused',
        reason: 'other-keys',
      });
      expect(publicKeys(other)).toEqual(before);
      expect(await restoreKeys(other, bytes, open, { ...WEAK, name: 'old-alice' })).toMatchObject({
        name: 'old-alice',
        kept: [],
      });
      expect(other.host.fs.readdirSync(`${other.dir}/keys`)).toHaveLength(2);
    }
    expect(
      await errorOf(() => restoreKeys(home, bytes, open, { ...WEAK, name: '../x' })),
    ).toMatchObject({ code: 'usage', reason: 'name' });
  });

  test('restoreKeys() puts next keys where it is told, under the passphrase that it is told', async () => {
    const place = ground();
    const home = freshHome(place);
    await createKey(home, 'alice', KEYS);
    const { bytes, holds } = await backUpKeys(home, 'alice', give(KEYS.passphrase), BACKUP);
    const fresh = freshHome(place, 'fresh');
    const nextDirectory = `${place.root}/stick`;
    await restoreKeys(fresh, bytes, open, {
      ...WEAK,
      nextDirectory,
      protection: { passphrase: 'third' },
    });
    expect(listKeys(fresh)[1]).toMatchObject({
      directory: nextDirectory,
      path: `${nextDirectory}/${holds[1]}.json`,
    });
    for (const key of holds) expect(await sign(fresh, key, 'third')).toBeDefined();
    const error = await errorOf(() =>
      restoreKeys(freshHome(place, 'more'), bytes, open, { protection: { passphrase: '' } }),
    );
    expect(error).toMatchObject({ code: 'usage', reason: 'passphrase' });
  });

  test('keys of other programs are named in a backup, and never started from one', async () => {
    const place = ground();
    const home = freshHome(place);
    const spare = await createKey(home, 'spare', KEYS);
    const publicKey = encodePrimitive({
      code: 'D',
      raw: crypto.publicKey(new Uint8Array(32).fill(3)),
    });
    const external = { kind: 'command', command: ['sign', 'secret-argument'], seconds: 9 } as const;
    await addExternalKey(home, 'vault', { publicKey, external }, { digest: spare.nextDigest });
    expect(await errorOf(() => backUpKeys(home, 'vault', unasked, BACKUP))).toMatchObject({
      code: 'refused',
      reason: 'no-key-files',
    });
    await addExternalKey(home, 'other', { publicKey, external }, { publicKey: spare.publicKey });
    const made = await backUpKeys(home, 'other', give(KEYS.passphrase), BACKUP);
    expect(made.holds).toEqual([spare.publicKey]);
    const fresh = freshHome(place, 'fresh');
    await restoreKeys(fresh, made.bytes, open, WEAK);
    expect(listKeys(fresh).map(({ kind }) => kind)).toEqual(['elsewhere', 'file']);
    expect(readText(fresh, `${fresh.dir}/lineages/other.json`)).not.toContain('sign');
    // Into a home that knows the program, the key stays with it.
    await restoreKeys(home, made.bytes, open, WEAK);
    expect(listKeys(home).find(({ name }) => name === 'other')).toMatchObject({ kind: 'command' });
  });

  test('backUpKeys() wants every key file, the right passphrase, and one for the backup', async () => {
    const place = ground();
    const home = freshHome(place);
    await createKey(home, 'alice', { ...KEYS, nextDirectory: `${place.root}/stick` });
    expect(await errorOf(() => backUpKeys(home, 'alice', give('wrong'), BACKUP))).toMatchObject({
      reason: 'passphrase',
    });
    expect(
      await errorOf(() => backUpKeys(home, 'alice', unasked, { passphrase: '' })),
    ).toMatchObject({ code: 'usage', reason: 'passphrase' });
    expect(await errorOf(() => backUpKeys(home, 'nobody', unasked, BACKUP))).toMatchObject({
      code: 'not-found',
    });
    home.host.fs.renameSync(`${place.root}/stick`, `${place.root}/gone`);
    for (const nextOnly of [true, false])
      expect(
        await errorOf(() =>
          backUpKeys(home, 'alice', give(KEYS.passphrase), { ...BACKUP, nextOnly }),
        ),
      ).toMatchObject({
        code: 'not-found',
        reason: 'key-elsewhere',
      });
  });

  test('a restore that is cut off at any call is ended by another', async () => {
    const place = ground();
    const home = freshHome(place);
    await createKey(home, 'alice', { passphrase: undefined });
    const { bytes, holds } = await backUpKeys(home, 'alice', unasked, BACKUP);
    let points = 0;
    for (let failAt = 1; ; failAt++) {
      const fresh = freshHome(place, `home-${failAt}`);
      let calls = 0;
      const host = watched(fresh.host, (name) => {
        if (!/^(?:open|write|fsync|rename|unlink|link|close)Sync$/.test(name)) return;
        calls++;
        if (calls >= failAt) throw systemError('EIO');
      });
      await errorOf(() =>
        restoreKeys({ host, dir: fresh.dir }, bytes, open, { ...WEAK, protection: 'plain' }),
      );
      if (calls < failAt) break;
      points++;
      for (const lock of fresh.host.fs.readdirSync(`${fresh.dir}/locks`))
        fresh.host.fs.unlinkSync(`${fresh.dir}/locks/${lock}`);
      await restoreKeys(fresh, bytes, open, { ...WEAK, protection: 'plain' });
      expect(publicKeys(fresh)).toEqual(holds);
      for (const key of holds)
        expect(await findSigner(secondHome(fresh), key, unasked)).toBeDefined();
    }
    expect(points).toBeGreaterThan(20);
  });
});

describe('openBackup()', () => {
  const seed = new Uint8Array(32).fill(8);
  const publicKey = encodePrimitive({ code: 'D', raw: crypto.publicKey(seed) });
  const text = encodePrimitive({ code: 'A', raw: seed });
  const whole = `{"current":0,"format":"gitkel-backup/1","keys":[{"publicKey":"${publicKey}","seed":"${text}"}],"name":"alice"}\n`;

  async function errorFor(document: string): Promise<unknown> {
    const bytes = utf8(await encryptText(document, BACKUP.passphrase, 2));
    return errorOf(() => openBackup(crypto, bytes, open));
  }

  test('reads what encodeBackup() writes, and the same bytes by any age tool', async () => {
    const backup = {
      name: 'alice',
      keys: [{ publicKey, seed }],
      current: 0,
      nextDigest: nextDigestOf(crypto, 'x'),
    };
    const bytes = await encodeBackup(backup, BACKUP.passphrase, 2);
    expect(await openBackup(crypto, bytes, open)).toEqual(backup);
    const armored = new TextDecoder().decode(bytes);
    expect(armored).toMatch(
      /^-----BEGIN AGE ENCRYPTED FILE-----\n[\s\S]+\n-----END AGE ENCRYPTED FILE-----\n$/,
    );
    const { armor, Decrypter } = await import('age-encryption');
    const decrypter = new Decrypter();
    decrypter.addPassphrase(BACKUP.passphrase);
    expect(await decrypter.decrypt(armor.decode(armored), 'text')).toBe(
      whole.replace('"name":"alice"', `"name":"alice","nextDigest":"${backup.nextDigest}"`),
    );
    expect(await errorFor(whole)).toBeUndefined();
  });

  test('refuses a wrong passphrase, and asks for none where there is no backup', async () => {
    const bytes = await encodeBackup(
      { name: 'a', keys: [{ publicKey, seed }], current: 0, nextDigest: undefined },
      'x',
      2,
    );
    expect(await errorOf(() => openBackup(crypto, bytes, give('y')))).toMatchObject({
      code: 'refused',
      reason: 'passphrase',
    });
    const { Encrypter, armor, generateIdentity, identityToRecipient } =
      await import('age-encryption');
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(await generateIdentity()));
    const forSomebody = utf8(armor.encode(await encrypter.encrypt(whole)));
    for (const other of [
      utf8(whole),
      utf8(''),
      new Uint8Array(4_194_305),
      Uint8Array.of(255),
      forSomebody,
    ])
      expect(await errorOf(() => openBackup(crypto, other, unasked))).toMatchObject({
        code: 'malformed',
      });
  });

  test('refuses to spend more on a backup than its bound, before it asks', async () => {
    const { armor } = await import('age-encryption');
    const armored = await encryptText(whole, BACKUP.passphrase, 9);
    for (const factor of ['99', '21', '09', '0', '-1', '9 ']) {
      const header = new TextDecoder('latin1')
        .decode(armor.decode(armored))
        .replace(/(-> scrypt \S+) 9\n/, `$1 ${factor}\n`);
      const bytes = utf8(armor.encode(Uint8Array.from(header, (char) => char.charCodeAt(0))));
      expect(await errorOf(() => openBackup(crypto, bytes, unasked))).toMatchObject({
        code: 'malformed',
        reason: 'age',
      });
    }
  });

  test.each([
    ['another format', whole.replace('backup/1', 'backup/2')],
    ['an unknown field', whole.replace('"name"', '"more":1,"name"')],
    ['white space', whole.replace(',', ', ')],
    ['no line feed', whole.trimEnd()],
    ['no keys', whole.replace(/\[.*\]/, '[]')],
    ['a current key that is not there', whole.replace('"current":0', '"current":1')],
    ['a name that leads elsewhere', whole.replace('alice', '../alice')],
    [
      'a seed of another key',
      whole.replace(text, encodePrimitive({ code: 'A', raw: new Uint8Array(32) })),
    ],
    ['a key twice', whole.replace(/\[(.*)\]/, '[$1,$1]')],
    ['a key that cannot be rotated', whole.replace('"publicKey":"D', '"publicKey":"B')],
    ['a program to start', whole.replace('"publicKey"', '"command":["x"],"publicKey"')],
    [
      'a next key that is in use',
      whole.replace('"alice"', `"alice","nextDigest":"${nextDigestOf(crypto, publicKey)}"`),
    ],
  ])('refuses %s', async (_, document) => {
    expect(document).not.toBe(whole);
    const error = await errorFor(document);
    expect(error).toMatchObject({ code: 'malformed' });
    expect(String(error)).not.toContain(text);
  });
});

test('restoreKeys() asks for the passphrase once', async () => {
  const home = freshHome(inMemory());
  await createKey(home, 'alice', { passphrase: undefined });
  const { bytes } = await backUpKeys(home, 'alice', unasked, BACKUP);
  let asked = 0;
  await restoreKeys(
    freshHome(inMemory()),
    bytes,
    async () => {
      asked++;
      return BACKUP.passphrase;
    },
    WEAK,
  );
  expect(asked).toBe(1);
});
