import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { CONDITIONS } from '../../src/trust/condition.ts';
import { DECISIONS } from '../../src/trust/decision.ts';
import {
  judgeClass,
  LEGACY_CLASSES,
  LEGACY_MODES,
  LEGACY_REASONS,
  type LegacyClass,
  type LegacyEvidence,
  type LegacyMode,
} from '../../src/trust/legacy.ts';

const NONE: LegacyEvidence = {
  isImported: false,
  isExempted: false,
  isMapped: false,
  isAudited: false,
  meetsCriteria: false,
};
const ALWAYS = ['no-secrets', 'strip-allowed-tools', 'no-hooks', 'show-description'];
const SANDBOX = ['sandbox', ...ALWAYS];
const HARMLESS = ['sandbox', 'no-network', 'workspace-read-only', ...ALWAYS];

type Row = readonly [LegacyClass, LegacyMode, string, readonly string[], string | undefined];

/** What is said of each class in each mode where nothing more is known. */
const TABLE: readonly Row[] = [
  ['unsigned-unknown', 'permissive', 'accept-with-conditions', HARMLESS, 'unsigned'],
  ['unsigned-unknown', 'standard', 'needs-review', [], 'unsigned'],
  ['unsigned-unknown', 'strict', 'reject', [], 'unsigned'],
  ['unsigned-pinned', 'permissive', 'accept-with-conditions', SANDBOX, 'exempted'],
  ['unsigned-pinned', 'standard', 'accept-with-conditions', SANDBOX, 'exempted'],
  ['unsigned-pinned', 'strict', 'reject', [], 'exemption-not-enough'],
  ['foreign-signed', 'permissive', 'accept-with-conditions', ALWAYS, 'foreign-signed'],
  ['foreign-signed', 'standard', 'needs-review', [], 'foreign-root-unmapped'],
  ['foreign-signed', 'strict', 'reject', [], 'import-missing'],
  ['signed-unknown-author', 'permissive', 'accept-with-conditions', HARMLESS, 'author-unknown'],
  ['signed-unknown-author', 'standard', 'needs-review', [], 'author-unknown'],
  ['signed-unknown-author', 'strict', 'needs-review', [], 'author-unknown'],
  ['signed-trusted', 'permissive', 'accept', [], undefined],
  ['signed-trusted', 'standard', 'accept', [], undefined],
  ['signed-trusted', 'strict', 'accept', [], undefined],
  ['bad', 'permissive', 'reject', [], undefined],
  ['bad', 'standard', 'reject', [], undefined],
  ['bad', 'strict', 'reject', [], undefined],
];

test.each(TABLE)('judgeClass() of %s, %s: %s', (of, mode, decision, conditions, reason) => {
  const found = judgeClass(of, mode, NONE);
  expect([found.decision, found.conditions, found.reason]).toEqual([decision, conditions, reason]);
});

type More = readonly [LegacyClass, LegacyMode, Partial<LegacyEvidence>, readonly string[], string];

/** What more makes of it. */
const MORE: readonly More[] = [
  ['unsigned-pinned', 'standard', { isImported: true }, SANDBOX, 'imported'],
  ['foreign-signed', 'standard', { isMapped: true }, ALWAYS, 'foreign-signed'],
  ['foreign-signed', 'standard', { isImported: true }, ALWAYS, 'foreign-signed'],
  ['foreign-signed', 'standard', { isExempted: true }, SANDBOX, 'exempted'],
  ['foreign-signed', 'strict', { isImported: true }, ALWAYS, 'foreign-signed'],
  ['signed-unknown-author', 'permissive', { isAudited: true }, SANDBOX, 'author-unknown-audited'],
  ['signed-unknown-author', 'standard', { isAudited: true }, ALWAYS, 'author-unknown-audited'],
  ['signed-unknown-author', 'strict', { meetsCriteria: true }, ALWAYS, 'author-unknown-audited'],
];

test.each(MORE)('judgeClass() of %s, %s, takes %o', (of, mode, more, conditions, reason) => {
  const decision = 'accept-with-conditions';
  expect(judgeClass(of, mode, { ...NONE, ...more })).toEqual({ decision, conditions, reason });
});

test.each<readonly [LegacyClass, Partial<LegacyEvidence>]>([
  ['unsigned-unknown', { isMapped: true, isAudited: true, meetsCriteria: true }],
  ['unsigned-pinned', { isExempted: true, isImported: true }],
  ['foreign-signed', { isExempted: true, isMapped: true, isAudited: true }],
])('judgeClass() of %s, strict, refuses %o', (of, more) => {
  expect(judgeClass(of, 'strict', { ...NONE, ...more }).decision).toBe('reject');
});

describe('judgeClass()', () => {
  const evidence = fc.record({
    isImported: fc.boolean(),
    isExempted: fc.boolean(),
    isMapped: fc.boolean(),
    isAudited: fc.boolean(),
    meetsCriteria: fc.boolean(),
  });
  const rank = (of: LegacyClass, mode: LegacyMode, known: LegacyEvidence): number =>
    DECISIONS.indexOf(judgeClass(of, mode, known).decision);

  it('accepts without conditions what is released by who may alone', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LEGACY_CLASSES),
        fc.constantFrom(...LEGACY_MODES),
        evidence,
        (of, mode, known) => {
          const { decision, conditions, reason } = judgeClass(of, mode, known);
          expect(decision === 'accept').toBe(of === 'signed-trusted');
          expect(conditions.length > 0).toBe(decision === 'accept-with-conditions');
          expect(conditions.every((condition) => Object.hasOwn(CONDITIONS, condition))).toBe(true);
          expect(reason === undefined).toBe(of === 'signed-trusted' || of === 'bad');
        },
      ),
    );
  });

  it('is never laxer in a stricter mode', () => {
    fc.assert(
      fc.property(fc.constantFrom(...LEGACY_CLASSES), evidence, (of, known) => {
        const ranks = LEGACY_MODES.map((mode) => rank(of, mode, known));
        expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
      }),
    );
  });
});

test('LEGACY_REASONS mend every one', () => {
  for (const { title, mend } of Object.values(LEGACY_REASONS)) {
    expect(title).not.toMatch(/[.]$/);
    expect(mend).toMatch(/[.]$/);
  }
});
