/** Logs for measuring, whose batches are signed at once by all who have to. */
import * as nodeFs from 'node:fs';
import {
  collect,
  commitBatch,
  createLog,
  dropBatch,
  loadCollected,
  nativeCrypto,
  nodeHost,
  openLog,
  signBatch,
  stageBatch,
  stagingGround,
} from '../../dist/src/index.js';

/** A new log that anybody may write and that waits for no disk. */
export function newLog(dir) {
  const host = nodeHost({ fs: { ...nodeFs, fsyncSync: () => {} } });
  createLog(host, dir, { admission: 'open' });
  return openLog(host, dir);
}

/** Stages operations in one batch, signs it with every key that is asked for, and commits it; gives the AIDs of its events. */
export async function commit(log, operations, signers) {
  const held = new Map(signers.map((signer) => [signer.publicKey, signer]));
  const find = async (key) => held.get(key);
  const ground = stagingGround(log, 'open', new Uint8Array(16));
  const batch = await stageBatch(log, ground, operations);
  const contributions = await signBatch(
    nativeCrypto,
    loadCollected(log, batch),
    find,
    (key) => held.has(key),
    async () => {},
  );
  for (const { bytes } of contributions) await collect(log, bytes);
  const outcome = await commitBatch(log, batch, find, log.contents.aids.slice(0, 1));
  if (outcome.status !== 'committed') throw new Error(JSON.stringify(outcome));
  await dropBatch(log, batch.id);
  return batch.events.map(({ aid }) => aid);
}
