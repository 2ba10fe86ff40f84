/** Text of others that would act on a terminal: shown harmlessly by every command, in words and as JSON, and by stock git. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { nativeCrypto, nodeHost, type Operation } from '../../src/index.ts';
import {
  buildManifest,
  manifestSha256,
  type SkillManifest,
} from '../../src/records/skill-manifest.ts';
import { type Ran, runGit } from '../support/binary.ts';
import { type Crew, createTeam, useCrew } from '../support/crew.ts';
import type { Person } from '../support/person.ts';
import { link, policy, revocation, SHA256 } from '../support/record-forge.ts';
import { inception, SeededLog } from '../support/seeded-log.ts';
import { hasGit } from '../support/stock-git.ts';

vi.setConfig({ testTimeout: 180_000 });

/** Escapes of both kinds, markup, ends of lines of all kinds, marks of direction, an invisible one, an emoji. */
const NASTY =
  'ci\u001b[31m\u009b1m <b onload=x>\u202egnp\u2066\r\n\u0085\u2028ok\u200b\u007f\u{1f916}"`$(reboot)';
/** What a file can be called, and an argument be. */
const HOSTILE = NASTY.replace('\u{1f916}', '');

/** Nothing but what stands for itself: no control character but the end of a line, no mark that one does not see. */
function requireHarmless(what: string, { stdout, stderr }: Ran): void {
  expect(stdout + stderr, what).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
}

/** Runs a command for people, and for machines; it ends well both times, unless told otherwise. */
async function requireBoth(person: Person, args: readonly string[], exitCode = 0): Promise<void> {
  for (const form of [args, [...args, '--json']])
    requireHarmless(form.join(' '), (await person.run(form)).requireExit(exitCode));
}

/** What a skill may be called where it need not keep the rules for publishers: no control characters. */
const nameNasty = NASTY.replaceAll(/\p{Cc}/gu, '');

function manifestOf(name: string): SkillManifest {
  const bytes = new TextEncoder().encode('x');
  return buildManifest(nativeCrypto, name, [
    { path: 'a <b onload=x> `$(reboot)`'.replaceAll(/[<>]/g, ''), bytes, executable: true },
  ]);
}

interface Told {
  readonly log: SeededLog;
  readonly saids: readonly string[];
}

/** A log in which every text that somebody chose is nasty. */
async function nastyLog(dir: string): Promise<Told> {
  const log = new SeededLog({ host: nodeHost(), dir });
  await log.commit([inception([0], [1], '1')], [0]);
  await log.commit([inception([2], [3], '1')], [2]);
  const [founder, device] = [log.aid(0), log.aid(1)];
  const saids: string[] = [];
  const seal = async (
    aid: string,
    body: Extract<Operation, { kind: 'seal' }>['bodies'][number],
  ) => {
    await log.commit([{ kind: 'seal', aid, bodies: [body] }], [0, 2]);
    saids.push(log.log.contents.kel(aid)?.state.said ?? '');
  };
  const subjects = [{ name: NASTY, sha256: SHA256 }];
  await seal(founder, link(device, ['sign-statement'], NASTY));
  await seal(device, { type: 'statement', subjects, controller: founder });
  await seal(device, { type: 'statement', subjects, controller: `${founder} (team)\n${NASTY}` });
  await seal(founder, revocation(device, NASTY));
  await seal(founder, policy('open', [NASTY]));
  await log.commit([{ kind: 'anchor', aid: founder, seals: [{ [NASTY]: NASTY }] }], [0]);
  const skill = manifestOf(nameNasty);
  const subject = { name: skill.name, sha256: manifestSha256(nativeCrypto, skill) };
  const released = {
    type: 'release',
    manifest: skill,
    sha256: subject.sha256,
    version: '1',
    previous: undefined,
    source: undefined,
  } as const;
  await seal(founder, { ...released, controller: undefined });
  await seal(device, { ...released, controller: NASTY });
  const revoke = {
    type: 'revoke',
    subject,
    reason: 'malicious',
    note: NASTY,
    replacement: undefined,
  } as const;
  const name = { kind: 'name', publisher: founder, name: skill.name } as const;
  await seal(founder, { ...revoke, target: name, controller: undefined });
  const files = { kind: 'manifest', said: skill.said } as const;
  await seal(device, { ...revoke, target: files, controller: NASTY });
  return { log, saids: [...saids.slice(-1), ...log.log.contents.records.positions.keys()] };
}

/** The team, and a device of Bob's in the log. */
async function prepare(crew: Crew): Promise<void> {
  await createTeam(crew);
  await crew.bob.does('key', 'new', 'b2', '--no-passphrase');
  await crew.bob.with(crew.log).does('identity', 'create', 'bob', '--key', 'b2');
}

const crew = useCrew(prepare);

describe('a log full of names that would act on a terminal', () => {
  test(
    'is shown harmlessly by every command that reads it',
    crew(async ({ place, alice }) => {
      const dir = place.path('nasty');
      const { log, saids } = await nastyLog(dir);
      const reader = alice.with(dir);
      const [founder, device] = [log.aid(0), log.aid(1)];
      await reader.does('name', 'set', 'team', founder);
      const { id } = await log.stage(
        [{ kind: 'seal', aid: founder, bodies: [link(device, [], NASTY)] }],
        [],
      );
      const commands = [
        ['log'],
        ['log', device],
        ...saids.map((said) => ['show', said]),
        ['show', '7'],
        ['status'],
        ['device', 'list', founder],
        ['device', 'list', founder, '--at', '3'],
        ['identity', 'show', founder],
        ['identity', 'show', device, '--at', '@3'],
        ['identity', 'list'],
        ['audit', '--objects'],
        ['doctor'],
        ['log', 'policy', 'show'],
        ['allowed-signers'],
        ['batch', 'list'],
        ['batch', 'show', id],
        ['skill', 'releases'],
        ['skill', 'releases', nameNasty],
      ];
      for (const args of commands) await requireBoth(reader, args);
      const told = await reader.says('log');
      expect(told).toContain(String.raw`"ci\u001b[31m\u009b1m <b onload=x>\u202egnp\u2066`);
      // Not the AID with the name that this home has for it.
      expect(told).toContain(`for "${founder} (team)\\n`);
      log.close();
    }),
  );

  test.skipIf(!hasGit)(
    'is harmless in the commit messages that stock git shows (needs git)',
    crew(async ({ place }) => {
      const dir = place.path('nasty');
      (await nastyLog(dir)).log.close();
      const shown = await runGit(dir, ['log', '--format=%an %ae %cn %s%n%B']);
      expect(shown).toMatch(/^[\n\u0020-\u007e]*$/);
      expect(shown).toContain(String.raw`state "ci\u001b[31m\u009b1m <b onload=x>`);
      expect(shown).toContain(String.raw`link device "ci\u001b[31m\u009b1m <b onload=x>`);
      expect(await runGit(dir, ['show', '--stat=200', '--format=%s', 'main~9'])).toMatch(
        /^[\n\u0020-\u007e]*$/,
      );
    }),
  );
});

describe('staged batches with such names', () => {
  test(
    'are harmless in what is asked of a co-signer, and in what is made of the answer',
    crew(async ({ alice, bob, carol, log }) => {
      const device = (await bob.with(log).does('identity', 'show', 'bob')).aid;
      const linking = ['device', 'link', 'team', '--device', device, '--name', NASTY];
      const { batch } = await alice.does(...linking);
      await alice.does('batch', 'export', batch, '-o', 'nasty.json');
      const sign = ['batch', 'sign', 'nasty.json', '--yes', '--expect', batch];
      const asked = await bob.with(undefined).run([...sign, '-o', 'bob']);
      requireHarmless('batch sign', asked.requireExit(0));
      expect(asked.ran.stdout).toContain(String.raw`as "ci\u001b[31m\u009b1m <b onload=x>`);
      requireHarmless(
        'batch sign --json',
        (await bob.with(undefined).run([...sign, '-o', 'again', '--json'])).requireExit(0),
      );
      await carol.with(log).does('batch', 'withdraw', '--yes', batch, '--reason', NASTY);
      await requireBoth(alice, ['batch', 'show', batch]);
      await requireBoth(alice, ['batch', 'list']);
      await requireBoth(alice, ['status']);
      await requireBoth(alice, ['batch', 'commit', batch], 1);
      await requireBoth(carol.with(log), ['batch', 'history']);
      expect(await alice.says('batch', 'show', batch)).toContain(String.raw`: ci\u001b[31m`);
    }),
  );

  test(
    'a file with such a name is signed, sealed and told of harmlessly',
    crew(async ({ place, bob, log }) => {
      writeFileSync(place.path(HOSTILE), 'one\n');
      const device = bob.with(log);
      requireHarmless(
        'device sign',
        (await device.run(['device', 'sign', HOSTILE, '--as', 'bob', '--anyway'])).requireExit(0),
      );
      requireHarmless(
        'device sign --json',
        (
          await device.run(['device', 'sign', HOSTILE, '--as', 'bob', '--anyway', '--json'])
        ).requireExit(0),
      );
      await requireBoth(device, ['log']);
      await requireBoth(device, ['audit']);
      const { stdout } = (await device.run(['log', '--json'])).ran;
      const { batches } = JSON.parse(stdout) as {
        readonly batches: readonly {
          readonly events: readonly {
            readonly records: readonly {
              readonly body: { readonly subjects: readonly { readonly name: string }[] };
            }[];
          }[];
        }[];
      };
      expect(batches[0]?.events[0]?.records[0]?.body.subjects[0]?.name).toBe(HOSTILE);
    }),
  );
});

describe('errors about such names', () => {
  test(
    'are harmless',
    crew(async ({ place, alice, log, bob }) => {
      const device = (await bob.with(log).does('identity', 'show', 'bob')).aid;
      mkdirSync(place.path(`dir${HOSTILE}`));
      const commands = [
        [HOSTILE],
        [HOSTILE.replaceAll(/\s/g, '')],
        ['log', `--${HOSTILE}`],
        ['log', HOSTILE],
        ['show', HOSTILE],
        ['log', '--log', HOSTILE],
        ['log', '--log', `dir${HOSTILE}`],
        ['log', '--branch', HOSTILE],
        ['audit', HOSTILE],
        ['audit', '--expect', HOSTILE],
        ['audit', '--expect-log', HOSTILE],
        ['key', 'new', HOSTILE, '--no-passphrase'],
        ['key', 'show', HOSTILE],
        ['name', 'set', HOSTILE, device],
        ['name', 'set', 'harmless', HOSTILE],
        ['identity', 'show', HOSTILE],
        ['identity', 'create', HOSTILE, '--key', 'a'],
        ['identity', 'create', 'harmless', '--key', HOSTILE],
        ['identity', 'create', 'harmless', '--card', HOSTILE],
        ['identity', 'create', 'harmless', '--key', 'a', '--threshold', HOSTILE],
        ['device', 'link', HOSTILE, '--device', device, '--name', 'x'],
        ['device', 'link', 'team', '--device', HOSTILE, '--name', 'x'],
        ['device', 'link', 'team', '--device', device, '--name', HOSTILE.repeat(9)],
        ['device', 'link', 'team', '--device', device, '--name', 'x', '--capability', HOSTILE],
        ['device', 'revoke', '--yes', 'team', '--device', device, '--reason', HOSTILE],
        ['device', 'revoke', '--yes', 'team', '--device', HOSTILE],
        ['device', 'list', HOSTILE],
        ['device', 'sign', HOSTILE],
        ['device', 'sign', HOSTILE, '--as', 'team', '--for', HOSTILE],
        ['log', 'policy', 'add', HOSTILE],
        ['batch', 'show', HOSTILE],
        ['batch', 'sign', HOSTILE],
        ['batch', 'add', HOSTILE],
        ['batch', 'add', `dir${HOSTILE}`],
        ['skill', 'release', HOSTILE, '--as', 'team'],
        ['skill', 'revoke', '--yes', HOSTILE, '--as', 'team', '--reason', 'malicious'],
        ['skill', 'revoke', '--yes', HOSTILE, '--as', 'team', '--reason', HOSTILE],
        [
          'skill',
          'revoke',
          '--yes',
          `E${'x'.repeat(43)}`,
          '--as',
          'team',
          '--reason',
          'malicious',
          '--replacement',
          HOSTILE,
        ],
        ['policy', 'approve', HOSTILE, '--as', 'team'],
        ['policy', 'approve', `dir${HOSTILE}`, '--as', 'team'],
        ['policy', 'check', HOSTILE],
        ['policy', 'explain', HOSTILE],
        ['policy', 'init', HOSTILE, '--maintainer', HOSTILE, '--path', HOSTILE],
        [
          'policy',
          'init',
          `dir${HOSTILE}`,
          '--maintainer',
          device,
          '--path',
          `${HOSTILE}=${device}`,
        ],
        ['anchor', 'team', '--said', HOSTILE],
        ['anchor', 'team', '--file', HOSTILE],
      ];
      // In turn for people and for machines: the words are the same.
      for (const [index, args] of commands.entries()) {
        const { ran } = await alice.run(index % 2 === 0 ? args : [...args, '--json']);
        expect(ran.exitCode, args.join(' ')).toBeGreaterThan(0);
        requireHarmless(args.join(' '), ran);
      }
    }),
  );
});
