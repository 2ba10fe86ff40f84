/** Pushes of stock git through the built hooks; `npm test` builds them first. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HookName } from '../../src/gate/hook-name.ts';
import type { GitObject } from '../../src/git/object.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { initRepository, type Repository } from '../../src/git/repository.ts';
import { git, gitTestEnvironment, hasGit } from '../git/support.ts';
import { addCommit, at, skill, type Tree } from '../support/made-tree.ts';
import { installHook, objectFiles, type Wrap } from '../support/installed-hook.ts';
import { MAIN } from '../support/push.ts';
import { SkillServer } from '../support/skill-server.ts';

const ROUNDS = 10 * Number(process.env['GITKEL_LONG'] ?? 1);
const run = promisify(execFile);

let server: SkillServer;
let work: Repository;

const install = (name: HookName, wrap?: Wrap): void => installHook(server.dir, name, wrap);

/** Stores a commit on `main` in the repository from which is pushed. */
function commit(tree: Tree, parents: readonly string[] = [server.main]): string {
  const objects: GitObject[] = [];
  const oid = addCommit(objects, tree, parents);
  const store = new ObjectStore(server.host, work);
  store.writePack(objects);
  store.release();
  store.close();
  return oid;
}

function withSkill(name: string): string {
  return commit({ ...server.base, ...at(`skills/${name}`, skill(name)) });
}

interface Pushed {
  readonly isTaken: boolean;
  readonly stderr: string;
}

async function push(...args: readonly string[]): Promise<Pushed> {
  try {
    const { stderr } = await run('git', ['push', '-q', ...args], {
      cwd: work.commonDir,
      env: gitTestEnvironment(),
    });
    return { isTaken: true, stderr };
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    if (stderr === '') throw error;
    return { isTaken: false, stderr };
  }
}

beforeAll(async () => {
  server = await SkillServer.make();
  work = initRepository(server.host, join(server.top, 'work.git'), { bare: true, branch: 'main' });
  commit(server.base, []);
  install('pre-receive');
  install('reference-transaction');
});
afterAll(() => server.close());

describe.skipIf(!hasGit)('git push through the hooks (needs git)', () => {
  it('takes what is released, and keeps no object of what it refuses', async () => {
    await server.release('good');
    const before = objectFiles(server.dir);
    const refused = await push(server.dir, `${withSkill('bad')}:${MAIN}`);
    expect(refused.isTaken).toBe(false);
    expect(refused.stderr).toMatch(
      /remote: gitkel: refused: skills\/bad: no-release: .* gitkel skill release/,
    );
    expect(refused.stderr).toContain('remote: gitkel: nothing of this push was taken.');
    expect(objectFiles(server.dir)).toEqual(before);
    expect(server.refs.read(MAIN)).toBe(server.main);
    const good = withSkill('good');
    expect(await push(server.dir, `${good}:refs/heads/a`)).toEqual({ isTaken: true, stderr: '' });
    expect(server.refs.read('refs/heads/a')).toBe(good);
    expect(server.isLogLocked).toBe(false);
  });

  it('takes two pushes at once, and lets git pack its refs meanwhile', async () => {
    await server.release('both');
    const both = withSkill('both');
    const [one, two] = await Promise.all([
      push(server.dir, `${both}:refs/heads/one`),
      push(server.dir, '--atomic', `${both}:refs/heads/two`, `${both}:refs/heads/three`),
    ]);
    expect([one, two]).toEqual([
      { isTaken: true, stderr: '' },
      { isTaken: true, stderr: '' },
    ]);
    git(server.dir, ['pack-refs', '--all']);
    for (const ref of ['one', 'two', 'three'])
      expect(server.refs.read(`refs/heads/${ref}`)).toBe(both);
    expect(server.isLogLocked).toBe(false);
  });

  it('leaves nothing that blocks where git is killed before it moves the refs', async () => {
    await server.release('killed');
    const killed = withSkill('killed');
    install('reference-transaction', (script) =>
      script.replace(
        /^exec (.*)$/m,
        (_, command: string) => `${command} || exit 1\n[ "$1" != prepared ] || kill -9 $PPID`,
      ),
    );
    const { isTaken } = await push(server.dir, `${killed}:refs/heads/killed`);
    install('reference-transaction');
    expect(isTaken).toBe(false);
    expect(server.refs.read('refs/heads/killed')).toBeUndefined();
    expect(server.isLogLocked).toBe(true);
    await server.release('after');
    expect(server.isLogLocked).toBe(false);
    expect(await push(server.dir, `${killed}:refs/heads/again`)).toMatchObject({ isTaken: true });
  });

  it(`moves no skill after the position at which it was revoked, in ${ROUNDS} races`, async () => {
    const outcomes: string[] = [];
    let took = 1_000;
    for (let round = 0; round < ROUNDS; round++) {
      const name = `race-${round}`;
      const ref = `refs/heads/${name}`;
      const said = await server.release(name);
      const start = performance.now();
      const pushing = push(server.dir, `${withSkill(name)}:${ref}`);
      await server.host.sleep(Math.round((took * (round % 10)) / 9));
      await server.revoke(name, said);
      // From here on the revocation is in the log.
      const then = server.refs.read(ref);
      const { isTaken } = await pushing;
      const now = server.refs.read(ref);
      expect(now).toBe(then);
      expect(isTaken).toBe(now !== undefined);
      expect(server.isLogLocked).toBe(false);
      if (isTaken) took = (took + performance.now() - start) / 2;
      outcomes.push(isTaken ? 'taken' : 'refused');
    }
    expect(outcomes).toHaveLength(ROUNDS);
  });
});
