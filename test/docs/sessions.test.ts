import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasGit } from '../support/stock-git.ts';
import { hasTerminals } from '../support/terminal.ts';
import { Sessions, type Shown, shownSessions } from './sessions.ts';

const isPlayable = hasGit && (await hasTerminals());
const documentAt = (file: string): string => path.resolve(import.meta.dirname, '../..', file);

/** Everybody but Alice has a key, and its card is there. */
async function newSessions(...people: readonly string[]): Promise<Sessions> {
  const sessions = new Sessions();
  for (const who of people) {
    await sessions.prepare(who, `gitkel key new ${who}`);
    await sessions.prepare(who, `gitkel key show ${who} > ${who}.card`);
  }
  writeFileSync(path.join(sessions.dir, 'build.tgz'), 'hello');
  return sessions;
}

const SKILL_MD = `---
name: notes
description: Keeps notes in the workspace.
---

Write notes into notes.md.
`;
const PERMISSIONS = `{
  "schema": "urn:gitkel:skill-permissions:1",
  "fs": { "read": ["\${workspace}/**"], "write": [{ "path": "\${workspace}/notes.md", "why": "the notes" }] }
}
`;

/** A repository with a skill that nobody released yet. */
async function prepareSkill(sessions: Sessions): Promise<void> {
  const skill = path.join(sessions.dir, 'work/skills/notes');
  mkdirSync(skill, { recursive: true });
  writeFileSync(path.join(skill, 'SKILL.md'), SKILL_MD);
  writeFileSync(path.join(skill, 'skill.permissions.json'), PERMISSIONS);
  await sessions.prepare('alice', 'git init -q -b main work');
}

/** Plays commands in their order: each must print the lines that are shown of it. */
async function playAll(sessions: Sessions, shown: readonly Shown[]): Promise<void> {
  for (const one of shown)
    expect([one.command, await sessions.play(one)]).toEqual([one.command, []]);
}

describe.skipIf(!isPlayable)('README.md, where there are git and terminals', () => {
  let sessions: Sessions;
  beforeAll(async () => {
    sessions = await newSessions('bob', 'carol');
    await prepareSkill(sessions);
  });
  afterAll(() => {
    sessions.remove();
  });

  it('shows what the binary prints', async () => {
    const shown = shownSessions(documentAt('README.md'));
    expect(shown.length).toBeGreaterThan(20);
    await playAll(sessions, shown);
  });
});

describe.skipIf(!isPlayable)('docs/reading.md, where there are git and terminals', () => {
  let sessions: Sessions;
  beforeAll(async () => {
    sessions = await newSessions('alice', 'bob', 'carol', 'ci');
    const { dir } = sessions;
    await sessions.prepare('alice', 'gitkel init team-log');
    sessions.cwd = path.join(dir, 'team-log');
    const cards = `--card ${dir}/bob.card --card ${dir}/carol.card`;
    await sessions.prepare(
      'alice',
      `gitkel identity create team --key alice ${cards} --threshold 2`,
    );
    await signAndCommit(sessions, 'bob');
    await sessions.prepare('ci', 'gitkel identity create ci --key ci');
    const device = await sessions.prepare('ci', 'gitkel identity show ci --json');
    const { aid } = JSON.parse(device) as { readonly aid: string };
    await sessions.prepare('alice', `gitkel name set ci ${aid}`);
    const link = '--device ci --name ci-runner --capability sign-statement';
    await sessions.prepare('alice', `gitkel device link team ${link}`);
  });
  afterAll(() => {
    sessions.remove();
  });

  it('shows what the binary prints', async () => {
    const shown = shownSessions(documentAt('docs/reading.md'));
    const [status, log, show, ...others] = shown.filter(
      ({ command }) => command !== 'gitkel doctor',
    );
    if (status === undefined || log === undefined || show === undefined)
      throw new Error('status, log and show come first');
    await playAll(sessions, [status]);
    await signAndCommit(sessions, 'ci', 'bob');
    await playAll(sessions, [log]);
    await sessions.prepare('ci', `gitkel device sign ${sessions.dir}/build.tgz`);
    const list = await sessions.prepare('alice', 'gitkel device list team --json');
    const { statements } = JSON.parse(list) as { readonly statements: readonly { said: string }[] };
    sessions.learn(show.command.split(' ')[2] ?? '', (statements[0]?.said ?? '').slice(0, 12));
    await playAll(sessions, [show, ...others]);
  });

  it('names checks of the doctor that there are', async () => {
    const doctor = shownSessions(documentAt('docs/reading.md')).find(
      ({ command }) => command === 'gitkel doctor',
    );
    const { findings } = JSON.parse(await sessions.prepare('alice', 'gitkel doctor --json')) as {
      readonly findings: readonly { readonly check: string }[];
    };
    const named = doctor?.lines.flatMap((line) => /^\S+ +([a-z-]+): /.exec(line)?.[1] ?? []) ?? [];
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !findings.some(({ check }) => check === name))).toEqual([]);
  });
});

describe('docs/delegation-and-witnesses.md', () => {
  it('shows what the binary prints', async () => {
    const sessions = new Sessions();
    try {
      const shown = shownSessions(documentAt('docs/delegation-and-witnesses.md'));
      expect(shown.length).toBeGreaterThan(15);
      await playAll(sessions, shown);
    } finally {
      sessions.remove();
    }
  });
});

/** The only staged batch is signed by these, and committed by Alice. */
async function signAndCommit(sessions: Sessions, ...signers: readonly string[]): Promise<void> {
  const listed = await sessions.prepare('alice', 'gitkel batch list --json');
  const { batches } = JSON.parse(listed) as { readonly batches: readonly { batch: string }[] };
  const batch = batches[0]?.batch ?? '';
  for (const who of signers)
    await sessions.prepare(who, `gitkel batch sign ${batch} --yes --expect ${batch}`);
  await sessions.prepare('alice', `gitkel batch commit ${batch}`);
}
