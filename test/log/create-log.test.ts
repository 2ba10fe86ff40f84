/** Making a log is killed at every step; calling it again ends as if nothing had happened. */
import { Volume } from 'memfs';
import { expect, test } from 'vitest';
import { createLog, type FileSystem, memoryHost, nativeCrypto, openLog } from '../../src/index.ts';
import { countingRandom } from '../support/counting-random.ts';

const MUTATING = [
  'openSync',
  'writeSync',
  'fsyncSync',
  'renameSync',
  'mkdirSync',
  'linkSync',
  'unlinkSync',
] as const;

/** A file system in memory whose k-th mutating call and all that follow throw. */
function dyingAt(volume: InstanceType<typeof Volume>, k: number): FileSystem {
  let calls = 0;
  const dying: Record<string, unknown> = {};
  for (const name of MUTATING) {
    const real = (volume as unknown as Record<string, (...args: unknown[]) => unknown>)[name];
    dying[name] = (...args: unknown[]): unknown => {
      if (name === 'openSync' && args[1] === 'r') return real?.apply(volume, args);
      calls++;
      if (calls >= k) throw new Error('killed');
      return real?.apply(volume, args);
    };
  }
  return new Proxy(volume, {
    get: (target, name) => {
      const own =
        typeof name === 'string' && MUTATING.some((one) => one === name) ? dying[name] : undefined;
      const value: unknown = own ?? Reflect.get(target, name);
      return typeof value === 'function' && own === undefined ? value.bind(target) : value;
    },
  }) as unknown as FileSystem;
}

test('createLog() can be called again after it was killed at any step', () => {
  let points = 0;
  for (let k = 1; ; k++) {
    const volume = new Volume();
    const hostOn = (fs: FileSystem, label: string) =>
      memoryHost(fs, nativeCrypto, countingRandom(nativeCrypto, label), () => 0);
    let finished = false;
    try {
      createLog(hostOn(dyingAt(volume, k), 'first'), '/log', { admission: 'closed' });
      finished = true;
    } catch (error) {
      expect(String(error)).toContain('killed');
    }
    if (finished) break;
    points++;
    const host = hostOn(volume as unknown as FileSystem, 'again');
    try {
      createLog(host, '/log', { admission: 'closed' });
    } catch (error) {
      // Killed after the last step: it was made in full.
      expect(error).toMatchObject({ reason: 'log-exists' });
    }
    const log = openLog(host, '/log');
    expect(log.ref).toBe('refs/heads/main');
    log.store.close();
  }
  expect(points).toBeGreaterThan(10);
});

test('createLog() takes no directory with files of others for its own leftovers', () => {
  const volume = Volume.fromJSON({ '/log/config': 'precious\n' });
  const host = memoryHost(
    volume as unknown as FileSystem,
    nativeCrypto,
    countingRandom(nativeCrypto),
    () => 0,
  );
  expect(() => createLog(host, '/log', { admission: 'open' })).toThrow('not empty');
  expect(volume.readFileSync('/log/config', 'utf8')).toBe('precious\n');
});
