/** From a board's release to whoever uses it, over audits by others: on the binary, every party in a home of its own. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { dayNumber, dayText } from '../../src/base/day.ts';
import { type Ran, runGit, runProgram } from '../support/binary.ts';
import { createTeam, type Crew, useCrew } from '../support/crew.ts';
import type { Answer, Person } from '../support/person.ts';
import { hasGit } from '../support/stock-git.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

interface Judged extends Answer {
  readonly decision: string;
  readonly reasons: readonly { readonly reason: string; readonly detail: string }[];
  readonly views: readonly { readonly chain: readonly { readonly kind: string }[] }[];
  readonly skills: readonly Judged[];
  readonly manifest: string;
  readonly issued: string;
  readonly until: string;
  readonly statement: string;
}

const SKILL = `---\nname: notes\ndescription: Takes notes.\nmetadata:\n  version: "1"\n---\n# Notes\n`;

/** A board of three released `notes`; the log is at a bare repository, of which everybody has a clone. */
const withCrew = useCrew(async (crew) => {
  const { place, log, alice, bob } = crew;
  await createTeam(crew);
  await runGit(place.dir, ['init', '-q', '--bare', '-b', 'main', 'remote.git']);
  await runGit(log, ['remote', 'add', 'origin', '../remote.git']);
  mkdirSync(place.path('notes'));
  writeFileSync(place.path('notes/SKILL.md'), SKILL);
  const released = await alice.does('skill', 'release', 'notes', '--as', 'team');
  await place.commit(alice, released.batch, bob);
  await alice.does('sync');
});

/** Somebody with a home, a clone of the log and an identity in it, who is told the names of the others. */
async function party({ place }: Crew, name: string, ...flags: readonly string[]) {
  const person = await place.newPerson(name);
  await person.does('clone', 'remote.git', `${name}-log`);
  const own = person.with(place.path(`${name}-log`));
  const { aid } = await own.does('identity', 'create', name, '--key', name, ...flags);
  return { person: own, aid };
}

/** States something about skills on the newest log. */
async function states(person: Person, ...args: readonly string[]): Promise<Judged> {
  await person.does('pull');
  return (await person.does('skill', ...args)) as Judged;
}

const audit = async (person: Person, dir: string, ...more: readonly string[]): Promise<Judged> =>
  states(
    person,
    'audit',
    dir,
    '--as',
    person.name,
    '--criterion',
    'safe-to-run',
    '--result',
    ...(more.length === 0 ? ['pass'] : more),
  );

/** A server whose policy asks for two distinct auditors, and a work tree with the skill. */
async function serving({ place, alice }: Crew, trust: readonly string[]) {
  const policy = ['policy', 'init', 'work', '--maintainer', 'team', '--path', 'skills/*=team'];
  await runGit(place.dir, ['init', '-q', '-b', 'main', 'work']);
  await alice.does(
    ...policy,
    ...trust.flatMap((root) => ['--trust', root]),
    '--require',
    'all=safe-to-run',
    '--redundancy',
    '2',
  );
  await runGit(place.dir, ['init', '-q', '--bare', '-b', 'main', 'served.git']);
  const file = place.path('work/.gitkel/policy.yaml');
  await alice.does('hook', 'install', '--server', 'served.git', '--policy', file);
  const commit = async (): Promise<void> => {
    await runGit(place.path('work'), ['add', '-A']);
    await runGit(place.path('work'), ['commit', '-q', '-m', 'next']);
  };
  await commit();
  await runGit(place.path('work'), ['branch', 'start']);
  mkdirSync(place.path('work/skills/notes'), { recursive: true });
  writeFileSync(place.path('work/skills/notes/SKILL.md'), SKILL);
  await commit();
  const push = async (): Promise<Ran> =>
    runProgram('git', ['push', '-q', '../served.git', 'HEAD:refs/heads/main'], {
      cwd: place.path('work'),
    });
  const gate = async (person: Person, exitCode: number, ...more: readonly string[]) => {
    await person.does('pull');
    const range = ['--base', 'start', '--head', 'main', '--repo', place.path('work')];
    return (await person.ends(exitCode, 'skill', 'gate', ...range, ...more)) as Judged;
  };
  return { file, push, gate };
}

const reasonsOf = ({ skills: [skill] }: Judged): readonly string[] =>
  (skill?.reasons ?? []).map(({ reason }) => reason);

test.skipIf(!hasGit)(
  'two auditors and who vouches for one let a skill in; a failed audit, and an expired vouch, do not',
  withCrew(async (crew) => {
    const { place, alice } = crew;
    const lab = await party(crew, 'lab');
    const lea = await party(crew, 'lea');
    const van = await party(crew, 'van');
    const { file, push, gate } = await serving(crew, [`${lab.aid}=high`, `${van.aid}=high`]);
    const user = place.person('user', place.path('lab-log'));
    await audit(lab.person, 'notes');
    const audited = await audit(lea.person, 'notes');
    const alone = await gate(alice, 1);
    expect(reasonsOf(alone)).toEqual(['audits-missing']);
    const vouching = ['vouch', lea.aid, '--as', 'van', '--level', 'medium', '--until', '30d'];
    const vouched = await states(van.person, ...vouching);

    // Accepted, and everybody sees by whose word.
    const accepted = await gate(alice, 0);
    expect(accepted.skills[0]).toMatchObject({ state: 'verified', decision: 'accept' });
    const kinds = accepted.skills[0]?.views[0]?.chain.map(({ kind }) => kind).toSorted();
    expect(kinds).toEqual(['audit', 'audit', 'manifest', 'release', 'root', 'root', 'vouch']);
    await alice.does('pull');
    expect(await push()).toMatchObject({ exitCode: 0 });
    await user.does('pull');
    const from = ['skill', 'install', 'served.git', '--commit', 'main', '--path', 'skills/notes'];
    const into = ['--into', 'installed', '--policy', file];
    const agreed = ['--yes', '--expect', audited.manifest];
    expect(await user.does(...from, ...into, ...agreed)).toMatchObject({
      status: 'installed',
      decided: { decision: 'accept' },
    });
    const verify = ['skill', 'verify', 'installed', '--policy', file];
    expect(await user.does(...verify)).toMatchObject({ state: 'verified' });
    const note = 'note: 1 skill installed by a policy: --policy FILE asks for what that asks, too';
    expect(await user.says(...verify)).not.toContain(note);
    expect(await user.says('skill', 'verify', 'installed')).toContain(note);
    const more = await user.says('skill', 'verify', 'installed', 'instaled');
    expect(more).toContain('nothing-to-verify "instaled": nothing is installed there');

    // The vouch ends: somebody has to look again.
    const end = dayNumber(vouched.until) ?? 0;
    const before = await gate(alice, 0, '--at', dayText(end - 1));
    expect(before.state).toBe('accepted');
    const after = await gate(alice, 1, '--at', dayText(end));
    expect(after.skills[0]).toMatchObject({ decision: 'needs-review' });
    expect(reasonsOf(after)).toEqual(['vouch-expired']);
    expect(await user.ends(1, ...verify, '--at', dayText(end))).toMatchObject({
      skills: [{ state: 'signed-untrusted', reason: 'vouch-expired', decision: 'needs-review' }],
    });

    // One of them finds something: out it goes, also where it is installed.
    await audit(lea.person, 'notes', 'fail', '--note', 'it reads what it should not');
    const failed = await gate(alice, 1);
    expect(failed.skills[0]).toMatchObject({ decision: 'reject' });
    expect(reasonsOf(failed)[0]).toBe('audit-failed');
    await alice.does('pull');
    await runGit(place.path('work'), ['mv', 'skills/notes', 'skills/moved']);
    await runGit(place.path('work'), ['commit', '-q', '-m', 'moved']);
    const refused = await push();
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringContaining('skills/moved: audit-failed: '),
    ]);
    await user.does('pull');
    const again = ['--into', 'elsewhere', '--policy', file, ...agreed];
    expect(await user.ends(1, ...from, ...again)).toMatchObject({
      status: 'refused',
      reason: 'audit-failed',
    });
    expect(await user.ends(1, ...verify)).toMatchObject({
      state: 'signed-untrusted',
      skills: [{ reason: 'audit-failed', decision: 'reject' }],
    });
    expect(await user.ends(1, ...verify, '--quarantine')).toMatchObject({
      state: 'signed-untrusted',
    });
    expect(readdirSync(place.path('installed')).filter((name) => name === 'notes')).toEqual([]);
  }),
);

test.skipIf(!hasGit)(
  'two auditors whom one controller delegated count once',
  withCrew(async (crew) => {
    const { alice } = crew;
    const owner = await party(crew, 'owner');
    const delegates: string[] = [];
    for (const name of ['vi', 'vic']) {
      await owner.person.does('key', 'new', name, '--no-passphrase');
      const made = ['identity', 'create', name, '--key', name, '--delegator', 'owner'];
      delegates.push((await owner.person.does(...made)).aid);
    }
    const { gate } = await serving(
      crew,
      delegates.map((aid) => `${aid}=high`),
    );
    const passing = ['--criterion', 'safe-to-run', '--result', 'pass'];
    for (const name of ['vi', 'vic'])
      await states(owner.person, 'audit', 'notes', '--as', name, ...passing);
    const judged = await gate(alice, 1);
    expect(judged.skills[0]).toMatchObject({ state: 'signed-untrusted', decision: 'needs-review' });
    expect(reasonsOf(judged)).toEqual(['audits-not-distinct']);
    expect(judged.skills[0]?.reasons[0]?.detail).toContain(owner.aid);
  }),
);
