/** Run records in a log: who may seal a run, once, and what counts of it. */
import { beforeEach, expect, test } from 'vitest';
import type { RunEntry } from '../../src/log/run-book.ts';
import { runStanding } from '../../src/log/run-rules.ts';
import { recordStanding } from '../../src/log/record-standing.ts';
import { readRecord } from '../../src/log/stored-records.ts';
import type { RecordBody, UnsignedRecord } from '../../src/records/record.ts';
import { MemoryLog, names } from '../support/memory-log.ts';
import { link, revocation } from '../support/record-forge.ts';
import { oneRun, runRecord } from '../support/run-records.ts';
import { reasonOf } from '../support/thrown.ts';

const RUN = '2026-11-21-0123456789ab';
const LATER = '2026-11-22-0123456789ab';

let memory: MemoryLog;
/** A 2-of-3 board, and a device of nobody yet. */
let board: string;
let ci: string;

beforeEach(async () => {
  memory = new MemoryLog();
  board = await memory.member('board', 3, '2');
  const made = await memory.write([memory.create('ci')], ...names('ci', 1));
  ci = made.events[0]?.aid ?? '';
});

async function seal(
  aid: string,
  ...bodies: readonly RecordBody[]
): Promise<readonly UnsignedRecord[]> {
  const signers = aid === board ? names('board', 2) : names('ci', 1);
  const accepting = bodies.some(({ type }) => type === 'device-link') ? names('ci', 1) : [];
  const batch = await memory.write([{ kind: 'seal', aid, bodies }], ...signers, ...accepting);
  return batch.records;
}

const book = () => memory.log.contents.records;
const seals = (id: string): readonly RunEntry[] => book().runs.everySeal(id);
const refusal = async (aid: string, ...bodies: readonly RecordBody[]): Promise<string> =>
  reasonOf(async () => memory.stage([{ kind: 'seal', aid, bodies }]));

test('a run record of a 2-of-3 board is found by its run, with the signatures of two', async () => {
  const [record] = await seal(board, runRecord([oneRun(RUN), oneRun(LATER)]));
  const said = record?.said ?? '';
  const found = seals(LATER);
  expect(found).toEqual([
    {
      said,
      issuer: board,
      controller: board,
      position: 2,
      run: oneRun(LATER),
      period: undefined,
    },
  ]);
  expect(found.map((entry) => runStanding(book(), entry).counts)).toEqual([true]);
  const stored = readRecord(memory.log, 'run-record', said);
  expect(stored.signatures.map(({ index }) => index)).toEqual([0, 1]);
  expect(recordStanding(memory.log.contents, stored.record)).toMatchObject({ counts: true });
  expect(seals('2026-11-21-ffffffffffff')).toEqual([]);
});

test('nobody seals a run twice, and what others seal of it stands beside that', async () => {
  await seal(board, runRecord([oneRun(RUN)]));
  const other = oneRun(RUN, { head: `EB${'X'.repeat(42)}` });
  expect(await refusal(board, runRecord([other, oneRun(LATER)]))).toBe('run-twice');
  expect(await refusal(board, runRecord([oneRun(RUN)]))).toBe('run-twice');
  const both = [runRecord([oneRun(LATER)]), runRecord([oneRun(LATER)], { period: PERIOD })];
  expect(await refusal(board, ...both)).toBe('run-twice');
  await seal(ci, runRecord([other]));
  expect(seals(RUN).map(({ issuer, run }) => [issuer, run.head])).toEqual([
    [board, oneRun().head],
    [ci, other.head],
  ]);
});

const PERIOD = { from: '2026-11-22', until: '2026-11-22', except: [] };

test('a device seals runs for its controller from its link to its revocation, with the capability seal-runs', async () => {
  const body = (id: string): RecordBody => runRecord([oneRun(id)], { controller: board });
  const [one, two, three, four] = ['1', '2', '3', '4'].map((n) => `2026-11-21-00000000000${n}`);
  await seal(ci, body(one ?? ''));
  await seal(board, link(ci, ['audit']));
  await seal(ci, body(two ?? ''));
  await seal(board, revocation(ci));
  await seal(board, link(ci, ['seal-runs']));
  await seal(ci, body(three ?? ''));
  await seal(board, revocation(ci));
  await seal(ci, body(four ?? ''));
  const reasons = [one, two, three, four].flatMap((id) =>
    seals(id ?? '').map((entry) => runStanding(book(), entry).reason),
  );
  expect(reasons).toEqual(['device-not-linked', 'capability-missing', 'device', 'device-revoked']);
  expect(seals(three ?? '')[0]?.controller).toBe(board);
});

test('what a superseded event sealed counts no more, and the run can be sealed again', async () => {
  await seal(ci, runRecord([oneRun(RUN)]));
  const rotation = memory.rotate(ci, 'ci', 1);
  if (rotation.kind !== 'rotate') throw new Error('a rotation rotates');
  await memory.write([{ ...rotation, supersede: 1 }], ...names('ci', 1, 1));
  expect(seals(RUN).map((entry) => runStanding(book(), entry).reason)).toEqual(['superseded']);
  const [again] = seals(RUN);
  const bodies = [runRecord([oneRun(RUN)])];
  await memory.write([{ kind: 'seal', aid: ci, bodies }], ...names('ci', 1, 1));
  const counting = seals(RUN).filter((entry) => runStanding(book(), entry).counts);
  expect(counting).toHaveLength(1);
  expect(counting[0]?.said).not.toBe(again?.said);
});
