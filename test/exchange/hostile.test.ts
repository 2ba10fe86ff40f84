/** Imports of streams that are cut, flipped, repeated or spliced, and of those that end in the middle. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../../src/base/bytes.ts';
import { StreamImport } from '../../src/exchange/stream-import.ts';
import { audit } from '../../src/audit/audit.ts';
import { StreamReader } from '../../src/stream/reader.ts';
import { born, interacted, rotated, sealsOf } from '../stream/families.ts';
import { imported, streamOf } from '../support/importing.ts';
import { MemoryLog, names } from '../support/memory-log.ts';

const RUNS = 8 * Number(process.env['GITKEL_LONG'] ?? 1);
const keyNames = names('ada', 1);

const boss = born(1);
const team = born(20, boss);
const approval = interacted(boss, ...sealsOf(team));
const stolen = interacted(team, { d: 'stolen' });
const family = [boss, approval, team, stolen, rotated(approval)];
const whole = streamOf(...family);

/** One way to spoil a stream. */
const spoiled = fc.oneof(
  fc.record({ cut: fc.nat({ max: whole.length - 1 }) }),
  fc.record({ at: fc.nat({ max: whole.length - 1 }), byte: fc.nat({ max: 255 }) }),
  fc.record({ from: fc.nat({ max: whole.length - 1 }), to: fc.nat({ max: whole.length - 1 }) }),
);

function spoil(how: Record<string, number>): Uint8Array {
  const { cut, at, byte, from, to } = how;
  if (cut !== undefined) return whole.subarray(0, cut);
  if (at !== undefined) return whole.with(at, byte ?? 0);
  return concat(whole.subarray(0, from), whole.subarray(to));
}

describe('an import of a spoiled stream', () => {
  it(`leaves a log that verifies, and the whole stream can follow (${RUNS} streams)`, async () => {
    const states = new Map(family.map(({ state }) => [state.aid, state.said]));
    const memory = new MemoryLog();
    const founder = await memory.member('ada');
    await fc.assert(
      fc.asyncProperty(spoiled, async (how) => {
        const other = new MemoryLog();
        const own = await other.member('ada');
        const first = await imported(other, spoil(how), {
          founder: own,
          keyNames,
        });
        expect(own).toBe(founder);
        for (const aid of other.log.contents.aids.slice(1)) expect(states.has(aid)).toBe(true);
        await imported(other, whole, { founder: own, keyNames, escrow: first.escrow });
        const { contents } = other.again();
        for (const [aid, said] of states) expect(contents.kel(aid)?.state.said).toBe(said);
      }),
      { numRuns: RUNS, seed: 5 },
    );
  });
});

describe('an import that ends between two batches', () => {
  it('leaves whole batches, and the next one goes on', async () => {
    const memory = new MemoryLog();
    const founder = await memory.member('ada');
    const icp = born(60);
    const lost = interacted(icp, { d: 'lost' });
    const stream = streamOf(icp, lost, rotated(icp));
    const held = new Set(memory.keys(keyNames));
    let commits = 0;
    const importing = new StreamImport(memory.log, {
      findSigner: async (key) => {
        if (!held.has(key)) return undefined;
        if (++commits > 1) throw new Error('the power is gone');
        return memory.ring.signer(key);
      },
      committers: [founder],
      escrow: [],
    });
    const reader = new StreamReader();
    for (const item of [...reader.push(stream), ...reader.end()]) importing.take(item);
    await expect(importing.finish()).rejects.toThrow('the power is gone');
    const half = memory.again();
    expect(half.contents.kel(icp.event.aid)?.state.said).toBe(lost.event.said);
    const { batches } = await imported(memory, stream, { founder, keyNames, log: half });
    expect(batches).toMatchObject([{ files: 1 }]);
    const verdict = audit(memory.host, '/log');
    expect(verdict.state).toBe('valid');
  });
});
