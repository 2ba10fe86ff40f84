import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import type { Host } from '../../src/host/host.ts';
import { hasGit } from '../git/support.ts';
import { at, skill } from '../support/made-tree.ts';
import { MAIN } from '../support/push.ts';
import { hookRun, received, refusedBy, transacted } from '../support/served.ts';
import { created, SkillServer } from '../support/skill-server.ts';

let server: SkillServer;
let count = 0;
/** A name that no other test has. */
let name = '';
let ref = '';

beforeAll(async () => {
  server = await SkillServer.make();
});
afterAll(() => server.close());
beforeEach(() => {
  count++;
  name = `s${count}`;
  ref = `refs/heads/${name}`;
});
afterEach(() => {
  if (server.isLogLocked) throw new Error('the log is still locked');
});

describe.skipIf(!hasGit)('referenceTransaction() (needs git)', () => {
  it('holds the log from the moment at which refs are prepared until they are moved', async () => {
    const said = await server.release(name);
    const push = [created(ref, server.withSkill(name))];
    expect(await server.push(push)).toEqual([]);
    expect(await server.prepare(push)).toEqual([]);
    expect(server.isLogLocked).toBe(true);
    expect(readdirSync(join(server.dir, 'gitkel/held'))).toHaveLength(1);
    // The nested transaction of a deletion is prepared, too: the lock is not waited for.
    expect(await server.prepare(push)).toEqual([]);
    let isRevoked = false;
    const revoke = async (): Promise<void> => {
      await server.revoke(name, said);
      isRevoked = true;
    };
    const revoked = revoke();
    await server.host.sleep(50);
    expect(isRevoked).toBe(false);
    await server.end(push, 'committed');
    expect(readdirSync(join(server.dir, 'gitkel/held'))).toEqual([]);
    await revoked;
    expect(await server.prepare(push)).toEqual([`skills/${name}: release-revoked`]);
  });

  it('refuses what was revoked after it was approved', async () => {
    const said = await server.release(name);
    const push = [created(ref, server.withSkill(name))];
    expect(await server.push(push)).toEqual([]);
    await server.revoke(name, said);
    expect(await server.prepare(push)).toEqual([`skills/${name}: release-revoked`]);
    await server.end(push, 'aborted');
  });

  it('lets pass what was approved although the log moved on', async () => {
    await server.release(name);
    const push = [created(ref, server.withSkill(name))];
    expect(await server.push(push)).toEqual([]);
    await server.release(`${name}-other`);
    expect(await server.prepare(push)).toEqual([]);
    expect(server.isLogLocked).toBe(true);
    await server.end(push, 'aborted');
  });

  it('judges anew before it locks the log, so that nobody who revokes waits for that', async () => {
    await server.release(name);
    const push = [created(ref, server.withSkill(name))];
    expect(await server.push(push)).toEqual([]);
    await server.release(`${name}-other`);
    const { host } = server;
    const seen = { free: 0, locked: 0 };
    const watching: Host = {
      ...host,
      fs: {
        ...host.fs,
        openSync: (...args) => {
          if (args[0].includes('gitkel/home')) seen[server.isLogLocked ? 'locked' : 'free']++;
          return host.fs.openSync(...args);
        },
      },
    };
    expect(await server.prepare(push, watching)).toEqual([]);
    expect(server.isLogLocked).toBe(true);
    expect(seen.free).toBeGreaterThan(0);
    expect(seen.locked).toBe(0);
    await server.end(push, 'aborted');
  });

  it('gives up, and lets nothing pass, where somebody keeps the log locked', async () => {
    await server.release(name);
    const push = [created(ref, server.withSkill(name))];
    expect(await server.push(push)).toEqual([]);
    const { host } = server;
    let slept = 0;
    const patient: Host = {
      ...host,
      sleep: async (milliseconds) => {
        slept += milliseconds;
      },
    };
    const lock = join(server.releases.dir, `${MAIN}.lock`);
    writeFileSync(lock, '');
    expect(await server.prepare(push, patient)).toEqual(['locked']);
    expect(slept).toBeGreaterThanOrEqual(LIMITS.lockWait);
    expect(existsSync(lock)).toBe(true);
    rmSync(lock);
    expect(await server.prepare(push)).toEqual([]);
    await server.end(push, 'aborted');
  });

  it('judges what no push brought', async () => {
    const bad = server.withSkill(name);
    expect(await server.prepare([created(ref, bad)])).toEqual([`skills/${name}: no-release`]);
    await server.release(name);
    expect(await server.prepare([created(ref, bad)])).toEqual([]);
    expect(server.isLogLocked).toBe(true);
    await server.end([created(ref, bad)], 'aborted');
  });

  it('judges anew what was approved by another policy', async () => {
    await server.release(name);
    const push = [created(ref, server.withSkill(name))];
    expect(await server.push(push)).toEqual([]);
    const other = new TextDecoder()
      .decode(server.policy)
      .replace(server.releases.aid('ada'), server.releases.aid('eve'));
    await server.move(MAIN, server.commit({ '.gitkel/policy.yaml': other }, [server.main]));
    expect(await server.prepare(push)).toEqual([`skills/${name}: publisher-not-allowed`]);
    await server.move(MAIN, server.main);
    expect(await server.prepare(push)).toEqual([]);
    await server.end(push, 'aborted');
  });

  it('sees a policy that came while it waited for the log', async () => {
    await server.release(name);
    const push = [created(ref, server.withSkill(name))];
    expect(await server.push(push)).toEqual([]);
    const lock = join(server.releases.dir, `${MAIN}.lock`);
    writeFileSync(lock, '');
    const other = new TextDecoder()
      .decode(server.policy)
      .replace(server.releases.aid('ada'), server.releases.aid('eve'));
    const replacing: Host = {
      ...server.host,
      sleep: async () => {
        if (!existsSync(lock)) return;
        await server.move(MAIN, server.commit({ '.gitkel/policy.yaml': other }, [server.main]));
        rmSync(lock);
      },
    };
    expect(await server.prepare(push, replacing)).toEqual([
      `skills/${name}: publisher-not-allowed`,
    ]);
    await server.move(MAIN, server.main);
  });

  it('judges anew where the approval is damaged, or of another process', async () => {
    const push = [created(ref, server.withSkill(name))];
    await server.release(name);
    expect(await server.push(push)).toEqual([]);
    const approvals = join(server.dir, 'gitkel/approved');
    const [file = ''] = readdirSync(approvals);
    const text = readFileSync(join(approvals, file), 'utf8');
    const bad = [created(ref, server.withSkill(`${name}-bad`))];
    writeFileSync(
      join(approvals, file),
      text.replaceAll(push[0]?.after ?? '', bad[0]?.after ?? ''),
    );
    // That one would pass if the file were another process's word for it.
    writeFileSync(join(approvals, `${file}.other`), readFileSync(join(approvals, file)));
    writeFileSync(join(approvals, file), text.slice(0, -2));
    expect(await server.prepare(bad)).toEqual([`skills/${name}-bad: no-release`]);
    expect(await server.prepare(push)).toEqual([]);
    await server.end(push, 'aborted');
  });

  it('does not lock the log for what has no skills', async () => {
    const tip = server.commit({ ...server.base, 'README.md': name }, [server.main]);
    const push = [{ ref: MAIN, before: server.main, after: tip }];
    expect(await server.push(push)).toEqual([]);
    expect(await server.prepare(push)).toEqual([]);
    expect(server.isLogLocked).toBe(false);
    expect(await server.prepare([created(ref, tip)])).toEqual([]);
    expect(server.isLogLocked).toBe(false);
  });

  it('lets git pack-refs work, and takes no deletion for it', async () => {
    const { main, dir } = server;
    // The values into packed-refs: nothing moves.
    expect(await server.prepare([created(MAIN, main)])).toEqual([]);
    const gone = [{ ref: MAIN, before: main, after: undefined }];
    expect(await server.prepare(gone)).toEqual(['.gitkel/policy.yaml: policy-deleted']);
    appendFileSync(join(dir, 'packed-refs'), `${main} ${MAIN}\n`);
    expect(await server.prepare(gone)).toEqual([]);
    writeFileSync(join(dir, 'packed-refs.lock'), '');
    expect(await server.prepare(gone)).toEqual(['.gitkel/policy.yaml: policy-deleted']);
    rmSync(join(dir, 'packed-refs.lock'));
    rmSync(join(dir, 'packed-refs'));
  });

  it('takes HEAD along with its branch, and lets it go nowhere else', async () => {
    const { main } = server;
    const tip = server.commit({ ...server.base, 'README.md': name }, [main]);
    const move = { ref: MAIN, before: main, after: tip };
    const head = { ...move, ref: 'HEAD' };
    expect(await server.prepare([move, head])).toEqual([]);
    expect(await server.prepare([head])).toEqual(['head-moved']);
    expect(await server.prepare([move, { ...head, after: main }])).toEqual(['head-moved']);
    const symbolic = (line: string): ReturnType<typeof transacted> =>
      transacted({
        ...hookRun(server.host, server.dir, []),
        input: new TextEncoder().encode(`${line}\n`),
      });
    const none = '0'.repeat(40);
    expect(refusedBy(await symbolic(`${none} ref:${ref} HEAD`))).toEqual(['head-moved']);
    expect(refusedBy(await symbolic(`${none} ref:${MAIN} HEAD`))).toEqual([]);
    expect(refusedBy(await symbolic(`${none} ref:${ref} ${MAIN}`))).toEqual(['ref-symbolic']);
    expect(refusedBy(await symbolic(`${none} ref:${MAIN} refs/heads/alias`))).toEqual([]);
    expect(await server.prepare([{ ...head, ref: 'ORIG_HEAD' }])).toEqual([]);
  });

  it('is ruled by HEAD of the repository, whatever a linked work tree has checked out', async () => {
    const { main, dir, host } = server;
    const loose = new TextDecoder()
      .decode(server.policy)
      .replace(server.releases.aid('ada'), server.releases.aid('eve'));
    const topic = server.commit({ ...server.base, '.gitkel/policy.yaml': loose }, [main]);
    await server.move('refs/heads/topic', topic);
    const own = join(dir, 'worktrees/one');
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'commondir'), '../..\n');
    writeFileSync(join(own, 'HEAD'), 'ref: refs/heads/topic\n');
    await server.release(name, 'eve');
    const push = [created(ref, server.withSkill(name))];
    const refused = [`skills/${name}: publisher-not-allowed`];
    expect(refusedBy(await received(hookRun(host, own, push)))).toEqual(refused);
    expect(refusedBy(await transacted(hookRun(host, own, push)))).toEqual(refused);
    // Its own HEAD goes where it likes; that of the repository does not, by its other name either.
    const move = { ref: 'HEAD', before: topic, after: main };
    expect(refusedBy(await transacted(hookRun(host, own, [move])))).toEqual([]);
    const mains = { ...move, ref: 'main-worktree/HEAD' };
    expect(refusedBy(await transacted(hookRun(host, own, [mains])))).toEqual(['ref-update']);
    await server.move('refs/heads/topic', undefined);
    rmSync(join(dir, 'worktrees'), { recursive: true });
  });

  it('finds its repository at the top of a work tree, where Git names none', async () => {
    const work = join(server.top, 'work');
    mkdirSync(work);
    symlinkSync(server.dir, join(work, '.git'));
    const run = { ...hookRun(server.host, work, [created(ref, server.main)]), environment: {} };
    expect(refusedBy(await transacted(run))).toEqual(['no-git-dir']);
    rmSync(join(work, '.git'));
    renameSync(server.dir, join(work, '.git'));
    expect(refusedBy(await transacted(run))).toEqual([]);
    renameSync(join(work, '.git'), server.dir);
  });

  it('knows the states of a transaction, and refuses one that it does not know', async () => {
    const push = [created(ref, server.withSkill(name))];
    const run = hookRun(server.host, server.dir, push);
    expect(refusedBy(await transacted(run, 'preparing'))).toEqual([]);
    expect(refusedBy(await transacted(run, 'finished'))).toEqual(['hook-state']);
  });

  it('lets many refs go to one commit after it was judged once', async () => {
    await server.release(name);
    const tip = server.commit(
      { ...server.base, ...at(`skills/${name}`, skill(name)), ...at('x', { y: name }) },
      [server.main],
    );
    const push = Array.from({ length: 200 }, (_, index) => created(`${ref}/${index}`, tip));
    expect(await server.push(push)).toEqual([]);
    expect(await server.prepare(push)).toEqual([]);
    await server.end(push, 'committed');
  });
});
