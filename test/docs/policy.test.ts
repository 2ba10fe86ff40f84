import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { utf8 } from '../../src/base/bytes.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { allowedFor } from '../../src/gate/policy-rule.ts';
import { parsePolicy } from '../../src/gate/repository-policy.ts';
import { VERDICT_REASONS } from '../../src/skills/verdict-reason.ts';
import { TRUST_REASONS } from '../../src/trust/trust-reason.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const page = read('docs/policy.md');

/** The members of a union of texts, from its source. */
function union(file: string, name: string): readonly string[] {
  const body = new RegExp(`type ${name} =([^;]*);`).exec(read(file))?.[1] ?? '';
  return Array.from(body.matchAll(/(?<!\[)'([^']+)'/g), ([, member = '']) => member);
}

test('docs/policy.md has every reason for which a change is refused', () => {
  const reasons = [
    ...Object.keys(VERDICT_REASONS),
    ...Object.keys(TRUST_REASONS),
    ...union('src/gate/policy-change.ts', 'PolicyProblemReason'),
    ...union('src/gate/changed-skills.ts', 'ObstacleReason'),
  ];
  expect(reasons.length).toBeGreaterThan(25);
  expect(reasons.filter((reason) => !page.includes(`\`${reason}\``))).toEqual([]);
});

test('docs/policy.md shows a policy that is one', () => {
  const example = /```yaml\n([^`]*)```/.exec(page)?.[1] ?? '';
  const policy = parsePolicy(nativeCrypto, utf8(example));
  expect(allowedFor(policy, 'skills/team-b/pdf')).not.toEqual(allowedFor(policy, 'skills/pdf'));
  expect(policy.maxAge).toBe(86_400);
  expect(Object.keys(policy.trust.requirements)).toHaveLength(4);
});

test('docs/gate.md shows workflow files that are YAML, each with the gate', () => {
  const files = Array.from(
    read('docs/gate.md').matchAll(/```yaml\n([^`]*)```/g),
    ([, text = '']) => text,
  );
  expect(files).toHaveLength(3);
  for (const file of files) {
    expect(JSON.stringify(parse(file))).toContain('skill gate --base ');
  }
});
