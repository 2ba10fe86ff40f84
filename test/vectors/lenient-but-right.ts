/**
 * Scenarios in which the recorded validator is marked as lenient, and which are right all the same: a scenario that is
 * marked as valid, or a valid threshold, needs the very same feature. Everything else that is marked so is refused.
 * @module
 */

interface Feature {
  readonly scenario: string;
  readonly why: string;
  /** The valid scenario that needs the feature, or `lowlevel/tholder.json` and the threshold. */
  readonly neededBy: { readonly scenario: string } | { readonly threshold: unknown };
  /** Whether an event in JSON uses the feature. */
  readonly isUsedBy: (event: Readonly<Record<string, unknown>>) => boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const isIntegerCount = ({ kt }: Fields): boolean => typeof kt === 'number';
const isIntegerWitnessThreshold = ({ bt }: Fields): boolean => typeof bt === 'number';
const hasWeightedNext = ({ nt }: Fields): boolean => Array.isArray(nt);
const hasZeroWeight = ({ kt }: Fields): boolean => Array.isArray(kt) && kt.includes('0');
const hasUnreducedWeight = ({ kt }: Fields): boolean => Array.isArray(kt) && kt.includes('2/4');
const hasClauseOfOne = ({ kt }: Fields): boolean =>
  Array.isArray(kt) &&
  kt.some((clause) => Array.isArray(clause) && clause.length === 1 && clause[0] === '1');

export const lenientButRight: readonly Feature[] = [
  {
    scenario: 'icp-kt-1',
    why: 'thresholds may be JSON integers: signify-ts writes them',
    neededBy: { scenario: 'single-int-thresholds' },
    isUsedBy: isIntegerCount,
  },
  {
    scenario: 'rot-kt-2',
    why: 'thresholds may be JSON integers in rotations too',
    neededBy: { scenario: 'single-int-thresholds' },
    isUsedBy: isIntegerCount,
  },
  {
    scenario: 'icp-bt-0',
    why: 'the witness threshold may be a JSON integer',
    neededBy: { scenario: 'single-int-thresholds' },
    isUsedBy: isIntegerWitnessThreshold,
  },
  {
    scenario: "icp-nt-['1/2', '1/2']",
    why: 'the next threshold may have weights where the current one is a count',
    neededBy: { scenario: 'weighted-flat' },
    isUsedBy: hasWeightedNext,
  },
  {
    scenario: 'icp-kt-weights-["0", "1"]',
    why: 'keys of weight 0 are what a custodial rotation rests on',
    neededBy: { scenario: 'rotation-custodial' },
    isUsedBy: hasZeroWeight,
  },
  {
    scenario: 'icp-kt-weights-["2/4", "2/4"]',
    why: 'a weight need not be in lowest terms',
    neededBy: { threshold: ['2/4', '3/6'] },
    isUsedBy: hasUnreducedWeight,
  },
  {
    scenario: 'icp-kt-weights-[["1"], ["1"]]',
    why: 'several clauses may stand together, also of one weight each',
    neededBy: { threshold: [['1/2', '1/2'], ['1']] },
    isUsedBy: hasClauseOfOne,
  },
];
