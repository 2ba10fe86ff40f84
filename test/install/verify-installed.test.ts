import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeLock } from '../../src/install/skills-lock.ts';
import type { ReleasedSkill } from '../../src/install/skills-lock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { lockFilePath, quarantinePath } from '../../src/install/install-layout.ts';
import { quarantined } from '../../src/install/quarantine.ts';
import { SKILL_STATES } from '../../src/skills/verdict-reason.ts';
import { reasonOf } from '../support/thrown.ts';
import { Ground, manifestOf, outcomeOf } from './ground.ts';
import { skillFilesOf } from './making.ts';

const NAMES = ['changed', 'gone', 'good', 'idle', 'revoked'] as const;
const filesOf = Object.fromEntries(NAMES.map((name) => [name, skillFilesOf(name)]));
const files = (name: string) => filesOf[name] ?? [];

let ground: Ground;

beforeEach(async () => {
  ground = await Ground.make();
});

afterEach(() => {
  ground.remove();
});

async function installed(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await ground.release('alice', files(name));
    expect(outcomeOf(await ground.installed(files(name)))).toBe('installed');
  }
}

test('verifyFolder() tells eight states apart', async () => {
  await ground.releases.link('alice', 'runner', ['release']);
  await ground.release('runner', files('idle'), '1.0.0', 'alice');
  await ground.installed(files('idle'));
  await installed('changed', 'gone', 'good', 'revoked');
  await ground.releases.revoke('alice', manifestOf(files('revoked')), {
    kind: 'manifest',
    said: manifestOf(files('revoked')).said,
  });
  ground.edit('changed', 'changed/references/a.md');
  rmSync(ground.path('gone'), { recursive: true });
  for (const { path: name, bytes } of skillFilesOf('stranger'))
    ground.edit(new TextDecoder().decode(bytes), 'stranger', name);
  mkdirSync(ground.path('bad'));
  for (const { path: name, bytes } of files('good'))
    ground.edit(new TextDecoder().decode(bytes), 'bad', name);
  symlinkSync('/etc/passwd', ground.path('bad/link'));
  const verdicts = await ground.verify({ publisher: [ground.aid('alice')] });
  const states = Object.fromEntries(
    verdicts.map(({ name, state, objection }) => [name, [state, objection?.reason]]),
  );
  expect(states).toEqual({
    bad: ['error', 'symlink'],
    changed: ['tampered', 'file-changed'],
    gone: ['nothing-to-verify', 'skill-missing'],
    good: ['verified', undefined],
    idle: ['verified', undefined],
    revoked: ['revoked', 'manifest-revoked'],
    stranger: ['intact-unsigned', 'not-installed'],
  });
  expect(verdicts.every(({ objection }) => objection === undefined || objection.hint !== '')).toBe(
    true,
  );
  const others = await ground.states({ publisher: [ground.aid('mallory')] });
  expect(others).toMatchObject({ good: 'signed-untrusted: publisher-not-allowed' });
  const offline = await ground.states({ withoutLog: true });
  expect(offline).toMatchObject({ good: 'stale: log-missing', changed: 'tampered: not-as-locked' });
  const told = [...Object.values(states).map(([state]) => state), 'signed-untrusted', 'stale'];
  expect(new Set(told)).toEqual(new Set(SKILL_STATES));
});

test('what is revoked or edited is moved aside, and back once it is good', async () => {
  await installed('good', 'changed');
  const early = ground.copyOfLog();
  await ground.releases.revoke('alice', manifestOf(files('good')), {
    kind: 'manifest',
    said: manifestOf(files('good')).said,
  });
  ground.edit('changed', 'changed/references/a.md');
  const after = await ground.verify({ quarantine: true });
  expect(after.map(({ movedTo }) => typeof movedTo)).toEqual(['string', 'string']);
  expect([ground.has('good'), ground.has('changed')]).toEqual([false, false]);
  expect(await ground.states({ quarantine: true })).toEqual({
    good: 'revoked: manifest-revoked',
    changed: 'tampered: file-changed',
  });
  const [aside = ''] = quarantined(ground.folder, {
    name: 'changed',
    manifest: manifestOf(files('changed')).said,
  });
  chmodSync(`${aside}/references/a.md`, 0o644);
  writeFileSync(`${aside}/references/a.md`, 'text\n');
  expect(await ground.states()).toMatchObject({ changed: 'nothing-to-verify: quarantined' });
  expect(await ground.states({ quarantine: true })).toEqual({
    good: 'revoked: manifest-revoked',
    changed: 'verified',
  });
  expect(ground.has('changed/SKILL.md')).toBe(true);
  // A copy of the log that does not know the revocation brings nothing back by itself: it is behind what this home saw.
  expect(await reasonOf(async () => ground.states({ log: early, quarantine: true }))).toBe(
    'log-rolled-back',
  );
});

test('nothing is moved aside through a link, to where an agent may look', async () => {
  await installed('good');
  ground.edit('evil', 'good/references/a.md');
  symlinkSync('.', ground.path('.quarantine'));
  const before = readdirSync(ground.path('.'));
  const [verdict] = await ground.verify({ quarantine: true });
  expect(verdict).toMatchObject({ state: 'tampered', trouble: { reason: 'work-folder' } });
  expect(readdirSync(ground.path('.'))).toEqual(before);
  expect(verdict?.movedTo).toBeUndefined();
});

test('one skill that cannot be moved aside keeps no other from it, however long its name is', async () => {
  const long = 'x'.repeat(LIMITS.installedNameBytes);
  const longer = skillFilesOf(`${long}x`);
  await ground.release('alice', longer);
  expect(outcomeOf(await ground.installed(longer))).toBe('error: install-name');
  await ground.release('alice', skillFilesOf(long));
  await ground.installed(skillFilesOf(long));
  await installed('changed', 'good');
  for (const name of [long, 'changed', 'good']) ground.edit('evil', name, 'references/a.md');
  for (let at = 1; at <= LIMITS.quarantinedSkills; at++)
    mkdirSync(quarantinePath(ground.folder.dir, 'changed', manifestOf(files('changed')).said, at), {
      recursive: true,
    });
  const after = await ground.verify({ quarantine: true });
  expect(
    after.map(({ name, movedTo, trouble }) => [name, typeof movedTo, trouble?.reason]),
  ).toEqual([
    ['changed', 'undefined', 'quarantine-full'],
    ['good', 'string', undefined],
    [long, 'string', undefined],
  ]);
  expect([ground.has('changed'), ground.has('good'), ground.has(long)]).toEqual([
    true,
    false,
    false,
  ]);
});

test('a file that may no longer be executed is no danger, one that may is', async () => {
  await installed('good');
  chmodSync(ground.path('good/scripts/run.sh'), 0o444);
  expect(await ground.verify()).toMatchObject([{ state: 'verified', hasLostModes: true }]);
  chmodSync(ground.path('good/references/a.md'), 0o555);
  expect(await ground.states()).toEqual({ good: 'tampered: mode-widened' });
});

test.each([
  ['an added file', 'tampered: file-added', () => ground.edit('x', 'good/more.md')],
  ['a removed file', 'tampered: file-removed', () => rmSync(ground.path('good/references/a.md'))],
  ['a link', 'tampered: symlink', () => symlinkSync('/etc/passwd', ground.path('good/link'))],
  [
    'a link in the place of the skill',
    'tampered: symlink',
    () => {
      renameSync(ground.path('good'), ground.path('.elsewhere'));
      symlinkSync('.elsewhere', ground.path('good'));
    },
  ],
  ['no SKILL.md', 'tampered: skill-md-missing', () => rmSync(ground.path('good/SKILL.md'))],
])('verifyEntry() finds %s', async (_, expected, change) => {
  await installed('good');
  change();
  expect((await ground.states())['good']).toBe(expected);
});

test('what leads elsewhere, and a skill at the top of the folder, is named', async () => {
  await installed('good');
  symlinkSync(ground.dir, ground.path('linked'));
  ground.edit('# top', 'SKILL.md');
  ground.edit('read me', 'README.md');
  expect(await ground.states()).toEqual({
    good: 'verified',
    linked: 'error: symlink',
    'SKILL.md': 'error: special-file',
  });
});

test('a planted change is not followed through a link', async () => {
  await installed('good');
  const { entry } = ground;
  const away = path.join(ground.dir, 'away');
  mkdirSync(away);
  const planted = `${away}/change.json`;
  writeFileSync(planted, '{"remove":"good","schema":"urn:gitkel:skills-change:1"}');
  symlinkSync(away, ground.path('.installing', 'planted.0123456789abcdef'));
  expect(await ground.states()).toEqual({ good: 'verified' });
  expect([existsSync(planted), ground.entry.name]).toEqual([true, entry.name]);
});

test('a change that cannot be read is named, so that somebody can look at it', async () => {
  await installed('good');
  const planted = path.join('.installing', 'planted.0123456789abcdef', 'change.json');
  ground.edit('{', planted);
  await expect(ground.verify()).rejects.toMatchObject({
    code: 'malformed',
    message: expect.stringContaining(planted) as string,
  });
});

test('a lock that names what the log does not hold is no proof', async () => {
  await installed('good');
  const { entry } = ground;
  const lie = async (more: Partial<typeof entry>): Promise<string | undefined> => {
    writeFileSync(lockFilePath(ground.folder.dir), encodeLock([{ ...entry, ...more }]));
    return (await ground.states())['good'];
  };
  expect(await lie({ author: { ...entry.author, aid: ground.aid('mallory') } })).toBe(
    'signed-untrusted: publisher-not-allowed',
  );
  ground.edit('evil', 'good/references/a.md');
  const evil = manifestOf(skillFilesOf('good', 'evil'));
  expect(await lie({ manifest: evil.said })).toBe('error: release-unknown');
  expect(await lie({ log: { ...entry.log, id: evil.said } })).toBe('tampered: file-changed');
});

test.each<readonly [string, (entry: ReleasedSkill) => Partial<ReleasedSkill>, string]>([
  ['version', () => ({ version: '9.9.9' }), 'error: lock-edited'],
  ['h1', () => ({ h1: `h1:${'A'.repeat(43)}=` }), 'error: lock-edited'],
  ['permissions', () => ({ permissions: 'ab'.repeat(32) }), 'error: lock-edited'],
  ['sn', ({ author }) => ({ author: { ...author, sn: author.sn + 1 } }), 'error: lock-edited'],
  [
    'event',
    ({ author, release }) => ({ author: { ...author, event: release } }),
    'error: lock-edited',
  ],
  [
    'issuer',
    ({ author, release }) => ({ author: { ...author, issuer: release } }),
    'error: lock-edited',
  ],
  ['release', ({ manifest }) => ({ release: manifest }), 'error: release-unknown'],
  [
    'release of another skill',
    () => ({ release: ground.lock[1]?.release ?? '' }),
    'error: lock-edited',
  ],
])(
  'a lock that says otherwise than the release is told, and no update rests on it: %s',
  async (_, lie, expected) => {
    await installed('changed', 'good');
    const [entry, other] = ground.lock;
    if (entry?.release === undefined || other === undefined) throw new Error('two were installed');
    const edited = { ...entry, ...lie(entry) };
    writeFileSync(lockFilePath(ground.folder.dir), encodeLock([edited, other]));
    expect(await ground.states()).toEqual({ changed: expected, good: 'verified' });
    const newer = skillFilesOf('changed', 'newer\n');
    await ground.release('alice', newer, '2.0.0');
    const source = entry.source.type === 'directory' ? entry.source.path : '';
    writeFileSync(path.join(source, 'references/a.md'), 'newer\n');
    const update = await ground.update(edited);
    expect(update.status === 'refused' ? outcomeOf(update) : update.status).not.toBe('updated');
    expect(ground.lock[0]?.manifest).toBe(entry.manifest);
  },
);

test('a log that is another one, shorter, or says otherwise verifies nothing', async () => {
  await installed('good');
  const { entry } = ground;
  const state = async (log: typeof entry.log): Promise<string | undefined> => {
    writeFileSync(lockFilePath(ground.folder.dir), encodeLock([{ ...entry, log }]));
    return (await ground.states())['good'];
  };
  expect(await state({ ...entry.log, id: entry.manifest })).toBe('stale: other-log');
  expect(await state({ ...entry.log, position: 99 })).toBe('stale: log-behind');
  expect(await state({ ...entry.log, payload: entry.manifest })).toBe('error: log-forked');
});
