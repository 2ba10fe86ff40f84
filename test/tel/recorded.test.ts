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

/** Steps at which the outcome is another one than the recorded one: `docs/divergences.md` says why. */
const REDELIVERED = new Map([
  ['tel-invalid 6', 'no-change'],
  ['tel-invalid 10', 'no-change'],
  ['tel-invalid 16', 'no-change'],
]);

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
          outcome: REDELIVERED.get(`${id} ${step.n}`) ?? result.outcome,
          escrows: result.escrows ?? [],
          resolved: result.accepted_by_escrow_processing ?? [],
          waiting,
        },
        isDivergence: REDELIVERED.get(`${id} ${step.n}`) === result.outcome,
      };
    });

    it.each(steps.map((step) => [step.n, step] as const))(
      'comes at step %i to what was recorded',
      (_, { got, recorded, isDivergence }) => {
        expect(got).toEqual(recorded);
        expect(isDivergence).toBe(false);
      },
    );

    it('ends in the recorded registries and credentials, and nothing waits', () => {
      const { tel, escrows } = streamReport(stream);
      expect(tel).toEqual(scenario.final.tel);
      expect(escrows).toEqual(scenario.final.escrows);
    });
  },
);
