/** Refs of staged batches that are pushed to a server with hooks. */
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { placeHex, signAnnouncement } from '../../src/batch/announcement.ts';
import type { RefUpdate } from '../../src/gate/judge-refs.ts';
import { mailboxCommit } from '../../src/git/commit.ts';
import { objectId } from '../../src/git/object.ts';
import { encodeTree } from '../../src/git/tree.ts';
import type { StagedBatch } from '../../src/index.ts';
import { BATCH_REFS, contributionRef, requestRef } from '../../src/log/layout.ts';
import { placeRef, remoteBatchRef } from '../../src/log/mailbox-names.ts';
import { hasGit, temporaryDirectory } from '../git/support.ts';
import { MemoryLog, names } from '../support/memory-log.ts';
import { configureHooks, hookRun, received, refusedBy, transacted } from '../support/served.ts';

const MAIN = 'refs/heads/main';

/** A server whose log holds a board of two, both of which must sign; what they stage is in the same repository. */
class Server {
  readonly memory = new MemoryLog({ disk: temporaryDirectory() });
  aid = '';

  static async make(): Promise<Server> {
    const server = new Server();
    const { memory } = server;
    server.aid = await memory.member('board', 2, '2');
    const logId = memory.log.contents.genesis?.logId ?? '';
    configureHooks(memory.dir, { logDir: undefined, logRef: MAIN, logId });
    return server;
  }

  /** A batch, signed by the first of the board; its refs are as a push would create them, and not there. */
  async staged(): Promise<{ batch: StagedBatch; updates: readonly RefUpdate[] }> {
    const { memory } = this;
    const batch = await memory.stage([memory.anchor(this.aid, { d: 'x' })]);
    await memory.sign(batch, 'board.0.0');
    const refs = [...memory.log.refs.list(BATCH_REFS)];
    const updates = refs.map(([ref, after]) => ({ ref, before: undefined, after }));
    for (const [ref, oid] of refs) await memory.log.moveRef(ref, oid, undefined);
    return { batch, updates };
  }

  async take(updates: readonly RefUpdate[]): Promise<void> {
    for (const { ref, before, after } of updates) await this.memory.log.moveRef(ref, before, after);
  }

  /** A commit that carries a file, as anybody can make one. */
  carrier(name: string, bytes: Uint8Array): string {
    const { log, crypto } = this.memory;
    const tree = encodeTree([{ mode: '100644', name, oid: objectId(crypto, 'blob', bytes) }]);
    const commit = mailboxCommit(objectId(crypto, 'tree', tree), 'pushed\n');
    log.store.writePack([
      { type: 'blob', bytes },
      { type: 'tree', bytes: tree },
      { type: 'commit', bytes: commit },
    ]);
    log.store.release();
    return objectId(crypto, 'commit', commit);
  }

  async push(updates: readonly RefUpdate[]): Promise<readonly string[]> {
    return refusedBy(await received(hookRun(this.memory.host, this.memory.dir, updates)));
  }

  async prepare(updates: readonly RefUpdate[]): Promise<readonly string[]> {
    return refusedBy(await transacted(hookRun(this.memory.host, this.memory.dir, updates)));
  }
}

const gone = ({ ref, after }: RefUpdate): RefUpdate => ({ ref, before: after, after: undefined });

describe.skipIf(!hasGit)('preReceive() of staged batches (needs git)', () => {
  test('takes them with what was contributed, as refs and as branches, and never moves them', async () => {
    const server = await Server.make();
    const { updates } = await server.staged();
    expect(updates).toHaveLength(2);
    expect(await server.push(updates)).toEqual([]);
    expect(await server.prepare(updates)).toEqual([]);
    const branches = updates.map((one) => ({ ...one, ref: remoteBatchRef('branches', one.ref) }));
    expect(await server.push(branches)).toEqual([]);
    await server.take(updates);
    const [first] = updates;
    const ref = first?.ref ?? '';
    const moved = { ref, before: first?.after, after: updates[1]?.after };
    expect(await server.push([moved])).toEqual([`${ref}: batch-ref-moved`]);
  });

  test('refuses what does not verify, and what lacks its batch', async () => {
    const server = await Server.make();
    const { batch, updates } = await server.staged();
    const [contribution, request] = updates;
    if (contribution === undefined || request === undefined) throw new Error('there are two');
    expect(await server.push([contribution])).toEqual([`${contribution.ref}: batch-missing`]);
    const created = (ref: string, after: string | undefined): RefUpdate => ({
      ref,
      before: undefined,
      after,
    });
    const other = requestRef(server.aid);
    expect(await server.push([created(other, request.after)])).toEqual([`${other}: batch-ref`]);
    const odd = `${BATCH_REFS}x`;
    expect(await server.push([created(odd, request.after)])).toEqual([`${odd}: batch-ref`]);
    const { memory } = server;
    const [second = ''] = memory.keys(names('board', 2).slice(1));
    const [stranger = ''] = memory.keys(['eve.0.0']);
    const junk = server.carrier('contribution.json', utf8('{}'));
    const bad = contributionRef(batch.id, second, batch.id);
    const foreign = contributionRef(batch.id, stranger, batch.id);
    const renamed = contributionRef(batch.id, second, server.aid);
    expect(
      await server.push([
        request,
        created(bad, junk),
        created(foreign, junk),
        created(renamed, contribution.after),
      ]),
    ).toEqual([`${bad}: field`, `${foreign}: signer-unknown`, `${renamed}: batch-ref`].toSorted());
  });

  test('judges a batch that comes under both forms of its name by each of them', async () => {
    const server = await Server.make();
    const { updates } = await server.staged();
    const request = updates.find(({ ref }) => ref.endsWith('/request'));
    if (request === undefined) throw new Error('there is one');
    const branch = remoteBatchRef('branches', request.ref);
    const junk = server.carrier('request.json', utf8('{}'));
    const [bad, good] = [
      { ...request, after: junk },
      { ...request, ref: branch },
    ];
    for (const push of [
      [bad, good],
      [good, bad],
    ])
      expect(await server.push(push)).toEqual([`${request.ref}: field`]);
    expect(await server.push([{ ...bad, ref: branch }, request])).toEqual([`${branch}: field`]);
  });

  test('takes announcements by a current key of the identity, and keeps them until the place is filled', async () => {
    const server = await Server.make();
    const { memory } = server;
    const { batch } = await server.staged();
    const { crypto, ring } = memory;
    const prior = memory.stateOf(server.aid).said;
    const content = {
      logId: batch.logId,
      batch: batch.id,
      place: { aid: server.aid, sn: 1, prior },
    };
    const ref = placeRef(placeHex(crypto, content.place), batch.id);
    const byKey = async (name: string): Promise<RefUpdate> => {
      const { bytes } = await signAnnouncement(crypto, content, ring.signer(ring.key(name)));
      return { ref, before: undefined, after: server.carrier('announcement.json', bytes) };
    };
    const update = await byKey('board.0.1');
    expect(await server.push([update])).toEqual([]);
    expect(await server.push([await byKey('eve.0.0')])).toEqual([`${ref}: signer-unknown`]);
    const junk = { ...update, after: server.carrier('announcement.json', utf8('{}')) };
    expect(await server.push([junk])).toEqual([`${ref}: batch-ref`]);
    await server.take([update]);
    expect(await server.push([gone(update)])).toEqual([`${ref}: batch-open`]);
    await memory.write([memory.anchor(server.aid, { d: 'y' })], ...names('board', 2));
    expect(await server.push([gone(update)])).toEqual([]);
  });

  test('lets them be deleted once their places are filled, and takes them no more', async () => {
    const server = await Server.make();
    const { memory } = server;
    const { batch, updates } = await server.staged();
    await server.take(updates);
    expect(await server.push(updates.map(gone))).toEqual(
      updates.map(({ ref }) => `${ref}: batch-open`),
    );
    // Whoever cleans up on the server may.
    expect(await server.prepare(updates.map(gone))).toEqual([]);
    await memory.sign(batch, 'board.0.1');
    expect(await memory.commit(batch, names('board', 2))).toMatchObject({ status: 'committed' });
    expect(await server.push(updates.map(gone))).toEqual([]);
    expect(await server.push(updates)).toEqual(updates.map(({ ref }) => `${ref}: batch-over`));
  });

  test('takes more proof of a batch that the log holds, with the batch, and nothing that the log has', async () => {
    const server = await Server.make();
    const { memory } = server;
    const aid = await memory.member('trio', 3, '2');
    const batch = await memory.stage([memory.anchor(aid, { d: 'z' })]);
    const created = async (name: string): Promise<readonly RefUpdate[]> => {
      await memory.sign(batch, name);
      return [...memory.log.refs.list(BATCH_REFS)].map(([ref, after]) => ({
        ref,
        before: undefined,
        after,
      }));
    };
    const third = await created('trio.0.2');
    const contribution = third.find(({ ref }) => !ref.endsWith('/request'));
    if (contribution === undefined) throw new Error('it was signed');
    await memory.log.moveRef(contribution.ref, contribution.after, undefined);
    const first = await created('trio.0.0');
    await memory.sign(batch, 'trio.0.1');
    expect(await memory.commit(batch, names('trio', 3))).toMatchObject({ status: 'committed' });
    for (const [ref, oid] of memory.log.refs.list(BATCH_REFS))
      await memory.log.moveRef(ref, oid, undefined);
    const request = third.filter(({ ref }) => ref.endsWith('/request'));
    expect(request).toHaveLength(1);
    const over = (updates: readonly RefUpdate[]) => updates.map(({ ref }) => `${ref}: batch-over`);
    expect(await server.push(request)).toEqual(over(request));
    expect(await server.push(first)).toEqual(over(first).toSorted());
    expect(await server.push(third)).toEqual([]);
    await server.take(third);
    expect(await server.push(third.map(gone))).toEqual([]);
  });
});
