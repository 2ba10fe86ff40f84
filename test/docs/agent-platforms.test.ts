import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type HookCall, platformSettings } from '../../src/platforms/platform-settings.ts';

const page = readFileSync(
  path.resolve(import.meta.dirname, '../../docs/agent-platforms.md'),
  'utf8',
);

const examples = Array.from(page.matchAll(/^```json\n([^]*?)\n```$/gm), ([, text = '']): unknown =>
  JSON.parse(text),
);

const CALL: Omit<HookCall, 'program' | 'log' | 'skills'> = {
  node: '/usr/bin/node',
  home: '/home/ada/.gitkel',
  branch: undefined,
  policy: undefined,
  flags: ['--publisher=EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX'],
  seconds: 8,
};
const HOOKS = '/usr/lib/node_modules/gitkel/dist/hooks';

test('docs/agent-platforms.md shows what hook print prints', () => {
  expect(examples).toEqual([
    platformSettings('openclaw-install-policy', {
      ...CALL,
      program: `${HOOKS}/openclaw-install-policy.js`,
      log: '/srv/team-log',
      skills: '/srv/skills',
    }),
    platformSettings('claude-code', {
      ...CALL,
      program: `${HOOKS}/claude-code.js`,
      log: '/home/ada/team-log',
      skills: undefined,
    }),
  ]);
});
