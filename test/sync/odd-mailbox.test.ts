/** Refs of staged batches at a remote that somebody has made odd: too many, gone, replaced, or not to be had. */
import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Log, nodeHost } from '../../src/index.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { utf8 } from '../../src/base/bytes.ts';
import { waitingThere } from '../../src/cli/waiting.ts';
import { fetchRefs, listRemoteRefs } from '../../src/git/remote-refs.ts';
import { BATCH_REFS, batchRefs, parseBatchRef, refHex, requestRef } from '../../src/log/layout.ts';
import { BATCH_BRANCHES } from '../../src/log/mailbox-names.ts';
import { pullBatches } from '../../src/sync/batch-pull.ts';
import { pushBatches, unpushed } from '../../src/sync/batch-push.ts';
import { lookAt } from '../../src/sync/look.ts';
import { pull } from '../../src/sync/pull.ts';
import { objectsOf } from '../../src/sync/remote.ts';
import { git, hasGit, temporaryDirectory } from '../git/support.ts';
import { serve } from '../support/git-server.ts';
import { Board } from './board.ts';
import { upstream } from './copies.ts';

vi.setConfig({ testTimeout: 180_000 });

async function pullAll(log: Log) {
  await pull(log, upstream(log), { wasThere: true });
  return pullBatches(log, upstream(log));
}

/** Until the test ends, no program is found. */
function withoutGit(): void {
  vi.stubEnv('PATH', temporaryDirectory());
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

/** The address of a server that hands on what another one answers, but breaks off whoever asks for one commit. */
async function breakingOff(behind: string, oid: string): Promise<string> {
  const server = createServer((asked, answer) => {
    void (async () => {
      const parts: Uint8Array[] = [];
      for await (const part of asked) parts.push(part as Uint8Array);
      const body = Buffer.concat(parts);
      if (body.includes(`want ${oid}`)) {
        answer.destroy();
        return;
      }
      const { method = 'GET', headers, url = '' } = asked;
      const type = headers['content-type'];
      const found = await fetch(`${behind}${url}`, {
        method,
        headers: type === undefined ? {} : { 'content-type': type },
        ...(method === 'POST' ? { body } : {}),
      });
      answer.writeHead(found.status, {
        'content-type': found.headers.get('content-type') ?? 'text/plain',
      });
      answer.end(new Uint8Array(await found.arrayBuffer()));
    })();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.skipIf(!hasGit)('a mailbox that somebody made odd (needs git)', () => {
  test('pullBatches() takes over the rest where one ref cannot be had over HTTP', async () => {
    const board = await Board.of(2, '2');
    const url = `${await serve(board.root)}/log`;
    const [ada, bob] = [await board.home('a'), await board.home('b', url)];
    const { id } = await board.stage(ada);
    await board.sign(ada, id, 0);
    await pushBatches(ada, upstream(ada), [id]);
    // A commit whose tree the server has not.
    const who = 'x <x@gitkel> 0 +0000';
    const commit = `tree ${'1'.repeat(40)}\nauthor ${who}\ncommitter ${who}\n\nlost\n`;
    const lost = git(board.remote, ['hash-object', '-w', '-t', 'commit', '--stdin'], commit);
    const line = `${lost} ${requestRef(`E${'A'.repeat(43)}`)}\n`;
    appendFileSync(path.join(board.remote, 'packed-refs'), line);
    const pulled = await pullAll(bob);
    expect(pulled).toMatchObject({ batches: [{ batch: id, status: 'new' }], bad: [], left: 1 });
    expect(pulled.batches[0]?.signers).toHaveLength(1);
  });

  test('pullBatches() does so without git, too, where the server breaks off over one ref', async () => {
    const board = await Board.of(2, '2');
    const served = await serve(board.root);
    const who = 'x <x@gitkel> 0 +0000';
    const commit = `tree ${'1'.repeat(40)}\nauthor ${who}\ncommitter ${who}\n\nlost\n`;
    const lost = git(board.remote, ['hash-object', '-w', '-t', 'commit', '--stdin'], commit);
    const url = `${await breakingOff(served, lost)}/log`;
    const [ada, bob] = [await board.home('a'), await board.home('b', url)];
    const { id } = await board.stage(ada);
    await board.sign(ada, id, 0);
    await pushBatches(ada, upstream(ada), [id]);
    const line = `${lost} ${requestRef(`E${'A'.repeat(43)}`)}\n`;
    appendFileSync(path.join(board.remote, 'packed-refs'), line);
    withoutGit();
    const pulled = await pullBatches(bob, upstream(bob));
    expect(pulled).toMatchObject({ batches: [{ batch: id, status: 'new' }], bad: [], left: 1 });
    expect(pulled.batches[0]?.signers).toHaveLength(1);
  });

  test.each(['with', 'without'])(
    'fetchRefs() tells which refs are gone since they were listed, %s git',
    async (how) => {
      const board = await Board.of(2, '2');
      const url = `${await serve(board.root)}/log`;
      const [ada, bob] = [await board.home('a'), await board.home('b', url)];
      const { id } = await board.stage(ada);
      await pushBatches(ada, upstream(ada), [id]);
      const oid = ada.refs.read(requestRef(id)) ?? '';
      const gone = requestRef(`E${'B'.repeat(43)}`);
      if (how === 'without') withoutGit();
      const { place } = upstream(bob);
      const names = [gone, requestRef(id)];
      const fetched = await fetchRefs(bob.host, place, names, objectsOf(bob.repository));
      try {
        expect([...fetched.missing]).toEqual([gone]);
        expect(fetched.store.read(oid)?.type).toBe('commit');
      } finally {
        fetched.close();
      }
      const nowhere = { kind: 'url', url: url.replace(/\d+\/log$/, '1/log') } as const;
      await expect(
        fetchRefs(bob.host, nowhere, names, objectsOf(bob.repository)),
      ).rejects.toMatchObject({ reason: 'remote-unreachable' });
    },
  );

  test('pullBatches() is not kept from a batch that is here by any number of others', async () => {
    const board = await Board.of(2, '2');
    const [ada, bob] = [await board.home('a'), await board.home('b')];
    const { id } = await board.stage(ada);
    await pushBatches(ada, upstream(ada), [id]);
    await pullAll(bob);
    await board.sign(ada, id, 0);
    await pushBatches(ada, upstream(ada), [id]);
    const oid = board.memory.log.replayed.tip ?? '';
    const lines = Array.from({ length: LIMITS.stagedBatches }, (_, at) => {
      const hex = at.toString(16).padStart(64, '0');
      return `${oid} ${BATCH_REFS}${hex}/request\n`;
    });
    appendFileSync(path.join(board.remote, 'packed-refs'), lines.join(''));
    const { batches, left } = await pullBatches(bob, upstream(bob));
    expect(batches).toMatchObject([{ batch: id, status: 'known' }]);
    expect(batches[0]?.signers).toHaveLength(1);
    expect(left).toBe(1);
  });

  test('pullBatches() and pushBatches() find theirs among more refs than anybody lists', async () => {
    const board = await Board.of(2, '2');
    const [ada, bob] = [await board.home('a'), await board.home('b')];
    const { id } = await board.stage(ada);
    await pushBatches(ada, upstream(ada), [id]);
    await pullAll(bob);
    await board.sign(ada, id, 0);
    await pushBatches(ada, upstream(ada), [id]);
    const oid = board.memory.log.replayed.tip ?? '';
    const lines = Array.from({ length: LIMITS.contributionRefs + 5 }, (_, at) => {
      const hex = at.toString(16).padStart(64, '0');
      return `${oid} ${batchRefs(id).replace(refHex(id), hex)}request\n`;
    });
    appendFileSync(path.join(board.remote, 'packed-refs'), lines.join(''));
    const pulled = await pullBatches(bob, upstream(bob), id);
    expect(pulled.batches).toMatchObject([{ batch: id, status: 'known' }]);
    expect(pulled.batches[0]?.signers).toHaveLength(1);
    // Of the refs, those of the batch among them, as many as there are too many.
    expect(pulled.left).toBe(5 + 2);
    expect(await pushBatches(ada, upstream(ada), [id])).toEqual([
      { batch: id, pushed: 0, present: 2 },
    ]);
  });

  test('pullBatches() takes no more batches over than there is room for, nor more of one key', async () => {
    const board = await Board.of(2, '2');
    const [ada, bob] = [await board.home('a'), await board.home('b')];
    const { id } = await board.stage(ada);
    const other = await board.stage(ada, 'y');
    await board.sign(ada, id, 0);
    await pushBatches(ada, upstream(ada), [id, other.id]);
    const oid = board.memory.log.replayed.tip ?? '';
    const lines = (count: number, name: (hex: string) => string): string =>
      Array.from({ length: count }, (_, at) => {
        return `${oid} ${name(at.toString(16).padStart(64, '0'))}\n`;
      }).join('');
    const packed = path.join(bob.repository.commonDir, 'packed-refs');
    writeFileSync(
      packed,
      lines(LIMITS.stagedBatches - 1, (hex) => `${BATCH_REFS}${hex}/request`),
    );
    const first = await pullAll(bob);
    expect(first.batches).toMatchObject([{ status: 'new' }]);
    expect(first.left).toBeGreaterThan(0);
    writeFileSync(packed, '');
    const [signer = ''] = (await pullAll(ada)).listed.flatMap(({ ref }) => {
      const parsed = parseBatchRef(ref);
      return parsed?.kind === 'contribution' ? [parsed.signer] : [];
    });
    const carol = await board.home('c');
    writeFileSync(
      path.join(carol.repository.commonDir, 'packed-refs'),
      lines(LIMITS.contributionsPerKey, (hex) => `${batchRefs(id)}${signer}-${hex}`),
    );
    const full = await pullAll(carol);
    expect(full.batches.flatMap(({ signers }) => signers)).toEqual([]);
    expect(full.left).toBe(1);
  });

  test('pullBatches() finds that something else stands under a name, and unpushed() counts it', async () => {
    const board = await Board.of(2, '2');
    const ada = await board.home('a');
    const { id } = await board.stage(ada);
    await pushBatches(ada, upstream(ada), [id]);
    await board.vandalise(requestRef(id), 'request.json', utf8('{}'));
    await pullAll(ada);
    expect(unpushed(ada, upstream(ada), id)).toBe(1);
    expect(await pushBatches(ada, upstream(ada), [id])).toEqual([
      { batch: id, pushed: 1, present: 0 },
    ]);
    await pullAll(ada);
    expect(unpushed(ada, upstream(ada), id)).toBe(0);
  });

  test('pushBatches() does not take for pushed what something else keeps out', async () => {
    const board = await Board.of(2, '2');
    const [ada, bob] = [await board.home('a'), await board.home('b')];
    const { id } = await board.stage(ada);
    // A ref where the refs of the batch have to lie.
    const tip = board.memory.log.replayed.tip;
    await board.memory.log.moveRef(batchRefs(id).slice(0, -1), undefined, tip);
    expect(await pushBatches(ada, upstream(ada), [id])).toEqual([
      { batch: id, pushed: 1, present: 0 },
    ]);
    expect(await pullAll(bob)).toMatchObject({ batches: [{ batch: id, status: 'new' }] });
    const other = await board.stage(ada, 'y');
    const branch = batchRefs(other.id).replace(BATCH_REFS, BATCH_BRANCHES).slice(0, -1);
    await board.memory.log.moveRef(branch, undefined, tip);
    await expect(
      pushBatches(ada, upstream(ada), [other.id], { form: 'branches' }),
    ).rejects.toMatchObject({
      reason: 'push-refused',
      message: expect.stringContaining('something stands in the way'),
    });
  });

  test('lookAt() tells what is there, and what it could not make sense of, and never throws over it', async () => {
    const board = await Board.of(2, '2');
    const ada = await board.home('a');
    const seen = { outcome: 'seen', moved: false, absent: false, unseen: [] } as const;
    expect(await lookAt(ada, upstream(ada))).toEqual(seen);
    const tip = board.memory.log.replayed.tip ?? '';
    await board.memory.log.moveRef('refs/heads/main', tip, undefined);
    expect(await lookAt(ada, upstream(ada))).toEqual({ ...seen, absent: true });
    // More refs than anybody lists.
    const lines = Array.from({ length: LIMITS.contributionRefs + 1 }, (_, at) => {
      const hex = at.toString(16).padStart(64, '0');
      return `${tip} ${BATCH_REFS}${hex}/request\n`;
    });
    writeFileSync(path.join(board.remote, 'packed-refs'), lines.join(''));
    const look = await lookAt(ada, upstream(ada));
    expect(look).toMatchObject({ outcome: 'seen', absent: true });
    expect('unseen' in look ? look.unseen : []).toHaveLength(LIMITS.contributionRefs);
    writeFileSync(path.join(board.remote, 'config'), '[core\n');
    expect(await lookAt(ada, upstream(ada))).toMatchObject({ outcome: 'unreachable' });
  });
});

describe('a remote over HTTP that says nothing', () => {
  test('listRemoteRefs() ends in the time that it is given, without git, too', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const place = { kind: 'url', url: `http://127.0.0.1:${port}/log` } as const;
    withoutGit();
    await expect(
      listRemoteRefs(nodeHost(), place, { prefixes: [BATCH_REFS], timeoutMs: 200 }),
    ).rejects.toMatchObject({
      reason: 'remote-unreachable',
    });
  });
});

test('waitingThere() names some of what was not looked through, and counts the rest', () => {
  const unseen = Array.from({ length: LIMITS.unseenShown + 2 }, (_, at) => ({
    batch: `E${at}`,
    request: true,
    contributions: 0,
  }));
  const waiting = waitingThere({ outcome: 'seen', moved: false, absent: true, unseen });
  expect(waiting).toHaveLength(LIMITS.unseenShown + 2);
  expect(waiting[0]).toMatchObject({ batch: null, next: 'gitkel sync' });
  expect(waiting.at(-1)).toMatchObject({
    batch: null,
    what: expect.stringContaining('2 more batches'),
  });
});
