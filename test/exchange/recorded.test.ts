/** Recorded streams, imported: the log comes to what a validator comes to, and so does what is exported of it. */
import { describe, expect, it } from 'vitest';
import { concat } from '../../src/base/bytes.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { exportStream } from '../../src/exchange/export-stream.ts';
import { StreamReader } from '../../src/stream/reader.ts';
import { StreamValidator } from '../../src/stream/stream-validator.ts';
import { scenariosOf, stepBytes } from '../keri/scenarios.ts';
import { imported } from '../support/importing.ts';
import { MemoryLog, names } from '../support/memory-log.ts';

const FILES = [
  'delegation',
  'escrow',
  'recovery',
  'valid_multisig',
  'valid_single',
  'valid_witness',
].map((name) => `kel_${name}.json`);
const LONG = Number(process.env['GITKEL_LONG'] ?? 1) > 1;
/** In a short run one of so many. */
const EVERY = LONG ? 1 : 25;

function lastEvents(stream: Uint8Array): ReadonlyMap<string, string> {
  const validated = new StreamValidator(crypto);
  const reader = new StreamReader();
  for (const item of [...reader.push(stream), ...reader.end()])
    if (item.kind === 'message') validated.take(item);
  return new Map(validated.validator.logs.map(({ state: { aid, said } }) => [aid, said]));
}

describe('a recorded stream that is imported', () => {
  const chosen = FILES.flatMap(scenariosOf).filter(
    ({ id }, n) => n % EVERY === 0 || id === 'delegation-anchor-in-basic-delegator-icp',
  );
  it.each(chosen.map((scenario) => [scenario.id, scenario] as const))('%s', async (_, scenario) => {
    const stream = concat(...scenario.steps.map(stepBytes));
    const memory = new MemoryLog();
    const founder = await memory.member('ada');
    await imported(memory, stream, { founder, keyNames: names('ada', 1) });
    const { contents } = memory.log;
    const expected = lastEvents(stream);
    const found = contents.aids.filter((aid) => aid !== founder);
    expect(new Map(found.map((aid) => [aid, contents.kel(aid)?.state.said]))).toEqual(expected);
    for (const aid of found) {
      const exported = lastEvents(concat(...exportStream(memory.log, aid).messages));
      expect(exported.get(aid)).toBe(expected.get(aid));
    }
  });
});
