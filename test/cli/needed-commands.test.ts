import { expect, test } from 'vitest';
import { neededCommands } from '../../src/cli/needed-commands.ts';

const IDS = [
  'log',
  'log:policy:show',
  'hook:run',
  'hook:run:claude-code',
  'skill:verify',
  'status',
];

test.each([
  ['skill verify notes --json', ['skill:verify']],
  ['skill verify', ['skill:verify']],
  ['status', ['status']],
  ['log --limit 3', ['log']],
  ['log 3', ['log']],
  ['log policy show', ['log:policy:show']],
  ['hook run pre-push', ['hook:run']],
  ['hook run claude-code', ['hook:run:claude-code']],
  ['--version', []],
])('neededCommands() of %j is the one that is named', (line, needed) => {
  expect(neededCommands(line.split(' '), IDS)).toEqual(needed);
});

test.each([
  '',
  '--help',
  'skill',
  'log policy',
  'log policy remove',
  'skill:verify notes',
  'skill verify --help',
  'skill verify notes --help',
  'status:all',
  '--json status',
  'statu',
  'a=b status',
  'help skill verify',
])('neededCommands() of %j are all', (line) => {
  expect(neededCommands(line === '' ? [] : line.split(' '), IDS)).toEqual(IDS);
});
