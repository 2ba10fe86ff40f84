/** Releases on the binary: what publishers, their devices and scripts see. What the rules are is tested in `test/log`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Answer, type Person, Place } from '../support/person.ts';
import { runGit } from '../support/binary.ts';

interface Listed {
  readonly releases: readonly {
    readonly said: string;
    readonly version: string;
    readonly state: string;
    readonly reason: string;
    readonly issuer: string;
    readonly revocation: { readonly reason: string; readonly note: string } | null;
  }[];
}

interface Released extends Answer {
  readonly manifest: string;
  readonly release: string;
  readonly previous: string | null;
  readonly controller: string;
}

/** A publisher with a device `ci` that it lets release, a log, and a skill `notes` in a repository. */
async function publisher(): Promise<{ place: Place; ada: Person; skill: (text: string) => void }> {
  const place = new Place();
  onTestFinished(() => place.remove());
  const log = await place.newLog();
  const ada = place.person('ada', log);
  for (const name of ['ada', 'ci']) {
    await ada.does('key', 'new', name, '--no-passphrase');
    await ada.does('identity', 'create', name, '--key', name);
  }
  await ada.does(
    'device',
    'link',
    'ada',
    '--device',
    'ci',
    '--name',
    'ci',
    '--capability',
    'release',
  );
  mkdirSync(place.path('notes'));
  const skill = (text: string): void => {
    writeFileSync(
      place.path('notes', 'SKILL.md'),
      `---\nname: notes\ndescription: Takes notes.\nmetadata:\n  version: "1.0.0"\n---\n${text}\n`,
    );
  };
  skill('# Notes');
  return { place, ada, skill };
}

const release = async (person: Person, ...more: readonly string[]): Promise<Released> =>
  (await person.does('skill', 'release', 'notes', ...more)) as Released;

test('a publisher and its device release versions of a skill, and revoke them', async () => {
  const { place, ada, skill } = await publisher();
  const first = await release(ada, '--as', 'ada');
  expect(first).toMatchObject({ status: 'committed', version: '1.0.0', previous: null });
  skill('# Changed');
  const taken = await ada.ends(1, 'skill', 'release', 'notes', '--as', 'ada');
  expect(taken.error).toMatchObject({ code: 'refused', reason: 'version-taken' });

  await runGit(place.dir, ['init', '-q', '-b', 'main', '.']);
  await runGit(place.dir, ['add', 'notes']);
  await runGit(place.dir, ['commit', '-qm', 'x']);
  await runGit(place.dir, ['tag', '-a', 'v1.1', '-m', 'x']);
  const to = ['skill', 'release', 'notes', '--as', 'ada', '--commit', 'v1.1', '--source'];
  for (const url of ['https://t0ken@example.org/s', 'ssh://git:t0ken@example.org/s']) {
    const secret = await ada.ends(2, ...to, url);
    expect(secret.error.reason).toBe('release-source');
    expect(JSON.stringify(secret)).not.toContain('t0ken');
  }
  const source = ['--commit', 'v1.1', '--source', 'ssh://git@example.org/s.git'];
  const second = await release(ada, '--as', 'ci', '--version', '1.1.0', ...source);
  expect(second).toMatchObject({ previous: first.release, controller: first.controller });
  expect(second.aid).not.toBe(first.aid);
  const head = (await runGit(place.dir, ['rev-parse', 'HEAD'])).trim();
  const shown = await ada.says('show', second.release);
  expect(shown).toContain('release "notes" 1.1.0');
  expect((await ada.says('show', second.release, '--json')).includes(head)).toBe(true);

  const unclear = await ada.ends(
    2,
    'skill',
    'revoke',
    '--yes',
    'notes',
    '--as',
    'ada',
    '--reason',
    'malicious',
  );
  expect(unclear.error.hint).toContain('./notes');
  const note = ['--reason', 'vulnerable', '--note', 'reads too much'];
  await ada.does('skill', 'revoke', '--yes', './notes', '--as', 'ci', ...note);
  const revoked = await ada.ends(
    1,
    'skill',
    'release',
    'notes',
    '--as',
    'ci',
    '--version',
    '1.1.1',
  );
  expect(revoked.error).toMatchObject({ code: 'refused', reason: 'manifest-revoked' });
  const { releases } = (await ada.does('skill', 'releases', 'notes')) as unknown as Listed;
  expect(releases).toMatchObject([
    { said: first.release, version: '1.0.0', state: 'in-force', reason: 'own', revocation: null },
    {
      said: second.release,
      state: 'revoked',
      reason: 'device',
      revocation: { reason: 'vulnerable', note: 'reads too much' },
    },
  ]);
  await ada.does('skill', 'revoke', '--yes', first.release, '--as', 'ada', '--reason', 'mistaken');
  skill('# Notes');
  expect(
    await ada.says('skill', 'release', 'notes', '--as', 'ada', '--version', '1.2', '--stage'),
  ).toContain('THESE VERY FILES WERE REVOKED as "1.0.0"');
});

test('what is no skill is not released, what may not be said is not sealed; a policy is approved in a chain', async () => {
  const { place, ada, skill } = await publisher();
  writeFileSync(place.path('notes', 'SKILL.md'), '---\nname: Notes!\ndescription: x\n---\n');
  const invalid = await ada.ends(1, 'skill', 'release', 'notes', '--as', 'ada');
  expect(invalid).toMatchObject({ state: 'invalid', reason: 'name-form' });
  skill('# Notes');
  const foreign = await ada.ends(1, 'skill', 'release', 'notes', '--as', 'ada', '--for', 'ci');
  expect(foreign.error).toMatchObject({ code: 'refused', reason: 'device-not-linked' });
  const staged = await release(ada, '--as', 'ada', '--stage');
  expect(staged).toMatchObject({
    status: 'staged',
    release: expect.stringMatching(/^E/) as string,
  });

  const { aid } = (await ada.does('identity', 'show', 'ada')) as unknown as { aid: string };
  const log = /^log (\S+?):/m.exec(await ada.says('audit'))?.[1] ?? '';
  const file = path.join(place.dir, 'policy.yaml');
  const policy = (match: string): void => {
    writeFileSync(
      file,
      `version: 1\nlog:\n  id: ${log}\n  ref: refs/heads/gitkel\nmaintainers: [${aid}]\npaths:\n  - match: ${match}\n    release: [${aid}]\n`,
    );
  };
  policy('skills/*');
  const one = (await ada.does('policy', 'approve', file, '--as', 'ada')) as Answer & {
    sha256: string;
  };
  policy('other/*');
  expect((await ada.ends(2, 'policy', 'approve', file, '--as', 'ada')).error.reason).toBe(
    'previous',
  );
  const two = await ada.does('policy', 'approve', file, '--as', 'ada', '--previous', one.sha256);
  expect(two).toMatchObject({ status: 'committed', previous: one.sha256 });
});
