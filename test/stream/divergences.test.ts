import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { streamReport } from '../../src/stream/stream-report.ts';
import { StreamValidator } from '../../src/stream/stream-validator.ts';
import { type Scenario, scenariosOf, stepBytes, vectors } from '../keri/scenarios.ts';
import { isLeftOut, leftOutTags } from '../vectors/left-out.ts';
import { lenientButRight } from '../vectors/lenient-but-right.ts';
import { type FedScenario, feedScenario, recordedStep } from './feeding.ts';
import { readWhole } from './streams.ts';

const FILES = [
  'kel_valid_single.json',
  'kel_valid_multisig.json',
  'kel_valid_witness.json',
  'kel_delegation.json',
  'kel_recovery.json',
  'kel_escrow.json',
  'kel_invalid_fields.json',
  'kel_invalid_misc.json',
  'kel_long.json',
];

const all = FILES.flatMap(scenariosOf);
const judged = all.filter(({ tags }) => !tags.some((tag) => isLeftOut(leftOutTags, tag)));
const isLenient = ({ tags }: Scenario): boolean => tags.includes('oracle-lenient');

/** The rows of the table: rule and scenarios. */
const rows = readFileSync(path.join(import.meta.dirname, '../../docs/divergences.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const cells = line.split(' |').map((cell) => cell.replace(/^\|/, '').trim());
    const rule = /^`([a-z-]+)`$/.exec(cells[0] ?? '')?.[1];
    if (rule === undefined) return [];
    return [
      { rule, scenarios: [...(cells[3] ?? '').matchAll(/`([^`]+)`/g)].map(([, id = '']) => id) },
    ];
  });
const ruleOf = new Map(
  rows.flatMap(({ rule, scenarios }) => scenarios.map((id) => [id, rule] as const)),
);

/** Rules by which more is accepted than was recorded, and events wait or go where they were not recorded to. */
const NO_REASON = new Set([
  'witness-couples',
  'large-attachment-group',
  'recovery-witnesses',
  'recovery-commitments',
  'recovery-depth',
]);

/** What a scenario comes to, in a form in which ours and the recorded one can be compared. */
interface Ending {
  readonly steps: readonly unknown[];
  readonly aids: unknown;
  readonly accepted: unknown;
  readonly escrows: unknown;
}

function sortedEscrows(
  escrows: Readonly<
    Record<
      string,
      readonly { readonly pre: string; readonly sn?: string; readonly value: string }[]
    >
  >,
): unknown {
  const line = ({ pre, sn, value }: { pre: string; sn?: string; value: string }): string =>
    `${pre} ${sn} ${value}`;
  return Object.fromEntries(
    Object.entries(escrows).map(([kind, items]) => [kind, items.map(line).toSorted()] as const),
  );
}

/** The recorded validator keeps several signatures of one key. */
function distinct(indices: readonly number[]): readonly number[] {
  return [...new Set(indices)].toSorted((a, b) => a - b);
}

/** The steps at which the bytes could be read; what a reader says of the others is not for the validator. */
function readSteps(fed: FedScenario): readonly boolean[] {
  return fed.steps.map(({ outcome }) => outcome !== 'unread');
}

function ours(fed: FedScenario): Ending {
  const { aids, escrows } = fed.report;
  return {
    steps: fed.steps.filter((_, at) => readSteps(fed)[at]),
    aids: Object.fromEntries(
      Object.entries(aids).map(([aid, { state, superseded }]) => [aid, { state, superseded }]),
    ),
    accepted: Object.fromEntries(
      Object.entries(fed.accepted).map(([aid, events]) => [
        aid,
        events.map((event) => ({ ...event, sig_indices: distinct(event.sig_indices) })),
      ]),
    ),
    escrows: sortedEscrows(escrows),
  };
}

function recorded({ steps, final }: Scenario, fed: FedScenario): Ending {
  return {
    steps: steps.map(recordedStep).filter((_, at) => readSteps(fed)[at]),
    aids: Object.fromEntries(
      Object.entries(final.aids).map(([aid, { state, superseded }]) => [
        aid,
        { state, superseded },
      ]),
    ),
    accepted: Object.fromEntries(
      Object.entries(final.aids).map(([aid, { accepted }]) => [
        aid,
        accepted.map(({ sn, ilk, said, ...event }) => ({
          sn,
          ilk,
          said,
          sig_indices: distinct(event.sig_indices),
          witness_indices: event.witness_indices ?? [],
          nontrans_receipts: event.nontrans_receipts ?? [],
          trans_receipts: event.trans_receipts ?? [],
          seal_source: event.seal_source,
        })),
      ]),
    ),
    escrows: sortedEscrows(final.escrows),
  };
}

/** What the messages of a scenario come to when they arrive as one stream. */
function whole({ steps }: Scenario): Pick<Ending, 'aids' | 'escrows'> & {
  readonly isReadable: boolean;
} {
  const stream = new StreamValidator(crypto);
  const items = readWhole(...steps.map(stepBytes));
  for (const item of items) if (item.kind === 'message') stream.take(item);
  const { aids, escrows } = streamReport(stream);
  const isReadable = items.every(({ kind }) => kind === 'message');
  return { aids, escrows: sortedEscrows(escrows), isReadable };
}

function isEqual(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}

describe('docs/divergences.md', () => {
  it('names each rule once and only scenarios that are judged', () => {
    expect(new Set(rows.map(({ rule }) => rule)).size).toBe(rows.length);
    expect(rows.length).toBeGreaterThan(20);
    const ids = new Set(all.map(({ id }) => id));
    expect([...ruleOf.keys()].filter((id) => !ids.has(id))).toEqual([]);
    for (const rule of NO_REASON) expect(rows.map((row) => row.rule)).toContain(rule);
  });

  it.each([...ruleOf])('scenario %s ends otherwise than recorded, by the rule %s', (id, rule) => {
    const scenario = all.find((each) => each.id === id);
    if (scenario === undefined) throw new Error(`${id} is missing`);
    const fed = feedScenario(scenario);
    expect(isEqual(ours(fed), recorded(scenario, fed))).toBe(false);
    if (!NO_REASON.has(rule)) expect([...fed.reasons]).toContain(rule);
  });
});

describe('Validator beside what was recorded', () => {
  it.each(
    judged.filter(({ id }) => !ruleOf.has(id)).map((scenario) => [scenario.id, scenario] as const),
  )('comes to the same in %s', (_, scenario) => {
    const fed = feedScenario(scenario);
    expect(ours(fed)).toEqual(recorded(scenario, fed));
    // What cannot be read was not accepted by the recorded validator either.
    for (const [at, step] of scenario.steps.entries()) {
      if (readSteps(fed)[at] !== true)
        expect(['stream-error', 'incomplete', 'rejected']).toContain(recordedStep(step).outcome);
    }
  });

  it.each(all.map((scenario) => [scenario.id, scenario] as const))(
    'comes to the same states, branches and escrows in %s as a whole stream',
    (id, scenario) => {
      const fed = feedScenario(scenario);
      const isListed = ruleOf.has(id) || scenario.tags.some((tag) => isLeftOut(leftOutTags, tag));
      const { aids, escrows } = isListed ? ours(fed) : recorded(scenario, fed);
      const { isReadable, ...ending } = whole(scenario);
      // Elsewhere the rest of the stream is lost: where that leads to is compared in whole-streams.test.ts.
      const isLost = scenario.whole_stream_same_final === false || id === 'stream-count-zero';
      if (isReadable || !isLost) expect(ending).toEqual({ aids, escrows });
    },
  );

  it.each(all.filter(isLenient).map((scenario) => [scenario.id, scenario] as const))(
    'takes the lenient event of %s exactly when it is right',
    (id, scenario) => {
      const { accepted } = feedScenario(scenario);
      const saids = Object.values(accepted).flatMap((events) => events.map(({ said }) => said));
      const wrong = scenario.steps.findLast(({ result }) => result.outcome === 'accepted')?.said;
      expect(saids.includes(wrong ?? '')).toBe(rightIds.has(id));
    },
  );

  it('leaves out nothing that does not exist', () => {
    for (const { name } of leftOutTags)
      expect(all.some(({ tags }) => tags.includes(name))).toBe(true);
    expect(judged.length).toBeGreaterThan(300);
  });

  it.each(['other_oracle_1.1.44.json', 'other_oracle_1.3.6.json'])(
    'ends in heads that one of the recorded versions has, where %s differs',
    (file) => {
      const { differs } = vectors(file) as {
        readonly differs: Readonly<
          Record<string, { readonly final_heads: Readonly<Record<string, string>> }>
        >;
      };
      for (const [id, other] of Object.entries(differs)) {
        const scenario = judged.find((each) => each.id === id);
        if (scenario === undefined) continue;
        const { report } = feedScenario(scenario);
        const heads = Object.fromEntries(
          Object.entries(report.aids).map(([aid, { state }]) => [aid, `${state.s}:${state.d}`]),
        );
        const first = Object.fromEntries(
          Object.entries(scenario.final.aids).map(([aid, { state }]) => [
            aid,
            `${state.s}:${state.d}`,
          ]),
        );
        expect([first, other.final_heads], id).toContainEqual(heads);
      }
    },
  );
});

const rightIds = new Set(lenientButRight.map(({ scenario }) => scenario));

describe('what is lenient but right', () => {
  const thresholds = (vectors('lowlevel/tholder.json') as { valid: readonly { sith: unknown }[] })
    .valid;

  it('is refused nowhere else', () => {
    const refused = all.filter((scenario) => isLenient(scenario) && !rightIds.has(scenario.id));
    expect(refused.length).toBeGreaterThan(30);
    for (const scenario of refused) expect(ruleOf.has(scenario.id), scenario.id).toBe(true);
  });

  it.each(lenientButRight.map((feature) => [feature.scenario, feature] as const))(
    '%s is needed',
    (id, { neededBy, isUsedBy }) => {
      const scenario = all.find((each) => each.id === id);
      expect(scenario?.tags).toContain('oracle-lenient');
      const events = (each: Scenario | undefined): readonly Readonly<Record<string, unknown>>[] =>
        (each?.steps ?? []).map(
          ({ event }) => JSON.parse(event ?? '{}') as Readonly<Record<string, unknown>>,
        );
      expect(events(scenario).some(isUsedBy)).toBe(true);
      if ('threshold' in neededBy) {
        expect(thresholds.map(({ sith }) => sith)).toContainEqual(neededBy.threshold);
        expect(isUsedBy({ kt: neededBy.threshold })).toBe(true);
      } else {
        const valid = all.find((each) => each.id === neededBy.scenario);
        expect(valid?.tags).toContain('valid');
        expect(events(valid).some(isUsedBy)).toBe(true);
      }
    },
  );
});
