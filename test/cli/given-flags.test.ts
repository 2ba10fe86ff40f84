import { expect, test } from 'vitest';
import { nextWithGivenFlags, withGivenFlags } from '../../src/cli/given-flags.ts';

const IDS = [
  'audit',
  'batch:commit',
  'batch:list',
  'batch:add',
  'batch:sign',
  'clone',
  'identity:list',
  'identity:show',
  'key:next',
];

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
  ['next: gitkel audit --log other', undefined],
  ['the log of gitkel audit', undefined],
])('nextWithGivenFlags() of %j', (line, wanted = line) => {
  expect(nextWithGivenFlags(line, ['show', 'x', '--log', 'team'], IDS)).toBe(wanted);
});

test('withGivenFlags() reaches every command of a hint, and quotes what a shell would split', () => {
  const hint = 'List them with `gitkel identity list`; gitkel identity show NAME shows one.';
  expect(withGivenFlags(hint, ['audit', "--log=Ada's log", '--home', 'h'], IDS)).toBe(
    String.raw`List them with ${'`'}gitkel identity list --log 'Ada'\''s log' --home h${'`'}; gitkel identity show --log 'Ada'\''s log' --home h NAME shows one.`,
  );
});

test('withGivenFlags() changes nothing without such flags, nor by what stands behind --', () => {
  const hint = 'gitkel batch list';
  expect(withGivenFlags(hint, ['skill', 'run', 'x', '--', 'p', '--log', 'y'], IDS)).toBe(hint);
  expect(withGivenFlags('gitkel nothing', ['--log', 'y'], IDS)).toBe('gitkel nothing');
});
