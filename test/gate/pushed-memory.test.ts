/** What the hooks of a server remember of a push before it has become the log. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { initRepository } from '../../src/git/repository.ts';
import { MemoryLog } from '../support/memory-log.ts';
import { configureHooks, hookRun, received, refusedBy } from '../support/served.ts';

const REF = 'refs/heads/main';
const BATCHES = 8;

let root: string;
let served: string;
let memory: MemoryLog;
let verified = 0;

/** Signatures are counted where the hook runs; none is verified on another thread. */
const crypto = {
  ...nativeCrypto,
  threads: () => undefined,
  verify: (...given: Parameters<typeof nativeCrypto.verify>) => {
    verified++;
    return nativeCrypto.verify(...given);
  },
};

const tipOf = (position: number): string =>
  memory.log.contents.batchAt(position)?.commit ?? 'there is none';

/** Where the ref of the log stands, without a hook being asked. */
function setRef(tip: string): void {
  writeFileSync(path.join(served, REF), `${tip}\n`);
}

/** How many signatures `pre-receive` verifies of a push that it lets through. */
async function countPushed(before: number | undefined, after: number, ref = REF): Promise<number> {
  verified = 0;
  const moves = [
    { ref, before: before === undefined ? undefined : tipOf(before), after: tipOf(after) },
  ];
  const answer = await received(hookRun({ ...memory.host, crypto }, served, moves));
  expect(answer).toEqual({ isAllowed: true, lines: [] });
  return verified;
}

beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'gitkel-pushed-memory-'));
  served = path.join(root, 'served.git');
  memory = new MemoryLog({ disk: root });
  const aid = await memory.member('board');
  for (let at = 1; at <= BATCHES; at++) {
    const seal = { d: `E${String(at).padStart(43, 'A')}` };
    await memory.write([memory.anchor(aid, seal)], 'board.0.0');
  }
  initRepository(memory.host, served, { bare: true, branch: 'main' });
  const logId = memory.log.contents.genesis?.logId ?? '';
  configureHooks(served, { logDir: undefined, logRef: REF, logId });
  cpSync(path.join(memory.dir, 'objects'), path.join(served, 'objects'), { recursive: true });
});

afterEach(() => {
  memory.log.store.close();
  rmSync(root, { recursive: true, force: true });
});

test('preReceive() verifies no batch again that a push before it brought', async () => {
  expect(await countPushed(undefined, 4)).toBe(2 * 5);
  setRef(tipOf(4));
  expect(await countPushed(4, 6)).toBe(2 * 2);
  setRef(tipOf(6));
  expect(await countPushed(6, 8)).toBe(2 * 2);
});

test('preReceive() trusts nothing of a push that did not become the log', async () => {
  expect(await countPushed(undefined, 2)).toBe(2 * 3);
  setRef(tipOf(2));
  expect(await countPushed(2, 8)).toBe(2 * 6);
  // Git gave that push up; what comes next is another one.
  expect(await countPushed(2, 4)).toBe(2 * 2);
  setRef(tipOf(3));
  expect(await countPushed(3, 4)).toBe(2 * (1 + 1));
});

test('preReceive() remembers nothing of a push that it refuses', async () => {
  expect(await countPushed(undefined, 2)).toBe(2 * 3);
  setRef(tipOf(2));
  const moves = [
    { ref: REF, before: tipOf(2), after: tipOf(6) },
    { ref: 'refs/gitkel/other', before: undefined, after: tipOf(6) },
    { ref: 'refs/gitkel/batch/00/request', before: undefined, after: tipOf(6) },
  ];
  for (const push of [moves, [moves[0], moves[2]].flatMap((one) => one ?? [])]) {
    const answer = await received(hookRun({ ...memory.host, crypto }, served, push));
    expect(refusedBy(answer)).not.toEqual([]);
  }
  setRef(tipOf(6));
  expect(await countPushed(6, 8)).toBe(2 * (4 + 2));
});

test('preReceive() begins anew where what it remembers of a push is damaged', async () => {
  await countPushed(undefined, 2);
  setRef(tipOf(2));
  await countPushed(2, 6);
  setRef(tipOf(6));
  const folder = path.join(served, 'gitkel/home/verified');
  for (const name of readdirSync(folder))
    if (name.endsWith('.pages')) writeFileSync(path.join(folder, name), '');
  expect(await countPushed(6, 8)).toBe(2 * 9);
  setRef(tipOf(8));
  expect(await countPushed(undefined, 8, 'refs/tags/last')).toBe(0);
});

test('preReceive() takes no word for it that somebody else wrote', async () => {
  await countPushed(undefined, 2);
  setRef(tipOf(2));
  await countPushed(2, 6);
  setRef(tipOf(6));
  const folder = path.join(served, 'gitkel/home/verified');
  const name = readdirSync(folder).find((each) => each.endsWith('.pushed.json')) ?? '';
  const text = readFileSync(path.join(folder, name.replace('.pushed', '')), 'utf8');
  const digests = [2, 6].map((at) => memory.log.contents.batchAt(at)?.payloadDigest ?? '');
  const claimed = text.replace(tipOf(2), tipOf(6)).replace(digests[0] ?? '', digests[1] ?? '');
  expect(claimed).not.toBe(text);
  writeFileSync(path.join(folder, name), claimed);
  expect(await countPushed(6, 8)).toBe(2 * (4 + 2));
});
