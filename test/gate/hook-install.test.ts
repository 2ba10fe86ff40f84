import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { parseHookConfig, readHookConfig } from '../../src/gate/hook-config.ts';
import { hookFindings } from '../../src/gate/hook-findings.ts';
import {
  applyPlan,
  type HookPrograms,
  planHooks,
  planHooksRemoval,
  programOf,
  requirePrograms,
} from '../../src/gate/hook-install.ts';
import { ALL_HOOKS, hookNameOf, SERVER_HOOKS } from '../../src/gate/hook-name.ts';
import { findHooksPlace, ownHooks, requireOwnHooks } from '../../src/gate/hooks-place.ts';
import {
  planConfig,
  planConfigRemoval,
  requireHookGit,
  requirePolicy,
  serverNotes,
  verifiedLog,
} from '../../src/gate/server-install.ts';
import { settingAdvice } from '../../src/gate/server-settings.ts';
import { gitSettings } from '../../src/git/hooks-path.ts';
import { isAtLeast, requireGit, versionIn } from '../../src/git/git-version.ts';
import { openRepository, type Repository } from '../../src/git/repository.ts';
import { nodeHost } from '../../src/host/node.ts';
import { runGit } from '../support/binary.ts';
import { policyText } from '../support/push-log.ts';
import { ReleasingLog } from '../support/releasing-log.ts';
import { reasonOf } from '../support/thrown.ts';

const host = nodeHost({ fsync: false });

let root: string;
let log: ReleasingLog;
/** The repository of the test, bare and empty. */
let dir: string;
let programs: HookPrograms;
let count = 0;

const open = (at = dir): Repository => openRepository(host, at, { hostile: false });
const policy = (id = log.id): Uint8Array =>
  utf8(policyText(id, [log.aid('ada')], { 'skills/**': [log.aid('ada')] }));

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'gitkel-install-'));
  // What the user of this machine has set must not decide.
  process.env['GIT_CONFIG_GLOBAL'] = path.join(root, 'gitconfig');
  process.env['GIT_CONFIG_NOSYSTEM'] = '1';
  log = await ReleasingLog.make(host, path.join(root, 'log'), ['ada']);
  programs = { node: process.execPath, directory: path.join(root, 'programs') };
  mkdirSync(programs.directory);
  for (const name of ALL_HOOKS) writeFileSync(programOf(programs, name), '');
});

afterAll(() => {
  log.log.store.close();
  rmSync(root, { recursive: true });
});

beforeEach(async () => {
  dir = path.join(root, `repository ${++count}.git`);
  await runGit(root, ['init', '-q', '--bare', '-b', 'main', dir]);
  rmSync(path.join(root, 'gitconfig'), { force: true });
});

/** Installs the hooks of a server as the command does. */
async function install(): Promise<void> {
  const repository = open();
  const config = await verifiedLog(host, repository, { dir: log.dir, ref: undefined });
  const { directory } = await findHooksPlace(host, repository);
  const hooks = planHooks(host, directory, SERVER_HOOKS, programs);
  const steps = [...planConfig(host, repository.commonDir, config, policy()), ...hooks.steps];
  applyPlan(host, { steps, notes: [] });
}

const troubles = async (at = dir): Promise<readonly string[]> =>
  (await hookFindings(host, at, programs)).flatMap(({ check, level }) =>
    level === 'ok' || check === 'server-settings' ? [] : [`${level} ${check}`],
  );

describe('findHooksPlace()', () => {
  it('finds where Git looks, whoever set it, and refuses what is not of the repository alone', async () => {
    const repository = open();
    const own = await findHooksPlace(host, repository);
    expect(own).toEqual({ directory: path.join(dir, 'hooks'), isOwn: true });
    expect(() => requireOwnHooks(own, ALL_HOOKS)).not.toThrow();
    const elsewhere = { directory: path.join(dir, '.husky'), isOwn: false };
    for (const set of [
      async () => runGit(dir, ['config', 'core.hooksPath', '.husky']),
      async () => {
        await runGit(dir, ['config', '--unset', 'core.hooksPath']);
        writeFileSync(path.join(root, 'gitconfig'), '[core]\n\thooksPath = .husky\n');
      },
    ]) {
      await set();
      expect(await findHooksPlace(host, open())).toEqual(elsewhere);
    }
    expect(await reasonOf(() => requireOwnHooks(elsewhere, ['pre-push']))).toBe('hooks-path');
    expect(() => requireOwnHooks(elsewhere, ['pre-push'])).toThrow(
      expect.objectContaining({
        hint: expect.stringContaining('gitkel hook run pre-push') as string,
      }),
    );
    // Named, but the usual one: nothing is in the way.
    await runGit(dir, ['config', 'core.hooksPath', path.join(dir, 'hooks')]);
    expect(await findHooksPlace(host, open())).toEqual(own);
  });

  it('takes a directory of hooks that is a link for one of others', async () => {
    mkdirSync(path.join(root, 'shared'), { recursive: true });
    rmSync(path.join(dir, 'hooks'), { recursive: true });
    symlinkSync(path.join(root, 'shared'), path.join(dir, 'hooks'));
    expect(await findHooksPlace(host, open())).toMatchObject({ isOwn: false });
  });

  it('finds the hooks that linked work trees share, and those of a submodule', async () => {
    const work = path.join(root, `work ${count}`);
    await runGit(root, ['init', '-q', '-b', 'main', work]);
    await runGit(work, ['commit', '-q', '--allow-empty', '-m', 'first']);
    await runGit(work, ['worktree', 'add', '-q', '-b', 'linked', `${work} linked`]);
    const shared = { directory: path.join(work, '.git/hooks'), isOwn: true };
    expect(await findHooksPlace(host, open(work))).toEqual(shared);
    expect(await findHooksPlace(host, open(`${work} linked`))).toEqual(shared);
    await runGit(work, [
      '-c',
      'protocol.file.allow=always',
      'submodule',
      'add',
      '-q',
      `${work} linked`,
      'sub',
    ]);
    expect(await findHooksPlace(host, open(path.join(work, 'sub')))).toMatchObject({
      directory: expect.stringMatching(/\.git\/modules\/sub\/hooks$/) as string,
      isOwn: true,
    });
  });
});

describe('installing on a server', () => {
  it('tells the hooks what was checked, twice as once, and leaves nothing behind', async () => {
    const before = await runGit(root, [
      '-c',
      'core.quotePath=off',
      'hash-object',
      path.join(dir, 'config'),
    ]);
    await install();
    expect(readHookConfig(host, dir)).toEqual({
      logDir: log.dir,
      logRef: 'refs/heads/main',
      logId: log.id,
    });
    expect(readFileSync(path.join(dir, 'gitkel/policy.yaml'))).toEqual(Buffer.from(policy()));
    expect(await troubles()).toEqual([]);
    const config = readHookConfig(host, dir);
    expect(planConfig(host, dir, config, policy())).toEqual([]);
    expect(planHooks(host, path.join(dir, 'hooks'), SERVER_HOOKS, programs).steps).toEqual([]);
    // What the hooks make when they run goes, too; what others put there stays.
    mkdirSync(path.join(dir, 'gitkel/home/verified'), { recursive: true });
    symlinkSync(root, path.join(dir, 'gitkel/home/verified/link'));
    const removal = planHooksRemoval(host, [ownHooks(open())], SERVER_HOOKS);
    applyPlan(host, { steps: [...removal.steps, ...planConfigRemoval(host, dir)], notes: [] });
    expect([existsSync(path.join(dir, 'gitkel')), existsSync(log.dir)]).toEqual([false, true]);
    expect(await runGit(root, ['hash-object', path.join(dir, 'config')])).toBe(before);
    expect(planConfigRemoval(host, dir)).toEqual([]);
  });

  it('takes a log of the same repository, by its ref or its directory', async () => {
    await runGit(dir, ['fetch', '-q', log.dir, '+refs/heads/main:refs/heads/gitkel']);
    const expected = { logDir: undefined, logRef: 'refs/heads/gitkel', logId: log.id };
    const repository = open();
    for (const choice of [
      { dir: undefined, ref: 'refs/heads/gitkel' },
      { dir, ref: 'gitkel' },
    ])
      expect(await verifiedLog(host, repository, choice)).toEqual(expected);
  });

  it('refuses a log that does not hold, and policies that cannot be in force', async () => {
    const repository = open();
    const config = { logDir: log.dir, logRef: 'refs/heads/main', logId: log.id };
    const broken = path.join(root, `broken ${count}.git`);
    await runGit(root, ['clone', '-q', '--bare', log.dir, broken]);
    const tree = await runGit(broken, ['rev-parse', 'main^{tree}']);
    const commit = await runGit(broken, ['commit-tree', '-p', 'main', '-m', 'forged', tree]);
    await runGit(broken, ['update-ref', 'refs/heads/main', commit]);
    expect(
      await reasonOf(() => verifiedLog(host, repository, { dir: broken, ref: undefined })),
    ).toBe('log-invalid');
    const requiring = async (bytes?: Uint8Array) =>
      reasonOf(async () => requirePolicy(host, open(), config, bytes));
    expect(await requiring()).toBe('policy-missing');
    expect(await requiring(policy(log.aid('ada')))).toBe('policy-log');
    expect(await requiring(utf8('version: 2\n'))).not.toBe('');
    await runGit(dir, ['symbolic-ref', 'HEAD', 'refs/heads/other']);
    expect(await requirePolicy(host, open(), config, policy())).toMatchObject({ isInTree: false });
    const blob = await runGit(dir, ['hash-object', '-w', '--stdin'], {}, policy());
    await runGit(dir, [
      'update-index',
      '--add',
      '--cacheinfo',
      `100644,${blob},.gitkel/policy.yaml`,
    ]);
    const withPolicy = await runGit(dir, [
      'commit-tree',
      '-m',
      'x',
      await runGit(dir, ['write-tree']),
    ]);
    await runGit(dir, ['update-ref', 'refs/heads/other', withPolicy]);
    expect(await requirePolicy(host, open(), config, undefined)).toMatchObject({ isInTree: true });
    await runGit(dir, ['update-ref', '--no-deref', 'HEAD', withPolicy]);
    expect(await requiring(policy())).toBe('head-detached');
  });

  it('recommends settings that are not made, whoever makes them', async () => {
    const settings = async (): Promise<readonly string[]> =>
      settingAdvice(await gitSettings(open())).map(({ setting }) => setting);
    expect(await settings()).toContain('transfer.fsckObjects');
    await runGit(dir, ['config', 'transfer.fsckObjects', 'yes']);
    await runGit(dir, ['config', 'uploadpack.allowAnySHA1InWant', 'true']);
    writeFileSync(path.join(root, 'gitconfig'), '[receive]\n\tdenyNonFastForwards\n');
    const now = await settings();
    expect(now).not.toContain('transfer.fsckObjects');
    expect(now).not.toContain('receive.denyNonFastForwards');
    expect(now).toContain('uploadpack.allowAnySHA1InWant');
  });

  it('tells of an owner who is somebody else, and of a gitkel that is not all there', async () => {
    const owner = process.getuid?.() ?? 0;
    expect(serverNotes(host, open(), owner)).toEqual([]);
    expect(serverNotes(host, open(), owner + 1)).toEqual([
      expect.stringContaining(`belongs to user ${owner}`),
    ]);
    await runGit(dir, ['config', 'core.sharedRepository', 'group']);
    expect(serverNotes(host, open(), owner)).toEqual([
      expect.stringContaining('let one user serve all of them'),
    ]);
    expect(() => requirePrograms(host, ALL_HOOKS, programs)).not.toThrow();
    expect(
      await reasonOf(() =>
        requirePrograms(host, ALL_HOOKS, { ...programs, directory: '/nowhere' }),
      ),
    ).toBe('program-gone');
    const cached = {
      node: programs.node,
      directory: '/home/u/.npm/_npx/1/node_modules/gitkel/dist/hooks',
    };
    expect(planHooks(host, path.join(dir, 'hooks'), [], cached).notes[0]).toContain('cache of npx');
  });

  it('asks for a git that has the hooks', async () => {
    await requireHookGit();
    expect(await reasonOf(async () => requireGit([1_000, 0], 'lacks something'))).toBe('git-old');
    expect(versionIn('git version 2.39.5 (Apple Git-154)')).toEqual([2, 39]);
    expect([isAtLeast([2, 27], [2, 28]), isAtLeast([3, 0], [2, 28])]).toEqual([false, true]);
  });
});

describe('hookFindings()', () => {
  it('tells of hooks of others, not of samples and what is not executable', async () => {
    expect(await hookFindings(host, dir, programs)).toMatchObject([
      { check: 'hooks', level: 'ok' },
    ]);
    writeFileSync(path.join(dir, 'hooks/post-update'), '', { mode: 0o644 });
    writeFileSync(path.join(dir, 'hooks/pre-push'), '', { mode: 0o755 });
    await runGit(dir, ['config', 'core.hooksPath', '/elsewhere']);
    const [found] = await hookFindings(host, dir, programs);
    expect(found).toMatchObject({
      level: 'warning',
      detail: 'Git hooks are set up: pre-push, core.hooksPath = /elsewhere',
    });
  });

  it('tells what is wrong with the hooks of a server, also when everything was moved', async () => {
    await install();
    rmSync(path.join(dir, 'hooks/reference-transaction'));
    expect(await troubles()).toEqual(['error hook-reference-transaction']);
    await install();
    const moved = `${dir} moved`;
    renameSync(dir, moved);
    dir = moved;
    expect(await troubles()).toEqual([]);
    for (const [change, trouble] of [
      [
        () => writeFileSync(path.join(dir, 'gitkel/policy.yaml'), policy(log.aid('ada'))),
        'error hook-policy',
      ],
      [
        () => writeFileSync(path.join(dir, 'gitkel/policy.yaml'), 'version: 2\n'),
        'error hook-config',
      ],
      [() => writeFileSync(path.join(dir, 'gitkel/hook.json'), '{}\n'), 'error hook-config'],
      [() => rmSync(path.join(dir, 'gitkel/hook.json')), 'error hook-config'],
    ] as const) {
      change();
      expect(await troubles()).toEqual([trouble]);
    }
    await install();
    renameSync(log.dir, `${log.dir} moved`);
    expect(await troubles()).toEqual(['error hook-config']);
    renameSync(`${log.dir} moved`, log.dir);
    expect(await hookFindings(host, dir, { ...programs, node: '/other/node' })).toContainEqual(
      expect.objectContaining({ check: 'hook-pre-receive', level: 'warning' }),
    );
    expect(await troubles(path.join(root, 'nowhere'))).toEqual(['warning hooks']);
  });
});

describe('hookNameOf() and parseHookConfig()', () => {
  it('take nothing else', async () => {
    expect(await reasonOf(() => hookNameOf('update'))).toBe('hook-name');
    for (const text of [
      '',
      '{}',
      '{"log":{"id":"x","ref":"main"},"version":1}\n',
      '{"log":{"dir":"a","id":"x","ref":"refs/heads/a"},"version":1}\n',
      '{"log":{"id":"x","ref":"refs/heads/a"},"version":2}\n',
    ])
      expect(await reasonOf(() => parseHookConfig(utf8(text)))).not.toBe('');
  });
});
