import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { addEvidence } from '../../src/exchange/evidence.ts';
import { openLog, verifyEvidence } from '../../src/index.ts';
import { compareLogs, openCopy } from '../../src/sync/compare.ts';
import { MemoryLog } from '../support/memory-log.ts';
import { copyOf, writeOn } from './copies.ts';

const seal = (fill: string) => ({ d: `E${fill.repeat(43)}` });

async function parted() {
  const memory = new MemoryLog();
  const ada = await memory.member('ada');
  await memory.member('bob');
  return { memory, ada, copy: copyOf(memory) };
}

describe('compareLogs()', () => {
  test('tells equal copies, and which one goes on', async () => {
    const { memory, ada, copy } = await parted();
    expect(compareLogs(memory.log, copy)).toMatchObject({
      relation: 'equal',
      common: 1,
      divergence: undefined,
    });
    await memory.write([memory.anchor(ada, seal('A'))], 'ada.0.0');
    const carol = await memory.member('carol');
    const ahead = compareLogs(memory.log, copy);
    expect(ahead).toMatchObject({
      relation: 'ahead',
      common: 1,
      first: { position: 3 },
      second: { position: 1 },
    });
    const relationOf = (of: typeof ahead, aid: string) =>
      of.aids.find((one) => one.aid === aid)?.relation;
    expect([relationOf(ahead, ada), relationOf(ahead, carol)]).toEqual(['ahead', 'only-first']);
    const behind = compareLogs(copy, memory.log);
    expect(behind.relation).toBe('behind');
    expect([relationOf(behind, ada), relationOf(behind, carol)]).toEqual(['behind', 'only-second']);
    expect([...ahead.aids, ...behind.aids].every(({ together }) => together)).toBe(true);
  });

  test('of a fork names the first batches that differ; who is not concerned stands in both', async () => {
    const { memory, ada, copy } = await parted();
    await memory.write([memory.anchor(ada, seal('A'))], 'ada.0.0');
    const [, bob = ''] = copy.contents.aids;
    await writeOn(memory, copy, [memory.anchor(bob, seal('B'))], 'bob.0.0');
    const compared = compareLogs(memory.log, copy);
    expect(compared).toMatchObject({
      relation: 'forked',
      common: 1,
      divergence: {
        position: 2,
        first: { payloadDigest: memory.log.contents.lastBatch?.payloadDigest },
        second: { payloadDigest: copy.contents.lastBatch?.payloadDigest },
      },
    });
    expect(compared.aids.map(({ together }) => together)).toEqual([true, true]);
  });

  test('proves two events for one place, so that the proof needs neither copy', async () => {
    const { memory, ada, copy } = await parted();
    await memory.write([memory.anchor(ada, seal('A'))], 'ada.0.0');
    await writeOn(memory, copy, [memory.anchor(ada, seal('B'))], 'ada.0.0');
    const compared = compareLogs(memory.log, copy).aids.find(({ aid }) => aid === ada);
    expect(compared).toMatchObject({
      relation: 'duplicitous',
      together: false,
      differs: {
        sn: 1,
        first: memory.stateOf(ada).said,
        second: copy.contents.kel(ada)?.state.said,
      },
    });
    const bytes = compared?.evidence ?? new Uint8Array();
    expect(verifyEvidence(new MemoryLog().crypto, bytes)).toMatchObject({
      ok: true,
      proven: { aid: ada, sn: 1 },
    });
    const added = await addEvidence(memory.log, bytes, {
      findSigner: async (key) => memory.ring.signer(key),
      committers: [ada],
    });
    expect(added).toMatchObject({ status: 'committed', mark: { aid: ada, isLate: false } });
  });

  test('lets a rotation stand that supersedes lawfully, seen from either side', async () => {
    const { memory, ada, copy } = await parted();
    await writeOn(memory, copy, [memory.anchor(ada, seal('B'))], 'ada.0.0');
    await memory.write([memory.rotate(ada, 'ada', 1)], 'ada.1.0');
    for (const [one, other] of [
      [memory.log, copy],
      [copy, memory.log],
    ] as const) {
      expect(compareLogs(one, other).aids.find(({ aid }) => aid === ada)).toMatchObject({
        relation: 'superseded',
        together: true,
        differs: { sn: 1 },
      });
    }
  });

  test('says that two histories cannot stand although one event alone proves nothing', async () => {
    const { memory, ada, copy } = await parted();
    await writeOn(memory, copy, [memory.anchor(ada, seal('B'))], 'ada.0.0');
    await writeOn(memory, copy, [memory.rotate(ada, 'ada', 1)], 'ada.1.0');
    await memory.write([memory.rotate(ada, 'ada', 1)], 'ada.1.0');
    expect(compareLogs(memory.log, copy).aids.find(({ aid }) => aid === ada)).toMatchObject({
      relation: 'conflicting',
      together: false,
      evidence: undefined,
    });
  });

  test('tells two logs apart', async () => {
    const { memory } = await parted();
    const other = new MemoryLog();
    await other.write([other.create('zoe')], 'zoe.0.0');
    expect(compareLogs(memory.log, other.log)).toMatchObject({
      relation: 'other-log',
      common: undefined,
      divergence: { position: 0 },
    });
  });
});

describe('openCopy()', () => {
  test('verifies as far as it holds, and says why no further', async () => {
    const { memory, copy } = await parted();
    const whole = openCopy(memory.host, '/copy', {});
    expect(whole.problem).toBeUndefined();
    expect(whole.log.contents.batches).toBe(2);
    const fd = memory.host.fs.openSync('/copy/shallow', 'w');
    memory.host.fs.writeSync(fd, utf8(`${'1'.repeat(40)}\n`));
    memory.host.fs.closeSync(fd);
    expect(openCopy(memory.host, '/copy', {}).problem).toMatchObject({ reason: 'shallow' });
    const tree = copy.store.writePack([{ type: 'tree', bytes: new Uint8Array() }])[0] ?? '';
    const bytes = `tree ${tree}\nparent ${copy.replayed.tip ?? ''}\n\nno batch\n`;
    const [odd] = copy.store.writePack([{ type: 'commit', bytes: utf8(bytes) }]);
    copy.refs.compareAndSwap(copy.ref, copy.replayed.tip, odd);
    const broken = openCopy(memory.host, '/copy', {});
    expect(broken.problem?.reason).toBeDefined();
    expect(broken.log.contents.batches).toBe(2);
    expect(openLog(memory.host, memory.dir).contents.batches).toBe(2);
  });
});
