import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { parsePermissions } from '../../src/skills/parse-permissions.ts';
import { comparePermissions } from '../../src/skills/permission-diff.ts';
import { permissionLines, diffLines } from '../../src/skills/permission-words.ts';
import { pathIncludes } from '../../src/skills/permission-path.ts';
import { PERMISSIONS_SCHEMA, type Permissions } from '../../src/skills/permissions.ts';
import { riskOf } from '../../src/skills/risk-tier.ts';
import { reasonOf } from '../support/thrown.ts';

const schema = PERMISSIONS_SCHEMA;

const bytesOf = (rest: object): Uint8Array => utf8(JSON.stringify({ schema, ...rest }));

/** `reason at` of each problem; none for a valid manifest. */
function problems(rest: object): readonly string[] {
  const report = parsePermissions(bytesOf(rest));
  return report.outcome === 'valid'
    ? []
    : report.problems.map(({ reason, at }) => `${reason} ${at}`);
}

function permissions(rest: object): Permissions {
  const report = parsePermissions(bytesOf(rest));
  if (report.outcome === 'invalid') throw new Error(JSON.stringify(report.problems));
  return report.permissions;
}

/** Everything that a manifest can say. */
const FULL = {
  fs: {
    read: [
      '${skill}/**',
      { path: '${workspace}/*.md', why: 'to read notes', optional: true },
      '/usr/share/dict/words',
    ],
    write: ['${workspace}/out/**', '${tmp}/**'],
  },
  net: {
    connect: [
      'api.example.com',
      { host: '*.example.org', ports: [443, 8443], why: 'mirrors' },
      { host: '127.0.0.1:8080', why: 'a local server' },
    ],
    listen: 'loopback',
  },
  env: { read: ['EDITOR', 'NOTES_*'] },
  secrets: [
    { env: 'API_KEY', hosts: ['api.example.com'], why: 'to log in' },
    { file: '${home}/.config/notes/token', hosts: ['a.example.org'], why: 'to sync' },
  ],
  exec: {
    run: ['git', { bin: 'python3', args: ['-m', 'notes'], why: 'to convert' }],
    shell: false,
  },
  tools: { use: ['Read', 'Bash(git log *)'] },
  mcp: { servers: ['notes-server'] },
  agent: {
    instructions: [{ path: '${workspace}/AGENTS.md', why: 'to add a rule' }],
    hooks: false,
    expansions: false,
    subagents: true,
    schedule: false,
    selfUpdate: false,
  },
  limits: { wallSeconds: 60, memoryMB: 512, processes: 8, writeMB: 10 },
  platform: { os: ['linux', 'darwin'] },
};

describe('parsePermissions()', () => {
  it('reads everything that a manifest can say', () => {
    expect(permissions(FULL)).toEqual({
      read: [
        { path: '${skill}/**', why: undefined, optional: false },
        { path: '${workspace}/*.md', why: 'to read notes', optional: true },
        { path: '/usr/share/dict/words', why: undefined, optional: false },
      ],
      write: [
        { path: '${workspace}/out/**', why: undefined, optional: false },
        { path: '${tmp}/**', why: undefined, optional: false },
      ],
      connect: [
        { host: 'api.example.com', ports: [443], why: undefined, optional: false },
        { host: '*.example.org', ports: [443, 8443], why: 'mirrors', optional: false },
        { host: '127.0.0.1', ports: [8080], why: 'a local server', optional: false },
      ],
      listen: 'loopback',
      env: ['EDITOR', 'NOTES_*'],
      secrets: [
        { source: { env: 'API_KEY' }, hosts: ['api.example.com'], why: 'to log in' },
        {
          source: { file: '${home}/.config/notes/token' },
          hosts: ['a.example.org'],
          why: 'to sync',
        },
      ],
      run: [
        { bin: 'git', args: [], why: undefined },
        { bin: 'python3', args: ['-m', 'notes'], why: 'to convert' },
      ],
      shell: false,
      tools: ['Read', 'Bash(git log *)'],
      mcpServers: ['notes-server'],
      instructions: [{ path: '${workspace}/AGENTS.md', why: 'to add a rule', optional: false }],
      agent: { hooks: false, expansions: false, subagents: true, schedule: false },
      limits: { wallSeconds: 60, memoryMB: 512, processes: 8, writeMB: 10 },
      systems: ['linux', 'darwin'],
    });
  });

  it('takes what is relative as lying in the workspace', () => {
    expect(permissions({ fs: { read: ['notes/a.md'] } }).read[0]?.path).toBe(
      '${workspace}/notes/a.md',
    );
  });

  it('denies everything by default', () => {
    expect(permissions({})).toMatchObject({
      read: [],
      write: [],
      connect: [],
      listen: 'none',
      env: [],
      secrets: [],
      run: [],
      shell: false,
      tools: [],
      mcpServers: [],
      instructions: [],
    });
  });

  it.each<readonly [string, object, string]>([
    ['another schema', { schema: 'urn:gitkel:skill-permissions:2' }, 'schema schema'],
    ['an unknown axis', { network: {} }, 'unknown-key network'],
    ['a typing error in an axis', { fs: { reads: [] } }, 'unknown-key fs.reads'],
    [
      'a typing error in a rule',
      { net: { connect: [{ host: 'a.example.com', why: 'x', option: true }] } },
      'unknown-key net.connect[0].option',
    ],
    ['__proto__', JSON.parse('{"__proto__": {"shell": true}}') as object, 'unknown-key __proto__'],
    ['a list where an object is expected', { fs: [] }, 'type fs'],
    ['an object where a list is expected', { env: { read: {} } }, 'type env.read'],
    ['null', { exec: null }, 'type exec'],
    ['a number where text is expected', { env: { read: [1] } }, 'type env.read[0]'],
    ['text where a truth value is expected', { exec: { shell: 'no' } }, 'type exec.shell'],
    [
      'an object without a reason',
      { fs: { read: [{ path: '${skill}/a' }] } },
      'type fs.read[0].why',
    ],
    ['an empty reason', { fs: { read: [{ path: '${skill}/a', why: '' }] } }, 'text fs.read[0].why'],
    [
      'a reason that turns around',
      { fs: { read: [{ path: '${skill}/a', why: 'x\u202ey' }] } },
      'text fs.read[0].why',
    ],
    [
      'a reason in lines',
      { fs: { read: [{ path: '${skill}/a', why: 'x\nno permissions' }] } },
      'text fs.read[0].why',
    ],
    [
      'a long reason',
      { fs: { read: [{ path: '${skill}/a', why: 'x'.repeat(1_025) }] } },
      'text fs.read[0].why',
    ],
    [
      'too many rules',
      { env: { read: Array.from({ length: LIMITS.permissionRules + 1 }, (_, n) => `A${n}`) } },
      'too-many-rules env.read',
    ],
    // Paths
    ['an empty path', { fs: { read: [''] } }, 'text fs.read[0]'],
    ['a path above', { fs: { read: ['${workspace}/../x'] } }, 'path-dots fs.read[0]'],
    ['a relative path above', { fs: { read: ['../x'] } }, 'path-dots fs.read[0]'],
    ['a path with an empty part', { fs: { read: ['${workspace}//x'] } }, 'path-form fs.read[0]'],
    [
      'a path with a slash at its end',
      { fs: { read: ['${workspace}/x/'] } },
      'path-form fs.read[0]',
    ],
    ['a path with a backslash', { fs: { read: ['C:\\x'] } }, 'path-form fs.read[0]'],
    ['a decomposed path', { fs: { read: ['e\u0301'] } }, 'path-form fs.read[0]'],
    ['an unknown variable', { fs: { read: ['${root}/x'] } }, 'path-variable fs.read[0]'],
    ['a variable of a shell', { fs: { read: ['$HOME/x'] } }, 'path-variable fs.read[0]'],
    ['a variable within', { fs: { read: ['a/${home}/x'] } }, 'path-variable fs.read[0]'],
    ['a variable with a tail', { fs: { read: ['${home}x/y'] } }, 'path-variable fs.read[0]'],
    ['a tilde', { fs: { read: ['~/.ssh'] } }, 'path-variable fs.read[0]'],
    ['all of the disk', { fs: { read: ['/'] } }, 'path-too-wide fs.read[0]'],
    ['all of the disk, in other words', { fs: { read: ['/**'] } }, 'path-too-wide fs.read[0]'],
    ['every first part', { fs: { read: ['/*/passwd'] } }, 'path-too-wide fs.read[0]'],
    ['the home', { fs: { read: ['${home}'] } }, 'path-too-wide fs.read[0]'],
    ['all of the home', { fs: { read: ['${home}/**'] } }, 'path-too-wide fs.read[0]'],
    [
      'everything hidden in the home',
      { fs: { read: ['${home}/.*/x'] } },
      'path-too-wide fs.read[0]',
    ],
    ['writing to the skill', { fs: { write: ['${skill}/x'] } }, 'path-too-wide fs.write[0]'],
    [
      'writing to all of the skill',
      { fs: { write: ['${skill}/**'] } },
      'path-too-wide fs.write[0]',
    ],
    ['writing everywhere', { fs: { write: ['/**'] } }, 'path-too-wide fs.write[0]'],
    ['writing to the home', { fs: { write: ['${home}'] } }, 'path-too-wide fs.write[0]'],
    ['a wildcard for writing', { fs: { write: ['${workspace}/*.md'] } }, 'path-glob fs.write[0]'],
    ['** within, for writing', { fs: { write: ['${workspace}/**/x'] } }, 'path-glob fs.write[0]'],
    ['an unknown wildcard', { fs: { read: ['${workspace}/a?'] } }, 'path-glob fs.read[0]'],
    ['braces', { fs: { read: ['${workspace}/{a,b}'] } }, 'path-glob fs.read[0]'],
    ['*** ', { fs: { read: ['${workspace}/***'] } }, 'path-glob fs.read[0]'],
    // Hosts
    ['every host', { net: { connect: ['*'] } }, 'host-wildcard net.connect[0]'],
    ['every host at a port', { net: { connect: ['*:443'] } }, 'host-wildcard net.connect[0]'],
    ['a port alone', { net: { connect: [':443'] } }, 'host-form net.connect[0]'],
    ['a wildcard of a registry', { net: { connect: ['*.com'] } }, 'host-suffix net.connect[0]'],
    [
      'a wildcard of a registry with two parts',
      { net: { connect: ['*.co.uk'] } },
      'host-suffix net.connect[0]',
    ],
    [
      'a wildcard of a hosting service',
      { net: { connect: ['*.github.io'] } },
      'host-suffix net.connect[0]',
    ],
    ['a wildcard of no registry', { net: { connect: ['*.local'] } }, 'host-suffix net.connect[0]'],
    [
      'a wildcard within',
      { net: { connect: ['a.*.example.com'] } },
      'host-wildcard net.connect[0]',
    ],
    [
      'a wildcard in a part',
      { net: { connect: ['a*.example.com'] } },
      'host-wildcard net.connect[0]',
    ],
    ['two wildcards', { net: { connect: ['*.*.example.com'] } }, 'host-wildcard net.connect[0]'],
    ['a wildcard of an address', { net: { connect: ['*.0.0.1'] } }, 'host-wildcard net.connect[0]'],
    ['a URL', { net: { connect: ['https://api.example.com/v1'] } }, 'host-url net.connect[0]'],
    ['a path', { net: { connect: ['api.example.com/v1'] } }, 'host-url net.connect[0]'],
    ['a user', { net: { connect: ['a@api.example.com'] } }, 'host-url net.connect[0]'],
    ['upper case', { net: { connect: ['API.example.com'] } }, 'host-form net.connect[0]'],
    [
      'a name that is not ASCII',
      { net: { connect: ['\u00e4.example.com'] } },
      'host-form net.connect[0]',
    ],
    ['a dot at the end', { net: { connect: ['example.com.'] } }, 'host-form net.connect[0]'],
    [
      'a number as an address',
      { net: { connect: [{ host: '2130706433', why: 'x' }] } },
      'host-form net.connect[0]',
    ],
    [
      'a short address',
      { net: { connect: [{ host: '127.1', why: 'x' }] } },
      'host-form net.connect[0]',
    ],
    [
      'a hexadecimal address',
      { net: { connect: [{ host: '0x7f.0.0.1', why: 'x' }] } },
      'host-form net.connect[0]',
    ],
    [
      'a wildcard of the local network without a reason',
      { net: { connect: ['*.corp.internal'] } },
      'host-local net.connect[0]',
    ],
    [
      'no address of version 6',
      { net: { connect: [{ host: '[1:2]', why: 'x' }] } },
      'host-form net.connect[0]',
    ],
    [
      'an odd address of version 6',
      { net: { connect: [{ host: '[0:0::1]', why: 'x' }] } },
      'host-form net.connect[0]',
    ],
    [
      'an address without a reason',
      { net: { connect: ['93.184.216.34'] } },
      'host-local net.connect[0]',
    ],
    [
      'an address of version 6 without a reason',
      { net: { connect: ['[::1]:80'] } },
      'host-local net.connect[0]',
    ],
    [
      'localhost without a reason',
      { net: { connect: ['localhost:8080'] } },
      'host-local net.connect[0]',
    ],
    [
      'a local name without a reason',
      { net: { connect: ['printer.local'] } },
      'host-local net.connect[0]',
    ],
    ['no such port', { net: { connect: ['a.example.com:70000'] } }, 'host-port net.connect[0]'],
    [
      'port 0',
      { net: { connect: [{ host: 'a.example.com', ports: [0], why: 'x' }] } },
      'host-port net.connect[0].ports',
    ],
    [
      'no ports',
      { net: { connect: [{ host: 'a.example.com', ports: [], why: 'x' }] } },
      'host-port net.connect[0].ports',
    ],
    [
      'ports in two places',
      { net: { connect: [{ host: 'a.example.com:443', ports: [443], why: 'x' }] } },
      'host-port net.connect[0].ports',
    ],
    ['listening everywhere', { net: { listen: 'any' } }, 'type net.listen'],
    // Environment, secrets
    ['every variable', { env: { read: ['*'] } }, 'env-wildcard env.read[0]'],
    ['every variable of a letter', { env: { read: ['A*'] } }, 'env-wildcard env.read[0]'],
    ['every variable with _', { env: { read: ['_*'] } }, 'env-wildcard env.read[0]'],
    ['no name of a variable', { env: { read: ['A B'] } }, 'env-name env.read[0]'],
    [
      'a secret of no place',
      { secrets: [{ hosts: ['a.example.com'], why: 'x' }] },
      'secret-source secrets[0]',
    ],
    [
      'a secret of two places',
      { secrets: [{ env: 'A', file: '${home}/a', hosts: ['a.example.com'], why: 'x' }] },
      'secret-source secrets[0]',
    ],
    [
      'a secret for nobody',
      { secrets: [{ env: 'A', hosts: [], why: 'x' }] },
      'secret-hosts secrets[0].hosts',
    ],
    [
      'a secret without a reason',
      { secrets: [{ env: 'A', hosts: ['a.example.com'] }] },
      'type secrets[0].why',
    ],
    [
      'a secret in several variables',
      { secrets: [{ env: 'A_*', hosts: ['a.example.com'], why: 'x' }] },
      'env-wildcard secrets[0].env',
    ],
    [
      'a secret in several files',
      { secrets: [{ file: '${home}/a/**', hosts: ['a.example.com'], why: 'x' }] },
      'path-glob secrets[0].file',
    ],
    [
      'a secret for a host that it may not reach',
      {
        net: { connect: ['b.example.com'] },
        secrets: [{ env: 'A', hosts: ['a.example.com'], why: 'x' }],
      },
      'secret-hosts secrets[0].hosts',
    ],
    [
      'a secret for a wildcard that is wider',
      {
        net: { connect: ['a.example.com'] },
        secrets: [{ env: 'A', hosts: ['*.example.com'], why: 'x' }],
      },
      'secret-hosts secrets[0].hosts',
    ],
    [
      'a secret that may be read as well',
      {
        net: { connect: ['a.example.com'] },
        env: { read: ['A_*'] },
        secrets: [{ env: 'A_KEY', hosts: ['a.example.com'], why: 'x' }],
      },
      'secret-exposed secrets[0]',
    ],
    [
      'a secret file that may be read as well',
      {
        net: { connect: ['a.example.com'] },
        fs: { read: ['${home}/.x/**'] },
        secrets: [{ file: '${home}/.x/key', hosts: ['a.example.com'], why: 'x' }],
      },
      'secret-exposed secrets[0]',
    ],
    // Programs, tools, agent
    ['every program', { exec: { run: ['*'] } }, 'program exec.run[0]'],
    ['a path of a program', { exec: { run: ['/bin/ls'] } }, 'program exec.run[0]'],
    ['a program with arguments', { exec: { run: ['git status'] } }, 'program exec.run[0]'],
    ['a shell that is not admitted', { exec: { run: ['bash'] } }, 'shell exec.run[0]'],
    ['a shell that is denied', { exec: { run: ['sh'], shell: false } }, 'shell exec.run[0]'],
    ['every tool', { tools: { use: ['*'] } }, 'wildcard tools.use[0]'],
    ['every server', { mcp: { servers: ['*'] } }, 'wildcard mcp.servers[0]'],
    ['changing itself', { agent: { selfUpdate: true } }, 'self-update agent.selfUpdate'],
    ['no limit', { limits: { memoryMB: 0 } }, 'limit limits.memoryMB'],
    ['half a limit', { limits: { memoryMB: 0.5 } }, 'limit limits.memoryMB'],
    ['an unknown system', { platform: { os: ['plan9'] } }, 'type platform.os[0]'],
    // Rules held against each other
    ['a path twice', { fs: { read: ['a', '${workspace}/a'] } }, 'duplicate fs.read[1]'],
    [
      'a path in another one',
      { fs: { read: ['${workspace}/**', '${workspace}/a'] } },
      'duplicate fs.read[1]',
    ],
    [
      'a path that is optional and is not',
      { fs: { read: ['a', { path: 'a', why: 'x', optional: true }] } },
      'contradiction fs.read[1]',
    ],
    [
      'an optional part of what is not optional',
      { fs: { write: ['a/**', { path: 'a/b', why: 'x', optional: true }] } },
      'contradiction fs.write[1]',
    ],
    [
      'a host twice',
      { net: { connect: ['a.example.com', 'a.example.com:443'] } },
      'duplicate net.connect[1]',
    ],
    [
      'a host under a wildcard',
      { net: { connect: ['*.example.com', 'a.example.com'] } },
      'duplicate net.connect[1]',
    ],
    ['a variable in another one', { env: { read: ['A_B', 'A_*'] } }, 'duplicate env.read[0]'],
    [
      'a program with and without arguments',
      { exec: { run: [{ bin: 'git', args: ['log'] }, 'git'] } },
      'duplicate exec.run[0]',
    ],
    ['a tool twice', { tools: { use: ['Read', 'Read'] } }, 'duplicate tools.use[1]'],
    ['a system twice', { platform: { os: ['linux', 'linux'] } }, 'duplicate platform.os[1]'],
    [
      'a secret twice',
      {
        net: { connect: ['a.example.com'] },
        secrets: ['x', 'y'].map((why) => ({ env: 'A', hosts: ['a.example.com'], why })),
      },
      'duplicate secrets[1]',
    ],
  ])('refuses %s', (_, rest, problem) => {
    expect(problems(rest)).toEqual([problem]);
  });

  it('takes what only looks like that', () => {
    const fine = [
      {
        fs: {
          read: ['/etc/ssl/**', '${home}/.config/notes/**', '${workspace}/**/a*b*.md', '${skill}'],
        },
      },
      { fs: { write: ['${workspace}', '${tmp}/**', '${home}/notes/**'] } },
      { fs: { read: [{ path: 'a/**', why: 'x', optional: true }, 'a/b'] } },
      {
        net: {
          connect: [
            '*.example.co.uk',
            '*.me.github.io',
            'co.uk',
            { host: '[::1]:80', why: 'x' },
            { host: 'localhost', why: 'x' },
          ],
        },
      },
      {
        net: {
          connect: ['a.example.com:443', 'a.example.com:8443', 'example.com', '*.example.com:80'],
        },
      },
      { exec: { run: ['bash', 'g++', 'python3.12'], shell: true } },
      { tools: { use: ['Bash', 'Bash(git (a) *)', 'mcp__notes__read'] } },
      { agent: { selfUpdate: false } },
    ];
    expect(fine.map(problems)).toEqual(fine.map(() => []));
  });

  it('tells every problem', () => {
    expect(problems({ fs: { read: ['/', '~'] }, exec: { run: ['*'] }, x: 1 })).toEqual([
      'unknown-key x',
      'path-too-wide fs.read[0]',
      'path-variable fs.read[1]',
      'program exec.run[0]',
    ]);
    expect(problems({ env: { read: Array.from({ length: 256 }, () => '*') } })).toHaveLength(
      LIMITS.skillProblems,
    );
  });

  it.each<readonly [string, string | Uint8Array, string]>([
    ['no JSON', '{', 'not-json'],
    ['a comment', '{} // x', 'not-json'],
    [
      'a key twice',
      `{"schema":"${schema}","exec":{"shell":false},"exec":{"shell":true}}`,
      'json-duplicate',
    ],
    [
      'a key twice, once escaped',
      `{"schema":"${schema}","exec":{},"\\u0065xec":{"shell":true}}`,
      'json-duplicate',
    ],
    ['half a character', `{"schema":"\\ud800"}`, 'json-unicode'],
    ['deep lists', '['.repeat(1_000), 'json-depth'],
    ['no UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), 'not-utf8'],
    ['a byte order mark', '\ufeff{}', 'not-json'],
    ['too much', `"${'x'.repeat(LIMITS.permissionsBytes)}"`, 'too-large'],
  ])('refuses %s as malformed', async (_, text, reason) => {
    const bytes = typeof text === 'string' ? utf8(text) : text;
    expect(await reasonOf(() => parsePermissions(bytes))).toBe(reason);
  });

  test('the same key in two objects is fine, brackets in text too', () => {
    expect(
      problems({
        fs: {
          read: [
            { path: 'a', why: '}{][":' },
            { path: 'b', why: '\\"' },
          ],
        },
      }),
    ).toEqual([]);
  });
});

describe('schemas/skill-permissions-1.json', () => {
  const file = path.resolve(import.meta.dirname, '../../schemas/skill-permissions-1.json');
  const validate = new Ajv2020({ strict: true, strictRequired: false }).compile(
    JSON.parse(readFileSync(file, 'utf8')) as object,
  );

  it('has every key that the parser knows, and no other one', () => {
    expect(validate({ schema, ...FULL })).toBe(true);
    const withKey = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(withKey);
      if (typeof value !== 'object' || value === null) return value;
      return {
        ...Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withKey(each)])),
        surplus: 1,
      };
    };
    const known = Object.keys(FULL);
    for (const key of known) {
      const broken = { [key]: withKey(FULL[key as keyof typeof FULL]) };
      expect(validate({ schema, ...broken })).toBe(false);
      expect(problems(broken).some((problem) => problem.startsWith('unknown-key'))).toBe(true);
    }
    const { properties } = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly properties: object;
    };
    expect(Object.keys(properties).toSorted()).toEqual(['schema', ...known].toSorted());
  });

  it('refuses what has the wrong type', () => {
    const wrong = [
      { fs: [] },
      { env: { read: [1] } },
      { exec: { shell: 'no' } },
      { agent: { selfUpdate: true } },
      { limits: { memoryMB: 0 } },
      { platform: { os: ['plan9'] } },
      { tools: { use: ['*'] } },
      { exec: { run: ['/bin/ls'] } },
      { env: { read: ['*'] } },
      { fs: { read: [{ path: 'a' }] } },
    ];
    expect(wrong.filter((rest) => validate({ schema, ...rest }))).toEqual([]);
    expect(wrong.filter((rest) => problems(rest).length === 0)).toEqual([]);
    expect(validate({})).toBe(false);
  });
});

describe('riskOf()', () => {
  it.each<readonly [string, object, string]>([
    ['nothing', {}, 'T0'],
    ['reading the workspace', { fs: { read: ['${workspace}/**'] } }, 'T1'],
    ['reading tools', { tools: { use: ['Read', 'Grep'] } }, 'T1'],
    ['the network', { net: { connect: ['a.example.com'] } }, 'T2'],
    ['listening', { net: { listen: 'loopback' } }, 'T2'],
    ['a program', { exec: { run: ['git'] } }, 'T2'],
    ['writing', { fs: { write: ['out/**'] } }, 'T2'],
    ['reading the home', { fs: { read: ['${home}/.config/x'] } }, 'T2'],
    ['the environment', { env: { read: ['EDITOR'] } }, 'T2'],
    ['a tool that acts', { tools: { use: ['Bash(git *)'] } }, 'T2'],
    ['a tool that begins like one that reads', { tools: { use: ['ReadWrite'] } }, 'T2'],
    ['a server', { mcp: { servers: ['x'] } }, 'T2'],
    ['other agents', { agent: { subagents: true } }, 'T2'],
    [
      'the workspace and the network',
      { fs: { read: ['**'] }, net: { connect: ['a.example.com'] } },
      'T2',
    ],
    [
      'private data and the network',
      { fs: { read: ['${home}/.config/x'] }, net: { connect: ['a.example.com'] } },
      'T3',
    ],
    [
      'the environment and a tool that fetches',
      { env: { read: ['EDITOR'] }, tools: { use: ['WebFetch'] } },
      'T3',
    ],
    [
      'secrets',
      {
        net: { connect: ['a.example.com'] },
        secrets: [{ env: 'A', hosts: ['a.example.com'], why: 'x' }],
      },
      'T3',
    ],
    ['instructions', { agent: { instructions: ['AGENTS.md'] } }, 'T3'],
    ['instructions under another heading', { fs: { write: ['${home}/.claude/CLAUDE.md'] } }, 'T3'],
    ['hooks of Git', { fs: { write: ['.git/hooks/pre-commit'] } }, 'T3'],
    ['hooks', { agent: { hooks: true } }, 'T3'],
    ['expansions', { agent: { expansions: true } }, 'T3'],
    ['schedules', { agent: { schedule: true } }, 'T3'],
  ])('says of %s: %s', (_, rest, tier) => {
    expect(riskOf(permissions(rest)).tier).toBe(tier);
    expect(riskOf(permissions(rest)).because.length).toBeGreaterThan(0);
  });
});

describe('comparePermissions()', () => {
  const diff = (before: object | undefined, after: object): readonly string[] => {
    const { changes, asksAgain } = comparePermissions(
      before === undefined ? undefined : permissions(before),
      permissions(after),
    );
    expect(asksAgain).toBe(changes.some(({ kind }) => kind === 'widened'));
    return changes.map(({ kind, axis, text }) =>
      `${kind === 'widened' ? '+' : '-'}${axis} ${text}`.trimEnd(),
    );
  };
  const connect = (...hosts: readonly unknown[]): object => ({ net: { connect: hosts } });
  const read = (...paths: readonly unknown[]): object => ({ fs: { read: paths } });

  it.each<readonly [string, object | undefined, object, readonly string[]]>([
    ['the same', FULL, FULL, []],
    ['the same in another order', read('a', 'b'), read('b', 'a'), []],
    ['the same in other words', read('a'), read({ path: '${workspace}/a', why: 'x' }), []],
    ['nothing before', undefined, read('a'), ['+fs.read ${workspace}/a']],
    ['a file more', read('a'), read('a', 'b'), ['+fs.read ${workspace}/b']],
    ['a file less', read('a', 'b'), read('a'), ['-fs.read ${workspace}/b']],
    ['a directory instead of a file', read('a/b'), read('a/**'), ['+fs.read ${workspace}/a/**']],
    ['a file instead of a directory', read('a/**'), read('a/b'), ['-fs.read ${workspace}/a/**']],
    ['another file', read('a'), read('b'), ['+fs.read ${workspace}/b', '-fs.read ${workspace}/a']],
    [
      'writing instead of reading',
      read('a'),
      { fs: { write: ['a'] } },
      ['+fs.write ${workspace}/a', '-fs.read ${workspace}/a'],
    ],
    [
      'a wildcard instead of a host',
      connect('a.example.com'),
      connect('*.example.com'),
      ['+net.connect *.example.com:443'],
    ],
    [
      'a host instead of a wildcard',
      connect('*.example.com'),
      connect('a.example.com'),
      ['-net.connect *.example.com:443'],
    ],
    [
      'the name above a wildcard',
      connect('*.example.com'),
      connect('*.example.com', 'example.com'),
      ['+net.connect example.com:443'],
    ],
    [
      'a host that only ends alike',
      connect('*.example.com'),
      connect('*.example.com', 'badexample.com'),
      ['+net.connect badexample.com:443'],
    ],
    [
      'another port',
      connect('a.example.com'),
      connect('a.example.com:8443'),
      ['+net.connect a.example.com:8443', '-net.connect a.example.com:443'],
    ],
    [
      'no longer optional',
      read({ path: 'a', why: 'x', optional: true }),
      read('a'),
      ['+fs.read ${workspace}/a'],
    ],
    [
      'optional now',
      read('a'),
      read({ path: 'a', why: 'x', optional: true }),
      ['-fs.read ${workspace}/a'],
    ],
    [
      'arguments less',
      { exec: { run: [{ bin: 'git', args: ['log'] }] } },
      { exec: { run: ['git'] } },
      ['+exec.run git'],
    ],
    [
      'arguments more',
      { exec: { run: ['git'] } },
      { exec: { run: [{ bin: 'git', args: ['log'] }] } },
      ['-exec.run git'],
    ],
    ['a shell', {}, { exec: { shell: true } }, ['+exec.shell']],
    [
      'a pattern for a tool',
      { tools: { use: ['Bash'] } },
      { tools: { use: ['Bash(git *)'] } },
      ['-tools.use Bash'],
    ],
    [
      'no pattern for a tool',
      { tools: { use: ['Bash(git *)'] } },
      { tools: { use: ['Bash'] } },
      ['+tools.use Bash'],
    ],
    ['more variables', { env: { read: ['A_B'] } }, { env: { read: ['A_*'] } }, ['+env.read A_*']],
    ['hooks', {}, { agent: { hooks: true } }, ['+agent.hooks']],
    [
      'arguments in another division',
      { exec: { run: [{ bin: 'git', args: ['a b'] }] } },
      { exec: { run: [{ bin: 'git', args: ['a', 'b'] }] } },
      ['+exec.run git a b', '-exec.run git "a b"'],
    ],
    ['no hooks', { agent: { hooks: true } }, {}, ['-agent.hooks']],
    [
      'a higher limit',
      { limits: { memoryMB: 1 } },
      { limits: { memoryMB: 2 } },
      ['+limits.memoryMB 1 -> 2'],
    ],
    ['no limit any more', { limits: { memoryMB: 1 } }, {}, ['+limits.memoryMB 1 -> no limit']],
    [
      'a lower limit',
      { limits: { memoryMB: 2 } },
      { limits: { memoryMB: 1 } },
      ['-limits.memoryMB 2 -> 1'],
    ],
    ['a first limit', {}, { limits: { processes: 1 } }, ['-limits.processes no limit -> 1']],
    ['another system', { platform: { os: ['linux'] } }, {}, []],
  ])('%s', (_, before, after, expected) => {
    expect(diff(before, after)).toEqual(expected);
  });

  it('sees where a secret goes', () => {
    const secret = (...hosts: readonly string[]): object => ({
      net: { connect: ['*.example.com'] },
      secrets: [{ env: 'A', hosts, why: 'x' }],
    });
    expect(diff(secret('a.example.com'), secret('a.example.com', 'b.example.com'))).toEqual([
      '+secrets A to b.example.com',
    ]);
    expect(diff(secret('*.example.com'), secret('a.example.com'))).toEqual([
      '-secrets A to *.example.com',
    ]);
  });
});

describe('pathIncludes()', () => {
  it.each<readonly [string, string, boolean]>([
    ['${tmp}/**', '${tmp}', true],
    ['${tmp}/**', '${tmp}/a/b', true],
    ['${tmp}/**', '${tmp}/*/b', true],
    ['${tmp}/**', '${tmp}x/a', false],
    ['${tmp}/a', '${tmp}/a/b', false],
    ['${tmp}/*', '${tmp}/a', true],
    ['${tmp}/*', '${tmp}/a/b', false],
    ['${tmp}/*', '${tmp}/**', false],
    ['${tmp}/*.md', '${tmp}/a.md', true],
    ['${tmp}/a*b*c', '${tmp}/abxbc', true],
    ['${tmp}/a*b*c', '${tmp}/abx', false],
    ['${tmp}/a*a', '${tmp}/a', false],
    ['${tmp}/*.md', '${tmp}/a*.md', false],
    ['${tmp}/**/x', '${tmp}/a/x', false],
    ['${tmp}/**/x', '${tmp}/**/x', true],
  ])('%s %s: %s', (pattern, other, expected) => {
    expect(pathIncludes(pattern, other)).toBe(expected);
  });

  it('takes time that grows with the length only', () => {
    const [pattern, other] = [`\${tmp}/${'*a'.repeat(500)}`, `\${tmp}/${'a'.repeat(499)}b`];
    expect(pathIncludes(pattern, other)).toBe(false);
  });
});

describe('permissionLines()', () => {
  it('tells a person everything', () => {
    expect(permissionLines(permissions(FULL))).toEqual([
      'risk T3: it uses secrets; it writes to files that steer agents; it reads private data, reads what strangers wrote, and reaches the network',
      '  reads files',
      '    ${skill}/**',
      '    ${workspace}/*.md (optional): to read notes',
      '    /usr/share/dict/words',
      '  writes files',
      '    ${workspace}/out/**',
      '    ${tmp}/**',
      '  connects to',
      '    api.example.com:443',
      '    *.example.org:443: mirrors',
      '    *.example.org:8443: mirrors',
      '    127.0.0.1:8080: a local server',
      '  listens for connections from this machine',
      '  reads environment variables',
      '    EDITOR',
      '    NOTES_*',
      '  sends secrets',
      '    API_KEY to api.example.com: to log in',
      '    ${home}/.config/notes/token to a.example.org: to sync',
      '  runs programs',
      '    git',
      '    python3 -m notes: to convert',
      "  uses the agent's tools",
      '    Read',
      '    Bash(git log *)',
      '  uses MCP servers',
      '    notes-server',
      '  changes files that steer agents',
      '    ${workspace}/AGENTS.md: to add a rule',
      '  starts other agents',
      '  within',
      '    60 seconds at most',
      '    512 MB of memory at most',
      '    8 processes at most',
      '    10 MB written at most',
      '  on linux, darwin',
      '  everything else is not asked for',
    ]);
  });

  it('says so when nothing is asked for', () => {
    expect(permissionLines(permissions({}))).toEqual([
      'risk T0: it asks for nothing',
      '  no permissions',
      '  everything else is not asked for',
    ]);
  });
});

describe('diffLines()', () => {
  it('says whether people have to be asked', () => {
    const [small, large] = [
      permissions({ fs: { read: ['a'] } }),
      permissions({
        fs: { read: ['a', { path: 'b', why: 'more', optional: true }] },
        exec: { shell: true },
      }),
    ];
    expect(diffLines(comparePermissions(small, large))).toEqual([
      '+ fs.read ${workspace}/b (optional): more',
      '+ exec.shell',
      'wider: ask again',
    ]);
    expect(diffLines(comparePermissions(large, small))).toEqual([
      '- fs.read ${workspace}/b (optional): more',
      '- exec.shell',
      'narrower: nobody has to be asked',
    ]);
    expect(diffLines(comparePermissions(small, small))).toEqual(['the same permissions']);
  });
});
