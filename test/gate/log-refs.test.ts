import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { ReleasingLog } from '../support/releasing-log.ts';
import { gitTestEnvironment, hasGit } from '../git/support.ts';
import { hookRun, received, refusedBy, transacted } from '../support/served.ts';
import { created, LOG, SkillServer } from '../support/skill-server.ts';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { RefUpdate } from '../../src/gate/judge-refs.ts';

let server: SkillServer;

beforeAll(async () => {
  server = await SkillServer.make({ ownLog: true });
});
afterAll(() => server.close());

/** The log as it is written elsewhere, pushed in a quarantine. */
function logMove(): RefUpdate {
  return { ref: LOG, before: server.refs.read(LOG), after: server.logTip };
}

/** The same, taken: objects and ref are in the repository. */
async function takeLog(): Promise<void> {
  cpSync(join(server.releases.dir, 'objects'), join(server.dir, 'objects'), { recursive: true });
  await server.move(LOG, server.logTip);
}

describe.skipIf(!hasGit)('preReceive() of log refs (needs git)', () => {
  it('counts a release that is pushed with its skill, and reads it in the quarantine', async () => {
    await server.release('one');
    const skill = created('refs/heads/one', server.withSkill('one'));
    const { environment, remove } = server.quarantine();
    expect(await server.push([skill], environment)).toEqual(['skills/one: no-release']);
    expect(await server.push([logMove(), skill], environment)).toEqual([]);
    expect(await server.push([skill, logMove()], environment)).toEqual([]);
    remove();
    // What was refused or never became the log is not remembered either.
    expect(await server.push([skill])).toEqual(['skills/one: no-release']);
  });

  it('takes a log and skills in one transaction, and tells who pushes them in the wrong order', async () => {
    await server.release('two');
    const skill = created('refs/heads/two', server.withSkill('two'));
    const move = logMove();
    const { environment, remove } = server.quarantine();
    expect(await server.push([move, skill], environment)).toEqual([]);
    remove();
    cpSync(join(server.releases.dir, 'objects'), join(server.dir, 'objects'), { recursive: true });
    expect(await server.prepare([skill, move])).toEqual([]);
    // Git itself holds the lock of a ref that the transaction moves.
    expect(server.isLogLocked).toBe(false);
    const alone = await transacted(hookRun(server.host, server.dir, [skill]));
    expect(refusedBy(alone)).toEqual(['skills/two: no-release']);
    expect(alone.lines.at(-1)).toContain('--atomic');
    expect(server.isLogLocked).toBe(false);
    expect(await server.prepare([move])).toEqual([]);
    await takeLog();
    expect(await server.prepare([skill])).toEqual([]);
    expect(server.isLogLocked).toBe(true);
    await server.end([skill], 'committed');
  });

  it('refuses to delete the log, to set it back, and to put another one there', async () => {
    await server.release('three');
    await takeLog();
    const before = server.refs.read(LOG);
    const older = server.releases.log.contents.batchAt(0)?.commit;
    const gone = { ref: LOG, before, after: undefined };
    expect(await server.push([gone])).toEqual([`${LOG}: log-deleted`]);
    expect(await server.prepare([gone])).toEqual([`${LOG}: log-deleted`]);
    const back = { ref: LOG, before, after: older };
    expect(await server.push([back])).toEqual([`${LOG}: log-forked`]);
    expect(await server.prepare([back])).toEqual([`${LOG}: log-forked`]);
    const foreign = { ref: LOG, before, after: server.main };
    expect(await server.push([foreign])).toEqual([`${LOG}: log-forked`]);
  });

  it('names the batch that does not hold, and lets none of the push pass', async () => {
    const { host, dir, releases } = server;
    const tip = server.logTip;
    const stored = releases.log.store.read(tip);
    const text = new TextDecoder().decode(stored?.bytes);
    const forged = text
      .replace(/^tree .*\n(?:parent .*\n)?/, (lines) => lines.replace(/parent .*/, `parent ${tip}`))
      .replaceAll(/> [0-9]+ /g, '> 1800000001 ');
    const oid = execFileSync('git', ['hash-object', '-w', '-t', 'commit', '--stdin'], {
      cwd: dir,
      input: utf8(forged),
      env: gitTestEnvironment(),
    })
      .toString('utf8')
      .trim();
    const move = { ref: LOG, before: server.refs.read(LOG), after: oid };
    const readme = created('refs/heads/readme', server.main);
    const answer = await received(hookRun(host, dir, [readme, move]));
    expect(answer.isAllowed).toBe(false);
    expect(answer.lines).toHaveLength(2);
    expect(answer.lines[0]).toContain(`batch ${releases.log.contents.batches} (commit ${oid})`);
  });

  it('refuses the first push of another log, and takes that of the own one', async () => {
    const fresh = await SkillServer.make({ ownLog: true });
    const other = await ReleasingLog.make(fresh.host, join(fresh.top, 'other'), ['bob']);
    try {
      await fresh.move(LOG, undefined);
      cpSync(join(other.dir, 'objects'), join(fresh.dir, 'objects'), { recursive: true });
      const first = (tip: string): readonly RefUpdate[] => [created(LOG, tip)];
      expect(await fresh.push(first(other.log.replayed.tip ?? ''))).toEqual([`${LOG}: log-id`]);
      expect(await fresh.push(first(fresh.main))).toEqual([`${LOG}: commit-unsigned`]);
      expect(await fresh.push(first(fresh.logTip))).toEqual([]);
    } finally {
      other.close();
      fresh.close();
    }
  });

  it('refuses refs that are kept for gitkel, and replaced objects', async () => {
    const at = (ref: string): readonly RefUpdate[] => [created(ref, server.main)];
    const batch = `refs/gitkel/batch/${'0'.repeat(64)}/request`;
    expect(await server.push(at(batch))).toEqual([`${batch}: batch-ref`]);
    expect(await server.prepare(at(batch))).toEqual([`${batch}: batch-ref`]);
    // Whoever cleans up on the server may.
    expect(await server.prepare([{ ref: batch, before: server.main, after: undefined }])).toEqual(
      [],
    );
    for (const ref of ['refs/gitkel/x', 'refs/heads/GITKEL', 'refs/heads/Main'])
      expect(await server.push(at(ref))).toEqual([`${ref}: reserved-ref`]);
    const replaced = `refs/replace/${server.main}`;
    expect(await server.push(at(replaced))).toEqual([`${replaced}: replace-ref`]);
  });
});
