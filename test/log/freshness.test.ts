import { describe, expect, test } from 'vitest';
import { copyLog, openLog } from '../../src/index.ts';
import { answerOf, type AskedRemote, freshnessOf } from '../../src/log/freshness.ts';
import { MemoryLog, START } from '../support/memory-log.ts';

const DAY = 86_400;

async function logAndCopy() {
  const memory = new MemoryLog();
  await memory.member('ada');
  copyLog(memory.host, '/log', '/copy', undefined);
  return { memory, copy: openLog(memory.host, '/copy') };
}

function asked(log: { contents: Parameters<typeof answerOf>[0] }, at: number): AskedRemote {
  const answer = answerOf(log.contents, '/log', at);
  if (answer === undefined) throw new Error('the log has a batch');
  return answer;
}

describe('freshnessOf()', () => {
  test('calls a log without an upstream its own source', async () => {
    const { memory } = await logAndCopy();
    const own = { state: 'fresh', since: undefined, upstream: undefined };
    expect(freshnessOf(memory.log, [], START)).toEqual(own);
    // That a copy of it was made with this home does not make another source of it.
    expect(freshnessOf(memory.log, [asked(memory.log, START)], START + 9 * DAY)).toEqual(own);
  });

  test('counts the time since the upstream was last asked', async () => {
    const { memory, copy } = await logAndCopy();
    const answers = [asked(memory.log, START)];
    expect(freshnessOf(copy, [], START)).toEqual({
      state: 'unknown',
      since: undefined,
      upstream: '/log',
    });
    expect(freshnessOf(copy, answers, START + DAY)).toMatchObject({ state: 'fresh', since: START });
    expect(freshnessOf(copy, answers, START + DAY + 1)).toMatchObject({
      state: 'stale',
      since: START,
    });
    expect(freshnessOf(copy, answers, START + 61, 60).state).toBe('stale');
    expect(freshnessOf(copy, answers, START + 60, 60).state).toBe('fresh');
  });

  test('believes no copy that lacks what the remote had, and no time to come', async () => {
    const { memory, copy } = await logAndCopy();
    await memory.member('bob');
    expect(freshnessOf(copy, [asked(memory.log, START)], START)).toMatchObject({
      state: 'unknown',
      since: undefined,
    });
    const early = asked(copy, START + 301);
    expect(freshnessOf(copy, [early], START).state).toBe('unknown');
    expect(freshnessOf(copy, [{ ...early, at: START + 300 }], START).state).toBe('fresh');
  });

  test('asks for the answer of the upstream, not of another place', async () => {
    const { memory, copy } = await logAndCopy();
    const elsewhere = { ...asked(memory.log, START), address: '/elsewhere' };
    expect(freshnessOf(copy, [elsewhere], START).state).toBe('unknown');
  });

  test('holds on to where a log came from although its config no longer says so', async () => {
    const { memory, copy } = await logAndCopy();
    const { repository } = copy;
    const config = repository.config.filter(
      ({ section }) => section !== 'remote' && section !== 'branch',
    );
    const { ref, refs, contents } = copy;
    const cut = { ref, refs, contents, repository: { ...repository, config } };
    expect(freshnessOf(cut, [], START).state).toBe('fresh');
    expect(freshnessOf(cut, [asked(memory.log, START)], START + 2 * DAY)).toMatchObject({
      state: 'stale',
      upstream: '/log',
    });
  });
});
