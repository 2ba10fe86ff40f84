import { randomBytes } from 'node:crypto';
import {
  collect,
  commitBatch,
  createLog,
  dropBatch,
  type FindSigner,
  type Host,
  loadCollected,
  type Log,
  nativeCrypto,
  nextDigest,
  openLog,
  type Operation,
  parseThresholdText,
  signBatch,
  type StagedBatch,
  stageBatch,
  stagingGround,
} from '../../src/index.ts';
import { KeyRing } from './key-ring.ts';

const crypto = nativeCrypto;

/** Members of one key each, by name, and the keys of all. The same names have the same keys everywhere. */
export class Members {
  readonly #ring = new KeyRing(crypto);

  readonly find: FindSigner = async (key) => this.#ring.signer(key);

  /** The inception of a member. */
  create(name: string): Operation {
    return {
      kind: 'create',
      publicKeys: [this.#ring.key(name)],
      threshold: parseThresholdText('1'),
      nextDigests: [nextDigest(crypto, this.#ring.key(`${name} next`))],
      nextThreshold: parseThresholdText('1'),
    };
  }

  anchor(aid: string, what = 'anything'): Operation {
    return { kind: 'anchor', aid, seals: [{ d: what }] };
  }

  /** Stages operations of members of these names and signs them: a complete batch. */
  async stage(
    log: Log,
    names: readonly string[],
    operations: readonly Operation[],
  ): Promise<StagedBatch> {
    const held = new Set(names.map((name) => this.#ring.key(name)));
    const ground = stagingGround(log, 'open', new Uint8Array(randomBytes(16)));
    const batch = await stageBatch(log, ground, operations);
    const isHeld = (key: string): boolean => held.has(key);
    const contributions = await signBatch(
      crypto,
      loadCollected(log, batch),
      this.find,
      isHeld,
      async () => {},
    );
    for (const { bytes } of contributions) await collect(log, bytes);
    return batch;
  }

  /** Puts a member into the log; gives the AID. */
  async join(log: Log, name: string): Promise<string> {
    const batch = await this.stage(log, [name], [this.create(name)]);
    const outcome = await commitBatch(log, batch, this.find);
    if (outcome.status !== 'committed') throw new Error(JSON.stringify(outcome));
    await dropBatch(log, batch.id);
    return batch.events[0]?.aid ?? '';
  }
}

/** A new log with one batch for each of `count` members, and one more complete one of each that waits. */
export async function waitingLog(
  host: Host,
  dir: string,
  count: number,
): Promise<{ readonly members: Members; readonly batches: readonly StagedBatch[] }> {
  createLog(host, dir, { admission: 'open' });
  const log = openLog(host, dir);
  const members = new Members();
  const batches: StagedBatch[] = [];
  const names = Array.from({ length: count }, (_, index) => `member ${index}`);
  const aids = new Map<string, string>();
  for (const name of names) aids.set(name, await members.join(log, name));
  for (const [name, aid] of aids)
    batches.push(await members.stage(log, [name], [members.anchor(aid)]));
  log.store.close();
  return { members, batches };
}
