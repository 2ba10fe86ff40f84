/** A log in which one identity has many devices, through the public functions. */
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
import { inception, signerOf } from './signers.mjs';

const PER_BATCH = 100;

/** Writes the log; gives the controller. */
export async function writeDevicesLog(dir, devices) {
  const host = nodeHost({ fs: { ...nodeFs, fsyncSync: () => {} } });
  createLog(host, dir, { admission: 'open' });
  const log = openLog(host, dir);
  const signers = new Map();
  const commit = async (operations, labels) => {
    for (const signer of labels.map(signerOf)) signers.set(signer.publicKey, signer);
    const find = async (key) => signers.get(key);
    const ground = stagingGround(log, 'open', new Uint8Array(16));
    const batch = await stageBatch(log, ground, operations);
    const contributions = await signBatch(
      nativeCrypto,
      loadCollected(log, batch),
      find,
      (key) => signers.has(key),
      async () => {},
    );
    for (const { bytes } of contributions) await collect(log, bytes);
    const outcome = await commitBatch(log, batch, find, log.contents.aids.slice(0, 1));
    if (outcome.status !== 'committed') throw new Error(JSON.stringify(outcome));
    await dropBatch(log, batch.id);
    return batch.events.map(({ aid }) => aid);
  };
  const [controller] = await commit([inception('controller')], ['controller']);
  for (let first = 0; first < devices; first += PER_BATCH) {
    const labels = Array.from({ length: PER_BATCH }, (_, index) => `device ${first + index}`);
    const aids = await commit(labels.map(inception), labels);
    const bodies = aids.map((device, index) => ({
      type: 'device-link',
      device,
      name: labels[index],
      capabilities: ['sign-statement'],
    }));
    await commit([{ kind: 'seal', aid: controller, bodies }], labels);
  }
  log.store.close();
  return controller;
}
