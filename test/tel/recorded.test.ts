import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { streamReport } from '../../src/stream/stream-report.ts';
import { StreamValidator, type TakenMessage } from '../../src/stream/stream-validator.ts';
import { readWhole } from '../stream/streams.ts';
import { type Scenario, scenariosOf, stepBytes } from '../keri/scenarios.ts';

interface RecordedStep {
  readonly result: {
    readonly outcome: string;
    readonly escrows?: readonly string[];
    readonly accepted_by_escrow_processing?: readonly string[];
  };
  readonly heads_after?: Readonly<Record<string, string>>;
  /** Entries by kind, when they changed. */
  readonly escrow_counts_after?: Readonly<Record<string, number>>;
}

/** The steps that `docs/divergences.md` names: an event that comes again changes nothing. */
const REDELIVERED = new Set(
  Array.from(
    readFileSync(path.join(import.meta.dirname, '../../docs/divergences.md'), 'utf8').matchAll(
      /`(tel-[a-z-]+ \d+)`/g,
    ),
    ([, step = '']) => step,
  ),
);

const scenarios = scenariosOf('tel.json') as readonly (Scenario & {
  readonly final: { readonly tel: unknown; readonly escrows: unknown };
})[];

function taken(stream: StreamValidator, bytes: Uint8Array): TakenMessage {
  const [item, ...more] = readWhole(bytes);
  expect(more).toEqual([]);
  if (item?.kind !== 'message') throw new Error('a step is one message');
  return stream.take(item);
}

describe.each(scenarios.map((scenario) => [scenario.id, scenario] as const))(
  '%s',
  (id, scenario) => {
    const stream = new StreamValidator(crypto);
    let waiting: Readonly<Record<string, number>> = {};
    const steps = scenario.steps.map((step) => {
      const { outcome, escrows, resolved } = taken(stream, stepBytes(step));
      const recorded = step as unknown as RecordedStep;
      waiting = recorded.escrow_counts_after ?? waiting;
      const counts = Object.entries(streamReport(stream).escrows).map(
        ([kind, entries]) => [kind, entries.length] as const,
      );
      const { result } = recorded;
      return {
        n: step.n,
        got: { outcome, escrows, resolved, waiting: Object.fromEntries(counts) },
        recorded: {
          outcome: REDELIVERED.has(`${id} ${step.n}`) ? 'no-change' : result.outcome,
          escrows: result.escrows ?? [],
          resolved: result.accepted_by_escrow_processing ?? [],
          waiting,
        },
        isSame: REDELIVERED.has(`${id} ${step.n}`) && result.outcome === 'no-change',
      };
    });

    it.each(steps.map((step) => [step.n, step] as const))(
      'comes at step %i to what was recorded',
      (_, { got, recorded, isSame }) => {
        expect(got).toEqual(recorded);
        expect(isSame).toBe(false);
      },
    );

    it('ends in the recorded registries and credentials, and nothing waits', () => {
      const { tel, escrows } = streamReport(stream);
      expect(tel).toEqual(scenario.final.tel);
      expect(escrows).toEqual(scenario.final.escrows);
    });
  },
);

it('is told in docs/divergences.md where it is not as recorded', () => {
  const ids = new Set(scenarios.flatMap(({ id, steps }) => steps.map(({ n }) => `${id} ${n}`)));
  expect(REDELIVERED.size).toBeGreaterThan(0);
  expect([...REDELIVERED].filter((step) => !ids.has(step))).toEqual([]);
});

/** What a stream comes to, apart from which copy of an event came first. */
function endOf(bytes: readonly Uint8Array[]): unknown {
  const stream = new StreamValidator(crypto);
  for (const each of bytes) taken(stream, each);
  const { aids, tel, escrows } = streamReport(stream);
  return { aids, tel, escrows };
}

describe('the order of messages', () => {
  it.each(['tel-no-backers', 'tel-backers', 'tel-out-of-order'])('does not matter in %s', (id) => {
    const steps = scenarios.find((scenario) => scenario.id === id)?.steps.map(stepBytes) ?? [];
    const end = endOf(steps);
    expect(steps.length).toBeGreaterThan(5);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(steps, { minLength: steps.length }),
        fc.subarray(steps),
        (order, again) => {
          expect(endOf([...order, ...again])).toEqual(end);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('an event with a group for other messages', () => {
  it.each([0, 2])('is refused: step %i', (n) => {
    const step = scenarios[0]?.steps[n];
    if (step === undefined) throw new Error('the step is missing');
    const stream = new StreamValidator(crypto);
    const result = taken(stream, Buffer.concat([stepBytes(step), Buffer.from('-LABAAAA')]));
    expect(result).toMatchObject({ outcome: 'rejected', reason: 'attachments', said: step.said });
  });
});
