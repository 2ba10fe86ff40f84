/** Staged batches over a bare repository on the disk: every co-signer has a copy of their own and reaches nobody else's. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { batchState, type Log, requireBatch } from '../../src/index.ts';
import { utf8 } from '../../src/base/bytes.ts';
import { BATCH_REFS, batchRefs, contributionRef, requestRef } from '../../src/log/layout.ts';
import {
  announcementProblem,
  placesToAnnounce,
  signAnnouncement,
} from '../../src/batch/announcement.ts';
import { planOnLog } from '../../src/batch/load-collected.ts';
import { announce, announcedAt, filledAnnouncements } from '../../src/sync/announce.ts';
import { pullBatches } from '../../src/sync/batch-pull.ts';
import { listMailbox } from '../../src/sync/listed-batches.ts';
import { deleteFilled, pushBatches, unpushed, wasPushed } from '../../src/sync/batch-push.ts';
import { pull } from '../../src/sync/pull.ts';
import { git, hasGit, temporaryDirectory } from '../git/support.ts';
import { serve } from '../support/git-server.ts';
import { reasonOf } from '../support/thrown.ts';
import { Board } from './board.ts';
import { upstream } from './copies.ts';

vi.setConfig({ testTimeout: 60_000 });

const THERE = { wasThere: true };

const stateOf = (log: Log, id: string): string => batchState(log, requireBatch(log, id)).state;

async function pullAll(log: Log) {
  await pull(log, upstream(log), THERE);
  return pullBatches(log, upstream(log));
}

/** Until the test ends, no program is found. */
function withoutGit(): void {
  vi.stubEnv('PATH', temporaryDirectory());
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

describe.skipIf(!hasGit)('pushBatches() and pullBatches() (need git)', () => {
  test('carry a board of 3 of 5 to one commit, in any order, whoever commits', async () => {
    const board = await Board.of(5, '3');
    const homes = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => board.home(name)));
    const [first, second, third, fourth, fifth] = homes as [Log, Log, Log, Log, Log];
    const { id } = await board.stage(first);
    await board.sign(first, id, 0);
    expect(unpushed(first, upstream(first), id)).toBe(2);
    expect(await pushBatches(first, upstream(first), [id])).toEqual([
      { batch: id, pushed: 2, present: 0 },
    ]);
    expect(unpushed(first, upstream(first), id)).toBe(0);
    // Each of them a day later than the one before; the third has seen nothing of the second.
    await pullAll(third);
    for (const [at, home] of [
      [2, third],
      [1, second],
    ] as const) {
      board.memory.now += 86_400;
      if (home === second) await pullAll(second);
      await board.sign(home, id, at);
      await pushBatches(home, upstream(home), [id]);
    }
    expect(await pullAll(fourth)).toMatchObject({
      batches: [{ batch: id, status: 'new', bad: [] }],
      vanished: [],
    });
    await pullAll(fifth);
    expect([stateOf(third, id), stateOf(fourth, id)]).toEqual(['open', 'complete']);
    const outcomes = await Promise.all([board.commit(fourth, id), board.commit(fifth, id)]);
    expect(outcomes[0]?.commit).toBe(outcomes[1]?.commit);
    board.memory.log.refresh();
    expect(board.memory.log.contents.batches).toBe(2);
    const { batches, filled } = await pullAll(first);
    expect(batches).toEqual([{ batch: id, status: 'over', signers: [], bad: [] }]);
    expect(wasPushed(first, upstream(first), id)).toBe(true);
    expect(await deleteFilled(first, upstream(first), filled)).toBe(4);
    expect(board.refs).toEqual([]);
  });

  test('put back what a vandal removed, and put aside what stands in the way', async () => {
    const board = await Board.of(2, '2');
    const [ada, bob] = [await board.home('a'), await board.home('b')];
    const { id, bytes } = await board.stage(ada);
    await board.sign(ada, id, 0);
    await pushBatches(ada, upstream(ada), [id]);
    await pullAll(bob);
    const own = board.refs;
    for (const ref of own)
      await board.memory.log.moveRef(ref, board.memory.log.refs.read(ref), undefined);
    expect(await pullBatches(bob, upstream(bob))).toMatchObject({ batches: [], vanished: [id] });
    await board.vandalise(requestRef(id), 'request.json', utf8('{}'));
    expect(await pushBatches(bob, upstream(bob), [id])).toEqual([
      { batch: id, pushed: 2, present: 0 },
    ]);
    expect(board.refs).toEqual(own);
    const carol = await board.home('c');
    expect(await pullAll(carol)).toMatchObject({ batches: [{ batch: id, status: 'new' }] });
    expect(requireBatch(carol, id).bytes).toEqual(bytes);
  });

  test('move refs in one transaction of the server; where one cannot move, the others do', async () => {
    const board = await Board.of(2, '2');
    const [ada, bob] = [await board.home('a'), await board.home('b')];
    const [stuck, noted] = [path.join(board.root, 'stuck'), path.join(board.root, 'noted')];
    const hooks = {
      'reference-transaction': `[ "$1" != prepared ] || echo x >> '${noted}'`,
      update: `[ "$1" != "$(cat '${stuck}')" ]`,
    };
    mkdirSync(path.join(board.remote, 'hooks'), { recursive: true });
    for (const [name, line] of Object.entries(hooks))
      writeFileSync(path.join(board.remote, 'hooks', name), `#!/bin/sh\n${line}\n`, {
        mode: 0o755,
      });
    writeFileSync(stuck, 'refs/none');
    const { id } = await board.stage(ada);
    for (const index of [0, 1]) await board.sign(ada, id, index);
    await pushBatches(ada, upstream(ada), [id]);
    expect(readFileSync(noted, 'utf8')).toBe('x\n');
    expect(board.refs).toHaveLength(3);
    await pullAll(bob);
    await board.commit(bob, id);
    const { filled } = await pullAll(bob);
    writeFileSync(stuck, requestRef(id));
    expect(await deleteFilled(bob, upstream(bob), filled)).toBe(2);
    expect(board.refs).toEqual([requestRef(id)]);
  });

  test('name what does not hold, and store nothing of it', async () => {
    const board = await Board.of(2, '2');
    const [ada, bob] = [await board.home('a'), await board.home('b')];
    const { id } = await board.stage(ada);
    await board.sign(ada, id, 0);
    await pushBatches(ada, upstream(ada), [id]);
    const [key = ''] = board.memory.keys(['board.0.1']);
    const [stranger = ''] = board.memory.keys(['eve.0.0']);
    const wrong = contributionRef(id, key, id);
    await board.vandalise(wrong, 'contribution.json', utf8('{}'));
    await board.vandalise(contributionRef(id, stranger, id), 'contribution.json', utf8('{}'));
    await board.vandalise(requestRef(`E${'A'.repeat(43)}`), 'request.json', utf8('{"d":1}'));
    const pulled = await pullAll(bob);
    expect(pulled.batches).toMatchObject([{ batch: id, status: 'new', bad: [{ ref: wrong }] }]);
    expect(pulled.bad).toMatchObject([{ ref: requestRef(`E${'A'.repeat(43)}`) }]);
    expect([...bob.refs.list(BATCH_REFS).keys()]).toEqual(
      [...ada.refs.list(BATCH_REFS).keys()].filter((ref) => ref.startsWith(batchRefs(id))),
    );
  });

  test.each(['with', 'without'])(
    'use branches where a server takes nothing else, over HTTP %s git, and remember that',
    async (how) => {
      const board = await Board.of(2, '2');
      const url = `${await serve(board.root)}/log`;
      git(board.remote, ['config', 'http.receivepack', 'true']);
      git(board.remote, ['config', 'receive.hideRefs', 'refs/gitkel']);
      if (how === 'without') withoutGit();
      const [ada, bob] = [await board.home('a', url), await board.home('b', url)];
      const { id } = await board.stage(ada);
      await board.sign(ada, id, 0);
      await pushBatches(ada, upstream(ada), [id]);
      expect(board.refs).toEqual([]);
      expect((await listMailbox(bob, upstream(bob))).refs.map(({ there }) => there)).toEqual(
        [...ada.refs.list(BATCH_REFS).keys()].map((ref) =>
          ref.replace('refs/gitkel/batch/', 'refs/heads/gitkel-batch/'),
        ),
      );
      expect(readFileSync(path.join(board.root, 'a/config'), 'utf8')).toMatch(
        /gitkelbatchrefs = "?branches/i,
      );
      await pullAll(bob);
      await board.sign(bob, id, 1);
      await pushBatches(bob, upstream(bob), [id]);
      await pullAll(ada);
      expect(stateOf(ada, id)).toBe('complete');
      await board.commit(ada, id);
      const { filled } = await pullAll(bob);
      expect(await deleteFilled(bob, upstream(bob), filled)).toBe(3);
      vi.unstubAllEnvs();
      expect(git(board.remote, ['for-each-ref', 'refs/heads/gitkel-batch']).trim()).toBe('');
    },
  );

  test('put back what was removed, and put aside what stands in the way, over HTTP without git', async () => {
    const board = await Board.of(2, '2');
    const url = `${await serve(board.root)}/log`;
    git(board.remote, ['config', 'http.receivepack', 'true']);
    const config = readFileSync(path.join(board.remote, 'config'));
    const [ada, bob] = [await board.home('a', url), await board.home('b', url)];
    const { id } = await board.stage(ada);
    await board.sign(ada, id, 0);
    withoutGit();
    expect(await pushBatches(ada, upstream(ada), [id])).toEqual([
      { batch: id, pushed: 2, present: 0 },
    ]);
    await pullAll(bob);
    const own = board.refs;
    const request = requestRef(id);
    await board.vandalise(request, 'request.json', utf8('{}'));
    const contribution = own.find((ref) => ref !== request) ?? '';
    const { refs } = board.memory.log;
    await board.memory.log.moveRef(contribution, refs.read(contribution), undefined);
    const batches = await pullBatches(bob, upstream(bob));
    expect(batches).toMatchObject({ batches: [{ batch: id, status: 'known' }], vanished: [id] });
    expect(await pushBatches(bob, upstream(bob), [id])).toEqual([
      { batch: id, pushed: 2, present: 0 },
    ]);
    expect(board.refs).toEqual(own);
    // A server that takes nothing says why.
    vi.unstubAllEnvs();
    const hook = path.join(board.remote, 'hooks/pre-receive');
    mkdirSync(path.dirname(hook), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\ncat >/dev/null; echo no room >&2; exit 1\n', { mode: 0o755 });
    withoutGit();
    await board.sign(bob, id, 1);
    const refused = pushBatches(bob, upstream(bob), [id]);
    await expect(refused).rejects.toMatchObject({
      reason: 'push-refused',
      message: expect.stringContaining('no room'),
    });
    expect(board.refs).toEqual(own);
    expect(readFileSync(path.join(board.remote, 'config'))).toEqual(config);
  });

  test('say that a batch is over, and that nobody answers', async () => {
    const board = await Board.of(2, '1');
    const ada = await board.home('a');
    const { id } = await board.stage(ada);
    await board.sign(ada, id, 0);
    await board.commit(ada, id);
    expect(await reasonOf(async () => pushBatches(ada, upstream(ada), [id]))).toBe('committed');
    const away = { ...upstream(ada), place: { kind: 'directory', dir: '/nowhere' } as const };
    expect(await reasonOf(async () => pullBatches(ada, away))).toBe('remote-unreachable');
  });
});

describe.skipIf(!hasGit)('announce() and announcedAt() (need git)', () => {
  test('tell co-signers of a place before anybody signs, until it is filled', async () => {
    const board = await Board.of(2, '2');
    const { crypto, ring } = board.memory;
    const [ada, bob] = [await board.home('a'), await board.home('b')];
    const batch = await board.stage(ada);
    const plan = planOnLog(ada, batch);
    const [own = ''] = board.memory.keys(['board.0.0']);
    expect(placesToAnnounce(ada, plan, () => true)).toEqual([]);
    const places = placesToAnnounce(ada, plan, (key) => key === own);
    const [event] = batch.events;
    const prior = event !== undefined && 'prior' in event ? event.prior : '';
    expect(places).toEqual([{ aid: board.aid, sn: 1, prior }]);
    const [place] = places;
    if (place === undefined) throw new Error('there is one');
    const content = { batch: batch.id, place, logId: batch.logId };
    const made = await signAnnouncement(crypto, content, ring.signer(own));
    const foreign = await signAnnouncement(
      crypto,
      { ...content, batch: `E${'A'.repeat(43)}` },
      ring.signer(ring.key('eve.0.0')),
    );
    await announce(ada, upstream(ada), [made, foreign]);
    // That of a stranger is ignored.
    expect(await announcedAt(bob, upstream(bob), places)).toEqual([made]);
    expect(announcementProblem(bob, foreign)?.[0]).toBe('signer-unknown');
    expect(await announcedAt(bob, upstream(bob), [{ ...place, sn: 2 }])).toEqual([]);
    const listed = async () => (await listMailbox(bob, upstream(bob))).refs;
    expect(await filledAnnouncements(bob, upstream(bob), await listed())).toEqual([]);
    await board.sign(ada, batch.id, 0);
    await board.sign(ada, batch.id, 1);
    await board.commit(ada, batch.id);
    await pullAll(bob);
    expect(await announcedAt(bob, upstream(bob), places)).toEqual([]);
    const filled = await filledAnnouncements(bob, upstream(bob), await listed());
    expect(await deleteFilled(bob, upstream(bob), filled)).toBe(2);
    expect(await listed()).toEqual([]);
  });
});
