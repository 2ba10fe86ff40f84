/** Many clones of one log, all of which commit at once: of their own identities, and of one that they share. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { initRepository } from '../../src/git/repository.ts';
import { audit, type CommitOutcome, type Log, openLog } from '../../src/index.ts';
import { setUpstream } from '../../src/log/copy-log.ts';
import { pull } from '../../src/sync/pull.ts';
import { publishAll, publisher } from '../../src/sync/publish.ts';
import { git, hasGit, temporaryDirectory } from '../git/support.ts';
import { MemoryLog } from '../support/memory-log.ts';
import { upstream, writeOn } from './copies.ts';

const IS_LONG = Number(process.env['GITKEL_LONG'] ?? 1) > 1;
const [WRITERS, ROUNDS] = IS_LONG ? [8, 25] : [3, 2];
const THERE = { wasThere: true };

function connected(memory: MemoryLog, dir: string, bare: string): Log {
  setUpstream(memory.host, dir, 'main', bare);
  const log = openLog(memory.host, dir);
  log.publishWith(publisher(log, upstream(log), THERE));
  return log;
}

test.skipIf(!hasGit)(
  'all batches of own identities get in, and of rivals for one place exactly one',
  async () => {
    const root = temporaryDirectory();
    const bare = path.join(root, 'remote.git');
    mkdirSync(bare);
    git(bare, ['init', '-q', '--bare', '-b', 'main']);
    const memory = new MemoryLog({ disk: root });
    const shared = await memory.member('shared');
    const own: string[] = [];
    for (let at = 0; at < WRITERS; at++) own.push(await memory.member(`w${at}`));
    const founder = connected(memory, memory.dir, bare);
    await publishAll(founder, upstream(founder));
    const before = founder.contents.batches;
    const logs = own.map((_, at) => {
      const dir = path.join(root, `copy-${at}`);
      initRepository(memory.host, dir, { bare: true, branch: 'main' });
      return connected(memory, dir, bare);
    });
    const rivals: CommitOutcome[] = [];
    const write = async (log: Log, at: number): Promise<void> => {
      await pull(log, upstream(log), THERE);
      for (let round = 0; round < ROUNDS; round++) {
        const seal = { d: `E${String(round * WRITERS + at).padStart(43, 'A')}` };
        const [aid = ''] = own.slice(at, at + 1);
        const mine = await writeOn(memory, log, [memory.anchor(aid, seal)], `w${at}.0.0`);
        expect(mine.status).toBe('committed');
        rivals.push(await writeOn(memory, log, [memory.anchor(shared, seal)], 'shared.0.0'));
      }
    };
    await Promise.all(logs.map(write));
    const won = rivals.filter(({ status }) => status === 'committed');
    expect(rivals.every(({ status }) => status === 'committed' || status === 'conflict')).toBe(
      true,
    );
    const verdict = audit(memory.host, bare);
    expect(verdict).toMatchObject({
      state: 'valid',
      batches: before + WRITERS * ROUNDS + won.length,
    });
    expect(verdict.aids.find(({ aid }) => aid === shared)).toMatchObject({
      verdict: 'valid',
      sn: won.length,
    });
    const others = verdict.aids.filter(({ aid }) => aid !== shared);
    expect(others.map(({ sn, verdict: one }) => [sn, one])).toEqual(
      own.map(() => [ROUNDS, 'valid']),
    );
    // Who committed knows where: each position was given once.
    const positions = won.map((one) => (one.status === 'committed' ? one.position : -1));
    expect(new Set(positions).size).toBe(won.length);
    console.log(
      `${WRITERS} clones, ${verdict.batches} batches, ${rivals.length - won.length} rivals lost`,
    );
  },
);
