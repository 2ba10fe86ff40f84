import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { quoted } from '../../src/base/errors.ts';
import type { DoctorFinding } from '../../src/audit/doctor-finding.ts';
import { homeFindings, openToOthers } from '../../src/cli/doctor-home.ts';
import { findGit, gitFinding, nodeFinding } from '../../src/cli/doctor-machine.ts';
import { mendHome } from '../../src/cli/doctor-mend.ts';
import {
  createKey,
  type Home,
  journal,
  nodeHost,
  openHome,
  rememberSigning,
  setName,
} from '../../src/index.ts';
import { deadHomeLocks } from '../../src/keys/home-lock.ts';
import { hasGit } from '../support/stock-git.ts';

const self = '01234567-89ab-cdef-0123-456789abcdef';
const processes = { self, isDead: (name: string): boolean => name === 'gone' };
const host = nodeHost({ now: () => 1_900_000_000, processes });
const AID = `E${'A'.repeat(43)}`;
const KEY = 'DIqI4910CfGV_VLbLTy6XXLKZwm_HZQSG_N0iAG0D29c';

let root = '';
let dir = '';
let home: Home;

beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), 'gitkel-doctor-')));
  dir = path.join(root, 'home');
  home = openHome(host, dir);
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function look(): readonly DoctorFinding[] {
  return homeFindings(host, dir);
}

function troubles(): readonly string[] {
  return look().flatMap(({ check, level }) => (level === 'ok' ? [] : [`${level} ${check}`]));
}

/** A key with a passphrase whose next key lies on another medium: nothing to warn of. */
async function goodKey(name = 'ada'): Promise<void> {
  const nextDirectory = path.join(root, 'medium');
  mkdirSync(nextDirectory, { recursive: true, mode: 0o700 });
  await createKey(home, name, { passphrase: 'open sesame', workFactor: 1, nextDirectory });
}

function fileIn(folder: string): string {
  const [name] = readdirSync(path.join(dir, folder));
  return path.join(dir, folder, name ?? '');
}

describe('homeFindings()', () => {
  test('finds nothing wrong with an empty home, nor with a good one', async () => {
    expect(troubles()).toEqual([]);
    await goodKey();
    await setName(home, 'team', AID);
    await rememberSigning(home, { publicKey: KEY, aid: AID, sn: 0, said: AID });
    await journal(home, { at: 1, action: 'sign', outcome: 'accepted' });
    expect(troubles()).toEqual([]);
    expect(look().map(({ check }) => check)).toEqual([
      'home-permissions',
      'keys',
      'signed-memory',
      'journal',
      'names',
    ]);
    expect(look().find(({ check }) => check === 'keys')?.detail).toBe('2 keys under 1 name');
  });

  test('makes no home where there is none', () => {
    dir = path.join(root, 'other');
    expect(troubles()).toEqual(['warning home']);
    expect(readdirSync(root)).toEqual(['home']);
  });

  test('tells of a file where the home should be', () => {
    dir = path.join(root, 'file');
    writeFileSync(dir, '', { mode: 0o600 });
    expect(troubles()).toEqual(['error home']);
  });

  test('warns of keys that lie unencrypted, and of a next key beside the current one', async () => {
    await createKey(home, 'bob', { passphrase: undefined });
    expect(troubles()).toEqual(['warning plain-keys', 'warning keys-together']);
    expect(look().find(({ check }) => check === 'plain-keys')).toMatchObject({
      detail: expect.stringContaining('2 keys of bob') as string,
      mend: 'gitkel key passphrase bob',
    });
    expect(look().find(({ check }) => check === 'keys-together')?.mend).toContain(
      'gitkel key backup bob --next-only',
    );
  });

  test('tells of a current key whose file is gone or damaged; a next key may be out of reach', async () => {
    await goodKey();
    rmSync(path.join(root, 'medium'), { recursive: true });
    expect(troubles()).toEqual([]);
    const file = fileIn('keys');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -5), { mode: 0o600 });
    expect(troubles()).toEqual(['error keys']);
    rmSync(file);
    expect(look().find(({ check }) => check === 'keys')).toMatchObject({
      level: 'error',
      detail: expect.stringContaining('the current key of ada is not in the home') as string,
    });
  });

  test('names what others can reach, and mendHome() closes it', async () => {
    await goodKey();
    const file = fileIn('keys');
    chmodSync(file, 0o640);
    chmodSync(path.join(dir, 'keys'), 0o750);
    symlinkSync('/etc', path.join(dir, 'keys/link'));
    expect(openToOthers(host, dir).map(({ path: at, mode, wanted }) => [at, mode, wanted])).toEqual(
      [
        [path.join(dir, 'keys'), 0o750, 0o700],
        [file, 0o640, 0o600],
      ],
    );
    expect(troubles()).toEqual(['error home-permissions', 'error home-permissions']);
    expect(look()[0]).toMatchObject({
      detail: expect.stringContaining('(mode 750)') as string,
      mend: expect.stringContaining(`chmod 700 "${path.join(dir, 'keys')}"`) as string,
    });
    expect(await mendHome(host, dir)).toHaveLength(2);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(troubles()).toEqual([]);
    expect(await mendHome(host, dir)).toEqual([]);
    expect(await mendHome(host, path.join(root, 'none'))).toEqual([]);
  });

  test('leave alone what a folder of the home links to', () => {
    const elsewhere = path.join(root, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    writeFileSync(path.join(elsewhere, 'page.html'), '', { mode: 0o644 });
    rmSync(path.join(dir, 'pins'), { recursive: true });
    symlinkSync(elsewhere, path.join(dir, 'pins'));
    expect(openToOthers(host, dir)).toEqual([]);
  });

  test('names ten open files, and tells how many more there are', () => {
    for (let count = 0; count < 13; count++)
      writeFileSync(path.join(dir, `stray-${count}`), '', { mode: 0o644 });
    const found = look().filter(({ check }) => check === 'home-permissions');
    expect(found).toHaveLength(11);
    expect(found.at(-1)?.detail).toBe('and 3 more');
  });

  test('tells of a journal that was changed', async () => {
    await journal(home, { at: 1, action: 'sign', outcome: 'accepted' });
    await journal(home, { at: 2, action: 'commit', outcome: 'committed' });
    const file = path.join(dir, 'journal.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').replace('accepted', 'rejected'), {
      mode: 0o600,
    });
    expect(troubles()).toEqual(['error journal']);
  });

  test('tells of a memory of signatures that cannot be read', async () => {
    await rememberSigning(home, { publicKey: KEY, aid: AID, sn: 0, said: AID });
    const file = fileIn('signed');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"sn":0', '"sn":"x"'), { mode: 0o600 });
    expect(look().find(({ check }) => check === 'signed-memory')).toMatchObject({
      level: 'error',
      detail: expect.stringContaining(quoted(file)) as string,
      mend: expect.stringContaining('backup') as string,
    });
  });

  test('tells of names, pins and lineages that cannot be read', async () => {
    await goodKey();
    writeFileSync(path.join(dir, 'names.json'), '{}\n', { mode: 0o600 });
    writeFileSync(path.join(dir, 'lineages/ada.json'), '{}\n', { mode: 0o600 });
    expect(troubles()).toEqual(['error keys', 'error names']);
  });

  test('warns of locks of processes that are gone, which mendHome() ends', async () => {
    const lock = path.join(dir, 'locks/journal.lock');
    writeFileSync(lock, 'gone.0123456789abcdef', { mode: 0o600 });
    writeFileSync(path.join(dir, 'locks/names.lock'), `${self}.0123456789abcdef`, { mode: 0o600 });
    writeFileSync(path.join(dir, 'locks/owner.gone.0123456789abcdef'), 'gone.0123456789abcdef', {
      mode: 0o600,
    });
    expect(deadHomeLocks(home)).toEqual(['journal']);
    expect(troubles()).toEqual(['warning stale-locks']);
    expect(await mendHome(host, dir)).toEqual(['ended the lock journal of the home']);
    expect(troubles()).toEqual([]);
    expect(readdirSync(path.join(dir, 'locks'))).toEqual(['names.lock']);
  });
});

describe('nodeFinding(), gitFinding()', () => {
  test('know the oldest versions that do', () => {
    expect(
      ['20.19.0', '20.20.2', '22.0.0', '100.1.1'].map((version) => nodeFinding(version).level),
    ).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(['20.18.9', '18.20.0', 'x'].map((version) => nodeFinding(version).level)).toEqual([
      'error',
      'error',
      'error',
    ]);
    expect(
      ['git version 2.39.5\n', 'git version 2.34.0.windows.1', 'git version 3.0.0'].map(
        (text) => gitFinding(text).level,
      ),
    ).toEqual(['ok', 'ok', 'ok']);
    expect(
      ['git version 2.33.9', 'git version 1.99.0', 'hello'].map((text) => gitFinding(text).level),
    ).toEqual(['warning', 'warning', 'warning']);
  });
});

describe('findGit()', () => {
  test.skipIf(!hasGit)('asks stock git (needs git)', async () => {
    expect(await findGit()).toMatchObject({
      check: 'git',
      detail: expect.stringMatching(/^git version \d/) as string,
    });
  });

  test('warns where there is no git', async () => {
    vi.stubEnv('PATH', '/nowhere');
    try {
      expect(await findGit()).toMatchObject({
        check: 'git',
        level: 'warning',
        detail: expect.stringContaining('not installed') as string,
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
