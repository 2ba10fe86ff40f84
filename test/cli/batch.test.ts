/** The life of a staged batch through the built binary: build, sign, withdraw, expire, restage, prune. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { runGit } from '../support/binary.ts';
import { createTeam, useCrew } from '../support/crew.ts';
import type { Answer } from '../support/person.ts';
import { snapshot } from '../support/snapshot.ts';

vi.setConfig({ testTimeout: 120_000 });

const NOWHERE = 'E'.padEnd(44, 'A');
/** Lets the binary take it for a day in 2001: 1,000,000,000 seconds since 1970. */
const LONG_AGO = ['--import', 'data:text/javascript,Date.now = () => 1e12;'];

const ELSEWHERE = 'F'.padEnd(44, 'A');

const withCrew = useCrew(async (crew) => {
  await createTeam(crew);
  await crew.alice.does('identity', 'create', 'solo', '--key', 'a');
});

describe('staging', () => {
  test.concurrent(
    '--stage signs nothing, --batch builds on what nobody signed, and both events are in or none',
    withCrew(async ({ place, alice, bob, log }) => {
      const first = await alice.does('anchor', 'solo', '--said', NOWHERE, '--stage');
      expect(first).toMatchObject({
        status: 'staged',
        missing: [`ixn 1 of ${first.aid}: kt: 1 more (from index 0)`],
      });
      const both = await alice.does(
        'anchor',
        'team',
        '--said',
        NOWHERE,
        '--stage',
        '--batch',
        first.batch.slice(0, 12),
      );
      expect(both.batch).not.toBe(first.batch);
      expect(both.missing).toHaveLength(2);
      expect((await alice.does('batch', 'list')).batches.map(({ batch }) => batch)).toEqual([
        both.batch,
      ]);
      const three = await alice.does(
        'anchor',
        'solo',
        '--said',
        ELSEWHERE,
        '--stage',
        '--batch',
        both.batch,
      );
      expect(
        (await alice.does('batch', 'show', three.batch)).events.map(({ aid, sn }) => [aid, sn]),
      ).toEqual([
        [first.aid, 1],
        [both.aid, 1],
        [first.aid, 2],
      ]);

      const signed = await alice.does(
        'batch',
        'sign',
        three.batch,
        '--yes',
        '--expect',
        three.batch,
      );
      expect(signed).toMatchObject({
        status: 'signed',
        missing: [`ixn 1 of ${both.aid}: kt: 1 more (from index 1, 2)`],
      });
      const { error } = await alice.ends(
        1,
        'anchor',
        'solo',
        '--said',
        NOWHERE,
        '--batch',
        three.batch,
      );
      expect(error).toMatchObject({ code: 'refused', reason: 'batch-signed' });
      expect(await alice.ends(6, 'batch', 'commit', three.batch)).toMatchObject({
        status: 'incomplete',
      });
      expect(await alice.says('audit', log)).toContain('2 batches');
      expect(await place.commit(alice, three.batch, bob)).toMatchObject({
        status: 'committed',
        position: 2,
      });
      expect(await alice.does('audit')).toMatchObject({ state: 'valid', batches: 3 });
      expect(
        (await runGit(log, ['show', '--name-only', '--format=', 'main'])).split('\n'),
      ).toHaveLength(3);
      expect(await alice.does('batch', 'commit', three.batch)).toMatchObject({
        status: 'committed',
        position: 2,
      });
    }),
  );

  test.concurrent(
    'batches are told by the beginning of their id, and only by enough of it',
    withCrew(async ({ alice }) => {
      const { batch } = await alice.does('anchor', 'solo', '--said', NOWHERE, '--stage');
      const other = await alice.does('anchor', 'team', '--said', NOWHERE, '--stage');
      expect(await alice.does('batch', 'show', batch.slice(0, 8))).toMatchObject({
        batch,
        state: 'open',
      });
      expect((await alice.ends(2, 'batch', 'show', 'E')).error.message).toContain('2 begin so');
      expect((await alice.ends(4, 'batch', 'show', 'Fx')).error.hint).toContain('batch list');
      expect(await alice.says('batch', 'list')).toMatch(
        new RegExp(`^${other.batch} +open +ixn 1 of `, 'm'),
      );
    }),
  );

  test.concurrent(
    'batch export writes what can be staged in another copy of the log',
    withCrew(async ({ place, alice, bob, log }) => {
      await runGit(place.dir, ['clone', '-q', '--bare', log, 'copy.git']);
      await runGit(place.path('copy.git'), ['remote', 'remove', 'origin']);
      const { batch } = await alice.does('anchor', 'team', '--said', NOWHERE);
      const printed = await alice.says('batch', 'export', batch, '-o', '-');
      await writeFile(place.path('batch.json'), printed);
      await alice.does('batch', 'export', batch, '-o', 'again.json');
      expect(await readFile(place.path('again.json'), 'utf8')).toBe(printed);
      const away = bob.with(place.path('copy.git'));
      expect(await away.does('batch', 'add', 'batch.json')).toMatchObject({
        added: [{ status: 'accepted', batch }],
      });
      await away.does('batch', 'sign', batch, '--yes', '--expect', batch);
      expect(await away.does('batch', 'commit', batch)).toMatchObject({
        status: 'committed',
        position: 2,
      });
    }),
  );
});

describe('contributions', () => {
  test.concurrent(
    'batch add names what does not hold and stores none of it; what holds is taken in any order, any number of times',
    withCrew(async ({ place, alice, bob, carol, log }) => {
      const { batch } = await alice.does('anchor', 'team', '--said', NOWHERE, '--stage');
      const other = await alice.does('anchor', 'team', '--said', ELSEWHERE, '--stage');
      await alice.does('batch', 'export', batch, '-o', 'batch.json');
      const [good = ''] = await place.signAway(place.path('batch.json'), bob, batch);
      const [second = ''] = await place.signAway(place.path('batch.json'), carol, batch);
      const text = await readFile(good, 'utf8');
      await writeFile(place.path('moved.sig'), text.replace(batch, other.batch));
      await writeFile(
        place.path('flipped.sig'),
        text.replace(/(?<="signature":"[\w-]{20})[\w-]/, (char) => (char === 'A' ? 'B' : 'A')),
      );
      await writeFile(place.path('spaced.sig'), ` ${text}`);
      await writeFile(
        place.path('signer.sig'),
        text.replace(/"signer":"D[^"]+"/, `"signer":"D${'A'.repeat(43)}"`),
      );
      const before = snapshot(path.join(log, 'refs'));
      const refused: readonly (readonly [file: string, exitCode: number, code: string])[] = [
        ['moved.sig', 1, 'refused'],
        ['flipped.sig', 1, 'refused'],
        ['signer.sig', 1, 'refused'],
        ['spaced.sig', 3, 'malformed'],
        ['nowhere.sig', 4, 'not-found'],
      ];
      for (const [file, exitCode, code] of refused) {
        expect(await alice.ends(exitCode, 'batch', 'add', file)).toMatchObject({
          added: [{ file, status: 'refused', code }],
        });
      }
      expect(snapshot(path.join(log, 'refs'))).toEqual(before);
      const mixed = await alice.ends(
        1,
        'batch',
        'add',
        'flipped.sig',
        good,
        good,
        'spaced.sig',
        second,
      );
      expect(mixed).toMatchObject({
        added: [
          { status: 'refused' },
          { status: 'accepted' },
          { status: 'accepted' },
          { status: 'refused' },
          { status: 'accepted' },
        ],
        missing: [],
      });
      expect(await alice.says('batch', 'add', second, good)).toContain(
        `batch ${batch} is complete\n`,
      );
      expect((await alice.run(['batch', 'add', 'flipped.sig'])).requireExit(1).stdout).toMatch(
        /^refused flipped\.sig: .*event 1/,
      );
      expect(await alice.does('batch', 'commit', batch)).toMatchObject({
        status: 'committed',
        position: 2,
      });
      const { entries } = (await alice.does('batch', 'history', batch)) as unknown as {
        readonly entries: readonly {
          readonly action: string;
          readonly outcome: string;
          readonly from?: string;
        }[];
      };
      expect(
        entries.filter(({ action }) => action === 'add').map(({ outcome }) => outcome),
      ).toContain('accepted');
      expect(entries.at(-1)).toMatchObject({ action: 'commit', outcome: 'committed' });
    }),
  );

  test.concurrent(
    'batch history tells who did what, and that it was tampered with',
    withCrew(async ({ place, alice, bob }) => {
      const { batch } = await alice.does('anchor', 'team', '--said', NOWHERE);
      await place.collect(alice, batch, bob);
      const words = await alice.says('batch', 'history', batch);
      expect(words.split('\n').map((line) => line.split('  ')[1])).toEqual([
        'stage',
        'sign',
        'export',
        'add',
        undefined,
      ]);
      expect(words).toMatch(/add {2}E\S{43} {2}D\S{43} {2}from \S+ {2}accepted\n/);
      const file = path.join(alice.home, 'journal.jsonl');
      await writeFile(
        file,
        (await readFile(file, 'utf8')).replace('"outcome":"accepted"', '"outcome":"refused!"'),
      );
      const told = (await alice.run(['batch', 'history'])).requireExit(1);
      expect(told.stderr).toContain('the journal was changed');
      expect(await alice.ends(1, 'batch', 'history')).toMatchObject({ intact: false });
    }),
  );
});

describe('letting go', () => {
  test.concurrent(
    'batch withdraw is advice that honest tools follow unless told otherwise',
    withCrew(async ({ place, alice, bob, carol, log }) => {
      const { batch } = await alice.does('anchor', 'team', '--said', NOWHERE);
      expect(
        await bob
          .with(log)
          .does('batch', 'withdraw', '--yes', batch, '--reason', 'wrong file\u001b[31m'),
      ).toMatchObject({ status: 'withdrawn', batch });
      expect(await alice.does('batch', 'show', batch)).toMatchObject({
        state: 'withdrawn',
        withdrawals: [{ reason: 'wrong file\u001b[31m' }],
      });
      const shown = await alice.says('batch', 'show', batch);
      expect(shown).toContain(String.raw`wrong file\u001b[31m`);
      expect(shown).toContain('advice: once enough have signed, only filling its place ends it');
      await alice.does('batch', 'export', batch, '-o', 'batch.json');
      const sign = ['batch', 'sign', 'batch.json', '--yes', '--expect', batch, '-o', 'carol.sig'];
      expect((await carol.ends(1, ...sign)).error).toMatchObject({
        code: 'refused',
        reason: 'advised-against',
      });
      await carol.does(...sign, '--anyway');
      await alice.does('batch', 'add', 'carol.sig');
      expect((await alice.ends(1, 'batch', 'commit', batch)).error).toMatchObject({
        reason: 'advised-against',
      });
      expect(await alice.does('batch', 'commit', batch, '--anyway')).toMatchObject({
        status: 'committed',
        position: 2,
      });
      expect(
        (
          await place
            .newPerson('d')
            .then(async (dave) => dave.with(log).ends(4, 'batch', 'withdraw', '--yes', batch))
        ).error.code,
      ).toBe('not-found');
    }),
  );

  test.concurrent(
    'a batch that has expired is neither signed nor committed, and batch prune removes it with what was withdrawn',
    withCrew(async ({ alice, log }) => {
      const stage = ['anchor', 'team', '--said', NOWHERE, '--expires', '2010-01-01T00:00:00Z'];
      expect((await alice.ends(2, ...stage)).error).toMatchObject({
        code: 'usage',
        reason: 'expires',
      });
      const ran = await alice.run([...stage, '--json'], { nodeOptions: LONG_AGO });
      const expired = JSON.parse(ran.requireExit(0).stdout) as Answer;
      expect(expired).toMatchObject({ status: 'staged' });
      expect(await alice.does('batch', 'show', expired.batch)).toMatchObject({
        state: 'expired',
        expires: '2010-01-01T00:00:00Z',
      });
      expect(
        (await alice.ends(1, 'batch', 'sign', expired.batch, '--yes', '--expect', expired.batch))
          .error.reason,
      ).toBe('advised-against');
      expect((await alice.ends(1, 'batch', 'commit', expired.batch)).error.reason).toBe(
        'advised-against',
      );
      const withdrawn = await alice.does('anchor', 'solo', '--said', NOWHERE, '--stage');
      await alice.does('batch', 'withdraw', '--yes', withdrawn.batch);
      const kept = await alice.does(
        'anchor',
        'team',
        '--said',
        ELSEWHERE,
        '--expires',
        '2999-01-01T00:00:00Z',
        '--stage',
      );
      const over = [expired.batch, withdrawn.batch];
      const before = snapshot(log);
      const would = await alice.says('batch', 'prune', '--dry-run');
      for (const batch of over) expect(would).toContain(`would remove ${batch}`);
      expect(snapshot(log)).toEqual(before);
      const { pruned } = (await alice.does('batch', 'prune')) as unknown as {
        readonly pruned: readonly { readonly batch: string }[];
      };
      expect(new Set(pruned.map(({ batch }) => batch))).toEqual(new Set(over));
      expect(await alice.does('batch', 'list')).toMatchObject({
        batches: [{ batch: kept.batch, state: 'open' }],
      });
      expect(await alice.says('batch', 'prune')).toBe('nothing to remove\n');
    }),
  );

  test.concurrent(
    'batch restage keeps the free events of a batch that lost a race, byte for byte with their signatures',
    withCrew(async ({ place, alice, bob, log }) => {
      const first = await alice.does('anchor', 'solo', '--said', NOWHERE, '--stage');
      const both = await alice.does(
        'anchor',
        'team',
        '--said',
        NOWHERE,
        '--stage',
        '--batch',
        first.batch,
      );
      await place.collect(alice, both.batch, bob);
      const winner = await alice.does('anchor', 'solo', '--said', ELSEWHERE);
      expect(winner).toMatchObject({ status: 'committed', position: 2 });
      expect(await alice.ends(5, 'batch', 'commit', both.batch)).toMatchObject({
        status: 'conflict',
        taken: [{ aid: first.aid, sn: 1, said: winner.said }],
      });

      const restaged = await alice.does('batch', 'restage', both.batch);
      expect(restaged).toMatchObject({
        from: both.batch,
        state: 'open',
        events: [{ aid: both.aid, said: both.said, words: 'kt 1 of 2 (index 1)' }],
      });
      expect(restaged.batch).not.toBe(both.batch);
      await alice.does('batch', 'sign', restaged.batch, '--yes', '--expect', restaged.batch);
      expect(await alice.does('batch', 'commit', restaged.batch)).toMatchObject({
        status: 'committed',
        position: 3,
      });
      expect(await alice.says('identity', 'show', 'team')).toContain(
        `event 1 (ixn) in batch 3: ${both.said}`,
      );
      expect(await alice.says('batch', 'prune')).toContain(`removed ${both.batch}`);
      expect(await alice.says('audit', log)).toMatch(/4 batches, 2 identities\nvalid: /);
    }),
  );
});

describe('accepting', () => {
  test.concurrent(
    'a link is not asked for where the acceptance could not be written',
    withCrew(async ({ place, alice, bob, log }) => {
      await bob.does('key', 'new', 'b2', '--no-passphrase');
      const { aid } = await bob.with(log).does('identity', 'create', 'device', '--key', 'b2');
      const { batch } = await alice.does('device', 'link', 'solo', '--device', aid, '--name', 'x');
      await alice.does('batch', 'export', batch, '-o', 'link.json');
      const away = bob.with(undefined);
      const sign = ['batch', 'sign', 'link.json', '--yes', '--expect', batch];
      const refused = (await away.run([...sign, '-o', place.dir])).requireExit(2);
      expect(refused.stderr).toContain('no regular file');
      expect(refused.stdout).toBe('');
      expect((await away.does(...sign, '-o', 'link.sig')).files).toEqual(['link.sig']);
      await alice.does('batch', 'add', 'link.sig');
      expect(await alice.does('batch', 'commit', batch)).toMatchObject({ status: 'committed' });
    }),
  );
});
