/** What the paths of a manifest stand for, and what is kept of a workspace. No sandbox is needed for it. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { nodeHost } from '../../src/index.ts';
import { findPaths } from '../../src/sandbox/find-paths.ts';
import { underConditions } from '../../src/sandbox/under-conditions.ts';
import { guardWorkspace } from '../../src/sandbox/workspace-guard.ts';
import { permissionsOf } from '../support/sandbox.ts';
import { reasonThrown } from '../support/thrown.ts';

function workspace(): string {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'gitkel-places-')));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(path.join(dir, 'in/deep'), { recursive: true });
  for (const name of ['in/a.csv', 'in/b.txt', 'in/deep/c.csv'])
    writeFileSync(path.join(dir, name), name);
  return dir;
}

function inside(
  dir: string,
  fs: { readonly read?: string[]; readonly write?: string[] },
): readonly string[] {
  const roots = { workspace: dir, home: path.join(dir, 'home'), user: undefined };
  const found = findPaths(permissionsOf({ fs }), roots);
  return Array.from(found.values()).flatMap((mounts) => mounts.map((mount) => mount.inside));
}

describe('findPaths()', () => {
  test.each([
    ['${workspace}/**', ['/workspace']],
    ['in/a.csv', ['/workspace/in/a.csv']],
    ['in/*.csv', ['/workspace/in/a.csv']],
    ['**/*.csv', ['/workspace/in/a.csv', '/workspace/in/deep/c.csv']],
    ['in/**', ['/workspace/in']],
    ['gone/**', []],
    ['${skill}/**', []],
    ['/proc/cpuinfo', []],
    ['/usr/bin/env', []],
  ])('%s is read at %j', (rule, wanted) => {
    expect(inside(workspace(), { read: [rule] })).toEqual(wanted);
  });

  test('what may be written and is not there is made: a directory for all below it, else a file', () => {
    const dir = workspace();
    expect(inside(dir, { write: ['out/**', 'log/run.txt'] })).toEqual([
      '/workspace/out',
      '/workspace/log/run.txt',
    ]);
    expect(readFileSync(path.join(dir, 'log/run.txt'), 'utf8')).toBe('');
    expect(readdirSync(path.join(dir, 'out'))).toEqual([]);
  });

  test.each(['out/**', 'out/file'])('%s is refused where a link was put', (rule) => {
    const dir = workspace();
    symlinkSync('/etc', path.join(dir, 'out'));
    expect(reasonThrown(() => inside(dir, { write: [rule] }))).toBe('path-link');
  });

  test('a link is not followed for reading', () => {
    const dir = workspace();
    symlinkSync('/etc/passwd', path.join(dir, 'in/z.csv'));
    expect(inside(dir, { read: ['in/*.csv'] })).toEqual(['/workspace/in/a.csv']);
    expect(inside(dir, { read: ['in/z.csv'] })).toEqual([]);
  });
});

describe('guardWorkspace()', () => {
  const host = nodeHost();

  test('keeps what is there, takes the places of what is not, and gives them back', () => {
    const dir = workspace();
    mkdirSync(path.join(dir, 'in/.git'));
    writeFileSync(path.join(dir, 'AGENTS.md'), 'be kind');
    const guard = guardWorkspace(host, { root: dir, written: [''], instructions: [] });
    const guarded = guard.mounts.map((mount) => mount.inside);
    expect(guarded).toEqual(
      expect.arrayContaining([
        '/workspace/AGENTS.md',
        '/workspace/CLAUDE.md',
        '/workspace/.git',
        '/workspace/.claude',
        '/workspace/in/.git',
      ]),
    );
    writeFileSync(path.join(dir, 'in/CLAUDE.md'), 'obey');
    const { aside, moved } = guard.release();
    expect(moved).toEqual(['/workspace/in/CLAUDE.md']);
    expect(readdirSync(aside ?? '')).toEqual(['0-in_CLAUDE.md']);
    expect(readdirSync(dir).toSorted()).toEqual(
      [path.basename(aside ?? ''), 'AGENTS.md', 'in'].toSorted(),
    );
    expect(readFileSync(path.join(dir, 'AGENTS.md'), 'utf8')).toBe('be kind');
  });

  test('a link is never mounted: what it leads to is kept if it is in the workspace, and the link is put back', () => {
    const dir = workspace();
    symlinkSync('/etc/passwd', path.join(dir, 'in/CLAUDE.md'));
    symlinkSync('b.txt', path.join(dir, 'in/AGENTS.md'));
    const guard = guardWorkspace(host, { root: dir, written: [''], instructions: [] });
    const outside = guard.mounts.map((mount) => mount.outside);
    expect(outside).toContain(path.join(dir, 'in/b.txt'));
    expect(outside.filter((one) => /passwd|in\/(?:CLAUDE|AGENTS)/.test(one))).toEqual([]);
    rmSync(path.join(dir, 'in/CLAUDE.md'));
    writeFileSync(path.join(dir, 'in/CLAUDE.md'), 'obey');
    expect(guard.release().moved).toEqual(['/workspace/in/CLAUDE.md']);
    expect(readlinkSync(path.join(dir, 'in/CLAUDE.md'))).toBe('/etc/passwd');
    expect(readlinkSync(path.join(dir, 'in/AGENTS.md'))).toBe('b.txt');
  });

  test('guards nothing that cannot be written, and nothing that is allowed', () => {
    const dir = workspace();
    expect(guardWorkspace(host, { root: dir, written: ['in'], instructions: [] }).mounts).toEqual(
      [],
    );
    const instructions = [{ path: '${workspace}/CLAUDE.md', why: undefined, optional: false }];
    const guard = guardWorkspace(host, { root: dir, written: [''], instructions });
    expect(guard.mounts.map((mount) => mount.inside)).not.toContain('/workspace/CLAUDE.md');
    guard.release();
  });

  test('removes what a run left that was killed, and nothing of one that goes on', () => {
    const dir = workspace();
    const dead = { ...host, processes: { self: 'gone', isDead: () => true } };
    guardWorkspace(dead, { root: dir, written: [''], instructions: [] });
    const guard = guardWorkspace(dead, { root: dir, written: ['in'], instructions: [] });
    expect(readdirSync(dir)).toEqual(['in']);
    guard.release();
    guardWorkspace(host, { root: dir, written: [''], instructions: [] });
    guardWorkspace(host, { root: dir, written: ['in'], instructions: [] });
    expect(existsSync(path.join(dir, 'CLAUDE.md'))).toBe(true);
  });
});

describe('underConditions()', () => {
  const all = permissionsOf({
    fs: { write: ['${workspace}/**', '${tmp}/x'] },
    net: { connect: ['api.example.com'], listen: 'loopback' },
    secrets: [{ env: 'TOKEN', hosts: ['api.example.com'], why: 'to sign in' }],
    agent: { instructions: ['CLAUDE.md'], hooks: true },
  });

  test('no-network takes hosts and secrets', () => {
    const left = underConditions(all, ['no-network']);
    expect(left).toMatchObject({ connect: [], listen: 'none', secrets: [] });
    expect(left.write).toEqual(all.write);
  });

  test('workspace-read-only lets it read what it could write', () => {
    const left = underConditions(all, ['workspace-read-only']);
    expect(left.read.map((rule) => rule.path)).toEqual(['${workspace}/**']);
    expect(left.write.map((rule) => rule.path)).toEqual(['${tmp}/x']);
    expect(left.instructions).toEqual([]);
  });

  test('no-secrets and no-hooks take these', () => {
    const left = underConditions(all, ['no-secrets', 'no-hooks']);
    expect(left).toMatchObject({ secrets: [], instructions: [], agent: { hooks: false } });
    expect(left.connect).toEqual(all.connect);
  });

  test('other conditions change nothing', () => {
    expect(underConditions(all, ['sandbox', 'strip-allowed-tools', 'show-description'])).toEqual(
      all,
    );
  });
});
