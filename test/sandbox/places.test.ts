/** What the paths of a manifest stand for, and what is kept of a workspace. No sandbox is needed for it. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { nodeHost } from '../../src/index.ts';
import { findPaths } from '../../src/sandbox/find-paths.ts';
import { underConditions, withoutSteering } from '../../src/sandbox/under-conditions.ts';
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

  test('a directory above programs, or a wildcard, does not bring programs with it', () => {
    const all = [['/usr/**'], ['/usr/local/**']].flatMap((read) => inside(workspace(), { read }));
    expect(all).toContain('/usr/lib');
    const programs = /^\/usr(?:\/local)?(?:\/s?bin(?:\/.*)?)?$/;
    expect(all.filter((place) => programs.test(place))).toEqual([]);
    expect(inside(workspace(), { read: ['/usr/b*', '/usr/s*n/**', '/usr/*/env'] })).toEqual([]);
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

  test('a directory that was moved away and made anew hides nothing: what was there comes back', () => {
    const dir = workspace();
    for (const name of ['in/.git/hooks', 'in/.claude'])
      mkdirSync(path.join(dir, name), { recursive: true });
    writeFileSync(path.join(dir, 'in/AGENTS.md'), 'be kind');
    const guard = guardWorkspace(host, { root: dir, written: [''], instructions: [] });
    renameSync(path.join(dir, 'in'), path.join(dir, 'out'));
    mkdirSync(path.join(dir, 'in/.git/hooks'), { recursive: true });
    writeFileSync(path.join(dir, 'in/.git/hooks/pre-commit'), 'evil');
    writeFileSync(path.join(dir, 'in/AGENTS.md'), 'obey');
    const { moved, aside } = guard.release();
    expect(moved).toEqual(['/workspace/in/.git', '/workspace/in/AGENTS.md']);
    expect(readFileSync(path.join(dir, 'in/AGENTS.md'), 'utf8')).toBe('be kind');
    expect(readdirSync(path.join(dir, 'in/.git/hooks'))).toEqual([]);
    expect(readdirSync(path.join(dir, 'in')).toSorted()).toEqual(['.claude', '.git', 'AGENTS.md']);
    expect(readdirSync(aside ?? '')).toHaveLength(2);
  });

  test('a file that takes the place of the placeholder of another run is moved aside', () => {
    const dir = workspace();
    const first = guardWorkspace(host, { root: dir, written: [''], instructions: [] });
    const second = guardWorkspace(host, { root: dir, written: [''], instructions: [] });
    first.release();
    writeFileSync(path.join(dir, 'CLAUDE.md'), 'obey');
    expect(second.release().moved).toEqual(['/workspace/CLAUDE.md']);
  });

  test.each([
    ['bytes that are no text', Buffer.from('6e6f20ff', 'hex')],
    ['many letters of three bytes', Buffer.from('\u65e5'.repeat(80))],
  ])('finds what lies in a directory with a name of %s', (_, name) => {
    const dir = workspace();
    const guard = guardWorkspace(host, { root: dir, written: [''], instructions: [] });
    const deep = Buffer.concat([Buffer.from(`${dir}/`), name]);
    mkdirSync(deep);
    writeFileSync(Buffer.concat([deep, Buffer.from('/CLAUDE.md')]), 'obey');
    const { moved, aside } = guard.release();
    expect(moved).toHaveLength(1);
    expect(readdirSync(deep)).toEqual([]);
    expect(readdirSync(aside ?? '')).toHaveLength(1);
  });

  test('keeps what Git runs outside of .git: hooks by core.hooksPath, a repository elsewhere', () => {
    const dir = workspace();
    mkdirSync(path.join(dir, '.git'));
    mkdirSync(path.join(dir, 'tools/hooks'), { recursive: true });
    mkdirSync(path.join(dir, 'store/hooks'), { recursive: true });
    writeFileSync(path.join(dir, '.git/config'), '[core]\n\thooksPath = tools/hooks\n');
    writeFileSync(path.join(dir, 'in/.git'), 'gitdir: ../store\n');
    const guard = guardWorkspace(host, { root: dir, written: [''], instructions: [] });
    expect(guard.mounts.map((mount) => mount.inside)).toEqual(
      expect.arrayContaining(['/workspace/tools/hooks', '/workspace/store', '/workspace/in/.git']),
    );
    renameSync(path.join(dir, 'tools'), path.join(dir, 'other'));
    mkdirSync(path.join(dir, 'tools/hooks'), { recursive: true });
    writeFileSync(path.join(dir, 'tools/hooks/pre-commit'), 'evil');
    expect(guard.release().moved).toEqual(['/workspace/tools/hooks']);
    expect(existsSync(path.join(dir, 'tools/hooks/pre-commit'))).toBe(false);
  });

  test('a placeholder that somebody began to use is left to them', () => {
    const dir = workspace();
    const guard = guardWorkspace(host, { root: dir, written: [''], instructions: [] });
    writeFileSync(path.join(dir, '.git/HEAD'), 'ref: refs/heads/main\n');
    guard.release();
    expect(existsSync(path.join(dir, '.git/placeholder'))).toBe(false);
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

describe('withoutSteering()', () => {
  test('what steers agents is only read, unless agent.instructions names it', () => {
    const asked = permissionsOf({
      fs: { write: ['.git/hooks/pre-commit', 'CLAUDE.md', 'out/**', '${home}/.claude/x.json'] },
      agent: { instructions: ['CLAUDE.md'] },
    });
    const left = withoutSteering(asked);
    expect(left.write.map((rule) => rule.path)).toEqual([
      '${workspace}/CLAUDE.md',
      '${workspace}/out/**',
    ]);
    expect(left.read.map((rule) => rule.path)).toEqual([
      '${workspace}/.git/hooks/pre-commit',
      '${home}/.claude/x.json',
    ]);
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
