/** Audits, vouches, imports and exemptions on the binary: what those see who state them, and those who list them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { dayNumber, dayText } from '../../src/base/day.ts';
import { runGit } from '../support/binary.ts';
import { type Answer, type Person, Place } from '../support/person.ts';

interface Stated extends Answer {
  readonly type: string;
  readonly statement: string;
  readonly controller: string;
  readonly manifest: string;
  readonly criteria: readonly string[];
  readonly issued: string;
  readonly expires: string;
  readonly until: string;
}

interface Listed {
  readonly statements: readonly {
    readonly statement: { readonly said: string; readonly type: string; readonly issuer: string };
    readonly state: string;
    readonly reason: string;
  }[];
}

/** Ada with a device `ci` that may audit and vouch, and Eve, in one home; a log; a skill `notes`. */
async function auditors(): Promise<{ place: Place; ada: Person }> {
  const place = new Place();
  onTestFinished(() => place.remove());
  const ada = place.person('ada', await place.newLog());
  for (const name of ['ada', 'ci', 'eve']) {
    await ada.does('key', 'new', name, '--no-passphrase');
    await ada.does('identity', 'create', name, '--key', name);
  }
  const may = ['--capability', 'audit', '--capability', 'vouch'];
  await ada.does('device', 'link', 'ada', '--device', 'ci', '--name', 'ci', ...may);
  mkdirSync(place.path('notes'));
  writeFileSync(
    place.path('notes', 'SKILL.md'),
    '---\nname: notes\ndescription: Takes notes.\n---\n# Notes\n',
  );
  return { place, ada };
}

const stated = async (person: Person, ...args: readonly string[]): Promise<Stated> =>
  (await person.does('skill', ...args)) as Stated;
const listed = async (person: Person, ...args: readonly string[]): Promise<Listed['statements']> =>
  ((await person.does('skill', 'statements', ...args)) as unknown as Listed).statements;
/** The day so many days after another one. */
const daysAfter = (day: string, days: number): string => dayText((dayNumber(day) ?? 0) + days);

const PASS = ['--result', 'pass', '--criterion', 'safe-to-run'];

test('files are audited by their places, releases, manifests and names, and audits are taken back', async () => {
  const { place, ada } = await auditors();
  writeFileSync(place.path('own.txt'), 'Our house style is kept.\n');
  const shown = await ada.says(
    'skill',
    'audit',
    'notes',
    '--as',
    'eve',
    ...PASS,
    '--criterion',
    '@own.txt',
    '--note',
    'read it all',
    '--until',
    '30d',
  );
  expect(shown).toContain('AUDIT: "notes" PASSES in the name of');
  expect(shown).toContain('thoroughness low, understanding low');
  const [first] = await listed(ada, 'notes');
  expect(first).toMatchObject({ state: 'in-force', statement: { type: 'audit', result: 'pass' } });

  const legacy = await stated(ada, 'audit', 'notes', '--as', 'ci', ...PASS);
  expect(legacy).toMatchObject({ status: 'committed', type: 'audit', name: 'notes' });
  expect(legacy.controller).not.toBe(legacy.aid);
  expect(daysAfter(legacy.issued, 365)).toBe(legacy.expires);
  await ada.does('skill', 'release', 'notes', '--as', 'ada', '--version', '1');
  for (const named of [legacy.manifest, './notes'])
    expect(await stated(ada, 'audit', named, '--as', 'eve', ...PASS)).toMatchObject({
      manifest: legacy.manifest,
    });
  writeFileSync(place.path('notes', 'more.md'), 'more\n');
  await ada.does('skill', 'release', 'notes', '--as', 'ada', '--version', '2');
  const elsewhere = ada.in(await place.emptyDirectory());
  const changes = ['--from', legacy.manifest, '--method', 'scanner', '--tool', 'urn:scan@1.0'];
  const newest = await stated(elsewhere, 'audit', 'notes', '--as', 'eve', ...PASS, ...changes);
  expect(newest.manifest).not.toBe(legacy.manifest);
  expect(daysAfter(newest.issued, 90)).toBe(newest.expires);
  expect(await listed(ada, newest.statement)).toMatchObject([
    { statement: { from: legacy.manifest, tool: { uri: 'urn:scan', version: '1.0' } } },
  ]);

  expect(await ada.says('skill', 'audit', 'notes', '--as', 'ada', ...PASS)).toMatch(
    /\n {2}meets E[A-Za-z0-9_-]{43} \(safe-to-run\)\n/,
  );
  const mistaken = ['--reason', 'mistaken'];
  const foreign = await ada.ends(
    1,
    'skill',
    'revoke',
    '--yes',
    legacy.statement,
    '--as',
    'eve',
    ...mistaken,
  );
  expect(foreign.error).toMatchObject({ reason: 'revoke-foreign' });
  const back = ['skill', 'revoke', '--yes', legacy.statement, '--as', 'ci', ...mistaken];
  expect(await ada.says(...back)).toMatch(
    new RegExp(
      `taking back ${legacy.statement} about "notes": it was stated by mistake[^]*took back ${legacy.statement} about "notes" as `,
    ),
  );
  const again = await ada.ends(1, ...back, '--note', 'again');
  expect(again.error).toMatchObject({ reason: 'revoke-twice' });
  expect(await listed(ada, legacy.statement)).toMatchObject([
    { state: 'taken-back', reason: 'retracted' },
  ]);
  expect(await ada.says('show', legacy.statement)).toContain('does NOT count: taken back');
});

test('a failed audit tells of its findings, and says them before it is signed', async () => {
  const { place, ada } = await auditors();
  const evidence = '1'.repeat(64);
  const finding = {
    rule: 'R1',
    severity: 'high',
    path: 'SKILL.md',
    range: { from: 1, to: 2 },
    evidence,
  };
  writeFileSync(place.path('findings.json'), JSON.stringify([finding]));
  writeFileSync(place.path('rules.yar'), 'rules');
  const fail = ['--result', 'fail', '--criterion', 'safe-to-read', '--findings', 'findings.json'];
  const by = ['--method', 'llm', '--tool', 'https://example.org/model@2', '--ruleset', 'rules.yar'];
  const said = await ada.says('skill', 'audit', 'notes', '--as', 'ci', ...fail, ...by);
  expect(said).toContain('AUDIT: "notes" FAILS');
  expect(said).toContain(
    `finding (high) R1 in "SKILL.md" lines 1 to 2, evidence sha256:${evidence}`,
  );
  expect(await ada.says('log')).toContain('audit "notes" ');
  writeFileSync(place.path('bad.json'), JSON.stringify([{ ...finding, path: '../x' }]));
  const to = [
    'skill',
    'audit',
    'notes',
    '--as',
    'eve',
    '--result',
    'fail',
    '--criterion',
    'safe-to-read',
  ];
  const bad = await ada.ends(3, ...to, '--findings', 'bad.json');
  expect(bad.error).toMatchObject({ reason: 'finding' });
});

/** What is wrong with a call, its reason, and the flags beside those of a good one. */
const WRONG: readonly (readonly [reason: string, what: string, more: readonly string[]])[] = [
  ['audit-tool', 'no tool', ['--method', 'scanner']],
  ['audit-tool', 'a tool without a version', ['--tool', 'https://example.org/x']],
  [
    'term',
    'more days than a scanner may',
    ['--method', 'scanner', '--tool', 'a@1', '--until', '91d'],
  ],
  ['term', 'a day that is past', ['--until', '2001-01-01']],
  ['term', 'half a day', ['--until', '12h']],
  ['criterion-unknown', 'a criterion of no name', ['--criterion', 'safe']],
  ['criterion-computed', 'a criterion that is computed', ['--criterion', 'content-intact']],
  ['audit-delta', 'no change', ['--from', 'notes']],
];

test('an audit that nobody could state is a wrong call', async () => {
  const { ada } = await auditors();
  for (const [reason, what, more] of WRONG) {
    const ended = await ada.ends(2, 'skill', 'audit', 'notes', '--as', 'eve', ...PASS, ...more);
    expect(ended.error, what).toMatchObject({ code: 'usage', reason });
  }
  expect(await listed(ada)).toEqual([]);
});

test('people vouch for each other, for a while and for what they choose', async () => {
  const { ada } = await auditors();
  const limits = ['--name', 'pdf*', '--criterion', 'safe-to-read', '--grant', 'safe-to-run'];
  const words = await ada.says('skill', 'vouch', 'eve', '--as', 'ci', '--level', 'high', ...limits);
  expect(words).toContain('VOUCH: give HIGH trust to');
  expect(words).toContain('only for skills called "pdf*"');
  expect(words).toContain('EVERY RELEASE by it meets');
  const [one] = await listed(ada, 'eve');
  expect(one).toMatchObject({ state: 'in-force', statement: { type: 'vouch', level: 'high' } });
  const against = await stated(
    ada,
    'vouch',
    'eve',
    '--as',
    'ada',
    '--level',
    'distrust',
    '--until',
    '10d',
  );
  const states = async (day: string): Promise<readonly string[]> =>
    (await listed(ada, against.statement, '--at', day)).map(({ state }) => state);
  expect(await states(daysAfter(against.until, -11))).toEqual(['not-yet']);
  expect(await states(daysAfter(against.until, -10))).toEqual(['in-force']);
  expect(await states(daysAfter(against.until, -1))).toEqual(['in-force']);
  expect(await states(against.until)).toEqual(['expired']);
  const self = await ada.ends(1, 'skill', 'vouch', 'eve', '--as', 'eve', '--level', 'low');
  expect(self.error).toMatchObject({ reason: 'vouch-self' });
  const to = ['skill', 'vouch', 'eve', '--as', 'ada', '--level', 'none'];
  expect((await ada.ends(2, ...to, '--grant', 'safe-to-run')).error.reason).toBe('vouch-grants');
});

test('a skill of elsewhere is answered for, and let pass for a while', async () => {
  const { place, ada } = await auditors();
  await runGit(place.dir, ['init', '-q', '-b', 'main', '.']);
  await runGit(place.dir, ['add', 'notes']);
  await runGit(place.dir, ['commit', '-qm', 'x']);
  const head = (await runGit(place.dir, ['rev-parse', 'HEAD'])).trim();
  writeFileSync(place.path('sig.json'), '{}');
  const from = ['--origin', 'https://example.org/s.git', '--commit', 'main'];
  const evidence = ['--evidence', 'npm=sig.json', '--signer', 'npm=example'];
  expect(
    await stated(
      ada,
      'import',
      'notes',
      '--as',
      'ada',
      ...from,
      ...evidence,
      '--criterion',
      'safe-to-read',
    ),
  ).toMatchObject({ type: 'import', origin: { commit: head, path: 'notes' } });
  const secret = [
    'skill',
    'import',
    'notes',
    '--as',
    'ada',
    '--origin',
    'https://t0ken@example.org/s',
  ];
  const refused = await ada.ends(2, ...secret);
  expect(refused.error.reason).toBe('release-source');
  expect(JSON.stringify(refused)).not.toContain('t0ken');
  const nobody = await ada.ends(
    2,
    ...secret.slice(0, -1),
    'https://example.org',
    '--evidence',
    'npm=sig.json',
  );
  expect(nobody.error.reason).toBe('import-evidence');

  const exempted = await stated(ada, 'exempt', 'notes', '--as', 'ada', '--reason', 'for now');
  expect(daysAfter(exempted.issued, 30)).toBe(exempted.expires);
  const may = await ada.ends(
    1,
    'skill',
    'exempt',
    'notes',
    '--as',
    'ci',
    '--for',
    'ada',
    '--reason',
    'x',
  );
  expect(may.error).toMatchObject({ reason: 'capability-missing' });
  expect(may.error.hint).toContain('--capability exempt');
  const all = await listed(ada);
  expect(all.map(({ statement: { type } }) => type)).toEqual(['import', 'exemption']);
  expect(await listed(ada, 'ada')).toEqual(all);
  expect((await ada.ends(4, 'skill', 'statements', 'nothing')).error.reason).toBe(
    'statement-unknown',
  );
});
