import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { parsePermissions } from '../../src/index.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const page = read('docs/skills.md');

/** The members of a union of texts, from its source. */
function union(file: string, name: string): readonly string[] {
  const body = new RegExp(`type ${name} =([^;]*);`).exec(read(file))?.[1] ?? '';
  return Array.from(body.matchAll(/'([^']+)'/g), ([, member = '']) => member);
}

test.each([
  ['src/skills/skill-entry.ts', 'SkillProblemReason'],
  ['src/skills/skill-md.ts', 'SkillMdReason'],
  ['src/skills/frontmatter.ts', 'FrontmatterProblem'],
  ['src/skills/frontmatter.ts', 'FrontmatterQuirk'],
  ['src/skills/bounded-yaml.ts', 'YamlProblem'],
])('docs/skills.md has every reason of %s, %s', (file, name) => {
  const members = union(file, name);
  expect(members.length).toBeGreaterThan(3);
  expect(members.filter((member) => !page.includes(`\`${member}\``))).toEqual([]);
});

test('docs/skills.md shows a manifest that is valid', () => {
  const example = /```json\n([^`]*)```/.exec(page)?.[1] ?? '';
  expect(parsePermissions(utf8(example)).outcome).toBe('valid');
});
