import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { attempt, type DoctorFinding, warning } from '../../src/audit/doctor-finding.ts';
import { repositoryFindings } from '../../src/audit/doctor.ts';
import { GitkelError, type Host, nodeHost } from '../../src/index.ts';
import { mendRepository } from '../../src/cli/doctor-mend.ts';
import { inception, SeededLog } from '../support/seeded-log.ts';

const NOW = 1_900_000_000;
const processes = { self: 'here', isDead: (name: string): boolean => name === 'gone' };
const base = nodeHost({ now: () => NOW, processes });

let original = '';
let root = '';
let dir = '';

beforeAll(async () => {
  original = realpathSync(mkdtempSync(path.join(tmpdir(), 'gitkel-doctor-')));
  const seeded = new SeededLog({ host: base, dir: path.join(original, 'log'), seconds: NOW - 100 });
  await seeded.commit([inception([0], [1], '1')], [0]);
  seeded.close();
});
afterAll(() => {
  rmSync(original, { recursive: true, force: true });
});
beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), 'gitkel-doctor-')));
  dir = path.join(root, 'log');
  cpSync(original, root, { recursive: true });
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function look(host: Host = base): readonly DoctorFinding[] {
  return repositoryFindings(host, dir, undefined, () => []);
}

function troubles(host?: Host): readonly string[] {
  return look(host).flatMap(({ check, level }) => (level === 'ok' ? [] : [`${level} ${check}`]));
}

function setConfig(text: string): void {
  writeFileSync(
    path.join(dir, 'config'),
    `${readFileSync(path.join(dir, 'config'), 'utf8')}${text}`,
  );
}

describe('repositoryFindings()', () => {
  test('finds nothing wrong with a log as gitkel makes it, and changes nothing', () => {
    expect(troubles()).toEqual([]);
    expect(look().map(({ check }) => check)).toEqual([
      'repository',
      'log',
      'clock',
      'writable',
      'locks',
      'packs',
    ]);
    expect(look().every(({ mend }) => mend === null)).toBe(true);
  });

  test('tells of a log without a batch', () => {
    const empty = new SeededLog({ host: base, dir: path.join(root, 'empty') });
    empty.close();
    dir = path.join(root, 'empty');
    expect(troubles()).toEqual([]);
    expect(look().find(({ check }) => check === 'log')?.detail).toBe(
      'no batch yet in refs/heads/main',
    );
  });

  test('tells of a directory that is no repository, or one of another format', () => {
    dir = root;
    expect(look()).toMatchObject([
      {
        check: 'repository',
        level: 'error',
        detail: expect.stringContaining('Cannot find a Git repository') as string,
      },
    ]);
    dir = path.join(root, 'log');
    setConfig('[extensions]\n\tobjectformat = sha256\n');
    expect(look()).toMatchObject([
      { check: 'repository', level: 'error', mend: expect.stringContaining('SHA-1') as string },
    ]);
  });

  test('names every hazard with its mend', () => {
    writeFileSync(path.join(dir, 'objects/info/alternates'), `${root}\n`);
    mkdirSync(path.join(dir, 'info'));
    writeFileSync(path.join(dir, 'info/grafts'), '');
    writeFileSync(path.join(dir, 'shallow'), '');
    mkdirSync(path.join(dir, 'refs/replace'));
    writeFileSync(path.join(dir, `refs/replace/${'0'.repeat(40)}`), `${'0'.repeat(40)}\n`);
    setConfig('[remote "origin"]\n\tpromisor = true\n[include]\n\tpath = other\n');
    rmSync(path.join(dir, 'objects/info'), { recursive: true });
    mkdirSync(path.join(root, 'elsewhere'));
    writeFileSync(path.join(root, 'elsewhere/alternates'), `${root}\n`);
    symlinkSync(path.join(root, 'elsewhere'), path.join(dir, 'objects/info'));
    const hazards = look().filter(({ check }) => check.startsWith('repository-'));
    expect(hazards.map(({ check, level }) => `${level} ${check}`).toSorted()).toEqual(
      [
        'alternates',
        'config-include',
        'grafts',
        'promisor',
        'replace-refs',
        'shallow',
        'symlink',
      ].map((reason) => `error repository-${reason}`),
    );
    expect(hazards.every(({ mend }) => mend !== null && mend !== '')).toBe(true);
  });

  test('tells of a log that does not verify', () => {
    const pack = path.join(dir, 'objects/pack');
    rmSync(pack, { recursive: true });
    mkdirSync(pack);
    expect(look().find(({ level }) => level === 'error')).toMatchObject({
      check: 'log',
      mend: expect.stringContaining('gitkel audit') as string,
    });
  });

  test('passes a log that verifies to the caller, whose findings it takes over', () => {
    const seen: number[] = [];
    const found = repositoryFindings(base, dir, undefined, (contents) => {
      seen.push(contents.batches);
      return [warning('known', 'behind', 'pull')];
    });
    expect(seen).toEqual([1]);
    expect(found.filter(({ level }) => level === 'warning')).toEqual([
      warning('known', 'behind', 'pull'),
    ]);
  });

  test('warns of a clock before the date that the last batch claims', () => {
    expect(troubles({ ...base, now: () => NOW - 100 })).toEqual([]);
    expect(troubles({ ...base, now: () => NOW - 101 })).toEqual(['warning clock']);
    expect(
      look({ ...base, now: () => NOW - 160 }).find(({ check }) => check === 'clock')?.detail,
    ).toContain('60 seconds before');
  });

  test('warns where nothing can be committed: an upstream, a checked-out branch', () => {
    setConfig('[branch "main"]\n\tremote = origin\n');
    expect(troubles()).toEqual(['warning upstream']);
    dir = path.join(root, 'work');
    mkdirSync(dir);
    cpSync(path.join(original, 'log'), path.join(dir, '.git'), { recursive: true });
    const config = readFileSync(path.join(dir, '.git/config'), 'utf8');
    writeFileSync(path.join(dir, '.git/config'), config.replace('bare = true', 'bare = false'));
    expect(troubles()).toEqual(['warning checked-out']);
  });

  test('tells locks of dead gitkel processes from those of git, young or old', () => {
    const owners = path.join(dir, 'gitkel-locks');
    mkdirSync(owners, { recursive: true });
    const [dead, living] = [
      path.join(owners, 'gone.0123456789abcdef'),
      path.join(owners, 'here.0123456789abcdef'),
    ];
    writeFileSync(dead, '');
    linkSync(dead, path.join(dir, 'refs/heads/main.lock'));
    expect(look().find(({ check }) => check === 'stale-locks')).toMatchObject({
      level: 'warning',
      mend: expect.stringContaining('--fix') as string,
    });
    expect(troubles()).toEqual(['warning stale-locks']);
    expect(mendRepository(base, dir)).toEqual([
      'ended 1 lock of gitkel processes that no longer run',
    ]);
    expect(existsSync(path.join(dir, 'refs/heads/main.lock'))).toBe(false);
    expect(mendRepository(base, dir)).toEqual([]);
    expect(troubles()).toEqual([]);

    writeFileSync(living, '');
    linkSync(living, path.join(dir, 'refs/heads/main.lock'));
    expect(troubles()).toEqual([]);
    const foreign = path.join(dir, 'packed-refs.lock');
    writeFileSync(foreign, '');
    utimesSync(foreign, NOW - 5, NOW - 5);
    expect(look().find(({ check }) => check === 'git-locks')).toMatchObject({
      level: 'warning',
      detail: expect.stringContaining(`"${foreign}" was made 5 seconds ago`) as string,
    });
    utimesSync(foreign, NOW - 5_000, NOW - 5_000);
    expect(troubles()).toEqual(['error git-locks']);
    expect(mendRepository(base, dir)).toEqual([]);
    expect(existsSync(foreign)).toBe(true);
  });

  test('finds a lock of git anywhere below refs', () => {
    mkdirSync(path.join(dir, 'refs/gitkel/batch/aa'), { recursive: true });
    writeFileSync(path.join(dir, 'refs/gitkel/batch/aa/request.lock'), '');
    expect(troubles().map((line) => line.split(' ')[1])).toEqual(['git-locks']);
  });

  test('advises gitkel gc where there are many packs', () => {
    for (let count = 0; count < 200; count++)
      writeFileSync(
        path.join(dir, `objects/pack/pack-${String(count).padStart(40, '0')}.pack`),
        '',
      );
    const packs = look().find(({ check }) => check === 'packs');
    expect(packs).toMatchObject({
      level: 'warning',
      mend: expect.stringMatching(/^gitkel gc --log ".*"$/) as string,
    });
  });
});

describe('mendRepository()', () => {
  test('does nothing where there is no repository', () => {
    expect(mendRepository(base, root)).toEqual([]);
  });
});

describe('attempt()', () => {
  test('makes trouble a finding, and lets bugs pass', () => {
    const fail = (error: Error) => (): never => {
      throw error;
    };
    expect(attempt('x', 'mend it', fail(new GitkelError('environment', 'no disk')))).toEqual([
      { check: 'x', level: 'error', detail: 'no disk', mend: 'mend it' },
    ]);
    expect(
      attempt(
        'x',
        'mend it',
        fail(new GitkelError('environment', 'no disk', { hint: 'buy one' })),
      )[0]?.mend,
    ).toBe('buy one');
    expect(() => attempt('x', 'mend it', fail(new Error('bug')))).toThrow('bug');
  });
});
