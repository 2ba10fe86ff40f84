import { describe, expect, test } from 'vitest';
import { expectationProblems } from '../../src/audit/expectations.ts';
import { audit, expectationLine, type GitkelError, parseExpectedAid } from '../../src/index.ts';
import { MemoryLog } from '../support/memory-log.ts';

const AID = `E${'a'.repeat(43)}`;
const SAID = `E${'b'.repeat(43)}`;

describe('parseExpectedAid()', () => {
  test('reads an AID, alone or with an event of it', () => {
    expect(parseExpectedAid(AID)).toEqual({ aid: AID, at: undefined });
    expect(parseExpectedAid(`${AID}@0:${SAID}`)).toEqual({ aid: AID, at: { sn: 0, said: SAID } });
    expect(parseExpectedAid(expectationLine(AID, 12, SAID))).toEqual({
      aid: AID,
      at: { sn: 12, said: SAID },
    });
  });

  test.each([
    '',
    'ada',
    AID.slice(1),
    `${AID}@`,
    `${AID}@1`,
    `${AID}@1:`,
    `${AID}@x:${SAID}`,
    `${AID}@-1:${SAID}`,
    `${AID}@1.5:${SAID}`,
    `${AID}@1:${SAID} `,
    `${AID}@1:${SAID}\n`,
    ` ${AID}`,
    `${AID}@${'9'.repeat(16)}:${SAID}`,
  ])('refuses %j', (text) => {
    expect(() => parseExpectedAid(text)).toThrow(
      expect.objectContaining<Partial<GitkelError>>({ code: 'usage' }),
    );
  });
});

async function log(): Promise<{
  readonly memory: MemoryLog;
  readonly ada: string;
  readonly said: string;
  readonly logId: string;
}> {
  const memory = new MemoryLog();
  const ada = await memory.member('ada');
  await memory.write([memory.anchor(ada)], 'ada.0.0');
  return {
    memory,
    ada,
    said: memory.stateOf(ada).said,
    logId: memory.log.contents.genesis?.logId ?? '',
  };
}

describe('expectationProblems()', () => {
  test('finds none where all is as expected', async () => {
    const { memory, ada, said, logId } = await log();
    const { contents } = memory.log;
    expect(expectationProblems(contents, undefined, [])).toEqual([]);
    expect(
      expectationProblems(contents, logId, [
        { aid: ada, at: undefined },
        { aid: ada, at: { sn: 0, said: ada } },
        { aid: ada, at: { sn: 1, said } },
      ]),
    ).toEqual([]);
  });

  test('names every miss', async () => {
    const { memory, ada, said, logId } = await log();
    const problems = expectationProblems(memory.log.contents, SAID, [
      { aid: AID, at: undefined },
      { aid: ada, at: { sn: 1, said: SAID } },
      { aid: ada, at: { sn: 2, said } },
      { aid: '__proto__', at: undefined },
    ]);
    expect(problems).toEqual([
      { reason: 'expected-log', detail: `the log is ${logId}, "${SAID}" was expected` },
      { reason: 'expected-aid', aid: AID, detail: `${AID} was expected, it is not in this log` },
      {
        reason: 'expected-event',
        aid: ada,
        detail: `event 1 of ${ada} is ${said}, ${SAID} was expected`,
      },
      {
        reason: 'expected-event',
        aid: ada,
        detail: `event 2 of ${ada} is nothing (it ends at 1), ${said} was expected`,
      },
      {
        reason: 'expected-aid',
        aid: '__proto__',
        detail: '__proto__ was expected, it is not in this log',
      },
    ]);
  });
});

describe('audit()', () => {
  test('says what it was compared with, and is invalid where that differs', async () => {
    const { memory, ada, said, logId } = await log();
    const { host } = memory;
    expect(audit(host, '/log')).toMatchObject({
      state: 'valid',
      identity: 'not pinned',
      reason: 'consistent, identity not pinned',
      log: logId,
      batches: 2,
      findings: [],
    });
    const pinned = {
      expectedLog: logId,
      expectedAids: [parseExpectedAid(expectationLine(ada, 1, said))],
    };
    expect(audit(host, '/log', pinned)).toMatchObject({
      state: 'valid',
      identity: 'expected',
      findings: [],
    });
    expect(audit(host, '/log', { expectedLog: SAID })).toMatchObject({
      state: 'invalid',
      reason: 'expected-log',
    });
    const verdict = audit(host, '/log', {
      expectedAids: [{ aid: ada, at: { sn: 1, said: SAID } }],
    });
    expect(verdict).toMatchObject({
      state: 'invalid',
      reason: 'expected-event',
      aids: [{ aid: ada, verdict: 'invalid', sn: 1, said, expect: expectationLine(ada, 1, said) }],
    });
  });

  test('takes what a home remembers into account', async () => {
    const { memory } = await log();
    const known = audit(memory.host, '/log', {
      recall: (contents) => ({ known: contents.batches === 2, alarms: [], notes: ['seen before'] }),
    });
    expect(known).toMatchObject({
      state: 'valid',
      identity: 'known',
      reason: 'consistent with what this home verified before',
      notes: ['seen before'],
    });
    const alarm = { reason: 'log-rolled-back', detail: 'it was longer' };
    expect(
      audit(memory.host, '/log', { recall: () => ({ known: true, alarms: [alarm], notes: [] }) }),
    ).toMatchObject({ state: 'invalid', reason: 'log-rolled-back', findings: [alarm] });
  });

  test('has nothing to say of a log that is unborn', () => {
    const memory = new MemoryLog();
    expect(() => audit(memory.host, '/log')).toThrow(
      expect.objectContaining({ code: 'not-found' }),
    );
  });
});
