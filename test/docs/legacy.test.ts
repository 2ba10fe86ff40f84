import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { OMS_REASONS } from '../../src/oms/oms-problem.ts';
import { CONDITIONS } from '../../src/trust/condition.ts';
import {
  judgeClass,
  LEGACY_CLASSES,
  LEGACY_MODES,
  LEGACY_REASONS,
} from '../../src/trust/legacy.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/legacy.md'), 'utf8');
const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));

test('docs/legacy.md has every reason, and every condition in its words', () => {
  const reasons = [...Object.keys(OMS_REASONS), ...Object.keys(LEGACY_REASONS)];
  expect(reasons.filter((reason) => !page.includes(`\`${reason}\``))).toEqual([]);
  const told = Object.keys(CONDITIONS).map((condition) => [
    condition,
    rows.find(([, name]) => name === `\`${condition}\``)?.[2],
  ]);
  expect(Object.fromEntries(told)).toEqual(CONDITIONS);
});

test('docs/legacy.md has the table of classes and modes', () => {
  const nothing = {
    isImported: false,
    isExempted: false,
    isMapped: false,
    isAudited: false,
    meetsCriteria: false,
  };
  const always = judgeClass('foreign-signed', 'permissive', nothing).conditions;
  for (const of of LEGACY_CLASSES.filter((one) => one !== 'signed-trusted')) {
    const row = rows.find(([, name]) => name === `\`${of}\``) ?? [];
    expect(row.slice(3, 6)).toHaveLength(3);
    for (const [index, mode] of LEGACY_MODES.entries()) {
      const cell = row[3 + index] ?? '';
      const { decision, conditions } = judgeClass(of, mode, nothing);
      // Where more is needed the cell says what; its end is what comes of a skill with nothing.
      const end =
        cell.split(/[;:]/).findLast((part) => /accepted|review|rejected/.test(part)) ?? '';
      const word = { reject: 'rejected', 'needs-review': 'needs review' }[decision as string];
      expect(end).toContain(word ?? 'accepted');
      if (word !== undefined) continue;
      const more = conditions.filter((one) => !always.includes(one));
      expect([...cell.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name)).toEqual(more);
    }
  }
});
