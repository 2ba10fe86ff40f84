import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasGit } from '../support/stock-git.ts';
import { hasTerminals } from '../support/terminal.ts';
import { Sessions, shownSessions } from './sessions.ts';

const docs = path.resolve(import.meta.dirname, '../../docs');
const pages = [
  'tutorial.md',
  ...readdirSync(path.join(docs, 'how-to'), 'utf8').map((name) => `how-to/${name}`),
];
const isPlayable = hasGit && (await hasTerminals());

describe.skipIf(!isPlayable)('docs, where there are git and terminals', () => {
  it('has a tutorial and a page for each task', () => {
    expect(pages.length).toBeGreaterThan(7);
  });

  it.each(pages)(
    '%s can be followed from an empty folder, and shows what is printed',
    async (page) => {
      const sessions = new Sessions();
      try {
        const shown = shownSessions(path.join(docs, page));
        expect(shown.length).toBeGreaterThan(8);
        for (const one of shown)
          expect([one.command, await sessions.play(one)]).toEqual([one.command, []]);
      } finally {
        sessions.remove();
      }
    },
  );
});
