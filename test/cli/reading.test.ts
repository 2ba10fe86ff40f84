/** Reading a log on the built binary: log, show, status, doctor, allowed-signers, and stock git beside them. */
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { nodeHost } from '../../src/index.ts';
import { type Ran, runGit, runProgram } from '../support/binary.ts';
import { type Crew, createTeam, useCrew } from '../support/crew.ts';
import type { Answer, Person } from '../support/person.ts';
import { inception, SeededLog } from '../support/seeded-log.ts';
import { hasGit } from '../support/stock-git.ts';

vi.setConfig({ testTimeout: 120_000 });

/** Text that would act on a terminal or on a web page, and be read in another order than it stands. */
const NASTY = 'ci\u001b[31m\u009b1m <b onload=x>\u202egnp\u2066\r\n\u{1f916}"`$(reboot)';

/** The team, a device `ci` of Carol's, its link with a nasty name, a statement, its revocation, another statement. */
async function prepare(crew: Crew): Promise<void> {
  const { place, log, alice, bob, carol } = crew;
  await createTeam(crew);
  await bob.does('key', 'new', 'b2', '--no-passphrase');
  await carol.does('key', 'new', 'c2', '--no-passphrase');
  await bob.with(log).does('identity', 'create', 'bob', '--key', 'b2');
  const device = carol.with(log);
  const created = await device.does('identity', 'create', 'ci', '--key', 'c2');
  const linked = await alice.does(
    'device',
    'link',
    'team',
    '--device',
    created.aid,
    '--name',
    NASTY,
    '--capability',
    'sign-statement',
  );
  await place.commit(alice, linked.batch, bob, carol);
  writeFileSync(place.path('build.txt'), 'one\n');
  await device.does('device', 'sign', 'build.txt');
  const revoked = await alice.does(
    'device',
    'revoke',
    '--yes',
    'team',
    '--device',
    created.aid,
    '--reason',
    NASTY,
  );
  await place.commit(alice, revoked.batch, bob);
  await device.does('device', 'sign', 'build.txt', '--as', 'ci', '--for', linked.aid, '--anyway');
}

const crew = useCrew(prepare);

interface Told {
  readonly aid: string;
  readonly said: string;
  readonly sn: number;
  readonly type: string;
  readonly path: string;
  readonly signatures: {
    readonly aid: string;
    readonly signed: readonly number[];
    readonly unsigned: readonly number[];
  };
  readonly records: readonly {
    readonly said: string;
    readonly path: string;
    readonly body: { readonly type: string; readonly name?: string };
  }[];
}

interface Batch {
  readonly position: number;
  readonly commit: string;
  readonly claimedDate: string;
  readonly subject: string;
  readonly committer: { readonly aid: string; readonly keyIndex: number };
  readonly events: readonly Told[];
}

interface History {
  readonly batches: readonly Batch[];
  readonly more: number;
  readonly aid: string | null;
}

/** What a command answers with `--json`, of a shape of its own. */
async function answer<T>(person: Person, ...args: readonly string[]): Promise<T> {
  return (await person.does(...args)) as unknown as T;
}

async function batchAt(person: Person, position: number): Promise<Batch> {
  return answer<Batch>(person, 'show', `${position}`);
}

describe('log', () => {
  test(
    'tells, newest first, what happened, who signed, who did not, who committed',
    crew(async ({ alice }) => {
      const { batches, more } = await answer<History>(alice, 'log');
      expect(batches.map(({ position }) => position)).toEqual([6, 5, 4, 3, 2, 1, 0]);
      expect(more).toBe(0);
      const [created] = batches.at(-1)?.events ?? [];
      expect(created?.signatures).toMatchObject({ signed: [0, 1], unsigned: [2] });
      const said = await alice.says('log');
      expect(said).toMatch(
        /^batch 6 {2}commit [0-9a-f]{40} {2}claimed date \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n/,
      );
      expect(said).toContain(`create ${created?.aid ?? ''} (team): 2 of 3\n`);
      expect(said).toContain(
        'signed by key 0 (yours: a), 1 (2 of 3 needed)\n    did not sign: key 2\n',
      );
      expect(said).toContain(`committed by ${created?.aid ?? ''} (team) with key 0 (yours: a)\n`);
      expect(said).toContain('open the log E');
    }),
  );

  test(
    'shows as many as asked for, from either end, and says how many more there are',
    crew(async ({ alice }) => {
      const last = await answer<History>(alice, 'log', '-n', '2');
      expect([last.batches.map(({ position }) => position), last.more]).toEqual([[6, 5], 5]);
      const first = await answer<History>(alice, 'log', '-n', '2', '--reverse');
      expect(first.batches.map(({ position }) => position)).toEqual([0, 1]);
      expect(await alice.says('log', '-n', '2')).toContain('and 5 more: -n 7 shows them\n');
      expect((await alice.run(['log', '-n', '0'])).requireExit(2).stderr).toContain('1');
    }),
  );

  test(
    'of an identity shows its batches, and those that link or revoke it as a device',
    crew(async ({ alice, carol, log }) => {
      const team = await answer<History>(alice, 'log', 'team');
      expect(team.batches.map(({ position }) => position)).toEqual([5, 3, 0]);
      const device = await answer<History>(carol.with(log), 'log', 'ci', '--reverse');
      expect(device.batches.map(({ position }) => position)).toEqual([2, 3, 4, 5, 6]);
      expect((await alice.ends(4, 'log', 'E'.padEnd(44, 'A'))).error.code).toBe('not-found');
    }),
  );

  test(
    'of a log without a batch says so',
    crew(async ({ place, alice }) => {
      const empty = await place.newLog('empty');
      expect(await answer<History>(alice.with(empty), 'log')).toEqual({
        log: null,
        aid: null,
        batches: [],
        more: 0,
      });
      expect(await alice.with(empty).says('log')).toContain('gitkel identity create');
      expect((await alice.with(empty).ends(4, 'show', '0')).error.code).toBe('not-found');
    }),
  );
});

interface ShownEvent extends Told {
  readonly kind: string;
  readonly position: number;
  readonly commit: string;
  readonly event: string;
  readonly attachments: string;
  readonly expect: string;
  readonly state: { readonly s: string; readonly k: readonly string[] };
  readonly actingFor: readonly {
    readonly controller: string;
    readonly linked: boolean;
    readonly why: string;
  }[];
}

interface ShownRecord {
  readonly kind: string;
  readonly position: number;
  readonly path: string;
  readonly file: string;
  readonly counts: boolean;
  readonly why: string;
  readonly sealedBy: { readonly said: string };
}

describe('show', () => {
  test.skipIf(!hasGit)(
    'gives events and records word for word: the bytes that Git holds (needs git)',
    crew(async ({ alice, log }) => {
      const { batches } = await answer<History>(alice, 'log');
      for (const { commit, position, events } of batches.filter((batch) =>
        [0, 3, 4].includes(batch.position),
      )) {
        for (const told of events) {
          const shown = await answer<ShownEvent>(alice, 'show', told.said);
          expect(shown).toMatchObject({
            kind: 'event',
            position,
            commit,
            aid: told.aid,
            sn: told.sn,
          });
          const { stdout } = await runProgram(
            'git',
            ['cat-file', 'blob', `${commit}:${told.path}`],
            { cwd: log },
          );
          expect(`${shown.event}${shown.attachments}`).toBe(stdout);
          for (const record of told.records) {
            const found = await answer<ShownRecord>(alice, 'show', record.said);
            expect(found).toMatchObject({
              kind: 'record',
              position,
              sealedBy: { said: told.said },
            });
            expect(found.file).toBe(
              (
                await runProgram('git', ['cat-file', 'blob', `${commit}:${record.path}`], {
                  cwd: log,
                })
              ).stdout,
            );
          }
        }
      }
    }),
  );

  test(
    'tells the key state at an event, and the line to pin',
    crew(async ({ alice }) => {
      const { events } = await batchAt(alice, 3);
      const shown = await answer<ShownEvent>(alice, 'show', events[0]?.said ?? '');
      expect(shown.state).toMatchObject({
        s: '1',
        k: expect.arrayContaining([expect.stringMatching(/^D/) as string]) as string[],
      });
      expect(shown.expect).toBe(`${shown.aid}@1:${shown.said}`);
      expect(await alice.does('audit', '--expect', shown.expect)).toMatchObject({ state: 'valid' });
    }),
  );

  test(
    'tells whether what a device sealed counts, by position',
    crew(async ({ alice }) => {
      const [before, after] = [await batchAt(alice, 4), await batchAt(alice, 6)];
      const standing = async ({ events: [event] }: Batch): Promise<readonly unknown[]> => {
        const record = await answer<ShownRecord>(alice, 'show', event?.records[0]?.said ?? '');
        const sealing = await answer<ShownEvent>(alice, 'show', event?.said ?? '');
        return [record.counts, sealing.actingFor.map(({ linked }) => linked)];
      };
      expect(await standing(before)).toEqual([true, [true]]);
      expect(await standing(after)).toEqual([false, [false]]);
      const said = await alice.says('show', after.events[0]?.records[0]?.said ?? '');
      expect(said).toMatch(/does NOT count: .*after the device was revoked at 5/);
      const link = await answer<ShownRecord>(
        alice,
        'show',
        (await batchAt(alice, 3)).events[0]?.records[0]?.said ?? '',
      );
      expect(link).toMatchObject({
        counts: false,
        why: expect.stringContaining('revoked at position 5') as string,
      });
    }),
  );

  test(
    'finds a batch by number, commit or the beginning of its id, with the files that it added',
    crew(async ({ alice }) => {
      const batch = await batchAt(alice, 3);
      for (const text of ['@3', batch.commit, batch.commit.slice(0, 12)])
        expect(await answer<Batch>(alice, 'show', text)).toEqual(batch);
      const said = await alice.says('show', '3');
      expect(said).toMatch(/\n {2}add kel\/\S+-ixn-\S+\.cesr \(\d+ bytes, E\S+\)\n/);
      expect(said).toContain('\n  payload E');
      expect(
        (await answer<{ readonly genesis: string | null }>(alice, 'show', '0')).genesis,
      ).toContain('"format":"gitkel-log/1"');
    }),
  );

  test(
    'says which command shows what is something else',
    crew(async ({ alice }) => {
      expect((await alice.ends(4, 'show', 'team')).error.hint).toContain(
        'gitkel identity show team',
      );
      const staged = await alice.does('anchor', 'team', '--said', 'E'.padEnd(44, 'A'));
      expect((await alice.ends(4, 'show', staged.batch)).error.hint).toContain(
        `gitkel batch show ${staged.batch}`,
      );
      expect((await alice.ends(4, 'show', 'nothing')).error.hint).toContain('0 to 6');
    }),
  );
});

interface Status {
  readonly log: {
    readonly batches: number;
    readonly writable: boolean;
    readonly upstream: { readonly url: string } | null;
    readonly obstacle: { readonly reason: string } | null;
  } | null;
  readonly waiting: readonly {
    readonly kind: string;
    readonly batch: string | null;
    readonly key: string | null;
    readonly next: string;
    readonly detail: readonly string[];
  }[];
}

const SAID = 'E'.padEnd(44, 'A');

describe('status', () => {
  const kinds = ({ waiting }: Status): readonly string[] => waiting.map(({ kind }) => kind);

  test(
    'says nothing waits, and that a log without upstream is fresh',
    crew(async ({ alice }) => {
      expect(await answer<Status>(alice, 'status')).toMatchObject({
        log: { batches: 7, writable: true, upstream: null, obstacle: null },
        waiting: [],
      });
      expect(await alice.says('status')).toMatch(
        /fresh: it has no upstream and is its own source\nnothing waits for you\n$/,
      );
    }),
  );

  test(
    'follows a batch: others, own signature, complete; each with what to type',
    crew(async ({ place, alice, bob, log }) => {
      const { batch } = await alice.does('anchor', 'team', '--said', SAID);
      expect((await answer<Status>(alice, 'status')).waiting).toMatchObject([
        { kind: 'others', batch, next: `gitkel batch export ${batch} -o batch.json` },
      ]);
      const [own] = (await answer<Status>(bob.with(log), 'status')).waiting;
      expect(own).toMatchObject({ kind: 'sign', batch, next: `gitkel batch sign ${batch}` });
      await place.collect(alice, batch, bob);
      expect((await answer<Status>(alice, 'status')).waiting).toMatchObject([
        { kind: 'commit', batch, next: `gitkel batch commit ${batch}` },
      ]);
      expect(await alice.says('status')).toContain(`${batch}  complete: anchor 1 seal in `);
    }),
  );

  test(
    'tells of a device that is to accept its link',
    crew(async ({ alice, carol, bob, log }) => {
      const { aid } = await carol.with(log).does('identity', 'show', 'ci');
      const { batch } = await bob
        .with(log)
        .does('device', 'link', 'bob', '--device', aid, '--name', 'again');
      expect((await answer<Status>(carol.with(log), 'status')).waiting).toMatchObject([
        { kind: 'sign', batch, detail: [expect.stringContaining('acceptance: 1 more') as string] },
      ]);
      expect(kinds(await answer<Status>(alice, 'status'))).toEqual(['others']);
    }),
  );

  test(
    'tells of batches that are over: in conflict, withdrawn, expired',
    crew(async ({ place, alice, bob, log }) => {
      const lost = await alice.does('anchor', 'team', '--said', SAID, '--stage');
      const won = await alice.does('anchor', 'team', '--said', `${SAID.slice(0, -1)}B`);
      const warned = (await answer<Status>(alice, 'status')).waiting.find(
        ({ batch }) => batch === lost.batch,
      );
      expect(warned).toMatchObject({
        kind: 'sign',
        detail: expect.arrayContaining([
          expect.stringMatching(/^this home signed E\S+ for event 3 of E\S+ before$/) as string,
        ]) as string[],
      });
      await place.commit(alice, won.batch, bob);
      expect((await answer<Status>(alice, 'status')).waiting).toMatchObject([
        {
          kind: 'prune',
          batch: lost.batch,
          next: 'gitkel batch prune',
          detail: [expect.stringContaining('event 3 of') as string],
        },
      ]);
      await alice.does('batch', 'prune');
      const expired = await alice.does(
        'anchor',
        'team',
        '--said',
        SAID,
        '--expires',
        new Date(Date.now() + 5000).toISOString().replace(/\.\d+Z$/, 'Z'),
        '--stage',
      );
      await new Promise((resolve) => setTimeout(resolve, 5500));
      expect((await answer<Status>(alice, 'status')).waiting).toMatchObject([
        { kind: 'prune', batch: expired.batch },
      ]);
      await alice.does('batch', 'prune');
      const withdrawn = await bob.with(log).does('anchor', 'team', '--said', SAID);
      await bob.with(log).does('batch', 'withdraw', '--yes', withdrawn.batch, '--reason', NASTY);
      const [told] = (await answer<Status>(alice, 'status')).waiting;
      expect(told).toMatchObject({
        kind: 'prune',
        batch: withdrawn.batch,
        detail: [expect.stringContaining(String.raw`ci\u001b[31m`) as string],
      });
    }),
  );

  test(
    'offers to restage what is still free of a batch in conflict',
    crew(async ({ alice, bob, log }) => {
      const base = await alice.does('anchor', 'team', '--said', SAID, '--stage');
      const { aid } = await bob.with(log).does('identity', 'show', 'bob');
      const both = await alice.does(
        'anchor',
        aid,
        '--said',
        SAID,
        '--stage',
        '--batch',
        base.batch,
      );
      await bob.with(log).does('anchor', 'bob', '--said', `${SAID.slice(0, -1)}B`);
      const [told] = (await answer<Status>(alice, 'status')).waiting;
      expect(told).toMatchObject({
        kind: 'restage',
        batch: both.batch,
        next: `gitkel batch restage ${both.batch}`,
      });
    }),
  );

  test(
    'tells of a key whose rotation is under way, also where there is no log',
    crew(async ({ place, alice }) => {
      await place.rotationCard(alice);
      const elsewhere = alice.with(undefined).in(await place.emptyDirectory());
      expect(await answer<Status>(elsewhere, 'status')).toMatchObject({
        log: null,
        waiting: [{ kind: 'rotation', key: 'a', batch: null, next: 'gitkel key next a' }],
      });
      expect(await elsewhere.says('status')).toContain('no log here');
    }),
  );

  test(
    'tells of a staged batch that cannot be read',
    crew(async ({ alice, log }) => {
      const { batch } = await alice.does('anchor', 'team', '--said', SAID);
      const refs = (
        await runGit(log, ['for-each-ref', '--format=%(refname)', 'refs/gitkel/batch/*/request'])
      ).split('\n');
      await runGit(log, ['update-ref', refs[0] ?? '', 'refs/heads/main']);
      expect((await answer<Status>(alice, 'status')).waiting).toMatchObject([
        { kind: 'unreadable', batch },
      ]);
    }),
  );

  test(
    'names the upstream without its password, and that nobody here has asked it',
    crew(async ({ alice, log, place }) => {
      await runGit(place.dir, ['clone', '--quiet', '--bare', log, 'copy']);
      const copy = place.path('copy');
      await runGit(copy, ['config', 'branch.main.remote', 'origin']);
      await runGit(copy, ['config', 'remote.origin.url', 'https://ada:secret@example.org/log.git']);
      const said = await alice.with(copy).says('status');
      expect(said).toContain(
        'upstream origin https://ada:***@example.org/log.git, freshness unknown: this home never asked the upstream, or what it answered is not here',
      );
      expect(said).not.toContain('secret');
      expect(await answer<Status>(alice.with(copy), 'status')).toMatchObject({
        log: { writable: true, obstacle: null, freshness: 'unknown', since: null },
      });
      // What anybody may have written into the copy tells nothing.
      writeFileSync(path.join(copy, 'FETCH_HEAD'), '');
      expect(await alice.with(copy).says('status')).toContain('freshness unknown');
    }),
  );
});

/** Everything that a person reads is printable ASCII, in lines. */
function requireHarmless(what: string, { stdout, stderr }: Ran): void {
  expect(`${stdout}${stderr}`, what).toMatch(/^[\n\u0020-\u007e]*$/);
}

describe('names that would act on a terminal', () => {
  test(
    'are shown harmlessly by every command that shows them',
    crew(async ({ alice, bob, log }) => {
      const staged = await alice.does(
        'device',
        'link',
        'team',
        '--device',
        (await bob.with(log).does('identity', 'show', 'bob')).aid,
        '--name',
        NASTY,
      );
      const { events } = await batchAt(alice, 3);
      const [event] = events;
      const show = ['show', event?.records[0]?.said ?? ''];
      const commands = [
        ['log'],
        ['log', 'team', '--json'],
        ['show', '3'],
        ['show', event?.said ?? ''],
        show,
        [...show, '--json'],
        ['show', (await batchAt(alice, 5)).events[0]?.records[0]?.said ?? ''],
        ['status'],
        ['status', '--json'],
        ['batch', 'show', staged.batch],
        ['batch', 'list', '--json'],
        ['batch', 'history'],
        ['device', 'list', 'team'],
        ['device', 'list', 'team', '--json'],
        ['audit'],
        ['doctor'],
      ];
      for (const args of commands) {
        const { ran } = await alice.run(args);
        expect(ran.exitCode, args.join(' ')).toBe(0);
        requireHarmless(args.join(' '), ran);
      }
      const shown = await alice.says('show', '3');
      expect(shown).toContain(
        String.raw`link the device "ci\u001b[31m\u009b1m <b onload=x>\u202egnp\u2066\r\n`,
      );
      expect(event?.records[0]?.body.name).toBe(NASTY);
    }),
  );

  test.skipIf(!hasGit)(
    'are harmless in what stock git shows (needs git)',
    crew(async ({ log }) => {
      const shown = await runGit(log, ['log', '--format=%H %an %ae%n%B']);
      expect(shown).toMatch(/^[\n\u0020-\u007e]*$/);
      expect(shown).toContain(String.raw`link device "ci\u001b[31m\u009b1m <b onload=x>\u202e`);
    }),
  );
});

interface Diagnosis {
  readonly status: string;
  readonly mended: readonly string[];
  readonly findings: readonly { readonly check: string; readonly level: string }[];
}

function troubles({ findings }: Diagnosis): readonly string[] {
  return findings.flatMap(({ check, level }) => (level === 'ok' ? [] : [check]));
}

describe('doctor', () => {
  test(
    'ends with 0 and warnings where keys lie together and plain',
    crew(async ({ alice }) => {
      const found = await answer<Diagnosis>(alice, 'doctor');
      expect(found).toMatchObject({ status: 'warning', mended: [] });
      expect(troubles(found)).toEqual(['plain-keys', 'keys-together']);
      expect(await alice.says('doctor')).toMatch(
        /\n {6}mend: gitkel key passphrase a\n[^]*\n0 errors, 2 warnings\n$/,
      );
    }),
  );

  test(
    'ends with 1 where others can reach the home, says what mends it, and mends it',
    crew(async ({ alice }) => {
      chmodSync(alice.home, 0o755);
      const found = (await alice.ends(1, 'doctor')) as unknown as Diagnosis;
      expect(troubles(found)).toEqual(['home-permissions']);
      const mended = await answer<Diagnosis>(alice, 'doctor', '--fix');
      expect(mended.mended).toHaveLength(1);
      expect(troubles(mended)).toEqual(['plain-keys', 'keys-together']);
    }),
  );

  test(
    'tells of a log that went back behind what this home verified',
    crew(async ({ alice, log }) => {
      await alice.does('status');
      await runGit(log, ['update-ref', 'refs/heads/main', 'refs/heads/main~1']);
      const found = (await alice.ends(1, 'doctor')) as unknown as Diagnosis;
      expect(troubles(found)).toContain('log-rolled-back');
      expect((await alice.ends(1, 'log')).error.reason).toBe('log-rolled-back');
    }),
  );

  test(
    'looks at the home alone where there is no log, and makes no home',
    crew(async ({ place, carol }) => {
      const stranger = place.person('stranger').in(await place.emptyDirectory());
      expect(troubles(await answer<Diagnosis>(stranger, 'doctor'))).toEqual(['home']);
      expect(troubles(await answer<Diagnosis>(stranger, 'doctor', '--fix'))).toEqual(['home']);
      expect(() => readFileSync(stranger.home)).toThrow('ENOENT');
      const outside = carol.in(await place.emptyDirectory());
      rmSync(path.join(outside.home, 'keys'), { recursive: true });
      expect(troubles((await outside.ends(1, 'doctor')) as unknown as Diagnosis)).toContain('keys');
    }),
  );
});

describe('a committer who claims an impossible date', () => {
  test(
    'keeps nobody from reading the log',
    crew(async ({ place, alice }) => {
      const dir = place.path('far');
      const seeded = new SeededLog({ host: nodeHost(), dir, seconds: 9_000_000_000_000_000 });
      await seeded.commit([inception([0], [1], '1')], [0]);
      seeded.close();
      const far = alice.with(dir);
      expect(await far.says('log')).toContain('claimed date 9000000000000000 seconds since 1970');
      expect(await answer<Batch>(far, 'show', '0')).toMatchObject({
        claimedDate: '9000000000000000 seconds since 1970',
      });
      expect(await far.says('status')).toContain('9000000000000000 seconds since 1970');
      expect(troubles(await answer<Diagnosis>(far, 'doctor'))).toContain('clock');
    }),
  );
});

describe.skipIf(!hasGit)('allowed-signers and stock git', () => {
  async function verified(log: string, signers: string): Promise<readonly string[]> {
    const shown = await runGit(log, [
      '-c',
      `gpg.ssh.allowedSignersFile=${signers}`,
      'log',
      '--format=%G? %GS %an',
    ]);
    return shown.split('\n').map((line) => {
      const [good = '', principal = '', author = ''] = line.split(' ');
      return principal === author ? good : `${good}, but of ${principal}`;
    });
  }

  test(
    'git says Good to every commit with the AID as principal, also after rotations',
    crew(async ({ place, alice, bob, carol, log }) => {
      const cards = [await place.rotationCard(bob), await place.rotationCard(carol)];
      const rotated = await alice.does(
        'identity',
        'rotate',
        'team',
        '--no-passphrase',
        ...cards.flatMap((card) => ['--card', card]),
      );
      await place.commit(alice, rotated.batch, bob);
      await bob.with(log).does('identity', 'rotate', 'bob', '--no-passphrase');

      const exported = (await alice.does('allowed-signers', '-o', 'signers')) as Answer & {
        readonly file: string;
      };
      expect(exported.file).toBe('signers');
      const file = place.path('signers');
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      expect(`${lines.join('\n')}\n`).toBe(await alice.says('allowed-signers'));
      expect(lines).toEqual([...new Set(lines)].toSorted());
      // Three keys of the team and three after them, two of Bob's, one of the device.
      expect(lines).toHaveLength(9);

      const commits = (await runGit(log, ['rev-list', 'main'])).split('\n');
      expect(commits).toHaveLength(9);
      expect(await verified(log, file)).toEqual(commits.map(() => 'G'));
      for (const commit of commits) {
        const author = await runGit(log, ['show', '--no-patch', '--format=%an', commit]);
        const ran = await runProgram(
          'git',
          ['-c', `gpg.ssh.allowedSignersFile=${file}`, 'verify-commit', commit],
          { cwd: log },
        );
        expect(ran.exitCode).toBe(0);
        expect(ran.stderr).toContain(`Good "git" signature for ${author} with ED25519 key SHA256:`);
      }
      const shown = await runGit(log, [
        '-c',
        `gpg.ssh.allowedSignersFile=${file}`,
        'log',
        '--show-signature',
      ]);
      expect(shown.match(/^Good "git" signature for E\S{43} with ED25519 key/gm)).toHaveLength(9);
      writeFileSync(file, '');
      expect(await verified(log, file)).not.toContain('G');
    }),
  );

  test(
    'a key of several identities is shown as that of one of them',
    crew(async ({ place, alice, log }) => {
      const { aid } = await alice.does('identity', 'create', 'second', '--key', 'a');
      await alice.does('allowed-signers', '-o', 'signers');
      const ran = await runProgram(
        'git',
        ['-c', `gpg.ssh.allowedSignersFile=${place.path('signers')}`, 'verify-commit', 'main'],
        { cwd: log },
      );
      expect(ran.exitCode).toBe(0);
      const [, principal] = /^Good "git" signature for (E\S{43}) with/.exec(ran.stderr) ?? [];
      expect([aid, (await alice.does('identity', 'show', 'team')).aid]).toContain(principal);
    }),
  );

  test(
    'git show --stat tells what a batch added, and fsck is content',
    crew(async ({ log }) => {
      const stat = await runGit(log, ['show', '--stat=200', '--format=%s', 'main~3']);
      expect(stat).toMatch(
        /^link device .*\n\n.*-ixn-\S+\.cesr\s+\| 1 \+\n.*records\/device-link\/.*\.json\s+\| 1 \+\n 2 files changed, 2 insertions\(\+\)$/,
      );
      expect(await runGit(log, ['fsck', '--strict', '--no-dangling'])).toBe('');
    }),
  );
});
