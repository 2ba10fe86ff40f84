import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { cloneBare, isCloneUrl } from '../../src/git/clone.ts';
import { gitEnvironment, runGit } from '../../src/git/git-process.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { fileRefs } from '../../src/git/refs.ts';
import { openRepository } from '../../src/git/repository.ts';
import { nodeHost } from '../../src/host/node.ts';
import { serve } from '../support/git-server.ts';
import { git, hasGit, temporaryDirectory } from './support.ts';

describe('gitEnvironment()', () => {
  it('passes nothing on that steers Git or unlocks a key', () => {
    const environment = gitEnvironment(
      {
        PATH: '/bin',
        HOME: '/h',
        GIT_DIR: '/x',
        git_trace: '1',
        GIT_SSH_COMMAND: 'x',
        GIT_CONFIG_COUNT: '1',
        GITKEL_PASSPHRASE: 's',
      },
      { gitDir: '/own', objectDirectory: '/foreign' },
    );
    expect(environment).toEqual({
      PATH: '/bin',
      HOME: '/h',
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_ATTR_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_NO_LAZY_FETCH: '1',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_DIR: '/own',
      GIT_OBJECT_DIRECTORY: '/foreign',
    });
  });
});

describe('isCloneUrl()', () => {
  it.each([
    'https://example.com/x.git',
    'http://localhost:8080/x',
    'ssh://git@example.com:22/x',
    'git://example.com/x',
    'git@example.com:team/x.git',
    'https://user:secret@example.com/a@b',
  ])('takes %j', (url) => expect(isCloneUrl(url)).toBe(true));

  it.each([
    '',
    '/local/path',
    'file:///local/path',
    'ext::sh -c x',
    'ext::x',
    'https::https://example.com/',
    '-oProxyCommand=x',
    'ssh://-oProxyCommand=x/y',
    'ssh://git@-oProxyCommand=x/y',
    'ssh:///x',
    '-u@host:path',
    'git@-host:path',
    'git@host::path',
    'git@host:-path',
    'host:path',
    'https://example.com/\n',
    'https://example.com/ x',
    'ftp://example.com/x',
  ])('refuses %j', async (url) => {
    expect(isCloneUrl(url)).toBe(false);
    const target = join(temporaryDirectory(), 'x');
    await expect(cloneBare(nodeHost(), url, target)).rejects.toMatchObject({
      code: 'usage',
      reason: 'clone-url',
    });
    expect(existsSync(target)).toBe(false);
  });
});

/** Puts a directory with a program named git before everything else on the PATH, or in place of it. */
function withPath(path: string): void {
  vi.stubEnv('PATH', path);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

function fakeGit(script: string): void {
  const dir = temporaryDirectory();
  writeFileSync(join(dir, 'git'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, 'git'), 0o755);
  withPath(`${dir}${delimiter}${process.env['PATH'] ?? ''}`);
}

describe('runGit()', () => {
  it('says when there is no git', async () => {
    withPath(temporaryDirectory());
    await expect(runGit(['version'])).rejects.toMatchObject({
      code: 'environment',
      reason: 'git-missing',
    });
    const target = join(temporaryDirectory(), 'x');
    await expect(cloneBare(nodeHost(), 'ssh://localhost:1/x', target)).rejects.toMatchObject({
      reason: 'git-missing',
    });
  });

  it('stops a git that takes too long', async () => {
    fakeGit('exec sleep 600');
    await expect(runGit(['version'], { timeoutMs: 50 })).rejects.toMatchObject({
      reason: 'git-stopped',
    });
  });

  it('waits for no program that a git it stopped leaves behind with its outputs', async () => {
    fakeGit('sleep 60 & exec sleep 60');
    await expect(runGit(['version'], { timeoutMs: 50 })).rejects.toMatchObject({
      reason: 'git-stopped',
    });
    fakeGit('sleep 60 & exit 0');
    await expect(runGit(['version'], { timeoutMs: 50 })).rejects.toMatchObject({
      reason: 'git-stopped',
    });
  });

  it('gives input, output and exit code', async () => {
    fakeGit('cat; echo problem >&2; exit 3');
    const { exitCode, stdout, stderr } = await runGit(['x'], { input: utf8('given') });
    expect([exitCode, fromUtf8(stdout), stderr]).toEqual([3, 'given', 'problem\n']);
  });

  it('survives a git that reads no input', async () => {
    fakeGit('exit 0');
    expect((await runGit(['x'], { input: new Uint8Array(10_000_000) })).exitCode).toBe(0);
  });
});

describe('runGit() for a remote', () => {
  it('leaves the user their own config and ssh, and nothing else that steers Git', () => {
    const environment = gitEnvironment(
      {
        GIT_SSH_COMMAND: 'ssh -i key',
        GIT_CONFIG_GLOBAL: '/h/own',
        GIT_DIR: '/x',
        GIT_CONFIG_COUNT: '1',
        GIT_EXEC_PATH: '/evil',
        GIT_ALTERNATE_OBJECT_DIRECTORIES: '/x',
      },
      { gitDir: '/own', asUser: true },
    );
    expect(environment).toMatchObject({
      GIT_SSH_COMMAND: 'ssh -i key',
      GIT_CONFIG_GLOBAL: '/h/own',
      GIT_DIR: '/own',
      GIT_TERMINAL_PROMPT: '0',
    });
    for (const name of ['GIT_CONFIG_COUNT', 'GIT_EXEC_PATH', 'GIT_ALTERNATE_OBJECT_DIRECTORIES'])
      expect(environment).not.toHaveProperty(name);
  });

  it('ends a git that goes beyond what is watched', async () => {
    fakeGit('exec sleep 60');
    await expect(runGit(['x'], { watch: () => 'it fetched too much' })).rejects.toMatchObject({
      reason: 'git-stopped',
      message: 'Cannot run git: it fetched too much, it was stopped',
    });
  });
});

describe.skipIf(!hasGit)('runGit() with stock git', () => {
  it('runs no program that a prepared repository names', async () => {
    const dir = join(temporaryDirectory(), 'trap');
    mkdirSync(dir);
    git(dir, ['init', '-q']);
    const proof = join(dir, 'ran');
    const trap = join(dir, 'trap.sh');
    writeFileSync(trap, `#!/bin/sh\ntouch ${proof}\n`);
    chmodSync(trap, 0o755);
    for (const hook of [
      'reference-transaction',
      'post-index-change',
      'post-checkout',
      'pre-auto-gc',
    ]) {
      writeFileSync(join(dir, '.git/hooks', hook), `#!/bin/sh\ntouch ${proof}\n`);
      chmodSync(join(dir, '.git/hooks', hook), 0o755);
    }
    git(dir, ['config', 'core.fsmonitor', trap]);
    const tree = git(dir, ['-c', 'core.fsmonitor=false', 'mktree']);
    const commit = git(dir, ['commit-tree', tree, '-m', 'x']);
    const options = { gitDir: join(dir, '.git'), workingDirectory: dir };
    expect((await runGit(['update-ref', 'refs/heads/x', commit], options)).exitCode).toBe(0);
    expect((await runGit(['status', '--porcelain'], options)).exitCode).toBe(0);
    expect(existsSync(proof)).toBe(false);
    // The trap itself works: without these settings git falls into it.
    git(dir, ['update-ref', 'refs/heads/y', commit]);
    expect(existsSync(proof)).toBe(true);
  });

  it('fetches nothing through a promisor remote', async () => {
    const dir = join(temporaryDirectory(), 'trap');
    mkdirSync(dir);
    git(dir, ['init', '-q', '--bare']);
    const proof = join(dir, 'ran');
    for (const [key, value] of [
      ['core.repositoryformatversion', '1'],
      ['extensions.partialClone', 'origin'],
      ['remote.origin.promisor', 'true'],
      ['remote.origin.url', dir],
      ['remote.origin.uploadpack', `touch ${proof}; git-upload-pack`],
    ] as const)
      git(dir, ['config', key, value]);
    const own = join(temporaryDirectory(), 'own');
    mkdirSync(own);
    git(own, ['init', '-q', '--bare']);
    const { exitCode } = await runGit(['cat-file', '-p', 'a'.repeat(40)], {
      gitDir: own,
      objectDirectory: join(dir, 'objects'),
    });
    expect(exitCode).not.toBe(0);
    expect(existsSync(proof)).toBe(false);
  });
});

describe.skipIf(!hasGit)('cloneBare()', () => {
  it.each(['git', 'no git'])(
    'brings all branches over http with %s, and the branch of HEAD',
    async (which) => {
      const host = nodeHost();
      const root = temporaryDirectory();
      const source = join(root, 'log.git');
      mkdirSync(source);
      git(source, ['init', '-q', '--bare', '-b', 'trunk']);
      const blob = git(source, ['hash-object', '-w', '--stdin'], 'content\n');
      const commit = git(source, [
        'commit-tree',
        '-m',
        'x',
        git(source, ['mktree'], `100644 blob ${blob}\tf\n`),
      ]);
      for (const branch of ['trunk', 'gitkel'])
        git(source, ['update-ref', `refs/heads/${branch}`, commit]);
      const url = await serve(root);
      // The server's children find git by themselves, beside their own program.
      if (which === 'no git') withPath(temporaryDirectory());
      const target = join(temporaryDirectory(), 'clone');
      await cloneBare(host, `${url}/log.git`, target);
      const repository = openRepository(host, target, { hostile: true });
      expect(repository).toMatchObject({
        workTree: undefined,
        head: { kind: 'branch', ref: 'refs/heads/trunk' },
      });
      expect([...fileRefs(host, repository).list('refs/heads/')]).toEqual([
        ['refs/heads/gitkel', commit],
        ['refs/heads/trunk', commit],
      ]);
      const store = new ObjectStore(host, repository);
      expect(store.read(blob)?.bytes).toEqual(utf8('content\n'));
      store.close();
    },
    60_000,
  );

  it('says what is wrong without telling a password', async () => {
    const url = await serve(temporaryDirectory());
    const secret = url.replace('//', '//user:secret@');
    const target = join(temporaryDirectory(), 'clone');
    const failure: unknown = await cloneBare(nodeHost(), `${secret}/none.git`, target).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 'environment', reason: 'clone-failed' });
    expect(String(failure)).not.toContain('secret');
  }, 60_000);
});
