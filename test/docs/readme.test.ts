import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasGit } from '../support/stock-git.ts';
import { hasTerminals } from '../support/terminal.ts';
import { Sessions, shownSessions } from './sessions.ts';

const isPlayable = hasGit && (await hasTerminals());
const README = path.resolve(import.meta.dirname, '../../README.md');

describe.skipIf(!isPlayable)('README.md, where there are git and terminals', () => {
  const sessions = new Sessions();

  beforeAll(async () => {
    for (const who of ['bob', 'carol']) {
      await sessions.play({ who, command: `gitkel key new ${who}`, lines: [] });
      await sessions.play({ who, command: `gitkel key show ${who} > ${who}.card`, lines: [] });
    }
    writeFileSync(path.join(sessions.dir, 'build.tgz'), 'hello');
  });

  afterAll(() => {
    sessions.remove();
  });

  it('shows what the binary prints', async () => {
    const shown = shownSessions(README);
    expect(shown.length).toBeGreaterThan(20);
    for (const one of shown)
      expect([one.command, await sessions.play(one)]).toEqual([one.command, []]);
  });
});
