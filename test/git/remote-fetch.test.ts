import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { cloneBare } from '../../src/git/clone.ts';
import { fetchRef } from '../../src/git/remote-fetch.ts';
import { pushRef } from '../../src/git/remote-push.ts';
import { watchedObjects } from '../../src/git/watched-objects.ts';
import { nodeHost } from '../../src/host/node.ts';
import { serve } from '../support/git-server.ts';
import { reasonOf } from '../support/thrown.ts';
import { git, hasGit, temporaryDirectory } from './support.ts';

const REF = 'refs/heads/main';

function madeRepository(dir: string, commits: number): readonly string[] {
  mkdirSync(dir);
  git(dir, ['init', '-q', '-b', 'main']);
  return Array.from({ length: commits }, (_, n) => {
    git(dir, ['commit', '-q', '--allow-empty', '-m', `${n}`]);
    return git(dir, ['rev-parse', 'HEAD']).trim();
  });
}

async function fetched(url: string, have?: string, objects = temporaryDirectory()) {
  const wanted = { ref: REF, have, objects, into: temporaryDirectory() };
  const got = await fetchRef(nodeHost(), { kind: 'url', url }, wanted);
  got.close();
  return got.tip;
}

describe.skipIf(!hasGit)('fetchRef() over http', () => {
  test('does not take the name of a repository for what git says of it', async () => {
    const url = 'http://127.0.0.1:1/shallow.git';
    expect(await reasonOf(async () => fetched(url))).toBe('remote-unreachable');
  });

  test('recognises a shallow repository', async () => {
    const root = temporaryDirectory();
    madeRepository(join(root, 'whole'), 2);
    const whole = `file://${join(root, 'whole')}`;
    git(root, ['clone', '-q', '--bare', '--depth', '1', whole, join(root, 'cut.git')]);
    const url = `${await serve(root)}/cut.git`;
    expect(await reasonOf(async () => fetched(url))).toBe('remote-shallow');
  });

  test('starts nothing in the repository that it is for, and reads none of its config', async () => {
    const root = temporaryDirectory();
    const [first, second] = madeRepository(join(root, 'there'), 2);
    const here = join(root, 'here');
    git(root, ['clone', '-q', '--no-local', '--bare', join(root, 'there'), here]);
    rmSync(join(here, 'config'));
    // Who opens it waits for ever.
    execFileSync('mkfifo', [join(here, 'config')]);
    const url = `${await serve(root)}/there/.git`;
    expect(await fetched(url, first, join(here, 'objects'))).toBe(second);
  }, 20_000);
});

describe.skipIf(!hasGit)('git that talks to a remote', () => {
  test("runs no hooks of the user's own config, and takes no local path for an address", async () => {
    const root = temporaryDirectory();
    const [first = '', second = ''] = madeRepository(join(root, 'there'), 2);
    const hooks = join(root, 'hooks');
    mkdirSync(hooks);
    for (const name of ['reference-transaction', 'pre-push', 'post-checkout'])
      writeFileSync(join(hooks, name), `#!/bin/sh\ntouch ${root}/ran\n`, { mode: 0o755 });
    const url = `${await serve(root)}/there/.git`;
    const config = join(root, 'config');
    const settings = [
      `[core]\nhooksPath = ${hooks}`,
      '[protocol "file"]\nallow = always',
      `[url "file://${root}/"]\ninsteadOf = https://local/`,
    ];
    writeFileSync(config, settings.join('\n'));
    vi.stubEnv('GIT_CONFIG_GLOBAL', config);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    expect(await fetched(url)).toBe(second);
    await cloneBare(nodeHost(), url, join(root, 'copy.git'));
    const objects = join(root, 'there/.git/objects');
    const pushing = { ref: 'refs/heads/new', expected: undefined, next: first, objects };
    const place = { kind: 'directory', dir: join(root, 'copy.git') } as const;
    expect(await reasonOf(async () => fetched('https://local/there'))).toBe('remote-unreachable');
    expect(existsSync(join(root, 'ran'))).toBe(false);
    // The other side of a directory is a git of its own, and has the hooks that it has.
    expect(await pushRef(nodeHost(), place, pushing)).toBe('taken');
    expect(existsSync(join(root, 'ran'))).toBe(true);
  });
});

describe('watchedObjects()', () => {
  test('stops what sends nothing, and counts what is not packed, too', () => {
    const dir = temporaryDirectory();
    const why = watchedObjects(nodeHost(), dir, 0);
    expect(why()).toMatch(/^nothing came/);
    mkdirSync(join(dir, 'ab'));
    writeFileSync(join(dir, 'ab', 'loose'), 'x');
    const patient = watchedObjects(nodeHost(), dir, 60_000);
    expect(patient()).toBeUndefined();
    expect(why()).toBeUndefined();
    expect(why()).toMatch(/^nothing came/);
  });
});
