import { expect, test } from 'vitest';
import { checkStaged } from '../../src/batch/collected.ts';
import { keyLogsOf } from '../../src/batch/key-logs.ts';
import { changedRead, type ReadGround } from '../../src/batch/read-set.ts';
import { stage } from '../../src/batch/stage.ts';
import { parseStagedBatch } from '../../src/batch/staged-batch.ts';
import { MemoryLog } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';

const EVIDENCE = 'ENCd_AJ9uFRiErK3GzRqu46L6aO3Buwn1A9nSMPXUAyV';

test('checkStaged() holds a batch against the marks of the log; an export, which knows of none, takes what is stated', async () => {
  const memory = new MemoryLog();
  const ada = await memory.member('ada');
  const { crypto } = memory;
  const logs = keyLogsOf(memory.log.contents);
  const marked: ReadGround = { ...logs, marksOf: (aid) => (aid === ada ? [EVIDENCE] : []) };
  const batch = stage({ ...memory.ground(), logs: marked }, [memory.anchor(ada)]);
  expect(batch.reads).toMatchObject([{ aid: ada, marks: [EVIDENCE] }]);
  expect(parseStagedBatch(crypto, batch.bytes)).toEqual(batch);
  expect(checkStaged(crypto, batch, marked).events).toHaveLength(1);
  expect(checkStaged(crypto, batch, { log: logs.log, anchor: logs.anchor }).events).toHaveLength(1);
  expect(await reasonOf(() => checkStaged(crypto, batch, logs))).toBe('read-set');
  expect(changedRead(logs, batch.reads)).toContain('is not any more');
  const before = stage(memory.ground(), [memory.anchor(ada)]);
  expect(before.reads).toMatchObject([{ marks: [] }]);
  expect(changedRead(marked, before.reads)).toContain(EVIDENCE);
});
