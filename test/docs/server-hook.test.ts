import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { VERDICT_REASONS } from '../../src/skills/verdict-reason.ts';
import { TRUST_REASONS } from '../../src/trust/trust-reason.ts';

const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/server-hook.md'), 'utf8');

/** The reasons that some code gives literally. */
function reasonsIn(file: string): readonly string[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  return [...text.matchAll(/\breason: '([a-z-]+)'|unusable\(\s*'([a-z-]+)'/g)].flatMap(
    ([, one, other]) => one ?? other ?? [],
  );
}

test('the page for operators explains every reason for which a server hook refuses', () => {
  const files = [
    'gate-log',
    'hook-place',
    'judge-moves',
    'log-lock',
    'reference-transaction',
    'run-hook',
    'policy-change',
    'changed-skills',
    'skill-reader',
  ].map((name) => `src/gate/${name}.ts`);
  const ofVerdicts = Object.keys(VERDICT_REASONS).filter(
    (reason) => reason !== 'nothing-to-verify',
  );
  const reasons = [
    ...ofVerdicts,
    ...Object.keys(TRUST_REASONS),
    ...files.flatMap(reasonsIn),
    ...['src/git/lock.ts', 'src/git/hook-objects.ts', 'src/gate/hook-config.ts'].flatMap(reasonsIn),
  ];
  expect(reasons.length).toBeGreaterThan(40);
  expect([...new Set(reasons)].filter((reason) => !page.includes(`\`${reason}\``))).toEqual([]);
});
