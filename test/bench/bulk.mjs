/** A bulk call: many complete batches committed at once, waiting for the disk and not. */
import * as nodeFs from 'node:fs';
import path from 'node:path';
import {
  collect,
  commitAll,
  createLog,
  loadCollected,
  nativeCrypto,
  nodeHost,
  openLog,
  signBatch,
  stageBatch,
  stagingGround,
} from '../../dist/src/index.js';
import { median } from './rounds.mjs';
import { inception, signerOf } from './signers.mjs';

const ROUNDS = 3;

/** A log with one identity, in which the inceptions of so many others wait, each in a batch of its own. */
async function waiting(dir, batches, signers) {
  const host = nodeHost({ fsync: false });
  createLog(host, dir, { admission: 'open' });
  const log = openLog(host, dir);
  const find = async (key) => signers.get(key);
  for (let n = 0; n <= batches; n++) {
    const signer = signerOf(`waiting ${n}`);
    signers.set(signer.publicKey, signer);
    const ground = stagingGround(log, 'open', new Uint8Array(16));
    const batch = await stageBatch(log, ground, [inception(`waiting ${n}`)]);
    const collected = loadCollected(log, batch);
    const isHeld = (key) => signers.has(key);
    const made = await signBatch(nativeCrypto, collected, find, isHeld, async () => {});
    for (const { bytes } of made) await collect(log, bytes);
    if (n === 0) await commitAll(log, find);
  }
  log.store.close();
}

/** Commits copies of that log, in turns with and without fsync: milliseconds for each batch, medians. */
export async function bulk(folder, batches) {
  const original = path.join(folder, 'waiting');
  const signers = new Map();
  await waiting(original, batches, signers);
  const taken = { synced: [], unsynced: [] };
  const ratios = [];
  for (let round = -1; round < ROUNDS; round++) {
    const one = {};
    for (const name of ['unsynced', 'synced']) {
      const dir = path.join(folder, `${name} ${round}`);
      nodeFs.cpSync(original, dir, { recursive: true });
      const log = openLog(nodeHost({ fsync: name === 'synced' }), dir);
      const start = performance.now();
      const results = await commitAll(log, async (key) => signers.get(key));
      one[name] = (performance.now() - start) / batches;
      log.store.close();
      const done = results.filter(({ status }) => status === 'committed').length;
      // The one that was committed before is still listed as staged.
      if (done !== batches + 1) throw new Error(`${done} of ${batches} are committed`);
    }
    if (round < 0) continue;
    for (const [name, each] of Object.entries(one)) taken[name].push(each);
    ratios.push(one.synced / one.unsynced);
  }
  return {
    batches,
    synced: median(taken.synced),
    unsynced: median(taken.unsynced),
    ratio: median(ratios),
  };
}
