import { Volume } from 'memfs';
import { describe, expect, test } from 'vitest';
import { withoutSync } from '../../src/host/without-sync.ts';
import {
  commitAll,
  createLog,
  dropBatches,
  type FileSystem,
  type Host,
  memoryHost,
  nativeCrypto,
  nodeHost,
  openLog,
} from '../../src/index.ts';
import { countingRandom } from '../support/counting-random.ts';
import { waitingLog } from '../support/waiting-log.ts';

/** A host in memory that counts what is synced. */
function counting(): { readonly host: Host; readonly syncs: () => number } {
  let count = 0;
  const volume = new Volume() as unknown as FileSystem;
  const fs = new Proxy(volume, {
    get: (real, name): unknown =>
      name === 'fsyncSync'
        ? (fd: number) => {
            count++;
            real.fsyncSync(fd);
          }
        : Reflect.get(real, name),
  });
  const host = memoryHost(fs, nativeCrypto, countingRandom(nativeCrypto), () => 1_800_000_000);
  return { host, syncs: () => count };
}

describe('commitAll()', () => {
  test.each([2, 9])(
    'of %i batches makes five calls of fsync, and forgetting them none',
    async (many) => {
      const { host, syncs } = counting();
      const { members } = await waitingLog(host, '/log', many);
      const log = openLog(host, '/log');
      const before = syncs();
      const results = await commitAll(log, members.find);
      expect(results.map(({ status }) => status)).toEqual(
        Array.from({ length: many }, () => 'committed'),
      );
      expect(syncs() - before).toBe(5);
      await dropBatches(
        log,
        results.map(({ batch }) => batch),
      );
      expect(syncs() - before).toBe(5);
    },
  );
});

describe('without fsync', () => {
  test('a log of createLog({ fsync: false }) syncs nothing once it is made', async () => {
    const { host, syncs } = counting();
    createLog(host, '/log', { admission: 'open', fsync: false });
    const before = syncs();
    expect(before).toBeGreaterThan(0);
    const log = openLog(host, '/log');
    await log.moveRef('refs/heads/other', undefined, 'a'.repeat(40));
    log.store.writePack([{ type: 'blob', bytes: new Uint8Array(3) }]);
    expect(syncs()).toBe(before);
    openLog(withoutSync(host), '/log').store.writePack([
      { type: 'blob', bytes: new Uint8Array(4) },
    ]);
    expect(syncs()).toBe(before);
  });

  test('nodeHost({ fsync: false }) makes no call', () => {
    const real = nodeHost().fs;
    let calls = 0;
    const fs = { ...real, fsyncSync: () => calls++ };
    nodeHost({ fs, fsync: false }).fs.fsyncSync(0);
    expect(calls).toBe(0);
    nodeHost({ fs }).fs.fsyncSync(0);
    expect(calls).toBe(1);
  });
});
