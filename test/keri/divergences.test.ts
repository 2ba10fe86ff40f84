import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { leftOutTags } from '../vectors/left-out.ts';
import { lenientButRight } from '../vectors/lenient-but-right.ts';
import {
  recordedAcceptances,
  type Scenario,
  scenariosOf,
  stepBytes,
  Validator,
  vectors,
} from './scenarios.ts';

const FILES = [
  'kel_valid_single.json',
  'kel_valid_multisig.json',
  'kel_invalid_fields.json',
  'kel_invalid_misc.json',
  'kel_escrow.json',
  'kel_long.json',
];

const all = FILES.flatMap((file) => scenariosOf(file));
const isDelegation = ({ tags }: Scenario): boolean => tags.includes('delegation');
const isLenient = ({ tags }: Scenario): boolean => tags.includes('oracle-lenient');

interface Run {
  readonly validator: Validator;
  /** The reasons by which steps were refused or had to wait. */
  readonly reasons: readonly string[];
  /** Events that were accepted at a step at which they were not recorded as accepted. */
  readonly laxer: readonly string[];
}

function run(scenario: Scenario): Run {
  const validator = new Validator();
  const recorded = recordedAcceptances(scenario);
  const reasons: string[] = [];
  const laxer: string[] = [];
  for (const [at, step] of scenario.steps.entries()) {
    const outcome = validator.deliver(stepBytes(step));
    if ('reason' in outcome) reasons.push(outcome.reason);
    for (const { said } of validator.accepted)
      if (recorded[at]?.has(said) !== true) laxer.push(said);
  }
  return { validator, reasons, laxer };
}

const recordedHeads = (scenario: Scenario): unknown =>
  Object.fromEntries(
    Object.entries(scenario.final.aids).map(([aid, { state }]) => [aid, `${state.s}:${state.d}`]),
  );

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
const rightIds = new Set(lenientButRight.map(({ scenario }) => scenario));

describe('docs/divergences.md', () => {
  it('names each rule once and only scenarios that exist', () => {
    expect(new Set(rows.map(({ rule }) => rule)).size).toBe(rows.length);
    expect(rows.length).toBeGreaterThan(15);
    const ids = new Set(all.map(({ id }) => id));
    expect([...ruleOf.keys()].filter((id) => !ids.has(id))).toEqual([]);
  });

  it.each([...ruleOf])('scenario %s ends by the rule %s', (id, rule) => {
    const scenario = all.find((each) => each.id === id);
    if (scenario === undefined) throw new Error(`${id} is missing`);
    expect(run(scenario).reasons).toContain(rule);
  });
});

describe('evaluate() beside what was recorded', () => {
  const judged = all.filter((scenario) => !isDelegation(scenario));

  it.each(judged.map((scenario) => [scenario.id, scenario] as const))(
    'is not laxer in %s',
    (_, scenario) => {
      const { validator, laxer } = run(scenario);
      if (isLenient(scenario)) {
        // The recorded validator accepted an event that should be refused; the right one that follows it was then late.
        const accepted = new Set(validator.accepted.map(({ said }) => said));
        const wrong =
          scenario.steps.findLast(({ result }) => result.outcome === 'accepted')?.said ?? '';
        expect(accepted.has(wrong)).toBe(rightIds.has(scenario.id));
      } else {
        expect(laxer).toEqual([]);
      }
    },
  );

  it.each(
    judged.filter(({ id }) => !ruleOf.has(id)).map((scenario) => [scenario.id, scenario] as const),
  )('ends in the recorded heads in %s', (_, scenario) => {
    expect(run(scenario).validator.heads).toEqual(recordedHeads(scenario));
  });

  it('leaves out nothing that does not exist', () => {
    for (const { name } of leftOutTags)
      expect(all.some(({ tags }) => tags.includes(name))).toBe(true);
  });
});

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
