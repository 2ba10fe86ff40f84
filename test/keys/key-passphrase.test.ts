import { describe, expect, test, vi } from 'vitest';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { addExternalKey } from '../../src/keys/external-keys.ts';
import { findSigner } from '../../src/keys/find-signer.ts';
import type { Home } from '../../src/keys/home.ts';
import { changePassphrase } from '../../src/keys/key-passphrase.ts';
import { adoptRotation, createKey, listKeys, nextKey, showKey } from '../../src/keys/keystore.ts';
import {
  errorOf,
  freshHome,
  GROUNDS,
  readText,
  secondHome,
  systemError,
  watched,
  writeText,
} from './homes.ts';

vi.setConfig({ testTimeout: 60_000 });

const OLD = { passphrase: 'correct horse', workFactor: 2 };
const NEW = { passphrase: 'battery staple', workFactor: 3 };

const give = (passphrase: string) => async (): Promise<string> => passphrase;

async function unasked(): Promise<string> {
  throw new Error('a passphrase was asked for');
}

/** Which of the passphrases open each key of the home. */
async function opens(home: Home, ...passphrases: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { publicKey = '' } of listKeys(home)) {
    for (const passphrase of passphrases) {
      const error = await errorOf(() => findSigner(secondHome(home), publicKey, give(passphrase)));
      if (error === undefined) found.push(passphrase);
      else expect(error).toMatchObject({ reason: 'passphrase' });
    }
  }
  return found;
}

describe.each(GROUNDS)('changePassphrase() on %s', (_, ground) => {
  test('puts every key of the name under the new passphrase, wherever its file is, and no other', async () => {
    const place = ground();
    const home = freshHome(place);
    await createKey(home, 'alice', { ...OLD, nextDirectory: `${place.root}/stick` });
    const { publicKey } = await nextKey(home, 'alice', OLD);
    await adoptRotation(home, [publicKey]);
    await nextKey(home, 'alice', OLD);
    await createKey(home, 'bob', OLD);
    const keys = listKeys(home).filter(({ name }) => name === 'alice');
    const card = showKey(home, 'alice');
    const changed = await changePassphrase(home, 'alice', give('correct horse'), NEW);
    expect(changed).toEqual(keys.map((entry) => entry.publicKey));
    expect(changed).toHaveLength(4);
    expect(listKeys(home).filter(({ name }) => name === 'alice')).toEqual(keys);
    expect(showKey(home, 'alice')).toEqual(card);
    expect(await opens(home, 'correct horse', 'battery staple')).toEqual([
      ...Array.from({ length: 4 }, () => 'battery staple'),
      ...Array.from({ length: 2 }, () => 'correct horse'),
    ]);
    for (const { path = '' } of keys) expect(home.host.fs.statSync(path).mode & 0o777).toBe(0o600);
    expect(home.host.fs.readdirSync(`${place.root}/stick`)).toHaveLength(3);
  });

  test('makes plain keys encrypted and encrypted ones plain', async () => {
    const home = freshHome(ground());
    await createKey(home, 'alice', { passphrase: undefined });
    const texts = (): readonly string[] =>
      listKeys(home).map(({ path = '' }) => readText(home, path));
    await changePassphrase(home, 'alice', unasked, NEW);
    for (const text of texts()) expect(text).not.toContain('"seed"');
    expect(await opens(home, 'battery staple')).toHaveLength(2);
    await changePassphrase(home, 'alice', give('battery staple'), { passphrase: undefined });
    for (const text of texts()) expect(text).toContain('"seed"');
    for (const { publicKey = '' } of listKeys(home))
      expect(await findSigner(secondHome(home), publicKey, unasked)).toBeDefined();
  });

  test('changes nothing for a wrong passphrase, an empty one, or a name without key files', async () => {
    const home = freshHome(ground());
    const { publicKey } = await createKey(home, 'alice', OLD);
    await addExternalKey(
      home,
      'vault',
      { publicKey, external: { kind: 'ssh-agent' } },
      { digest: encodePrimitive({ code: 'E', raw: new Uint8Array(32) }) },
    );
    const texts = (): readonly string[] =>
      listKeys(home).map(({ path }) => (path === undefined ? '' : readText(home, path)));
    const before = texts();
    for (const [name, old, to, expected] of [
      ['alice', 'wrong', NEW, { code: 'refused', reason: 'passphrase' }],
      ['alice', 'correct horse', { passphrase: '' }, { code: 'usage', reason: 'passphrase' }],
      ['alice', 'correct horse', { passphrase: 'x', workFactor: 21 }, { code: 'usage' }],
      ['nobody', 'correct horse', NEW, { code: 'not-found' }],
    ] as const)
      expect(await errorOf(() => changePassphrase(home, name, give(old), to))).toMatchObject(
        expected,
      );
    expect(texts()).toEqual(before);
    const empty = freshHome(ground(), 'other');
    await addExternalKey(
      empty,
      'vault',
      { publicKey, external: { kind: 'ssh-agent' } },
      { digest: encodePrimitive({ code: 'E', raw: new Uint8Array(32) }) },
    );
    expect(await errorOf(() => changePassphrase(empty, 'vault', unasked, NEW))).toMatchObject({
      code: 'refused',
      reason: 'no-key-files',
    });
  });

  test('changes nothing while a key file is not there', async () => {
    const place = ground();
    const home = freshHome(place);
    await createKey(home, 'alice', { ...OLD, nextDirectory: `${place.root}/stick` });
    home.host.fs.renameSync(`${place.root}/stick`, `${place.root}/gone`);
    const error = await errorOf(() => changePassphrase(home, 'alice', give('correct horse'), NEW));
    expect(error).toMatchObject({ code: 'not-found', reason: 'key-elsewhere' });
    home.host.fs.renameSync(`${place.root}/gone`, `${place.root}/stick`);
    expect(await opens(home, 'correct horse')).toHaveLength(2);
  });

  test('changes copies of a key file too', async () => {
    const place = ground();
    const home = freshHome(place);
    await createKey(home, 'alice', { ...OLD, nextDirectory: `${place.root}/stick` });
    const { path = '', publicKey = '' } = listKeys(home)[1] ?? {};
    const copy = `${home.dir}/keys/${publicKey}.json`;
    writeText(home, copy, readText(home, path));
    await changePassphrase(home, 'alice', give('correct horse'), NEW);
    for (const file of [path, copy]) expect(readText(home, file)).toContain('"workFactor":3');
  });

  test('replaces nothing when another process changed the keys meanwhile', async () => {
    const home = freshHome(ground());
    await createKey(home, 'alice', OLD);
    let asked = 0;
    const unlock = async (): Promise<string> => {
      if (asked++ === 1)
        await changePassphrase(secondHome(home), 'alice', give('correct horse'), {
          passphrase: 'third',
          workFactor: 2,
        });
      return 'correct horse';
    };
    expect(await errorOf(() => changePassphrase(home, 'alice', unlock, NEW))).toMatchObject({
      code: 'conflict',
      reason: 'key-changed',
    });
    expect(await opens(home, 'correct horse', 'battery staple', 'third')).toEqual([
      'third',
      'third',
    ]);
  });

  test('cut off at any call, it leaves every key with the old or the new passphrase, and ends when called again', async () => {
    const place = ground();
    let points = 0;
    for (let failAt = 1; ; failAt++) {
      const home = freshHome(place, `home-${failAt}`);
      await createKey(home, 'alice', OLD);
      let calls = 0;
      let isDown = false;
      // From that call on the disk answers nothing, as if the process had been killed: nothing is tidied up.
      const host = watched(home.host, (name) => {
        if (!/^(?:open|write|fsync|rename|unlink|link|close)Sync$/.test(name)) return;
        calls++;
        isDown ||= calls === failAt;
        if (isDown) throw systemError('EIO');
      });
      const error = await errorOf(() =>
        changePassphrase({ host, dir: home.dir }, 'alice', give('correct horse'), NEW),
      );
      if (calls < failAt) break;
      points++;
      expect(error).toMatchObject({ code: 'environment' });
      expect(await opens(home, 'correct horse', 'battery staple')).toHaveLength(2);
      for (const lock of home.host.fs.readdirSync(`${home.dir}/locks`))
        home.host.fs.unlinkSync(`${home.dir}/locks/${lock}`);
      await changePassphrase(home, 'alice', give('correct horse'), NEW);
      expect(await opens(home, 'correct horse', 'battery staple')).toEqual([
        'battery staple',
        'battery staple',
      ]);
      for (const folder of ['keys', 'next'])
        expect(home.host.fs.readdirSync(`${home.dir}/${folder}`)).toHaveLength(1);
    }
    expect(points).toBeGreaterThan(20);
  });
});
