/**
 * A log in memory and copies of it in other directories of the same memory, whose upstream it is.
 * @module
 */
import {
  collect,
  commitBatch,
  type CommitOutcome,
  copyLog,
  dropBatch,
  type Host,
  loadCollected,
  type Log,
  openLog,
  type Operation,
  stageBatch,
  stagingGround,
} from '../../src/index.ts';
import type { Remote } from '../../src/sync/remote.ts';
import { remoteOf } from '../../src/sync/remote.ts';
import type { MemoryLog } from '../support/memory-log.ts';

/** A copy of the log, opened. */
export function copyOf(memory: MemoryLog, dir = '/copy'): Log {
  copyLog(memory.host, '/log', dir, undefined);
  return openLog(memory.host, dir);
}

/** The upstream of a copy. */
export function upstream(log: Log): Remote {
  const remote = remoteOf(log);
  if (remote === undefined) throw new Error('it has an upstream');
  return remote;
}

/** Stages operations on any log of the memory, signs them with the keys of these names, and commits. */
export async function writeOn(
  memory: MemoryLog,
  log: Log,
  operations: readonly Operation[],
  ...keyNames: readonly string[]
): Promise<CommitOutcome> {
  const ground = stagingGround(log, 'open', new Uint8Array(16));
  const batch = await stageBatch(log, ground, operations);
  for (const { bytes } of await memory.contributions(loadCollected(log, batch), keyNames))
    await collect(log, bytes);
  const held = new Set(memory.keys(keyNames));
  const outcome = await commitBatch(log, batch, async (key) =>
    held.has(key) ? memory.ring.signer(key) : undefined,
  );
  if (outcome.status === 'committed') await dropBatch(log, batch.id);
  return outcome;
}

/** Every file below a directory, with its size: what a step left there, or took away. */
export function filesBelow(host: Host, dir: string): readonly string[] {
  return host.fs.readdirSync(dir).flatMap((name) => {
    const path = `${dir}/${name}`;
    const stats = host.fs.lstatSync(path);
    return stats.isDirectory() ? filesBelow(host, path) : [`${path} ${stats.size}`];
  });
}
