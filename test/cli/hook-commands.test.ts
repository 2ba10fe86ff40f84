/** The commands about hooks, in this process: what they find, do and answer. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import HookInstall from '../../commands/hook/install.ts';
import HookRun from '../../commands/hook/run.ts';
import HookStatus from '../../commands/hook/status.ts';
import HookUninstall from '../../commands/hook/uninstall.ts';
import { nodeHost } from '../../src/host/node.ts';
import { runGit } from '../support/binary.ts';
import { policyText } from '../support/push-log.ts';
import { ReleasingLog } from '../support/releasing-log.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

let root: string;
let log: ReleasingLog;
const printed: string[] = [];

interface Runnable {
  run(argv: string[], options: { readonly root: string }): Promise<unknown>;
}

/** Runs a command; what it answers, and its exit code. */
async function run(command: Runnable, ...argv: readonly string[]): Promise<readonly unknown[]> {
  printed.length = 0;
  process.exitCode = 0;
  const answer = await command.run([...argv], { root: ROOT });
  const { exitCode } = process;
  process.exitCode = 0;
  return [exitCode ?? 0, answer];
}

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'gitkel-hook-commands-'));
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      printed.push(String(chunk));
      return true;
    });
  }
  vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null');
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
  vi.stubEnv('GITKEL_HOME', path.join(root, 'home'));
  vi.stubEnv('GITKEL_LOG', undefined);
  log = await ReleasingLog.make(nodeHost({ fsync: false }), path.join(root, 'log'), ['ada']);
  await runGit(root, ['init', '-q', '-b', 'main', 'work']);
  await runGit(root, ['init', '-q', '--bare', '-b', 'main', 'server']);
});

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  log.log.store.close();
  rmSync(root, { recursive: true });
});

test('hook install, status, run and uninstall in a clone', async () => {
  vi.stubEnv('GIT_DIR', path.join(root, 'work/.git'));
  const hooks = path.join(root, 'work/.git/hooks');
  const before = readdirSync(hooks);
  writeFileSync(path.join(hooks, 'pre-push'), '#!/bin/sh\n', { mode: 0o755 });
  expect(await run(HookInstall, '--dry-run')).toMatchObject([0, { status: 'planned' }]);
  expect(existsSync(path.join(hooks, 'pre-commit'))).toBe(false);
  const only = await run(HookInstall, '--pre-push', '--log', log.dir);
  expect(only).toMatchObject([0, { status: 'installed', hooks: ['pre-push'] }]);
  expect(printed.join('')).toContain('kept as pre-push.before-gitkel');
  expect(readFileSync(path.join(root, 'work/.git/gitkel/hook.json'), 'utf8')).toContain(log.id);
  expect(await run(HookInstall)).toMatchObject([0, { hooks: ['pre-commit', 'pre-push'] }]);
  expect(await run(HookInstall)).toMatchObject([0, { status: 'unchanged', steps: [] }]);
  expect(await run(HookStatus)).toMatchObject([
    0,
    { directory: hooks, hooks: [{}, {}, { state: 'installed' }, { state: 'installed' }] },
  ]);
  expect(await run(HookRun, 'pre-commit')).toMatchObject([0, { state: 'allowed', lines: [] }]);
  writeFileSync(path.join(hooks, 'pre-commit'), '\n', { flag: 'a' });
  expect(await run(HookStatus)).toMatchObject([1, { hooks: [{}, {}, { state: 'edited' }, {}] }]);
  rmSync(path.join(hooks, 'pre-commit'));
  expect(await run(HookUninstall)).toMatchObject([0, { status: 'removed' }]);
  expect(readdirSync(hooks)).toEqual([...before, 'pre-push'].toSorted());
  expect(existsSync(path.join(root, 'work/.git/gitkel'))).toBe(false);
  expect(await run(HookUninstall)).toMatchObject([0, { status: 'unchanged' }]);
  await runGit(path.join(root, 'work'), ['config', 'core.hooksPath', '.husky/_']);
  await run(HookInstall);
  expect(printed.join('')).toContain('add the line `gitkel hook run pre-push "$@"`');
  expect(existsSync(path.join(root, 'work/.husky'))).toBe(false);
  const into = await run(HookInstall, '--into-hooks-path', '--pre-commit');
  expect(into).toMatchObject([0, { status: 'installed' }]);
  expect(readdirSync(path.join(root, 'work/.husky/_'))).toEqual(['pre-commit']);
  await run(HookUninstall);
  expect(existsSync(path.join(root, 'work/.husky/_'))).toBe(false);
});

test('hook install, status and uninstall on a server', async () => {
  vi.stubEnv('GIT_DIR', undefined);
  const server = path.join(root, 'server');
  const policy = path.join(root, 'policy.yaml');
  writeFileSync(policy, policyText(log.id, [log.aid('ada')], { 'skills/**': [log.aid('ada')] }));
  const refused: readonly (readonly [line: string, argv: readonly string[]])[] = [
    ['no log is named', []],
    ['no policy would be in force', ['--log', log.dir]],
    ['both --log and --log-ref', ['--log', log.dir, '--log-ref', 'gitkel']],
  ];
  for (const [line, argv] of refused) {
    await run(HookInstall, '--server', server, ...argv);
    expect(printed.join('')).toContain(line);
    expect(existsSync(path.join(server, 'gitkel'))).toBe(false);
  }
  const argv = ['--server', server, '--log', log.dir, '--policy', policy];
  expect(await run(HookInstall, ...argv)).toMatchObject([0, { status: 'installed' }]);
  expect(printed.join('')).toContain(
    `recommended: git -C ${server} config transfer.fsckObjects true`,
  );
  expect(await run(HookStatus, '--server', server)).toMatchObject([
    0,
    { hooks: [{ state: 'installed' }, { state: 'installed' }, {}, {}] },
  ]);
  expect(await run(HookUninstall, '--server', server)).toMatchObject([0, { status: 'removed' }]);
  expect(readdirSync(server)).not.toContain('gitkel');
});
