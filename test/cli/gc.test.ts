import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { failingFiles } from '../support/failing-files.ts';
import { Place } from '../support/person.ts';
import { hasGit } from '../support/stock-git.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

interface Size {
  readonly packs: number;
  readonly objects: number;
  readonly bytes: number;
}

let place: Place;
let log: string;

beforeAll(async () => {
  place = new Place();
  log = await place.newLog();
  const ann = (await place.newPerson('a')).with(log);
  await ann.does('identity', 'create', 'a', '--key', 'a');
  for (const said of ['E', 'F', 'G'])
    await ann.does('anchor', 'a', '--said', `E${said.padEnd(43, 'A')}`);
});

afterAll(() => {
  place.remove();
});

describe('gitkel gc', () => {
  test.skipIf(!hasGit)(
    'packs the log with git, and the log stays what it was (needs git)',
    async () => {
      const copy = place.copy();
      const ann = copy.person('a', copy.path('log'));
      const told = await ann.does('gc');
      const { by, before, after } = told as unknown as { by: string; before: Size; after: Size };
      expect(told.status).toBe('done');
      expect(by).toBe('git');
      expect(before.packs).toBeGreaterThan(4);
      expect(after.packs).toBe(1);
      expect(after.objects).toBeLessThan(before.objects);
      expect(await ann.says('audit')).toMatch(/valid/);
      await ann.does('anchor', 'a', '--said', `EH${''.padEnd(42, 'A')}`);
      expect(await ann.says('gc')).toMatch(
        /packed anew by git\nbefore: 4 packs.*\nafter: 1 pack, 0 loose/,
      );
      copy.remove();
    },
  );

  test('puts packs together where there is no git', async () => {
    const copy = place.copy();
    const ann = copy.person('a', copy.path('log'));
    const { ran } = await ann.run(['gc', '--json'], { env: { PATH: copy.path() } });
    const { by, after } = JSON.parse(ran.stdout) as { by: string; after: Size };
    expect([ran.exitCode, by, after.packs]).toEqual([0, 'gitkel', 1]);
    expect(await ann.says('audit')).toMatch(/valid/);
    copy.remove();
  });

  test('ends with 7 where the log may not be written, and with 4 where there is none', async () => {
    const ann = place.person('a', log);
    const { ran } = await ann.run(['gc', '--json'], {
      nodeOptions: ['--import', failingFiles('gitkel-locks', 'EACCES')],
    });
    expect(ran.exitCode).toBe(7);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      error: { code: 'environment', reason: 'eacces' },
    });
    await ann.with(place.path('home-a')).ends(4, 'gc');
  });
});
