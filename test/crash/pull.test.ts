/** A pull that is cut off, or fails, at any call that changes something: the next one ends as if nothing had been. */
import { expect, test } from 'vitest';
import { audit, copyLog, GitkelError, type Host, openLog } from '../../src/index.ts';
import { pull } from '../../src/sync/pull.ts';
import { type FileFault, faultyFiles, Killed } from '../support/faulty-files.ts';
import { MemoryLog } from '../support/memory-log.ts';
import { upstream } from '../sync/copies.ts';

const THERE = { wasThere: true };
const MANY = 1_000;

/** The same machine, as a process sees it; the one that is cut off is dead afterwards. */
function processOf(host: Host, self: string): Host {
  return { ...host, processes: { self, isDead: (name) => name !== self } };
}

test.each<FileFault>(['kill', 'EIO'])(
  'after %s at each call the next pull ends as any other',
  async (fault) => {
    const memory = new MemoryLog();
    const { host, dir: source } = memory;
    const bare = `${source}-old`;
    await memory.member('ada');
    copyLog(host, source, bare, undefined);
    await memory.member('bob');
    await memory.member('eve');
    let calls = MANY;
    for (let at = 1; at <= calls; at++) {
      const dir = `/copy-${at}`;
      copyLog(host, bare, dir, undefined);
      const files = faultyFiles(host.fs, fault, at);
      const cut = openLog({ ...processOf(host, 'cut-off'), fs: files.fs }, dir);
      const remote = { ...upstream(cut), place: { kind: 'directory', dir: source } } as const;
      const outcome = await pull(cut, remote, THERE).catch((error: unknown) => error);
      const isFault = outcome instanceof Killed || outcome instanceof GitkelError;
      if (!isFault) expect(outcome).toEqual({ status: 'pulled', batches: 2 });
      if (files.calls() < at) calls = files.calls();
      const next = openLog(processOf(host, 'next'), dir);
      expect(next.contents.batches, `${fault} at ${at}`).toBeOneOf([1, 3]);
      expect(await pull(next, remote, THERE)).toMatchObject({ status: expect.any(String) });
      expect(next.replayed.tip).toBe(memory.log.replayed.tip);
      const { state, findings } = audit(host, dir, { objects: true });
      expect({ state, findings }, `${fault} at ${at}`).toEqual({ state: 'valid', findings: [] });
      const left = host.fs.readdirSync(`${dir}/objects`);
      expect(left.toSorted(), `${fault} at ${at}`).toEqual(['info', 'pack']);
    }
    expect(calls).toBeGreaterThan(20);
    expect(calls).toBeLessThan(MANY);
  },
);
