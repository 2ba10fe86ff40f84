/** The tables of the KERI specification, "Reserve rotation" and "Custodial rotation", event by event. */
import { describe, expect, it } from 'vitest';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { buildInception, buildRotation } from '../../src/keri/build.ts';
import { evaluate } from '../../src/keri/evaluate.ts';
import type { KeyEvent } from '../../src/keri/event.ts';
import { parseThresholdText } from '../../src/keri/threshold.ts';
import { by, digests, keys, logOf, signatures, stateAfter } from './making.ts';

interface Row {
  readonly current: readonly number[];
  readonly threshold: string;
  readonly next: readonly number[];
  readonly nextThreshold: string;
  /** A least set of keys that satisfies both thresholds of the row's event, and keys that do not. */
  readonly enough: readonly number[];
  readonly tooFew: readonly (readonly number[])[];
}

const FIVE = '1/2,1/2,1/2,1/4,1/4';
const THREE = '1/2,1/2,1/2';

const reserve: readonly Row[] = [
  {
    current: [0, 1, 2, 3, 4],
    threshold: FIVE,
    next: [5, 6, 7, 8, 9],
    nextThreshold: FIVE,
    enough: [0, 3, 4],
    tooFew: [
      [0, 3],
      [3, 4],
    ],
  },
  {
    current: [5, 6, 7],
    threshold: THREE,
    next: [10, 11, 12, 8, 9],
    nextThreshold: FIVE,
    enough: [5, 7],
    tooFew: [[6]],
  },
  {
    current: [10, 8, 9],
    threshold: THREE,
    next: [13, 14, 15, 16, 17],
    nextThreshold: FIVE,
    enough: [10, 8, 9],
    // The threshold of the event is met, that of the next keys before it is not: 1/2 + 1/4, 1/4 + 1/4.
    tooFew: [
      [10, 8],
      [8, 9],
    ],
  },
  {
    current: [13, 14, 15, 16, 17],
    threshold: FIVE,
    next: [18, 19, 20, 21, 22],
    nextThreshold: FIVE,
    enough: [14, 15],
    tooFew: [
      [13, 17],
      [16, 17],
    ],
  },
  {
    current: [18, 20, 21],
    threshold: THREE,
    next: [23, 24, 25, 26, 22],
    nextThreshold: FIVE,
    enough: [18, 20],
    tooFew: [[18, 21], [20]],
  },
  {
    current: [24, 25, 26, 22],
    threshold: '1/2,1/2,0,0',
    next: [27, 28, 29, 30, 31],
    nextThreshold: FIVE,
    enough: [24, 25],
    tooFew: [
      [24, 26, 22],
      [26, 22],
    ],
  },
];

const custodial: readonly Row[] = [
  {
    current: [0, 1, 2],
    threshold: THREE,
    next: [3, 4, 5],
    nextThreshold: THREE,
    enough: [0, 1],
    tooFew: [[2]],
  },
  {
    current: [3, 4, 5, 6, 7, 8],
    threshold: '0,0,0,1/2,1/2,1/2',
    next: [9, 10, 11],
    nextThreshold: THREE,
    enough: [3, 5, 6, 8],
    // Owners alone, custodians alone, one owner with all custodians.
    tooFew: [
      [3, 4, 5],
      [6, 7, 8],
      [3, 6, 7, 8],
    ],
  },
  {
    current: [9, 10, 11, 12, 13, 14],
    threshold: '0,0,0,1/2,1/2,1/2',
    next: [15, 16, 17],
    nextThreshold: THREE,
    enough: [9, 10, 13, 14],
    tooFew: [
      [9, 10, 11],
      [12, 13, 14],
      [9, 10, 12],
    ],
  },
];

function eventOf(row: Row, before: readonly KeyEvent[]): KeyEvent {
  const fields = {
    publicKeys: keys(...row.current),
    threshold: parseThresholdText(row.threshold),
    nextDigests: digests(...row.next),
    nextThreshold: parseThresholdText(row.nextThreshold),
  };
  return before.length === 0
    ? buildInception(crypto, fields)
    : buildRotation(crypto, stateAfter(...before), fields);
}

describe.each([
  ['reserve rotation', reserve],
  ['custodial rotation', custodial],
])('evaluate() of %s', (_, rows) => {
  const events: KeyEvent[] = [];
  for (const row of rows) events.push(eventOf(row, events));

  it.each(rows.map((row, sn) => [sn, row] as const))('follows event %i', (sn, row) => {
    const event = events[sn];
    if (event === undefined) throw new Error('each row has its event');
    const before = events.slice(0, sn);
    const state = sn === 0 ? undefined : stateAfter(...before);
    const log = sn === 0 ? undefined : logOf(...before);
    const decide = (signers: readonly number[]) =>
      evaluate(crypto, log, { event, attachments: by(signatures(event, state, ...signers)) });
    expect(decide(row.enough).outcome).toBe('accept');
    for (const signers of row.tooFew)
      expect(decide(signers)).toMatchObject({ outcome: 'escrow', reason: 'partial-signature' });
  });
});
