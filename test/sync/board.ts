/**
 * A log on the disk that is the remote of its co-signers, each of whom has a copy and reaches nobody else's.
 * @module
 */
import path from 'node:path';
import {
  collect,
  commitBatch,
  loadCollected,
  type Log,
  openLog,
  requireBatch,
  type StagedBatch,
  stageBatch,
  stagingGround,
} from '../../src/index.ts';
import { mailboxCommit } from '../../src/git/commit.ts';
import { objectId } from '../../src/git/object.ts';
import { initRepository } from '../../src/git/repository.ts';
import { encodeTree } from '../../src/git/tree.ts';
import { setUpstream } from '../../src/log/copy-log.ts';
import { BATCH_REFS } from '../../src/log/layout.ts';
import { pull } from '../../src/sync/pull.ts';
import { publisher } from '../../src/sync/publish.ts';
import { temporaryDirectory } from '../git/support.ts';
import { MemoryLog, names } from '../support/memory-log.ts';
import { upstream } from './copies.ts';

const THERE = { wasThere: true };

/** A log on the disk, which is the remote of all, with a board of `count` keys. */
export class Board {
  readonly root = temporaryDirectory();
  readonly memory = new MemoryLog({ disk: this.root });
  aid = '';

  static async of(count: number, threshold: string): Promise<Board> {
    const board = new Board();
    board.aid = await board.memory.member('board', count, threshold);
    return board;
  }

  get remote(): string {
    return this.memory.dir;
  }

  /** The copy of a co-signer. */
  async home(name: string, url = this.remote): Promise<Log> {
    const { host } = this.memory;
    const dir = path.join(this.root, name);
    initRepository(host, dir, { bare: true, branch: 'main' });
    setUpstream(host, dir, 'main', url);
    const log = openLog(host, dir);
    log.publishWith(publisher(log, upstream(log), THERE));
    await pull(log, upstream(log), { wasThere: false });
    return log;
  }

  async stage(log: Log, digest = 'x'): Promise<StagedBatch> {
    const ground = stagingGround(log, 'open', new Uint8Array(16));
    return stageBatch(log, ground, [this.memory.anchor(this.aid, { d: digest })]);
  }

  /** Signs a batch in a copy with one key of the board. */
  async sign(log: Log, id: string, index: number): Promise<void> {
    const collected = loadCollected(log, requireBatch(log, id));
    const name = names('board', 5)[index] ?? '';
    for (const { bytes } of await this.memory.contributions(collected, [name])) {
      const outcome = await collect(log, bytes);
      if (!outcome.ok) throw new Error(outcome.problem.detail);
    }
  }

  async commit(log: Log, id: string): Promise<{ readonly commit: string }> {
    const held = new Set(this.memory.keys(names('board', 5)));
    const outcome = await commitBatch(log, requireBatch(log, id), async (key) =>
      held.has(key) ? this.memory.ring.signer(key) : undefined,
    );
    if (outcome.status !== 'committed') throw new Error(JSON.stringify(outcome));
    return outcome;
  }

  /** Refs of staged batches that the remote has. */
  get refs(): readonly string[] {
    return [...this.memory.log.refs.list(BATCH_REFS).keys()];
  }

  /** Puts any file under a ref of the remote, as somebody who may push could. */
  async vandalise(ref: string, name: string, bytes: Uint8Array): Promise<void> {
    const { log, crypto } = this.memory;
    const tree = encodeTree([{ mode: '100644', name, oid: objectId(crypto, 'blob', bytes) }]);
    const commit = mailboxCommit(objectId(crypto, 'tree', tree), 'pushed\n');
    log.store.writePack([
      { type: 'blob', bytes },
      { type: 'tree', bytes: tree },
      { type: 'commit', bytes: commit },
    ]);
    log.store.release();
    await log.moveRef(ref, log.refs.read(ref), objectId(crypto, 'commit', commit));
  }
}
