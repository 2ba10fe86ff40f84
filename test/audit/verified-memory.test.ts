/** Audits and logs that go on from what was verified before: the verdict is that of an audit from nothing. */
import {
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
  closeSync,
  unlinkSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AuditVerdict,
  type Contents,
  type Home,
  nativeCrypto,
  openHome,
  openLog,
} from '../../src/index.ts';
import { treeId } from '../../src/git/growing-tree.ts';
import { VerifiedMemory } from '../../src/keys/verified-memory.ts';
import { rememberContents } from '../../src/log/resume.ts';
import { RULES_VERSION } from '../../src/log/rules-version.ts';
import { useTampering } from '../support/tampering.ts';

const tampering = useTampering();
let homes = 0;
let home: Home;
beforeEach(() => {
  home = openHome(tampering().long.host, path.join(tampering().long.root, `home-${homes++}`));
});

/** Audits with what was verified before, and adds to it. */
async function auditOn(dir: string): Promise<AuditVerdict> {
  const memory = new VerifiedMemory(home);
  let verified: Contents | undefined;
  const verdict = tampering().audit(dir, {
    memory,
    recall: (contents) => {
      verified = contents;
      return { known: false, alarms: [], notes: [] };
    },
  });
  if (verdict.state === 'valid' && verified !== undefined) await rememberContents(memory, verified);
  memory.close();
  return verdict;
}

const withoutPlace = (verdict: AuditVerdict): unknown => ({
  ...verdict,
  verifiedBefore: undefined,
});

async function forged(batches: number): Promise<string> {
  return (await tampering().forge(tampering().drafts().slice(0, batches), false)).dir;
}

function memoryFiles(): readonly string[] {
  const folder = path.join(home.dir, 'verified');
  return readdirSync(folder).map((name) => path.join(folder, name));
}

describe('audit() with what was verified before', () => {
  it.each([1, 2, 12, 29, 30])(
    'goes on from batch %d and comes to the same verdict',
    async (first) => {
      expect((await auditOn(await forged(first))).verifiedBefore).toBe(0);
      const dir = await forged(30);
      const verdict = await auditOn(dir);
      expect(verdict.verifiedBefore).toBe(first);
      expect(withoutPlace(verdict)).toEqual(withoutPlace(tampering().audit(dir)));
      expect((await auditOn(dir)).verifiedBefore).toBe(30);
    },
  );

  it('verifies from nothing what went back, and what forked', async () => {
    await auditOn(await forged(30));
    const back = await forged(20);
    const drafts = tampering().drafts();
    const [changed] = drafts.slice(10);
    if (changed === undefined) throw new Error('a long log');
    changed.seconds += 1;
    const fork = (await tampering().forge(drafts, true)).dir;
    for (const dir of [back, fork]) {
      const verdict = await auditOn(dir);
      expect(verdict).toEqual(tampering().audit(dir));
      expect(verdict.verifiedBefore).toBe(0);
    }
  });

  it('finds a batch that does not hold, wherever it was verified up to', async () => {
    await auditOn(await forged(20));
    const drafts = tampering().drafts();
    const [changed] = drafts.slice(25);
    if (changed === undefined) throw new Error('a long log');
    changed.number = 26;
    const { dir } = await tampering().forge(drafts, true);
    const verdict = await auditOn(dir);
    expect(verdict).toMatchObject({ state: 'invalid', batches: 25, reason: 'batch-number' });
    expect(verdict).toEqual(tampering().audit(dir));
  });

  it('asks for what is missing of the new batches only', async () => {
    const dir = await forged(30);
    await auditOn(await forged(20));
    const verdict = await auditOn(dir);
    expect(verdict).toMatchObject({ state: 'valid', verifiedBefore: 20 });
  });

  it('comes to the same verdict, whatever became of the memory', async () => {
    await auditOn(await forged(20));
    const dir = await forged(30);
    const expected = withoutPlace(tampering().audit(dir));
    const befores = new Set<number>();
    for (const file of memoryFiles()) {
      const whole = readFileSync(file);
      const step = Math.ceil(whole.length / 12);
      for (let at = 0; at < whole.length; at += step) {
        const copies = memoryFiles().map((name) => [name, readFileSync(name)] as const);
        const fd = openSync(file, 'r+');
        writeSync(fd, Uint8Array.of((whole[at] ?? 0) ^ 1), 0, 1, at);
        closeSync(fd);
        const verdict = tampering().audit(dir, { memory: new VerifiedMemory(home) });
        befores.add(verdict.verifiedBefore);
        expect(withoutPlace(verdict)).toEqual(expected);
        for (const [name, bytes] of copies) writeFileSync(name, bytes, { mode: 0o600 });
      }
      unlinkSync(file);
      const verdict = tampering().audit(dir, { memory: new VerifiedMemory(home) });
      expect(withoutPlace(verdict)).toEqual(expected);
      expect(verdict.verifiedBefore).toBe(0);
      writeFileSync(file, whole, { mode: 0o600 });
    }
    expect(befores.has(0)).toBe(true);
  });

  it('takes nothing that other rules verified, and nothing of another home', async () => {
    const dir = await forged(30);
    await auditOn(dir);
    const memory = new VerifiedMemory(home);
    const logId = tampering().audit(dir).log ?? '';
    const since = memory.recall(logId);
    const mark = since?.mark as Record<string, unknown> as { rules: number };
    expect(mark.rules).toBe(RULES_VERSION);
    await memory.keep(logId, { mark: { ...mark, rules: RULES_VERSION + 1 }, values: [], since });
    expect((await auditOn(dir)).verifiedBefore).toBe(0);
    expect((await auditOn(dir)).verifiedBefore).toBe(30);
    home = openHome(home.host, `${home.dir}-other`);
    expect((await auditOn(dir)).verifiedBefore).toBe(0);
  });
});

describe('openLog() with what was verified before', () => {
  it('has the contents and the tree of a log that was verified from nothing', async () => {
    await auditOn(await forged(17));
    const dir = await forged(30);
    const memory = new VerifiedMemory(home);
    const seen: number[] = [];
    const log = openLog(tampering().long.host, dir, {
      branch: 'main',
      memory,
      onBatch: (_, done) => seen.push(done),
    });
    expect(seen).toHaveLength(13);
    const plain = openLog(tampering().long.host, dir, { branch: 'main' });
    const [tree, expected] = [log, plain].map(({ replayed }) =>
      treeId(nativeCrypto, replayed.tree),
    );
    expect(tree).toBe(expected);
    for (const aid of plain.contents.aids) {
      expect(log.contents.kel(aid)?.state).toEqual(plain.contents.kel(aid)?.state);
      for (let sn = 0; sn < (plain.contents.kel(aid)?.length ?? 0); sn++)
        expect(log.readEvent(aid, sn)).toEqual(plain.readEvent(aid, sn));
    }
    expect(log.contents.lastBatch).toEqual(plain.contents.lastBatch);
    for (const one of [log, plain]) one.store.close();
    memory.close();
  });

  it('goes on when the memory is damaged while the log is open', async () => {
    const dir = await forged(30);
    await auditOn(dir);
    const memory = new VerifiedMemory(home);
    const log = openLog(tampering().long.host, dir, { branch: 'main', memory });
    for (const file of memoryFiles().filter((name) => name.endsWith('.pages'))) {
      const length = readFileSync(file).length;
      const fd = openSync(file, 'r+');
      writeSync(fd, new Uint8Array(length), 0, length, 0);
      closeSync(fd);
    }
    const { contents } = tampering().long.log;
    for (const aid of contents.aids) {
      expect(log.contents.kel(aid)?.state).toEqual(contents.kel(aid)?.state);
      expect(log.contents.kel(aid)?.establishments).toEqual(contents.kel(aid)?.establishments);
    }
    expect(log.contents.batchAt(3)).toEqual(contents.batchAt(3));
    // What was found wrong is remembered anew.
    await rememberContents(memory, log.contents);
    log.store.close();
    memory.close();
    expect((await auditOn(dir)).verifiedBefore).toBe(30);
  });
});
