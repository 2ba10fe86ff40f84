import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { INSTALL_REASONS } from '../../src/install/install-verdict.ts';
import { SKILL_STATES } from '../../src/skills/verdict-reason.ts';

const page = readFileSync(
  path.resolve(import.meta.dirname, '../../docs/installing-skills.md'),
  'utf8',
);

test('docs/installing-skills.md has every state, and every reason that only installed skills have', () => {
  const words = [...Object.keys(INSTALL_REASONS), ...SKILL_STATES];
  expect(words.filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
});
