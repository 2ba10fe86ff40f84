import { describe, expect, test } from 'vitest';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import type { Processes } from '../../src/host/host.ts';
import type { Home } from '../../src/keys/home.ts';
import { rememberSigning, signedAt } from '../../src/keys/signed-memory.ts';
import {
  GROUNDS,
  type Ground,
  errorOf,
  freshHome,
  readText,
  systemError,
  watched,
  writeText,
} from './homes.ts';

const text = (code: string, fill: number): string =>
  encodePrimitive({ code, raw: new Uint8Array(32).fill(fill) });
const KEY = text('D', 1);
const OTHER_KEY = text('D', 2);
const AID = text('E', 3);
const FIRST = text('E', 4);
const SECOND = text('E', 5);
const PLACE = { publicKey: KEY, aid: AID, sn: 3 };

/** The one file that holds the place above. */
function fileOf(home: Home): string {
  const [share] = home.host.fs.readdirSync(`${home.dir}/signed`);
  return `${home.dir}/signed/${share}`;
}

function withProcesses(ground: Ground, processes: Processes): Ground {
  return { ...ground, host: { ...ground.host, processes } };
}

function leaveLock(home: Home, name: string, token: string): void {
  const owner = `${home.dir}/locks/owner.${token}`;
  writeText(home, owner, token);
  home.host.fs.linkSync(owner, `${home.dir}/locks/${name}`);
}

describe.each(GROUNDS)('rememberSigning() on %s', (_, ground) => {
  test('rememberSigning() lets the same event be signed again, and refuses another at its place', async () => {
    const home = freshHome(ground());
    await rememberSigning(home, { ...PLACE, said: FIRST });
    await rememberSigning(home, { ...PLACE, said: FIRST });
    const error = await errorOf(() => rememberSigning(home, { ...PLACE, said: SECOND }));
    expect(error).toMatchObject({ code: 'refused', reason: 'already-signed' });
    expect(String(error)).toContain(FIRST);
    expect(error).toHaveProperty('hint', expect.stringContaining('duplicity'));
    expect(signedAt(home, AID, 3)).toEqual([
      { ...PLACE, said: FIRST, at: 1_700_000_000, supersede: false },
    ]);
  });

  test('rememberSigning() knows a key in both forms', async () => {
    const home = freshHome(ground());
    await rememberSigning(home, { ...PLACE, said: FIRST });
    const same = { ...PLACE, publicKey: text('B', 1), said: SECOND };
    expect(await errorOf(() => rememberSigning(home, same))).toMatchObject({
      reason: 'already-signed',
    });
  });

  test('rememberSigning() tells places apart by key, identifier and sequence number', async () => {
    const home = freshHome(ground());
    await rememberSigning(home, { ...PLACE, said: FIRST });
    await rememberSigning(home, { ...PLACE, sn: 4, said: SECOND });
    await rememberSigning(home, { ...PLACE, aid: SECOND, said: SECOND });
    await rememberSigning(home, { ...PLACE, publicKey: OTHER_KEY, said: SECOND });
    expect(signedAt(home, AID, 3).map(({ said }) => said)).toEqual([FIRST, SECOND]);
    expect(signedAt(home, AID, 5)).toEqual([]);
  });

  test('rememberSigning() supersedes when told to, and keeps both', async () => {
    const home = freshHome(ground());
    await rememberSigning(home, { ...PLACE, said: FIRST, supersede: true });
    await rememberSigning(home, { ...PLACE, said: SECOND, supersede: true });
    expect(signedAt(home, AID, 3)).toMatchObject([
      { said: FIRST, supersede: false },
      { said: SECOND, supersede: true },
    ]);
    await rememberSigning(home, { ...PLACE, said: SECOND });
    const third = { ...PLACE, said: text('E', 6) };
    expect(await errorOf(() => rememberSigning(home, third))).toMatchObject({ code: 'refused' });
  });

  test('rememberSigning() remembers hundreds of places in few files', async () => {
    const home = freshHome(ground());
    for (let sn = 0; sn < 300; sn++) await rememberSigning(home, { ...PLACE, sn, said: FIRST });
    expect(home.host.fs.readdirSync(`${home.dir}/signed`).length).toBeLessThanOrEqual(256);
    for (let sn = 0; sn < 300; sn += 37) {
      const again = { ...PLACE, sn, said: SECOND };
      expect(await errorOf(() => rememberSigning(home, again))).toMatchObject({ code: 'refused' });
    }
  });

  test('rememberSigning() forgets only a line that was never completed', async () => {
    const home = freshHome(ground());
    await rememberSigning(home, { ...PLACE, said: FIRST });
    const path = fileOf(home);
    const line = readText(home, path);
    const other = { ...PLACE, publicKey: OTHER_KEY, said: SECOND };
    for (const torn of [line.slice(0, 20), line.slice(0, -1), '\0\0\0']) {
      writeText(home, path, line + torn);
      expect(signedAt(home, AID, 3)).toHaveLength(1);
      await rememberSigning(home, other);
      expect(signedAt(home, AID, 3)).toHaveLength(2);
      expect(readText(home, path).split('\n')).toHaveLength(3);
    }
    writeText(home, path, line.slice(0, -1));
    await rememberSigning(home, { ...PLACE, said: SECOND });
    expect(signedAt(home, AID, 3).map(({ said }) => said)).toEqual([SECOND]);
  });

  test.each([
    ['an edited line', (line: string) => line.replace('"sn":3', '"sn":"3"')],
    ['white space', (line: string) => ` ${line}`],
    ['a flag that is none', (line: string) => line.replace('false', '0')],
    ['an empty line', (line: string) => `${line}\n`],
    ['a torn line that is not the last', (line: string) => line.slice(0, 30) + line],
    ['bytes that are not text', () => '\0\n'],
  ])('rememberSigning() signs nothing after %s', async (__, change) => {
    const home = freshHome(ground());
    await rememberSigning(home, { ...PLACE, said: FIRST });
    const path = fileOf(home);
    writeText(home, path, change(readText(home, path)));
    const error = await errorOf(() => rememberSigning(home, { ...PLACE, said: FIRST }));
    expect(error).toMatchObject({ code: 'malformed', reason: 'signed-memory' });
    expect(error).toHaveProperty('hint', expect.stringContaining('backup'));
  });

  test('rememberSigning() records before it returns, and not at all when the disk fails', async () => {
    const place = ground();
    const home = freshHome(place);
    const order: string[] = [];
    const host = watched(place.host, (name, args) => {
      if (name === 'fsyncSync') order.push('fsync');
      if (name === 'openSync' && args[1] === 'a') order.push('append');
      if (name === 'fsyncSync' && order.includes('append')) throw systemError('EIO');
    });
    const failing: Home = { host, dir: home.dir };
    const error = await errorOf(() => rememberSigning(failing, { ...PLACE, said: FIRST }));
    expect(error).toMatchObject({ code: 'environment' });
    expect(order.slice(order.indexOf('append'))).toEqual(['append', 'fsync']);
    expect(home.host.fs.readdirSync(`${home.dir}/locks`)).toEqual([]);
  });

  test('rememberSigning() lets exactly one of many at once pass', async () => {
    const place = ground();
    const home = freshHome(place);
    const errors = await Promise.all(
      Array.from({ length: 8 }, (__, i) =>
        errorOf(() => rememberSigning({ ...home }, { ...PLACE, said: text('E', 10 + i) })),
      ),
    );
    expect(errors.filter((error) => error === undefined)).toHaveLength(1);
    expect(signedAt(home, AID, 3)).toHaveLength(1);
    const refused = errors.filter((error) => error !== undefined);
    expect(refused).toEqual(
      refused.map(() => expect.objectContaining({ reason: 'already-signed' })),
    );
  });
});

describe.each(GROUNDS)('the lock of a home on %s', (_, ground) => {
  const LOCK = 'signed.lock';

  function others(dead: readonly string[], sleep: () => void = () => {}): Home {
    const place = ground();
    const { self } = place.host.processes;
    const own = withProcesses(place, { self, isDead: (name) => dead.includes(name) });
    const host = {
      ...own.host,
      sleep: async (): Promise<void> => {
        sleep();
      },
    };
    return freshHome({ host, root: own.root });
  }

  test('a lock that a dead process left is taken over', async () => {
    const home = others(['boot.1.2']);
    leaveLock(home, LOCK, 'boot.1.2.0123456789abcdef');
    await rememberSigning(home, { ...PLACE, said: FIRST });
    expect(signedAt(home, AID, 3)).toHaveLength(1);
    expect(home.host.fs.readdirSync(`${home.dir}/locks`)).toEqual([]);
  });

  test('a lock whose taker died as well is taken over', async () => {
    const home = others(['boot.1.2', 'boot.3.4']);
    leaveLock(home, LOCK, 'boot.1.2.0123456789abcdef');
    leaveLock(home, 'claim.boot.1.2.0123456789abcdef', 'boot.3.4.0123456789abcdef');
    await rememberSigning(home, { ...PLACE, said: FIRST });
    expect(signedAt(home, AID, 3)).toHaveLength(1);
    expect(home.host.fs.readdirSync(`${home.dir}/locks`)).toEqual([]);
  });

  test('a lock that a loss of power left empty is taken over', async () => {
    const home = others([]);
    writeText(home, `${home.dir}/locks/${LOCK}`, '');
    await rememberSigning(home, { ...PLACE, said: FIRST });
    expect(signedAt(home, AID, 3)).toHaveLength(1);
  });

  function withoutLinks(home: Home, errno: string): Home {
    const host = watched(home.host, (name) => {
      if (name === 'linkSync') throw systemError(errno);
    });
    return { host, dir: home.dir };
  }

  test.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])(
    'a lock needs no hard links: %s',
    async (errno) => {
      const home = withoutLinks(others(['boot.1.2']), errno);
      await rememberSigning(home, { ...PLACE, said: FIRST });
      expect(home.host.fs.readdirSync(`${home.dir}/locks`)).toEqual([]);
      writeText(home, `${home.dir}/locks/${LOCK}`, 'boot.1.2.0123456789abcdef');
      const error = await errorOf(() => rememberSigning(home, { ...PLACE, said: SECOND }));
      expect(error).toMatchObject({ reason: 'already-signed' });
      expect(home.host.fs.readdirSync(`${home.dir}/locks`)).toEqual([]);
    },
  );

  test('without hard links, a lock of a living process, or one that is being made, is waited for and named', async () => {
    const home = withoutLinks(others([]), 'EPERM');
    for (const holder of ['boot.1.2.0123456789abcdef', '']) {
      writeText(home, `${home.dir}/locks/${LOCK}`, holder);
      const error = await errorOf(() => rememberSigning(home, { ...PLACE, said: FIRST }));
      expect(error).toMatchObject({ code: 'environment', reason: 'home-locked' });
      expect(String(error)).toContain('signed.lock');
      expect(home.host.fs.readdirSync(`${home.dir}/locks`)).toEqual([LOCK]);
    }
  });

  test('a lock that cannot be written for another reason is an error, and none is left', async () => {
    const home = others([]);
    const host = watched(home.host, (name, [path]) => {
      if (name === 'linkSync') throw systemError('EPERM');
      if (name === 'openSync' && String(path).endsWith(LOCK)) throw systemError('EROFS');
    });
    const error = await errorOf(() =>
      rememberSigning({ host, dir: home.dir }, { ...PLACE, said: FIRST }),
    );
    expect(error).toMatchObject({ code: 'environment', reason: 'erofs' });
    expect(home.host.fs.readdirSync(`${home.dir}/locks`)).toEqual([]);
  });

  test('what dead processes left of their waiting is swept, and nothing of others', async () => {
    const home = others(['boot.1.2']);
    const [dead, alive] = ['boot.1.2.0123456789abcdef', 'boot.3.4.0123456789abcdef'];
    for (const name of [`owner.${dead}`, `owner.${dead}.link`, `owner.${alive}`, 'owner.notes'])
      writeText(home, `${home.dir}/locks/${name}`, '');
    await rememberSigning(home, { ...PLACE, said: FIRST });
    expect(home.host.fs.readdirSync(`${home.dir}/locks`).map(String).toSorted()).toEqual([
      `owner.${alive}`,
      'owner.notes',
    ]);
  });

  test('a lock of a living process is waited for, and taken when it is released', async () => {
    let slept = 0;
    const home: Home = others([], () => {
      slept++;
      if (slept === 5) home.host.fs.unlinkSync(`${home.dir}/locks/${LOCK}`);
    });
    leaveLock(home, LOCK, 'boot.1.2.0123456789abcdef');
    await rememberSigning(home, { ...PLACE, said: FIRST });
    expect(slept).toBe(5);
    expect(signedAt(home, AID, 3)).toHaveLength(1);
  });

  test('a lock that is never released is left alone, and named', async () => {
    const home = others([]);
    leaveLock(home, LOCK, 'boot.1.2.0123456789abcdef');
    const error = await errorOf(() => rememberSigning(home, { ...PLACE, said: FIRST }));
    expect(error).toMatchObject({ code: 'environment', reason: 'home-locked' });
    expect(String(error)).toContain('signed.lock');
    expect(signedAt(home, AID, 3)).toEqual([]);
    expect(home.host.fs.readdirSync(`${home.dir}/locks`).toSorted()).toEqual([
      'owner.boot.1.2.0123456789abcdef',
      LOCK,
    ]);
  });

  test('a lock that was taken anew while its dead holder was cleared is left alone', async () => {
    const home: Home = others(['boot.1.2']);
    const [dead, alive] = ['boot.1.2.0123456789abcdef', 'boot.5.6.0123456789abcdef'];
    leaveLock(home, LOCK, dead);
    const host = watched(home.host, (name, args) => {
      if (name !== 'linkSync' || !String(args[1]).includes('/claim.')) return;
      // Just before our claim, another process clears the lock and takes it.
      home.host.fs.unlinkSync(`${home.dir}/locks/${LOCK}`);
      leaveLock(home, LOCK, alive);
    });
    const error = await errorOf(() =>
      rememberSigning({ host, dir: home.dir }, { ...PLACE, said: FIRST }),
    );
    expect(error).toMatchObject({ reason: 'home-locked' });
    expect(readText(home, `${home.dir}/locks/${LOCK}`)).toBe(alive);
  });
});
