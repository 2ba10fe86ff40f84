/** A company delegates to a team, both watched by witnesses; a stolen key is recovered from. Everybody at home, by files. */
import { cpSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Card, encodeCard } from '../../src/index.ts';
import { type Answer, type Person, Place } from '../support/person.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const COMPANY = ['c0', 'c1', 'c2', 'c3', 'c4'];
const TEAM = ['t0', 't1', 't2'];
const WITNESSES = ['w0', 'w1', 'w2', 'w3', 'w4'];

let place: Place;
let log: string;
const witnesses: string[] = [];

async function newMember(name: string): Promise<void> {
  const { card } = await place.person(name).does('key', 'new', name, '--no-passphrase');
  await writeFile(place.path(`${name}.card`), encodeCard(card as Card));
}

beforeAll(async () => {
  place = new Place();
  log = await place.newLog();
  for (const name of [...COMPANY, ...TEAM]) await newMember(name);
  for (const name of WITNESSES) {
    const { aid } = await place
      .person(name)
      .does('key', 'new', name, '--witness', '--no-passphrase');
    witnesses.push(aid);
  }
});

afterAll(() => {
  place.remove();
});

interface Found {
  readonly duplicity: readonly { readonly evidence: string }[];
}

let files = 0;

/** Exports a batch, lets everybody sign or receipt it away from the log, and merges what comes back. */
async function collect(
  proposer: Person,
  batch: string,
  command: readonly string[],
  who: readonly string[],
): Promise<void> {
  const file = place.path(`batch-${files++}.json`);
  await proposer.does('batch', 'export', batch, '-o', file);
  const signed: string[] = [];
  for (const name of who) {
    const out = `${file}.${name}`;
    const args = [...command, file, '--yes', '--expect', batch, '-o', out];
    signed.push(...(await place.person(name).does(...args)).files);
  }
  await proposer.does('batch', 'add', ...signed);
}

const watchedBy = (): readonly string[] => [
  ...witnesses.flatMap((aid) => ['--witness', aid]),
  '--witness-threshold',
  '3',
];

const members = ([own = '', ...others]: readonly string[]): readonly string[] => [
  '--key',
  own,
  ...others.flatMap((name) => ['--card', `${name}.card`]),
];

const SIGN = ['batch', 'sign'];
const RECEIPT = ['witness', 'receipt'];

test('a 3-of-5 company delegates to a 2-of-3 team, and a device that a thief revoked comes back', async () => {
  const ada = place.person('ada', log);
  await ada.does('key', 'new', 'ada', '--no-passphrase');
  await ada.does('key', 'new', 'phone', '--no-passphrase');
  await ada.does('identity', 'create', 'ada', '--key', 'ada');

  const [c0, t0] = [place.person('c0', log), place.person('t0', log)];
  const created = await c0.run([
    'identity',
    'create',
    'company',
    ...members(COMPANY),
    '--threshold',
    '3',
    ...watchedBy(),
    '--json',
  ]);
  expect(created.ran.stderr).toContain('3 of 5 witnesses are few');
  const company = JSON.parse(created.requireExit(0).stdout) as { batch: string; aid: string };
  await collect(c0, company.batch, SIGN, ['c1', 'c2']);
  await collect(c0, company.batch, RECEIPT, WITNESSES.slice(0, 3));
  await c0.does('batch', 'commit', company.batch);

  const team = await t0.does(
    'identity',
    'create',
    'team',
    ...members(TEAM),
    '--threshold',
    '2',
    '--delegator',
    company.aid,
    ...watchedBy(),
  );
  await collect(t0, team.batch, SIGN, ['t1', 'c0', 'c3', 'c4']);
  await collect(t0, team.batch, RECEIPT, WITNESSES.slice(2));
  const { events } = await t0.does('batch', 'show', team.batch);
  expect(events.map(({ type, words }) => [type, words])).toEqual([
    ['ixn', expect.stringContaining('kt 3 of 3 (index 0, 3, 4) · witnesses 3 of 3')],
    [
      'dip',
      `kt 2 of 2 (index 0, 1) · witnesses 3 of 3 · approved by event 1 of ${company.aid} in this batch`,
    ],
  ]);
  await t0.does('batch', 'commit', team.batch);

  await ada.does('identity', 'create', 'phone', '--key', 'phone');
  await ada.does('device', 'link', 'ada', '--device', 'phone', '--name', 'phone');
  cpSync(ada.home, place.path('home-thief'), { recursive: true });
  // A second thief keeps the log as it is now: what he signs for the same place tells nobody anything later.
  const [secondLog, before, after] = [place.path('log-2'), place.path('2'), place.path('3')];
  const secondThief = place.person('second', secondLog);
  cpSync(ada.home, secondThief.home, { recursive: true });
  cpSync(log, secondLog, { recursive: true });
  await place.person('thief', log).does('device', 'revoke', '--yes', 'ada', '--device', 'phone');
  await ada.does('identity', 'export', 'ada', '-o', before);
  await secondThief.does('anchor', 'ada', '--said', `E${'A'.repeat(43)}`);
  await secondThief.does('identity', 'export', 'ada', '-o', after);
  const { duplicity } = (await secondThief.ends(1, 'identity', 'import', before)) as Answer & Found;
  const evidence = place.path('evidence.json');
  await secondThief.does('evidence', 'export', duplicity[0]?.evidence ?? '', '-o', evidence);
  const recovery = ['identity', 'rotate', '--yes', 'ada', '--supersede', '2', '--lift', 'all'];
  expect(await ada.does(...recovery, '--no-passphrase')).toMatchObject({ status: 'committed' });
  // Linked, and revoked no more.
  expect(await ada.says('device', 'list', 'ada')).toMatch(/linked at batch \d+; no capabilities/);

  // Rivals by the old key mark nothing, neither as a stream nor as evidence.
  expect(await ada.does('identity', 'import', after)).toMatchObject({
    status: 'unchanged',
    duplicity: [],
    waiting: [{ escrow: 'likely-duplicitous', sn: 2 }],
  });
  expect(await ada.does('evidence', 'add', evidence)).toMatchObject({ late: true });
  expect(await ada.says('identity', 'show', 'ada')).not.toContain('DUPLICITOUS');

  const exported = place.path('team.cesr');
  expect(await t0.does('identity', 'export', 'team', '-o', exported)).toMatchObject({
    aids: [company.aid, team.aid],
  });
  const nobody = place.person('nobody').in(await place.emptyDirectory());
  expect(await nobody.says('stream', 'check', exported)).toContain('nothing waits');

  const copy = path.join(place.dir, 'copy');
  await place.person('stranger').does('clone', log, copy);
  const verdict = await place.person('stranger').ends(0, 'audit', copy);
  expect(verdict.state).toBe('valid');
  // The revocation that the thief's event sealed, and what became of it.
  expect(await place.person('stranger').says('audit', copy)).toMatch(/lifted/);
});
