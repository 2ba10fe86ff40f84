/** Where a log may be made, read, written and copied to, through the built binary. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { runGit } from '../support/binary.ts';
import { type Crew, useCrew } from '../support/crew.ts';
import { snapshot } from '../support/snapshot.ts';

vi.setConfig({ testTimeout: 180_000 });

const NOWHERE = 'E'.padEnd(44, 'A');

/** A log of three batches of Alice's. */
const withCrew = useCrew(async ({ alice }) => {
  await alice.does('identity', 'create', 'alice', '--key', 'a');
  for (let n = 0; n < 2; n++) await alice.does('anchor', 'alice', '--said', NOWHERE);
});

async function plainClone(
  { place, log }: Crew,
  name: string,
  ...flags: readonly string[]
): Promise<string> {
  await runGit(place.dir, [
    '-c',
    'protocol.file.allow=always',
    'clone',
    '-q',
    ...flags,
    flags.includes('--shared') ? log : `file://${log}`,
    name,
  ]);
  return place.path(name);
}

/** Makes every object a file of its own, and gives where that of `name` lies. */
async function looseObject(dir: string, name: string): Promise<string> {
  const oid = await runGit(dir, ['rev-parse', name]);
  const packs = path.join(dir, '.git/objects/pack');
  const moved = path.join(dir, '.git/packs');
  if (existsSync(packs) && !existsSync(moved)) {
    renameSync(packs, moved);
    const pack = readdirSync(moved).find((file) => file.endsWith('.pack')) ?? '';
    await runGit(dir, ['unpack-objects', '-q'], {}, readFileSync(path.join(moved, pack)));
  }
  return path.join(dir, '.git/objects', oid.slice(0, 2), oid.slice(2));
}

describe('audit of a damaged clone is a verdict', () => {
  test.each([
    ['a shallow one', ['--depth', '1'], 'shallow'],
    ['one without files', ['--filter=blob:none', '--no-checkout'], 'promisor'],
    ['one that borrows its objects', ['--shared'], 'alternates'],
  ])('%s', async (_what, flags, reason) => {
    await withCrew(async (crew) => {
      await runGit(crew.log, ['config', 'uploadpack.allowFilter', 'true']);
      const clone = await plainClone(crew, 'plain', ...flags);
      expect(await crew.bob.with(undefined).ends(1, 'audit', clone)).toMatchObject({
        state: 'invalid',
        reason,
      });
    })();
  });

  test.each([
    ['the last commit', 'HEAD'],
    ['a commit in the middle', 'HEAD~1'],
    ['the first commit', 'HEAD~2'],
    ['gitkel.json', 'HEAD:gitkel.json'],
    ['the first tree', 'HEAD~2^{tree}'],
    ['the last tree', 'HEAD^{tree}'],
  ])('without %s, or with it damaged', async (_what, name) => {
    await withCrew(async (crew) => {
      const clone = await plainClone(crew, 'plain');
      const file = await looseObject(clone, name);
      const bytes = readFileSync(file);
      rmSync(file);
      const gone = await crew.alice.run(['audit', clone, '--objects', '--json']);
      expect(JSON.parse(gone.requireExit(1).stdout)).toMatchObject({ state: 'invalid' });
      // In the checksum: elsewhere another bit can say the same, where a text is repeated.
      const last = bytes.length - 1;
      bytes.writeUInt8(bytes.readUInt8(last) ^ 1, last);
      writeFileSync(file, bytes);
      const damaged = await crew.alice.run(['audit', clone, '--objects', '--json']);
      expect(JSON.parse(damaged.requireExit(1).stdout)).toMatchObject({ state: 'invalid' });
    })();
  });

  test(
    'but a repository of something else is none',
    withCrew(async ({ place, bob }) => {
      const code = place.path('code');
      await runGit(place.dir, ['init', '-q', '-b', 'main', code]);
      writeFileSync(path.join(code, 'main.c'), 'int main;\n');
      for (const message of ['one', 'two']) {
        await runGit(code, ['add', '-A']);
        await runGit(code, ['commit', '-q', '--allow-empty', '-m', message]);
      }
      expect((await bob.ends(4, 'audit', code)).error.code).toBe('not-found');
      await runGit(place.dir, ['clone', '-q', '--depth', '1', `file://${code}`, 'part']);
      expect((await bob.ends(4, 'audit', place.path('part'))).error.code).toBe('not-found');
      await runGit(code, ['checkout', '-q', '--detach']);
      expect((await bob.ends(4, 'audit', code)).error.code).toBe('not-found');
    }),
  );
});

describe('a detached HEAD', () => {
  test(
    'is read, compared with the working tree, and not written to',
    withCrew(async (crew) => {
      const { alice, bob, place } = crew;
      const clone = await plainClone(crew, 'plain');
      await runGit(clone, ['checkout', '-q', '--detach', 'HEAD~1']);
      const here = bob.with(undefined).in(clone);
      expect(await here.does('audit')).toMatchObject({ state: 'valid', ref: 'HEAD', batches: 2 });
      expect((await here.does('identity', 'list')).identities).toHaveLength(1);
      expect(await here.does('clone', clone, place.path('copy'))).toMatchObject({ batches: 2 });
      expect(await runGit(place.path('copy'), ['symbolic-ref', 'HEAD'])).toBe('refs/heads/main');
      const { error } = await alice.with(clone).ends(1, 'anchor', 'alice', '--said', NOWHERE);
      expect(error.reason).toBe('log-rolled-back');
      await runGit(clone, ['checkout', '-q', '--detach', 'main']);
      expect(
        (await alice.with(clone).ends(7, 'anchor', 'alice', '--said', NOWHERE)).error.reason,
      ).toBe('detached-head');
      writeFileSync(path.join(clone, 'more'), '');
      expect(await here.ends(1, 'audit')).toMatchObject({
        state: 'invalid',
        reason: 'work-tree-extra',
      });
    }),
  );

  test(
    'what the refusal of a checked-out branch says to do works',
    withCrew(async (crew) => {
      const { alice } = crew;
      const clone = await plainClone(crew, 'plain');
      const anchor = ['anchor', 'alice', '--said', NOWHERE];
      await runGit(clone, ['remote', 'remove', 'origin']);
      const { error } = await alice.with(clone).ends(7, ...anchor);
      expect(error).toMatchObject({
        reason: 'checked-out',
        hint: expect.stringContaining('git switch --detach) and name it: --branch main') as string,
      });
      await runGit(clone, ['switch', '-q', '--detach']);
      expect(await alice.with(clone).does(...anchor, '--branch', 'main')).toMatchObject({
        status: 'committed',
        position: 3,
      });
    }),
  );
});

describe('what Git cloned publishes where it came from', () => {
  test.each([
    ['--bare', ['--bare']],
    ['--mirror', ['--mirror']],
    ['a clone whose branch has no upstream any more', []],
  ])('%s', async (_what, flags) => {
    await withCrew(async (crew) => {
      const clone = await plainClone(crew, 'plain', ...flags);
      if (flags.length === 0) {
        await runGit(clone, ['branch', '--unset-upstream']);
        await runGit(clone, ['switch', '-q', '--detach']);
      }
      const anchor = ['anchor', 'alice', '--said', NOWHERE, '--branch', 'main'];
      const { commit } = await crew.alice.with(clone).does(...anchor);
      expect(await runGit(crew.log, ['rev-parse', 'main'])).toBe(commit);
      expect(await runGit(clone, ['rev-parse', 'main'])).toBe(commit);
    })();
  });

  test(
    'and where nothing can be published, it is not written to',
    withCrew(async (crew) => {
      const clone = await plainClone(crew, 'plain', '--bare');
      await runGit(clone, ['config', 'remote.origin.url', 'ftp://example.org/log']);
      const before = snapshot(clone);
      const anchor = ['anchor', 'alice', '--said', NOWHERE, '--branch', 'main'];
      expect((await crew.alice.with(clone).ends(7, ...anchor)).error.reason).toBe('upstream');
      expect(snapshot(clone)).toEqual(before);
      // What the hint says.
      await runGit(clone, ['remote', 'remove', 'origin']);
      expect(await crew.alice.with(clone).does(...anchor)).toMatchObject({ status: 'committed' });
    }),
  );

  test(
    'a log beside code does, once its branch is known there',
    withCrew(async ({ place, alice }) => {
      const code = place.path('code');
      await runGit(place.dir, ['init', '-q', '-b', 'main', code]);
      await runGit(code, ['commit', '-q', '--allow-empty', '-m', 'code']);
      await runGit(place.dir, ['clone', '-q', code, 'work']);
      const work = place.path('work');
      await runGit(work, ['update-ref', 'refs/remotes/origin/feature/gitkel', 'HEAD']);
      const here = alice.with(undefined).in(work);
      await here.does('init');
      expect(await here.does('identity', 'create', 'beside', '--key', 'a')).toMatchObject({
        status: 'committed',
      });
      const first = await runGit(work, ['rev-parse', 'gitkel']);
      await runGit(work, ['update-ref', 'refs/remotes/origin/gitkel', 'gitkel']);
      const { commit } = await here.does('anchor', 'beside', '--said', NOWHERE);
      // What was there before is published first.
      const there = await runGit(code, ['log', '--format=%H', 'gitkel']);
      expect(there).toBe(`${commit ?? ''}\n${first}`);
    }),
  );
});

describe('init', () => {
  test(
    'writes over nothing',
    withCrew(async ({ place, bob }) => {
      const dir = place.path('full');
      mkdirSync(dir);
      for (const name of ['config', 'notes']) writeFileSync(path.join(dir, name), 'mine');
      const before = snapshot(dir);
      expect((await bob.ends(2, 'init', dir)).error).toMatchObject({
        code: 'usage',
        reason: 'not-empty',
      });
      expect(snapshot(dir)).toEqual(before);
      mkdirSync(place.path('bare'));
      expect(await bob.does('init', place.path('bare'))).toMatchObject({ status: 'done' });
    }),
  );

  test(
    'refuses a directory inside of a repository, and names its top',
    withCrew(async ({ place, log, bob }) => {
      const code = place.path('code');
      await runGit(place.dir, ['init', '-q', code]);
      mkdirSync(path.join(code, 'src/deep'), { recursive: true });
      for (const [dir, top] of [
        [path.join(code, 'src/deep'), code],
        [path.join(log, 'objects'), log],
      ] as const) {
        const { error } = await bob.in(dir).ends(2, 'init');
        expect(error).toMatchObject({ code: 'usage', reason: 'inside-repository' });
        expect(error.message).toContain(JSON.stringify(top));
        expect(existsSync(path.join(dir, 'HEAD'))).toBe(false);
      }
      expect(await bob.in(code).does('init', 'own')).toMatchObject({ branch: 'main' });
    }),
  );
});

describe('clone', () => {
  test(
    'keeps a branch with slashes, notes its source once, and leaves nothing else behind',
    withCrew(async (crew) => {
      const { place, alice, log } = crew;
      await alice.with(undefined).does('init', 'slashes', '--branch', 'feat/x');
      const source = place.path('slashes');
      await runGit(source, ['fetch', '-q', log, 'main:feat/x']);
      await alice.does('clone', source, place.path('deep/copy'));
      expect(readdirSync(place.path('deep'))).toEqual(['copy']);
      const copy = place.path('deep/copy');
      expect(await runGit(copy, ['symbolic-ref', 'HEAD'])).toBe('refs/heads/feat/x');
      expect(await runGit(copy, ['config', '--get-all', 'remote.origin.url'])).toBe(source);
      expect(await alice.with(copy).does('audit')).toMatchObject({
        state: 'valid',
        batches: 3,
        ref: 'refs/heads/feat/x',
      });
      expect(await alice.does('clone', source, 'named', '--branch', 'feat/x')).toMatchObject({
        batches: 3,
      });
    }),
  );

  test(
    'that fails leaves what was there, and nothing of its own',
    withCrew(async (crew) => {
      const { place, alice } = crew;
      const clone = await plainClone(crew, 'plain');
      rmSync(await looseObject(clone, 'HEAD~1'));
      const before = readdirSync(place.dir);
      await alice.ends(1, 'clone', clone, 'copy');
      expect(readdirSync(place.dir)).toEqual(before);
      mkdirSync(place.path('copy'));
      writeFileSync(place.path('copy/mine'), 'mine');
      expect((await alice.ends(2, 'clone', crew.log, 'copy')).error.message).toContain(
        'something is there',
      );
      expect(readFileSync(place.path('copy/mine'), 'utf8')).toBe('mine');
    }),
  );
});

describe('which log is meant', () => {
  test(
    'git --git-dir names it, and --log wins over that',
    withCrew(async ({ place, log, alice }) => {
      const bin = place.path('bin');
      mkdirSync(bin);
      const main = path.resolve(import.meta.dirname, '../../dist/src/cli/gitkel.cjs');
      writeFileSync(
        path.join(bin, 'git-kel'),
        `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`,
        { mode: 0o755 },
      );
      const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, GITKEL_HOME: alice.home };
      const away = await place.emptyDirectory();
      expect(await runGit(away, [`--git-dir=${log}`, 'kel', 'audit'], env)).toMatch(/valid: /);
      expect(
        await runGit(away, [`--git-dir=${path.relative(away, log)}`, 'kel', 'audit'], env),
      ).toMatch(/valid: /);
      const lost = await alice.run(['identity', 'list', '--log', away, '--json'], {
        env: { GIT_DIR: log },
      });
      lost.requireExit(4);
    }),
  );
});
