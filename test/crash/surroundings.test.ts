/** Disks, permissions, owners, clocks and kinds of repositories: it works, or says why not and leaves nothing half done. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { audit, commitAll } from '../../src/index.ts';
import { git, hasGit } from '../git/support.ts';
import { BINARY, runProgram } from '../support/binary.ts';
import { MemoryLog, START } from '../support/memory-log.ts';
import { type Answer, Person, Place } from '../support/person.ts';
import { snapshot } from '../support/snapshot.ts';
import { requireSoundLog } from './points.ts';

const ROOT = 0;
const NOBODY = 65_534;
const isRoot = process.getuid?.() === ROOT;

const runs = (program: string, ...args: readonly string[]): boolean =>
  spawnSync(program, [...args], { stdio: 'ignore' }).status === 0;

/** Whether there is a user whom permissions bind: this one, or one that root can become. */
const hasUser =
  !isRoot ||
  runs('setpriv', `--reuid=${NOBODY}`, '--clear-groups', process.execPath, BINARY, '--version');

let waiting: Place;
let batch: string;

beforeAll(async () => {
  waiting = new Place();
  await waiting.newLog();
  await waiting.newPerson('a');
  const alice = waiting.person('a', waiting.path('log'));
  await alice.does('identity', 'create', 'a', '--key', 'a');
  const said = (await alice.does('key', 'show', 'a')).nextDigest;
  ({ batch } = await alice.does('anchor', 'a', '--said', said, '--stage'));
  await alice.does('batch', 'sign', batch, '--yes', '--expect', batch);
});

afterAll(() => waiting.remove());

function copyOf(): { readonly place: Place; readonly alice: Person; readonly log: string } {
  const place = waiting.copy();
  onTestFinished(() => {
    spawnSync('chmod', ['-R', 'u+rwX', place.dir]);
    place.remove();
  });
  const log = place.path('log');
  return { place, alice: place.person('a', log), log };
}

function everythingBelow(dir: string): readonly string[] {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  return [dir, ...names.map((name) => path.join(dir, name))];
}

/** The same command by a user whom permissions bind. */
async function bound(
  person: Person,
  ...args: readonly string[]
): Promise<Answer & { exit: number | null }> {
  const user = isRoot
    ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
    : ['env'];
  const [program, ...more] = [...user, process.execPath, BINARY, ...args, '--json'];
  const env = { GITKEL_HOME: person.home, GITKEL_LOG: person.log ?? '' };
  const { stdout, exitCode } = await runProgram(program, more, { cwd: '/', env });
  return { ...(JSON.parse(stdout) as Answer), exit: exitCode };
}

function mountSmall(dir: string): boolean {
  mkdirSync(dir);
  return runs('mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', dir);
}

/** Whether a disk of its own can be mounted. */
const hasMount = ((): boolean => {
  const dir = mkdtempSync(path.join(tmpdir(), 'gitkel-mount-'));
  const isMounted = mountSmall(path.join(dir, 'disk'));
  if (isMounted) runs('umount', path.join(dir, 'disk'));
  rmSync(dir, { recursive: true });
  return isMounted;
})();

describe.skipIf(!hasUser || !hasGit)('batch commit, where permissions forbid it,', () => {
  const cases = [
    ['the whole repository may only be read', 'a-w', '.', true],
    ['the repository is of another owner, who lets others read', 'a+rX', '.', false],
    ['objects may not be written', 'a-w', 'objects/pack', true],
    ['objects may not be read', 'a-rwx', 'objects/pack', true],
    ['the refs may not be written', 'a-w', 'refs/heads', true],
  ] as const;
  // Only root can give a repository away.
  test.each(cases.filter(([, , , isOwn]) => isOwn || isRoot))(
    'when %s, says so with exit 7; then it works',
    async (_, mode, below, isOwn) => {
      const { place, alice, log } = copyOf();
      chmodSync(place.dir, 0o755);
      if (isRoot) {
        for (const file of [...everythingBelow(alice.home), ...(isOwn ? everythingBelow(log) : [])])
          chownSync(file, NOBODY, NOBODY);
      }
      const before = snapshot(log);
      expect(runs('chmod', '-R', mode, path.join(log, below))).toBe(true);
      const answer = await bound(alice, 'batch', 'commit', batch);
      expect(answer).toMatchObject({ exit: 7, error: { code: 'environment', reason: 'eacces' } });
      expect(answer.error.hint).toContain('permissions');
      expect(runs('chmod', '-R', 'u+rwX', log)).toBe(true);
      const packs = (files: ReadonlyMap<string, unknown>): readonly string[] =>
        [...files.keys()].filter((name) => !/objects\/pack\/pack-|gitkel-locks/.test(name));
      expect(packs(snapshot(log))).toEqual(packs(before));
      if (isRoot) for (const file of everythingBelow(log)) chownSync(file, NOBODY, NOBODY);
      expect(await bound(alice, 'batch', 'commit', batch)).toMatchObject({ exit: 0, position: 1 });
      if (isRoot) for (const file of everythingBelow(log)) chownSync(file, ROOT, ROOT);
      expect(await requireSoundLog(log)).toBe(2);
    },
  );
});

describe.skipIf(!hasGit || !hasMount)('batch commit on a small disk', () => {
  test('that is full, or read-only, says so with exit 7; then it works', async () => {
    const { place, alice, log } = copyOf();
    const disk = place.path('disk');
    expect(mountSmall(disk)).toBe(true);
    onTestFinished(() => {
      runs('umount', disk);
    });
    cpSync(log, path.join(disk, 'log'), { recursive: true });
    const here = new Person(alice.name, alice.home, alice.cwd, path.join(disk, 'log'));
    const tip = git(path.join(disk, 'log'), ['rev-parse', 'main']);
    const refused = async (reason: string): Promise<void> => {
      expect((await here.ends(7, 'batch', 'commit', batch)).error).toMatchObject({
        code: 'environment',
        reason,
      });
      expect(git(path.join(disk, 'log'), ['rev-parse', 'main'])).toBe(tip);
      expect(await requireSoundLog(path.join(disk, 'log'))).toBe(1);
    };
    expect(runs('mount', '-o', 'remount,ro', disk)).toBe(true);
    await refused('erofs');
    expect(runs('mount', '-o', 'remount,rw', disk)).toBe(true);
    const filler = path.join(disk, 'filler');
    expect(() => writeFileSync(filler, new Uint8Array(8 * 1024 * 1024))).toThrow('ENOSPC');
    await refused('enospc');
    rmSync(filler);
    expect(await here.does('batch', 'commit', batch)).toMatchObject({ position: 1 });
    expect(await requireSoundLog(path.join(disk, 'log'))).toBe(2);
  });
});

describe.skipIf(!hasGit)('kinds of repositories', () => {
  test('in a linked work tree, the log is that of the repository', async () => {
    const { place } = copyOf();
    const [main, linked] = [place.path('main'), place.path('linked')];
    mkdirSync(main);
    git(main, ['init', '-q', '-b', 'main']);
    git(main, ['commit', '-q', '--allow-empty', '-m', 'begun']);
    git(main, ['worktree', 'add', '-q', linked]);
    const here = place.person('a').in(linked);
    await here.does('init', '.');
    await here.does('identity', 'create', 'solo', '--key', 'a');
    const said = (await here.does('key', 'show', 'a')).nextDigest;
    await here.does('anchor', 'solo', '--said', said, '--stage');
    const [staged] = (await here.does('batch', 'list')).batches;
    await here.does('batch', 'sign', staged?.batch ?? '', '--yes', '--expect', staged?.batch ?? '');
    expect(await here.does('batch', 'commit', '--all')).toMatchObject({ committed: 1 });
    expect(git(main, ['rev-list', '--count', 'gitkel'])).toBe('2');
    expect(await here.in(main).does('audit')).toMatchObject({ state: 'valid', batches: 2 });
    expect(git(main, ['fsck', '--strict', '--no-dangling'])).toBe('');
  });

  test.each([
    [
      'SHA-256 objects',
      '[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = sha256\n',
    ],
    [
      'reftable',
      '[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\trefStorage = reftable\n',
    ],
  ])('a log with %s is refused with exit 7, and nothing is written', async (_, config) => {
    const { alice, log } = copyOf();
    writeFileSync(path.join(log, 'config'), config);
    const before = snapshot(log);
    for (const args of [
      ['batch', 'commit', batch],
      ['batch', 'commit', '--all'],
      ['init', log],
    ])
      expect((await alice.ends(7, ...args)).error).toMatchObject({ reason: 'repository-format' });
    expect(snapshot(log)).toEqual(before);
  });
});

test('a clock that runs backwards changes nothing but the dates that commits claim', async () => {
  const memory = new MemoryLog();
  const ada = await memory.member('ada');
  const positions: number[] = [];
  for (const [index, now] of [START - 86_400, START - 2 * 86_400, 0].entries()) {
    memory.now = now;
    const staged = await memory.stage([memory.anchor(ada, { d: `${index}` })]);
    await memory.sign(staged, 'ada.0.0');
    const results = await commitAll(memory.log, async (key) => memory.ring.signer(key));
    const result = results.find((one) => one.batch === staged.id);
    if (result?.status === 'committed') positions.push(result.position);
  }
  expect(positions).toEqual([1, 2, 3]);
  expect(memory.log.contents.lastBatch?.claimedSeconds).toBe(0);
  expect(audit(memory.host, '/log', {})).toMatchObject({
    state: 'valid',
    findings: [],
    batches: 4,
  });
});
