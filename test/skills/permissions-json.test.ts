/** Permissions written as a manifest are the same permissions when they are read. */
import { expect, test } from 'vitest';
import type { Json } from '../../src/base/canonical-json.ts';
import { readPermissions } from '../../src/skills/parse-permissions.ts';
import { permissionsJson } from '../../src/skills/permissions-json.ts';

const SCHEMA = 'urn:gitkel:skill-permissions:1';

/** One with every key, and one with none. */
const MANIFESTS: readonly Json[] = [
  { schema: SCHEMA },
  {
    schema: SCHEMA,
    fs: {
      read: ['${skill}/**', { path: 'in/*.txt', why: 'input', optional: true }],
      write: [{ path: '${workspace}/out/**', why: 'output' }],
    },
    net: {
      connect: [
        'api.example.com',
        'mail.example.com:8443',
        { host: '*.example.org', ports: [443, 8443], why: 'mirrors' },
      ],
      listen: 'loopback',
    },
    env: { read: ['LANGUAGE', 'APP_*'] },
    secrets: [
      { env: 'TOKEN', hosts: ['api.example.com'], why: 'to sign in' },
      { file: '${home}/.tokens/app', hosts: ['api.example.com'], why: 'to sign in' },
    ],
    exec: { run: ['node', { bin: 'git', args: ['log'], why: 'history' }], shell: true },
    tools: { use: ['Read', 'Bash(git *)'] },
    mcp: { servers: ['files'] },
    agent: { instructions: ['${workspace}/AGENTS.md'], hooks: true },
    limits: { wallSeconds: 5, writeMB: 7 },
    platform: { os: ['linux'] },
  },
];

test.each(MANIFESTS)('permissionsJson() gives back what was read (%#)', (manifest) => {
  const read = readPermissions(manifest);
  if (read.outcome !== 'valid') throw new Error(JSON.stringify(read.problems));
  expect(readPermissions(permissionsJson(read.permissions))).toEqual(read);
});

test('permissionsJson() uses the fewest words', () => {
  const [, full = null] = MANIFESTS;
  const read = readPermissions(full);
  if (read.outcome !== 'valid') throw new Error(JSON.stringify(read.problems));
  expect(permissionsJson(read.permissions)).toMatchObject({
    net: {
      connect: [
        'api.example.com',
        'mail.example.com:8443',
        { host: '*.example.org', ports: [443, 8443] },
      ],
    },
    exec: { run: ['node', { bin: 'git', args: ['log'] }] },
    limits: { wallSeconds: 5, writeMB: 7 },
  });
});
