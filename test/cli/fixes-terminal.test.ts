/** What is asked at a terminal: passphrases and consent. Needs Python's module `pty` to make one. */
import { describe, expect, test, vi } from 'vitest';
import { createTeam, useCrew } from '../support/crew.ts';
import type { Person } from '../support/person.ts';
import { hasTerminals, runAtTerminal, type Shown, type Step } from '../support/terminal.ts';

vi.setConfig({ testTimeout: 180_000 });

const NOWHERE = 'E'.padEnd(44, 'A');
const SECRET = 'grüner Tee';
const [CTRL_C, CTRL_D] = ['\u0003', '\u0004'];

async function at(
  person: Person,
  args: readonly string[],
  ...steps: readonly Step[]
): Promise<Shown> {
  const env = {
    GITKEL_HOME: person.home,
    ...(person.log === undefined ? {} : { GITKEL_LOG: person.log }),
  };
  return runAtTerminal(args, steps, { cwd: person.cwd, env });
}

describe.skipIf(!(await hasTerminals()))('at a terminal (needs python3 with pty)', () => {
  const withCrew = useCrew();
  const withTeam = useCrew(createTeam);

  test(
    'passphrases are asked for, again and again, and nothing of them is shown',
    withCrew(async ({ place, log }) => {
      const person = place.person('t', log);
      const made = await at(
        person,
        ['key', 'new', 't'],
        ['New passphrase for t: ', `xgrüne\u007f\u007f\u0015${SECRET}x\u007f\r`],
        ['Again: ', `${SECRET}\r`],
      );
      expect(made).toMatchObject({ exitCode: 0, unasked: 0 });
      expect(made.shown).toContain('key t: D');
      expect(made.shown).toContain('\rlocking the new keys of t …\u001b[K\r\u001b[K');
      expect(made.shown).not.toMatch(/gr|Tee/);

      const created = await at(person, [
        'identity',
        'create',
        't',
        '--key',
        't',
        '--stage',
        '--json',
      ]);
      expect(created).toMatchObject({ exitCode: 0 });
      const { batch } = JSON.parse(created.shown) as { readonly batch: string };
      const typed = await at(
        person,
        ['batch', 'sign', batch],
        ['Sign this? [y/N] ', 'y\r'],
        ['Passphrase of t', `${SECRET}\r`],
      );
      expect(typed).toMatchObject({ exitCode: 0, unasked: 0 });
      expect(typed.shown).toContain('signed by D');
      expect(typed.shown).toContain('\runlocking t');
      expect(typed.shown).toContain(' …\u001b[K\r\u001b[K');
      expect(typed.shown).not.toContain('Tee');
    }),
  );

  test(
    'what is typed ahead of the second question answers it',
    withCrew(async ({ place }) => {
      const person = place.person('t');
      const made = await at(
        person,
        ['key', 'new', 't'],
        ['New passphrase for t: ', `${SECRET}\r${SECRET}!\r`],
      );
      expect(made).toMatchObject({ exitCode: 2, unasked: 0 });
      expect(made.shown).toContain('the two passphrases differ');
      expect(made.shown).not.toContain('Tee');
    }),
  );

  test.each<readonly [string, readonly Step[]]>([
    ['Ctrl-C', [['New passphrase for t: ', CTRL_C]]],
    ['Ctrl-D', [['New passphrase for t: ', CTRL_D]]],
    ['Ctrl-C within a word', [['New passphrase for t: ', `ab${CTRL_C}`]]],
    [
      'Ctrl-D at the second question',
      [
        ['New passphrase for t: ', `${SECRET}\r`],
        ['Again: ', CTRL_D],
      ],
    ],
  ])('%s stops, and no key is made', async (_what, steps) => {
    await withCrew(async ({ place }) => {
      const person = place.person('t');
      const stopped = await at(person, ['key', 'new', 't'], ...steps);
      expect(stopped).toMatchObject({ exitCode: 2, unasked: 0 });
      expect(stopped.shown).toContain('gitkel: Stopped: no passphrase was given');
      expect(stopped.shown).not.toMatch(/^ +at /m);
      expect(await person.does('key', 'list')).toEqual({ keys: [] });
    })();
  });

  test.each([
    ['no', 'n\r'],
    ['nothing', '\r'],
    ['Ctrl-C', CTRL_C],
    ['Ctrl-D', CTRL_D],
  ])('%s at "Sign this?" declines', async (_what, typed) => {
    await withTeam(async ({ alice }) => {
      const { batch } = await alice.does('anchor', 'team', '--said', NOWHERE, '--stage');
      const declined = await at(alice, ['batch', 'sign', batch], ['Sign this? [y/N] ', typed]);
      expect(declined).toMatchObject({ exitCode: 1, unasked: 0 });
      expect(declined.shown).toContain(`gitkel: Not signed: batch ${batch}`);
      expect(declined.shown).not.toMatch(/^ +at /m);
      expect(await alice.does('batch', 'show', batch)).toMatchObject({
        missing: [expect.stringContaining('kt: 2 more') as string],
      });
    })();
  });
});
