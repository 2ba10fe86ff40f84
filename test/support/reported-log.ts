/** A log with something of everything that a report shows, made by people who run the binary. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { type Answer, type Person, Place } from './person.ts';

/** The words of people in such a log: honest ones, or markup. */
export interface LogWords {
  readonly runner: string;
  readonly laptop: string;
  readonly note: string;
  readonly rule: string;
  readonly file: string;
  readonly reason: string;
}

export const HONEST_WORDS: LogWords = {
  runner: 'ci-runner',
  laptop: 'old laptop',
  note: 'read it all, twice',
  rule: 'prompt-injection/hidden-text',
  file: 'minutes.txt',
  reason: 'the laptop was stolen',
};

/** A log, and what its tests have to know of it. */
export interface ReportedLog {
  readonly place: Place;
  readonly log: string;
  readonly alice: Person;
  readonly board: string;
  readonly releases: readonly string[];
}

function writeSkill(place: Place, text: string): void {
  mkdirSync(place.path('notes'), { recursive: true });
  writeFileSync(
    place.path('notes', 'SKILL.md'),
    `---\nname: notes\ndescription: Takes notes.\n---\n${text}\n`,
  );
}

async function makeBoard(place: Place, alice: Person, bob: Person): Promise<string> {
  const cards = ['--key', 'alice', '--card', 'bob.card', '--card', 'carol.card'];
  const board = await alice.does('identity', 'create', 'board', ...cards, '--threshold', '2');
  await place.commit(alice, board.batch, bob);
  return board.aid;
}

async function rotateBoard(place: Place, alice: Person, bob: Person, carol: Person): Promise<void> {
  const cards = [await place.rotationCard(bob), await place.rotationCard(carol)];
  const rotated = await alice.does(
    'identity',
    'rotate',
    'board',
    '--no-passphrase',
    ...cards.flatMap((card) => ['--card', card]),
  );
  await place.commit(alice, rotated.batch, carol);
}

async function makeDevices(
  place: Place,
  people: readonly [Person, Person, Person],
  words: LogWords,
): Promise<void> {
  const [alice, bob, carol] = people;
  for (const name of ['runner', 'laptop', 'publisher', 'eve']) {
    await alice.does('key', 'new', name, '--no-passphrase');
    await alice.does('identity', 'create', name, '--key', name);
  }
  for (const [device, name] of [
    ['runner', words.runner],
    ['laptop', words.laptop],
  ] as const) {
    const may = ['--capability', 'audit', '--capability', 'sign-statement'];
    const link = ['device', 'link', 'board', '--device', device, '--name', name, ...may];
    await place.commit(alice, (await alice.does(...link)).batch, bob);
  }
  const revoke = [
    'device',
    'revoke',
    'board',
    '--device',
    'laptop',
    '--yes',
    '--reason',
    words.reason,
  ];
  await place.commit(alice, (await alice.does(...revoke)).batch, carol);
}

async function stateSkills(place: Place, alice: Person, words: LogWords): Promise<string[]> {
  const pass = ['--result', 'pass', '--criterion', 'safe-to-run', '--note', words.note];
  const release = async (version: string): Promise<string> => {
    writeSkill(place, `# Notes ${version}`);
    const args = ['skill', 'release', 'notes', '--as', 'publisher', '--version', version];
    const released = (await alice.does(...args)) as Answer & { readonly release: string };
    return released.release;
  };
  const first = await release('1.0.0');
  await alice.does('skill', 'audit', 'notes', '--as', 'runner', ...pass);
  const second = await release('1.1.0');
  writeFileSync(
    place.path('findings.json'),
    JSON.stringify([
      {
        rule: words.rule,
        severity: 'high',
        path: 'SKILL.md',
        evidence: 'a'.repeat(64),
        note: words.note,
      },
    ]),
  );
  const fail = ['--result', 'fail', '--criterion', 'safe-to-run', '--findings', 'findings.json'];
  await alice.does('skill', 'audit', 'notes', '--as', 'eve', ...fail);
  const why = ['--reason', 'vulnerable', '--note', words.note];
  await alice.does('skill', 'revoke', second, '--yes', '--as', 'publisher', ...why);
  const third = await release('1.2.0');
  await alice.does('skill', 'audit', 'notes', '--as', 'eve', ...pass);
  await alice.does('skill', 'vouch', 'publisher', '--as', 'eve', '--level', 'high');
  return [first, second, third];
}

/** Makes the log: a board of three, devices of which one is revoked, a rotation, a skill with audits and a revocation. */
export async function reportedLog(words: LogWords = HONEST_WORDS): Promise<ReportedLog> {
  const place = new Place();
  const log = await place.newLog();
  const bob = await place.newPerson('bob');
  const carol = await place.newPerson('carol');
  const alice = (await place.newPerson('alice')).with(log);
  const board = await makeBoard(place, alice, bob);
  await makeDevices(place, [alice, bob, carol], words);
  writeFileSync(place.path(words.file), 'we agree\n');
  await alice.does('device', 'sign', words.file, '--as', 'runner');
  await rotateBoard(place, alice, bob, carol);
  const releases = await stateSkills(place, alice, words);
  return { place, log, alice, board, releases };
}
