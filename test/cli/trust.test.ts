/** What a home trusts and requires, and what it says of identities and skills, on the binary. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { dayText } from '../../src/base/day.ts';
import type { IdentityReport } from '../../src/cli/identity-trust.ts';
import type { SkillReport } from '../../src/cli/chain-report.ts';
import { type Person, Place } from '../support/person.ts';

const DAY = 86_400_000;
const inDays = (days: number): string => dayText(Math.floor(Date.now() / DAY) + days);

/** One home with several identities, a log, and the skill `notes`, which `ada` released. */
async function made(...names: readonly string[]): Promise<{ place: Place; me: Person }> {
  const place = new Place();
  onTestFinished(() => place.remove());
  const me = place.person('me', await place.newLog());
  for (const name of names) {
    await me.does('key', 'new', name, '--no-passphrase');
    await me.does('identity', 'create', name, '--key', name);
  }
  mkdirSync(place.path('notes'));
  writeFileSync(
    place.path('notes', 'SKILL.md'),
    '---\nname: notes\ndescription: Takes notes.\n---\n# Notes\n',
  );
  await me.does('skill', 'release', 'notes', '--as', names[0] ?? '', '--version', '1');
  return { place, me };
}

const audits = async (me: Person, by: string, ...more: readonly string[]): Promise<void> => {
  const flags = ['--result', 'pass', '--criterion', 'safe-to-run', ...more];
  await me.does('skill', 'audit', 'notes', '--as', by, ...flags);
};
const vouches = async (
  me: Person,
  by: string,
  about: string,
  level: string,
  ...more: readonly string[]
): Promise<void> => {
  await me.does('skill', 'vouch', about, '--as', by, '--level', level, ...more);
};
const identity = async (me: Person, exit: number, ...args: readonly string[]) =>
  (await me.ends(exit, 'trust', 'explain', ...args)) as unknown as IdentityReport;
const skill = async (me: Person, exit: number, ...args: readonly string[]) =>
  (await me.ends(exit, 'skill', 'chain', ...args)) as unknown as SkillReport;
const reasons = (report: SkillReport): readonly string[] =>
  report.reasons.map(({ reason }) => reason);

const ASKED = ['--publisher', 'ada'];

test('trust add, criterion, require, list and remove change what a home trusts', async () => {
  const { place, me } = await made('ada', 'eve');
  writeFileSync(place.path('own.txt'), 'It keeps our style.\n');
  const own = ['trust', 'criterion', 'own', '--text', 'own.txt', '--implies', 'safe-to-read'];
  expect(await me.does(...own)).toMatchObject({
    criterion: { name: 'own', implies: ['safe-to-read'], isBuiltIn: false },
  });
  const limited = ['--criterion', 'own', '--name', 'pdf-*'];
  await me.does('trust', 'add', 'eve', '--level', 'high');
  expect(await me.does('trust', 'add', 'eve', '--level', 'low', ...limited)).toMatchObject({
    root: { level: 'low', criteria: ['own'], names: ['pdf-*'] },
    before: { level: 'high' },
  });
  const required = ['--criterion', 'own', '--trust', 'medium', '--redundancy', '2'];
  await me.does('trust', 'require', 'T3', ...required, '--method', 'human');
  const shown = await me.says('trust', 'list');
  expect(shown).toMatch(/low {6}E\S+ \(eve\), only for own, only for skills named "pdf-\*"/);
  expect(shown).toContain(
    'require  T3: own from 2 distinct controllers trusted at least medium, by human',
  );
  expect(shown).toContain('implies safe-to-read (defined here)');
  expect((await me.ends(1, 'trust', 'criterion', 'own', '--remove')).error).toMatchObject({
    reason: 'criterion-used',
  });
  await me.does('trust', 'require', 'T3', '--remove');
  await me.does('trust', 'remove', 'eve');
  const { criteria } = (await me.does('trust', 'list')) as unknown as {
    readonly criteria: readonly { readonly name: string; readonly said: string }[];
  };
  const said = criteria.find(({ name }) => name === 'own')?.said ?? '';
  writeFileSync(place.path('other.txt'), 'It keeps their style.\n');
  await me.does('trust', 'criterion', 'other', '--text', 'other.txt', '--implies', said);
  expect((await me.ends(1, 'trust', 'criterion', 'own', '--remove')).error).toMatchObject({
    reason: 'criterion-used',
  });
  await me.does('trust', 'criterion', 'other', '--remove');
  await me.does('trust', 'criterion', 'own', '--remove');
  expect(await me.does('trust', 'list')).toMatchObject({ roots: [], require: {} });
  expect((await me.ends(4, 'trust', 'remove', 'eve')).error).toMatchObject({
    reason: 'trust-root',
  });
  expect((await me.ends(4, 'trust', 'require', 'T3', '--remove')).error).toMatchObject({
    reason: 'requirement',
  });
});

test.each<readonly [string, readonly string[], string]>([
  [
    'an unknown criterion',
    ['add', 'ada', '--level', 'low', '--criterion', 'x'],
    'criterion-unknown',
  ],
  ['an empty pattern', ['add', 'ada', '--level', 'low', '--name', ''], 'name-pattern'],
  ['a requirement of one', ['require', 'all', '--criterion', 'x'], 'criterion-unknown'],
  [
    'a criterion in a circle',
    ['criterion', 'a', '--text', 'a.txt', '--implies', 'a'],
    'criterion-cycle',
  ],
  ['a criterion that is built in', ['criterion', 'scanned', '--text', 'a.txt'], 'criterion-twice'],
])('trust refuses %s, and changes nothing', async (_, args, reason) => {
  const { place, me } = await made('ada');
  writeFileSync(place.path('a.txt'), 'Some text.\n');
  expect((await me.ends(2, 'trust', ...args)).error).toMatchObject({ reason });
  expect(await me.does('trust', 'list')).toMatchObject({ roots: [], require: {} });
});

test('trust explain tells every path to an identity, and what cuts it', async () => {
  const { me } = await made('ada', 'bea', 'cal', 'dan', 'eve');
  await vouches(me, 'ada', 'bea', 'high');
  await vouches(me, 'bea', 'cal', 'medium', '--until', inDays(10));
  await vouches(me, 'ada', 'cal', 'low', '--name', 'pdf-*');
  expect(await identity(me, 1, 'cal')).toMatchObject({ level: null, isHeard: false, paths: [] });
  await me.does('trust', 'add', 'ada', '--level', 'high');
  const now = await identity(me, 0, 'cal');
  expect(now).toMatchObject({ level: 'medium', cost: 1, isWhole: true });
  expect(now.paths.map(({ broken, steps }) => [broken, steps.length])).toEqual([
    ['other-scope', 1],
    [null, 2],
  ]);
  const [, whole] = now.paths;
  expect(whole?.steps[1]).toMatchObject({ level: 'medium', cut: null, keys: { sn: 0 } });
  const later = await identity(me, 0, 'cal', '--at', inDays(20), '--skill', 'pdf-a');
  expect(later).toMatchObject({ level: 'low', isHeard: true });
  expect(later.paths.map(({ broken }) => broken)).toEqual([null, 'expired']);
  await vouches(me, 'bea', 'cal', 'distrust');
  const distrusted = await identity(me, 1, 'cal', '--skill', 'pdf-a');
  expect(distrusted).toMatchObject({ level: null, against: [{ level: 'distrust', cut: null }] });
  expect(distrusted.distrustedBy).toBe(distrusted.against[0]?.statement);
  const words = async (...args: readonly string[]): Promise<string> =>
    (await me.run(['trust', 'explain', ...args])).requireExit(1).stdout;
  expect(await words('cal', '--skill', 'pdf-a')).toContain(
    'distrusted: whom it is about is distrusted',
  );
  await me.does('trust', 'add', 'bea', '--level', 'distrust');
  expect(await identity(me, 1, 'bea')).toMatchObject({ distrustedBy: 'own', level: null });
  expect(await words('bea')).toMatch(/^distrusted: E\S+ \(bea\)/m);
});

test('skill chain and trust explain say why a skill is accepted, or why not', async () => {
  const { me } = await made('ada', 'bea', 'cal', 'root');
  await me.does('trust', 'add', 'root', '--level', 'high');
  const two = ['--criterion', 'safe-to-run', '--redundancy', '2', '--trust', 'medium'];
  await me.does('trust', 'require', 'all', ...two);
  expect(reasons(await skill(me, 1, 'notes', ...ASKED))).toEqual(['audits-missing']);
  await audits(me, 'bea', '--until', '30d');
  await audits(me, 'cal');
  await vouches(me, 'root', 'bea', 'high', '--until', inDays(10));
  await vouches(me, 'root', 'cal', 'low');
  expect(reasons(await skill(me, 1, 'notes', ...ASKED))).toContain('issuer-untrusted');
  await vouches(me, 'root', 'cal', 'medium');
  const accepted = await skill(me, 0, 'notes', ...ASKED);
  expect(accepted).toMatchObject({ decision: 'accept', reasons: [], hasFiles: true });
  const strengths = accepted.chain.map(({ strength }) => strength);
  expect(strengths).toEqual(strengths.toSorted((a, b) => a - b));
  expect(accepted.chain.map(({ kind }) => kind).toSorted()).toEqual(
    ['audit', 'audit', 'manifest', 'release', 'root', 'vouch', 'vouch'].toSorted(),
  );
  const sealed = accepted.chain.filter(({ statement }) => statement !== undefined);
  expect(sealed.every(({ keys, position }) => keys?.sn === 0 && position !== undefined)).toBe(true);
  const shown = await me.says('skill', 'chain', 'notes', ...ASKED);
  expect(shown).toMatch(
    /^\d+ — integrity 100 · author \d+ · audit \d+ · .* · coverage 1\/1 \(relative to root E\S+ \(root\), position \d+, /m,
  );
  const proof = await me.says('trust', 'explain', './notes', ...ASKED);
  expect(proof).toContain('ok safe-to-run is met');

  expect(reasons(await skill(me, 1, 'notes', ...ASKED, '--at', inDays(20)))).toContain(
    'vouch-expired',
  );
  await vouches(me, 'root', 'bea', 'high');
  expect(reasons(await skill(me, 1, 'notes', ...ASKED, '--at', inDays(40)))).toContain(
    'audit-expired',
  );
  expect(reasons(await skill(me, 1, 'notes', ...ASKED, '--at', inDays(-1)))).toContain(
    'audits-missing',
  );
  const bySaid = await skill(me, 0, accepted.manifest, ...ASKED);
  expect(bySaid).toMatchObject({ hasFiles: false, score: { permissions: 'T3' } });
  expect(bySaid.chain.find(({ kind }) => kind === 'manifest')?.why).toContain(
    'no file was looked at',
  );
  expect((await skill(me, 0, accepted.release ?? '', ...ASKED)).manifest).toBe(accepted.manifest);

  await me.does('trust', 'require', 'all', '--criterion', 'author-anchored');
  expect(reasons(await skill(me, 1, 'notes'))).toEqual(['author-not-anchored']);
  await me.does(
    'skill',
    'audit',
    'notes',
    '--as',
    'cal',
    '--result',
    'fail',
    '--criterion',
    'safe-to-read',
  );
  expect(await skill(me, 1, 'notes', ...ASKED)).toMatchObject({ decision: 'reject' });
});

test('auditors whom one controller has as devices, or delegates to, count as one', async () => {
  const { me } = await made('ada', 'cal', 'dev', 'root');
  await me.does('key', 'new', 'del', '--no-passphrase');
  await me.does('identity', 'create', 'del', '--key', 'del', '--delegator', 'cal');
  await me.does('device', 'link', 'cal', '--device', 'dev', '--name', 'dev');
  await me.does('trust', 'require', 'all', '--criterion', 'safe-to-run', '--redundancy', '2');
  for (const name of ['cal', 'dev', 'del']) {
    await me.does('trust', 'add', name, '--level', 'high');
    await audits(me, name);
  }
  expect(reasons(await skill(me, 1, 'notes', ...ASKED))).toEqual(['audits-not-distinct']);
  const cal = await identity(me, 0, 'cal');
  for (const name of ['dev', 'del'])
    expect((await identity(me, 0, name)).foldedController).toBe(cal.aid);
});

test('another home with the same policy, day and copy of the log gets the same bytes', async () => {
  const { place, me } = await made('ada', 'bea', 'root');
  await vouches(me, 'root', 'bea', 'medium');
  await audits(me, 'bea');
  const { judged } = await skill(me, 0, 'notes', ...ASKED);
  const aids = await Promise.all(
    ['ada', 'root'].map(async (name) => (await me.ends(1, 'trust', 'explain', name)).aid),
  );
  const [ada, root] = aids;
  const policy = `version: 1
log:
  id: ${judged.log}
maintainers: [${ada}]
paths:
  - match: "**"
    release: [${ada}]
trust:
  - aid: ${root}
    level: high
criteria:
  require:
    all: { criteria: [safe-to-run], trust: low, redundancy: 1 }
`;
  writeFileSync(place.path('policy.yaml'), policy);
  const stranger = place.person('stranger', me.log);
  await stranger.does('trust', 'add', String(root), '--level', 'distrust');
  const asked = ['--policy', 'policy.yaml', '--at', inDays(3), '--json'];
  for (const line of [
    ['skill', 'chain', 'notes'],
    ['trust', 'explain', './notes'],
    ['trust', 'explain', String(root)],
  ]) {
    const mine = await me.says(...line, ...asked);
    expect(await stranger.says(...line, ...asked)).toBe(mine);
    expect(JSON.parse(mine)).toMatchObject({ judged: { at: inDays(3), roots: [root] } });
  }
  // In a repository the rule for its path decides, as it does in the gate; elsewhere that for its name.
  const author = policy.replace('safe-to-run', 'author-anchored').replace('"**"', '"skills/*"');
  writeFileSync(place.path('policy.yaml'), author);
  mkdirSync(place.path('repo/skills'), { recursive: true });
  writeFileSync(place.path('repo/.git'), 'gitdir: /nowhere\n');
  cpSync(place.path('notes'), place.path('repo/skills/notes'), { recursive: true });
  const inRepository = await skill(me, 0, 'repo/skills/notes', '--policy', 'policy.yaml');
  expect(inRepository.decision).toBe('accept');
  expect(reasons(await skill(me, 1, 'notes', '--policy', 'policy.yaml'))).toEqual([
    'author-not-anchored',
  ]);
  // Where nothing is asked for, a release by who may is, all the same.
  writeFileSync(place.path('policy.yaml'), author.split('criteria:')[0] ?? '');
  await skill(me, 0, 'repo/skills/notes', '--policy', 'policy.yaml');
  const nobody = await skill(me, 1, 'notes', '--policy', 'policy.yaml');
  expect([nobody.decision, ...reasons(nobody)]).toEqual(['needs-review', 'author-not-anchored']);
  // What the lock beside the files says is told as that, and asked only where nobody says anything else.
  const { manifest } = nobody;
  const consent = ['--publisher', 'ada', '--yes', '--expect', manifest];
  await me.does('skill', 'install', 'notes', ...consent);
  const installed = '.agents/skills/notes';
  expect((await skill(me, 0, installed)).isByLock).toBe(true);
  expect(await me.says('trust', 'explain', installed)).toContain('by the lock beside the files');
  expect((await skill(me, 0, installed, '--publisher', 'ada')).isByLock).toBe(false);
  const unruled = await skill(me, 1, installed, '--policy', 'policy.yaml');
  expect([unruled.isByLock, ...reasons(unruled)]).toEqual([false, 'author-not-anchored']);

  const other = policy.replace(judged.log, `E${'A'.repeat(43)}`);
  writeFileSync(place.path('policy.yaml'), other);
  expect(
    (await me.ends(1, 'skill', 'chain', 'notes', '--policy', 'policy.yaml')).error,
  ).toMatchObject({ reason: 'other-log' });
});

test('skill chain finds a skill by its name, and says which publisher is meant', async () => {
  const { place, me } = await made('ada', 'bea');
  const elsewhere = me.in(await place.emptyDirectory());
  expect((await skill(elsewhere, 0, 'notes', ...ASKED)).hasFiles).toBe(false);
  expect((await elsewhere.ends(4, 'skill', 'chain', 'none')).error).toMatchObject({
    reason: 'skill',
  });
  await me.does('skill', 'release', 'notes', '--as', 'bea', '--version', '1');
  expect((await elsewhere.ends(2, 'skill', 'chain', 'notes')).error).toMatchObject({
    reason: 'name-ambiguous',
  });
  expect((await elsewhere.ends(4, 'trust', 'explain', '')).error).toMatchObject({
    reason: 'skill',
  });
  for (const flags of [
    ['--criterion', 'safe-to-run'],
    ['--skill', 'notes'],
  ])
    expect(
      (await elsewhere.ends(2, 'trust', 'explain', 'notes', ...ASKED, ...flags)).error.code,
    ).toBe('usage');
  // Nothing is required, and still nobody may have released it.
  for (const line of [
    ['skill', 'chain', './notes'],
    ['trust', 'explain', './notes'],
  ]) {
    const unnamed = (await me.ends(1, ...line)) as unknown as SkillReport;
    expect(unnamed).toMatchObject({ decision: 'needs-review', proof: { holds: false } });
    expect(reasons(unnamed)).toEqual(['author-not-anchored']);
  }
  mkdirSync(place.path('empty'));
  expect((await me.ends(1, 'skill', 'chain', 'empty')).error).toMatchObject({
    reason: 'skill-md-missing',
  });
});
