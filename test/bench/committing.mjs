/** Logs for measuring, whose batches are signed at once by all who have to. */
import * as nodeFs from 'node:fs';
import { collectFiles } from '../../dist/src/batch/collected.js';
import { planOnLog } from '../../dist/src/batch/load-collected.js';
import { prepareCommit } from '../../dist/src/batch/prepared-commit.js';
import { stage } from '../../dist/src/batch/stage.js';
import {
  createLog,
  nativeCrypto,
  nodeHost,
  openLog,
  signBatch,
  stagingGround,
} from '../../dist/src/index.js';

/** A new log that anybody may write and that waits for no disk. */
export function newLog(dir) {
  const host = nodeHost({ fs: { ...nodeFs, fsyncSync: () => {} } });
  createLog(host, dir, { admission: 'open' });
  return openLog(host, dir);
}

/**
 * Stages operations in one batch, signs it with every key that is asked for, and commits it; gives the AIDs of its events.
 * The batch is never stored: with many signers, reading it back for each of them would take far longer than all else.
 */
export async function commit(log, operations, signers) {
  const held = new Map(signers.map((signer) => [signer.publicKey, signer]));
  const findSigner = async (key) => held.get(key);
  const batch = stage(stagingGround(log, 'open', new Uint8Array(16)), operations, {});
  const plan = planOnLog(log, batch);
  const collected = (files) => collectFiles(nativeCrypto, batch, plan, files);
  const isHeld = (key) => held.has(key);
  const signed = await signBatch(nativeCrypto, collected([]), findSigner, isHeld, async () => {});
  const prepared = await prepareCommit(log, collected(signed.map(({ bytes }) => bytes)), {
    findSigner,
    committers: log.contents.aids.slice(0, 1),
    isCurrent: () => true,
  });
  if (prepared.status !== 'prepared') throw new Error(JSON.stringify(prepared));
  if (!(await log.append(prepared.commit))) throw new Error('another process moved the log');
  log.refresh();
  return batch.events.map(({ aid }) => aid);
}
