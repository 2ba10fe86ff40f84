/** From a board that releases a skill to somebody who runs it and hears that it is revoked: on the binary, with stock Git. */
import { chmodSync, readdirSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { type Ran, runGit, runProgram } from '../support/binary.ts';
import { useCrew } from '../support/crew.ts';
import { hasGit } from '../support/stock-git.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

const withCrew = useCrew();

const skillMd = (name: string): string =>
  `---\nname: ${name}\ndescription: Takes ${name}.\nmetadata:\n  version: "1"\n---\n# ${name}\n`;

/** The files of a skill in a directory. */
async function writeSkill(directory: string, name: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'SKILL.md'), skillMd(name));
  await writeFile(path.join(directory, 'run.sh'), '#!/bin/sh\necho hello\n');
  chmodSync(path.join(directory, 'run.sh'), 0o755);
}

/** Lines that a push got from the server, without what Git puts around them. */
function told({ stderr }: Ran): readonly string[] {
  return stderr.split('\n').flatMap((line) => /^remote: (.*\S)\s*$/.exec(line)?.[1] ?? []);
}

/** Every object of a repository. */
async function objectsOf(repository: string): Promise<readonly string[]> {
  const listed = await runGit(repository, ['cat-file', '--batch-all-objects', '--batch-check']);
  return listed.split('\n').toSorted();
}

test.skipIf(!hasGit)(
  'a board releases, a server takes that and nothing else, a consumer installs, and hears of the revocation',
  withCrew(async ({ place, log, alice, bob }) => {
    // A publisher of three, two of whom have to agree, somebody who is nobody here, and a publisher of other paths.
    const cards = ['--key', 'a', '--card', 'b.card', '--card', 'c.card', '--threshold', '2'];
    const team = await alice.does('identity', 'create', 'team', ...cards);
    await place.commit(alice, team.batch, bob);
    await alice.does('identity', 'create', 'stranger', '--key', 'a');
    const naming = ['neighbour', '--key', 'b', '--log', log];
    const other = await bob.does('identity', 'create', ...naming);

    // An operator, and the policy that the repository begins with.
    const server = place.path("skills of the 'team'.git");
    await runGit(place.dir, ['init', '-q', '--bare', '-b', 'main', server]);
    const genesis = JSON.parse(await runGit(log, ['show', 'main:gitkel.json'])) as {
      readonly d: string;
    };
    const rules = [
      ['skills/*', team.aid],
      ['skills/other/*', other.aid],
    ].map(([match, aid]) => `  - match: ${match}\n    release: [${aid}]\n`);
    const policy = `version: 1\nlog:\n  id: ${genesis.d}\nmaintainers: [${team.aid}]\npaths:\n${rules.join('')}`;
    await writeFile(place.path('policy.yaml'), policy);
    const installing = ['hook', 'install', '--server', server, '--policy', 'policy.yaml'];
    expect(await alice.does(...installing)).toMatchObject({ status: 'installed' });

    // The board releases a skill; the server takes it.
    await runGit(place.dir, ['init', '-q', '-b', 'main', 'work']);
    const work = place.path('work');
    const push = async (): Promise<Ran> => {
      await runGit(work, ['add', '-A']);
      await runGit(work, ['commit', '-q', '--allow-empty', '-m', 'next']);
      return runProgram('git', ['push', '-q', server, 'HEAD:refs/heads/main'], { cwd: work });
    };
    await writeSkill(path.join(work, 'skills/notes'), 'notes');
    const released = await alice.does('skill', 'release', 'work/skills/notes', '--as', 'team');
    expect(released).toMatchObject({ status: 'staged' });
    const tooEarly = await push();
    expect(told(tooEarly)[0]).toMatch(/^gitkel: refused: skills\/notes: no-release: /);
    await place.commit(alice, released.batch, bob);
    const strange = place.path('work/skills/strange');
    await writeSkill(strange, 'strange');
    await alice.does('skill', 'release', strange, '--as', 'stranger');
    await rm(strange, { recursive: true });
    expect(await push()).toMatchObject({ exitCode: 0, stderr: '' });
    const accepted = await runGit(server, ['rev-parse', 'main']);
    expect(accepted).toBe(await runGit(work, ['rev-parse', 'HEAD']));

    // Everything else is refused, each with its own reason, and nothing of it stays.
    const before = await objectsOf(server);
    const refused = async (changes: readonly Promise<void>[], ...lines: readonly RegExp[]) => {
      await Promise.all(changes);
      const ran = await push();
      expect([ran.exitCode, told(ran)]).toEqual([
        1,
        [
          ...lines.map((line) => expect.stringMatching(line) as string),
          'gitkel: nothing of this push was taken.',
        ],
      ]);
      await runGit(work, ['reset', '-q', '--hard', accepted]);
    };
    const inWork = (file: string): string => path.join(work, 'skills', file);
    await refused(
      [
        // One byte.
        writeFile(inWork('notes/run.sh'), '#!/bin/sh\necho hellO\n'),
        writeSkill(strange, 'strange'),
        writeSkill(inWork('unsigned'), 'unsigned'),
      ],
      /^gitkel: refused: skills\/notes: file-changed: "run\.sh" /,
      /^gitkel: refused: skills\/strange: publisher-not-allowed: /,
      /^gitkel: refused: skills\/unsigned: no-release: /,
    );
    await refused(
      [writeFile(inWork('notes/.hidden'), ''), writeSkill(inWork('other/notes'), 'notes')],
      /^gitkel: refused: skills\/notes: file-added: "\.hidden" /,
      /^gitkel: refused: skills\/other\/notes: publisher-other-path: /,
    );
    expect(await objectsOf(server)).toEqual(before);
    expect(await runGit(server, ['for-each-ref'])).toBe(`${accepted} commit\trefs/heads/main`);

    // A consumer installs from the server, then needs nobody to verify.
    await runGit(place.dir, ['clone', '-q', '--bare', log, 'copy']);
    const consumer = place.person('consumer', place.path('copy'));
    const { manifest } = released as unknown as { readonly manifest: string };
    const from = [server, '--commit', accepted, '--path', 'skills/notes', '--publisher', team.aid];
    const agreed = ['--into', 'installed', '--yes', '--expect', manifest];
    const installed = await consumer.does('skill', 'install', ...from, ...agreed);
    expect(installed).toMatchObject({ status: 'installed', state: 'verified' });
    expect(readdirSync(place.path('installed'))).toContain('notes');

    // The board revokes it: the same push is refused, and the consumer hears of it with the next copy of the log.
    const revoked = await alice.does(
      'skill',
      'revoke',
      '--yes',
      '--name',
      'notes',
      '--as',
      'team',
      '--reason',
      'vulnerable',
    );
    await place.commit(alice, revoked.batch, bob);
    await refused(
      [writeSkill(inWork('copy'), 'notes')],
      /^gitkel: refused: skills\/copy: name-revoked: .*vulnerable/,
    );
    expect(await consumer.ends(1, 'skill', 'verify', 'nothing-here')).toMatchObject({
      state: 'nothing-to-verify',
      skills: [],
    });
    const verifying = ['skill', 'verify', 'installed'];
    await rm(server, { recursive: true });
    expect(await consumer.does(...verifying)).toMatchObject({ state: 'verified' });
    await runGit(place.path('copy'), ['fetch', '-q', 'origin', 'main:main']);
    expect(await consumer.ends(1, ...verifying)).toMatchObject({
      state: 'revoked',
      skills: [{ name: 'notes', state: 'revoked' }],
    });
  }),
);
