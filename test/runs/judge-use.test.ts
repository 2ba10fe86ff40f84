/** What a run did or tried against its manifest, case by case; canaries in every form. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { type Canary, canaryValue, watchCanaries } from '../../src/runs/canary.ts';
import { withInterpreters } from '../../src/runs/interpreters.ts';
import { judgeUse } from '../../src/runs/judge-use.ts';
import type { ObservedUse } from '../../src/runs/observed-uses.ts';
import type { FileUse } from '../../src/runs/trace-event.ts';
import { permissionsOf, skillFile } from '../support/sandbox.ts';

const NONE = permissionsOf({});
const SOME = permissionsOf({
  fs: { read: ['in/**', '/opt/data/**'], write: ['out.txt', 'deep/er/**'] },
  net: { connect: ['api.example.com'] },
  secrets: [{ file: '${home}/.ssh/app', hosts: ['api.example.com'], why: 'to sign in' }],
  exec: { run: ['node', { bin: 'git', args: ['log'] }], shell: true },
  agent: { instructions: ['${workspace}/AGENTS.md'] },
});
const LISTENING = permissionsOf({ net: { listen: 'loopback' } });

const file = (use: FileUse, path: string, error?: string): ObservedUse => ({
  kind: 'file',
  use,
  path,
  error,
});
const exec = (program: string, ...args: readonly string[]): ObservedUse => ({
  kind: 'exec',
  program,
  args: [program, ...args],
  isCut: false,
  error: undefined,
});
const net = (use: 'connect' | 'bind', address: string, port: number): ObservedUse => ({
  kind: 'net',
  use,
  family: address.startsWith('/') ? 'unix' : address.includes(':') ? 'inet6' : 'inet',
  address,
  port,
  error: undefined,
});

function told(permissions: typeof NONE, use: ObservedUse, hasBound = false): string {
  const verdict = judgeUse(permissions, use, hasBound);
  return verdict.is === 'violation' ? `${verdict.axis} ${verdict.what}` : verdict.is;
}

describe('judgeUse()', () => {
  test.each([
    ['its own files', NONE, file('read', '/skill/a'), 'ordinary'],
    [
      'a file of the system with secrets',
      NONE,
      file('read', '/etc/shadow', 'ENOENT'),
      'fs.read /etc/shadow',
    ],
    [
      'a token of a cluster',
      NONE,
      file('read', '/var/run/secrets/kubernetes.io/serviceaccount/token', 'ENOENT'),
      'fs.read /var/run/secrets/kubernetes.io/serviceaccount/token',
    ],
    ['where a link leads', NONE, file('target', '/home'), 'fs.read /home'],
    ['where a link of its own leads', NONE, file('target', '/usr/bin/python3'), 'ordinary'],
    ['the Node of the bridge', SOME, exec('/run/gitkel/node', 'a.js'), 'allowed'],
    ['the Node of the bridge', NONE, exec('/run/gitkel/node', 'a.js'), 'exec.run node'],
    [
      'a program by way of the loader',
      SOME,
      exec('/lib64/ld-linux-x86-64.so.2', '/tmp/a'),
      'exec.run /lib64/ld-linux-x86-64.so.2',
    ],
    [
      'the same',
      SOME,
      exec('/usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1', '/tmp/a'),
      'exec.run /usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1',
    ],
    ['libraries', NONE, file('read', '/usr/lib/a.so'), 'ordinary'],
    ['what it was given', SOME, file('read', '/workspace/in/a'), 'allowed'],
    ['the way to what it was given', SOME, file('list', '/workspace'), 'ordinary'],
    ['what it writes', SOME, file('read', '/workspace/out.txt'), 'allowed'],
    [
      'another file of the workspace',
      SOME,
      file('read', '/workspace/b', 'ENOENT'),
      'fs.read ${workspace}/b',
    ],
    ['a file elsewhere', SOME, file('read', '/srv/data/b', 'ENOENT'), 'fs.read /srv/data/b'],
    ['a file that is looked for upward', NONE, file('read', '/package.json', 'ENOENT'), 'ordinary'],
    [
      'a setting that programs look for',
      NONE,
      file('read', '/home/agent/.curlrc', 'ENOENT'),
      'ordinary',
    ],
    [
      'a key',
      NONE,
      file('read', '/home/agent/.ssh/id_rsa', 'ENOENT'),
      'fs.read ${home}/.ssh/id_rsa',
    ],
    ['the key that is its secret', SOME, file('read', '/home/agent/.ssh/app'), 'allowed'],
  ])('of reading %s', (_, permissions, use, expected) => {
    expect(told(permissions, use)).toBe(expected);
  });

  test.each([
    ['a declared file', file('create', '/workspace/out.txt'), 'allowed'],
    ['below a declared directory', file('rename', '/workspace/deep/er/a'), 'allowed'],
    ['the way to it', file('make-directory', '/workspace/deep'), 'ordinary'],
    ['a directory that is there', file('make-directory', '/srv', 'EEXIST'), 'ordinary'],
    ['another file', file('create', '/workspace/b', 'EROFS'), 'fs.write ${workspace}/b'],
    ['itself', file('mode', '/skill/a.sh', 'EROFS'), 'fs.write ${skill}/a.sh'],
    ['what Python keeps', file('make-directory', '/skill/lib/__pycache__', 'EROFS'), 'ordinary'],
    ['in memory', file('create', '/tmp/a'), 'ordinary'],
    ['what a shell runs later', file('write', '/home/agent/.bashrc'), 'fs.write ${home}/.bashrc'],
    ['declared instructions', file('write', '/workspace/AGENTS.md'), 'allowed'],
    [
      'other instructions',
      file('write', '/workspace/deep/er/CLAUDE.md'),
      'agent.instructions ${workspace}/deep/er/CLAUDE.md',
    ],
    [
      'settings of an agent',
      file('create', '/home/agent/.claude/settings.json'),
      'agent.instructions ${home}/.claude/settings.json',
    ],
    ['a file of the system', file('write', '/etc/hosts', 'EROFS'), 'fs.write /etc/hosts'],
    ['its own name as a process', file('write', '/proc/self/comm'), 'ordinary'],
  ])('of writing %s', (_, use, expected) => {
    expect(told(SOME, use)).toBe(expected);
  });

  test.each([
    ['a declared program', exec('/usr/bin/node', 'a.js'), 'allowed'],
    ['a shell', exec('/bin/sh', '-c', 'x'), 'allowed'],
    ['with declared arguments', exec('/usr/bin/git', 'log', '-1'), 'allowed'],
    ['with others', exec('/usr/bin/git', 'push'), 'exec.run git push'],
    ['another program', exec('/usr/bin/curl', 'x'), 'exec.run curl'],
    ['a file of its own', exec('/skill/run.sh'), 'ordinary'],
    ['what it wrote', exec('/tmp/tool'), 'exec.run ${tmp}/tool'],
  ])('of running %s', (_, use, expected) => {
    expect(told(SOME, use)).toBe(expected);
  });

  test.each([
    ['the proxy', SOME, net('connect', '127.0.0.1', 3128), 'ordinary'],
    ['an address', SOME, net('connect', '192.0.2.1', 443), 'net.connect 192.0.2.1:443'],
    [
      'an address of IPv6',
      SOME,
      net('connect', '2001:db8::1', 443),
      'net.connect [2001:db8::1]:443',
    ],
    ['itself', NONE, net('connect', '127.0.0.1', 80), 'net.connect 127.0.0.1:80'],
    ['a port to listen at', NONE, net('bind', '127.0.0.1', 80), 'net.listen 127.0.0.1:80'],
    ['a declared one', LISTENING, net('bind', '127.0.0.1', 80), 'allowed'],
    [
      'the socket of a daemon',
      NONE,
      net('connect', '/var/run/docker.sock', 0),
      'net.connect /var/run/docker.sock',
    ],
    ['a socket that libraries ask', NONE, net('connect', '/var/run/nscd/socket', 0), 'ordinary'],
    ['a declared name', SOME, { kind: 'lookup', host: 'api.example.com' } as const, 'allowed'],
    [
      'another name',
      SOME,
      { kind: 'lookup', host: 'evil.example' } as const,
      'net.connect evil.example',
    ],
    [
      'a refused host',
      SOME,
      { kind: 'asked', host: 'a.example', port: 443, refused: 'not-declared' } as const,
      'net.connect a.example:443',
    ],
    [
      'a host that does not answer',
      SOME,
      { kind: 'asked', host: 'api.example.com', port: 443, refused: 'not-connected' } as const,
      'ordinary',
    ],
  ])('of reaching %s', (_, permissions, use, expected) => {
    expect(told(permissions, use)).toBe(expected);
  });

  test('of itself where it listens by itself', () => {
    expect(told(NONE, net('connect', '127.0.0.1', 4_000), true)).toBe('ordinary');
  });
});

test('withInterpreters() adds what the first line of a script starts', () => {
  const files = [
    skillFile('a.sh', '#!/usr/bin/env -S bash -eu\n'),
    skillFile('b', '#!/bin/sh\n'),
    skillFile('c', 'text'),
  ];
  const uses = ['a.sh', 'b', 'c'].map((name) => exec(`/skill/${name}`));
  const added = withInterpreters(uses, files).slice(3);
  expect(added.map((use) => use.kind === 'exec' && use.program)).toEqual([
    '/usr/bin/env',
    '/usr/bin/bash',
    '/bin/sh',
  ]);
});

describe('watchCanaries()', () => {
  const canary: Canary = {
    kind: 'secret',
    name: 'TOKEN',
    value: canaryValue((length) => Uint8Array.from({ length }, (_, index) => index * 7)),
    hosts: ['api.example.com'],
  };
  const stdout = { where: 'stdout', place: '' } as const;

  test('finds a value in each form, wherever it is cut', () => {
    const forms = {
      plain: (value: string) => utf8(value),
      hex: (value: string) => utf8(Buffer.from(value).toString('hex')),
      base64: (value: string) => utf8(Buffer.from(value).toString('base64')),
    };
    fc.assert(
      fc.property(
        fc.constantFrom('plain' as const, 'hex' as const, 'base64' as const),
        fc.string({ maxLength: 9 }),
        fc.string({ maxLength: 9 }),
        fc.nat(),
        (form, before, after, at) => {
          const watch = watchCanaries([canary]);
          const bytes = forms[form](before + canary.value + after);
          const place = at % (bytes.length + 1);
          watch.look(stdout, bytes.subarray(0, place));
          watch.look(stdout, bytes.subarray(place));
          expect(watch.seen()).toEqual([
            { canary: { kind: 'secret', name: 'TOKEN' }, ...stdout, form },
          ]);
        },
      ),
    );
  });

  test('lets a secret go to its own hosts', () => {
    const watch = watchCanaries([canary]);
    watch.look(
      { where: 'request', place: 'api.example.com:443', host: 'api.example.com' },
      utf8(canary.value),
    );
    watch.look(stdout, utf8(canary.value.slice(1)));
    expect(watch.seen()).toEqual([]);
  });
});
