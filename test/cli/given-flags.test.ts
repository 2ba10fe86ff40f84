import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nextWithGivenFlags, withGivenFlags } from '../../src/cli/given-flags.ts';

test.each([
  ['next: gitkel batch commit EAbc', 'next: gitkel batch commit --log team EAbc'],
  [
    '  gitkel batch add batch.json.*.sig   you',
    '  gitkel batch add --log team batch.json.*.sig   you',
  ],
  // Others have their own log, or none.
  ['  gitkel batch sign batch.json   each of them', undefined],
  ['  mend: gitkel key next NAME', undefined],
  ['next: gitkel clone URL', undefined],
  ['  gitkel batch sign --help', undefined],
  [
    '  gitkel batch commit EAbc   you; then each co-signer: gitkel batch list',
    '  gitkel batch commit --log team EAbc   you; then each co-signer: gitkel batch list',
  ],
  ['next: gitkel audit --log other', undefined],
  ['the log of gitkel audit', undefined],
])('nextWithGivenFlags() of %j', (line, wanted = line) => {
  expect(nextWithGivenFlags(line, ['show', 'x', '--log', 'team'])).toBe(wanted);
});

test('withGivenFlags() reaches every command of a hint, and quotes what a shell would split', () => {
  const hint = 'List them with `gitkel identity list`; gitkel identity show NAME shows one.';
  expect(withGivenFlags(hint, ['audit', "--log=Ada's log", '--home', 'h'])).toBe(
    String.raw`List them with ${'`'}gitkel identity list --log 'Ada'\''s log' --home h${'`'}; gitkel identity show --log 'Ada'\''s log' --home h NAME shows one.`,
  );
});

test('withGivenFlags() knows every command', () => {
  const root = path.resolve(import.meta.dirname, '../../commands');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  expect(files.length).toBeGreaterThan(50);
  const commands = files.map((file) => file.slice(0, -3).replaceAll(path.sep, ' '));
  const unknown = commands.filter((command) => {
    const line = `gitkel ${command}`;
    return !withGivenFlags(line, ['x', '--home', 'h']).startsWith(`${line} --home h`);
  });
  expect(unknown.toSorted()).toEqual(['completion', 'explain']);
});

test('withGivenFlags() changes nothing without such flags, nor by what stands behind --', () => {
  const hint = 'gitkel batch list';
  expect(withGivenFlags(hint, ['skill', 'run', 'x', '--', 'p', '--log', 'y'])).toBe(hint);
  expect(withGivenFlags('gitkel nothing', ['--log', 'y'])).toBe('gitkel nothing');
});
