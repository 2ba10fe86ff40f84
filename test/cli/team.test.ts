/** A team that nobody can speak for alone: created, used and audited through the built binary, each member at home. */
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import { runGit } from '../support/binary.ts';
import { useCrew } from '../support/crew.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const withCrew = useCrew();

const CARDS = ['--key', 'a', '--card', 'b.card', '--card', 'c.card'];

describe('a 2-of-3 team with keys in three homes', () => {
  test.concurrent('is created over a file that is signed in an empty directory, and anchors while the third never appears', withCrew(async (crew) => {
    const { place, log, alice, bob } = crew;
    const staged = await alice.does('identity', 'create', 'team', ...CARDS, '--threshold', '2');
    expect(staged).toMatchObject({
      status: 'staged',
      missing: [`icp 0 of ${staged.aid}: kt: 1 more (from index 1, 2)`],
    });
    expect(await alice.ends(6, 'batch', 'commit', staged.batch)).toMatchObject({ status: 'incomplete', missing: staged.missing });
    expect(await alice.says('batch', 'show', staged.batch)).toMatch(/kt 1 of 2 \(index 0\)\n/);

    await alice.does('batch', 'export', staged.batch, '-o', place.path('batch.json'));
    const exported = await readFile(place.path('batch.json'));
    const empty = await place.emptyDirectory();
    await cp(place.path('batch.json'), `${empty}/batch.json`);
    const away = bob.in(empty);
    const shown = await away.says('batch', 'sign', 'batch.json', '--yes', '--expect', staged.batch);
    const { code } = await alice.does('batch', 'show', staged.batch);
    expect(shown).toContain(`create the identity ${staged.aid}`);
    expect(shown).toContain('2 of 3 keys must sign');
    expect(shown).toMatch(/key 1: D\S{43} \(yours\)/);
    expect(shown).toContain('your next key is among them (index 1)');
    expect(shown).toContain(`code: ${code} `);
    const [signature, ...others] = (await readdir(empty)).filter((file) => file !== 'batch.json');
    expect(others).toEqual([]);
    expect(signature).toMatch(/^batch\.json\.D[\w-]{11}\.sig$/);
    expect(await readFile(`${empty}/batch.json`)).toEqual(exported);

    expect(await alice.does('batch', 'add', `${empty}/${signature ?? ''}`)).toMatchObject({ added: [{ status: 'accepted', batch: staged.batch }], missing: [] });
    expect(await alice.says('batch', 'commit', staged.batch)).toMatch(/^committed: batch 0, commit [0-9a-f]{40}\n$/);
    expect(await alice.does('batch', 'list')).toEqual({ batches: [] });

    await writeFile(place.path('minutes.txt'), 'we agree\n');
    const anchor = await alice.does('anchor', 'team', '--file', 'minutes.txt');
    expect(anchor).toMatchObject({ status: 'staged', aid: staged.aid });
    expect(await place.commit(alice, anchor.batch, bob)).toMatchObject({ status: 'committed', batch: anchor.batch, position: 1 });

    await runGit(place.dir, ['clone', '-q', log, 'clone']);
    expect(await runGit(place.path('clone'), ['rev-list', '--count', 'HEAD'])).toBe('2');
    const stranger = bob.in(place.path('clone'));
    expect(await stranger.does('audit')).toMatchObject({ state: 'valid', batches: 2, aids: [{ aid: staged.aid, sn: 1, said: anchor.said, verdict: 'valid' }] });
    expect(await stranger.says('audit', '--expect', `${staged.aid}@1:${anchor.said}`)).toMatch(/2 batches, 1 identity\nvalid: /);
    const other = (await alice.does('identity', 'create', 'alice', '--key', 'a')).aid;
    expect(other).not.toBe(staged.aid);
    expect(await stranger.ends(1, 'audit', '--expect', other)).toMatchObject({ state: 'invalid', reason: 'expected-aid' });
    expect(await stranger.ends(1, 'audit', '--expect', `${staged.aid}@1:${staged.said}`)).toMatchObject({ state: 'invalid' });
    expect(await stranger.ends(1, 'audit', '--expect-log', staged.aid)).toMatchObject({ state: 'invalid' });
  }));

  test.concurrent('is not signed blindly: another batch, nobody to ask, a key that is not asked for', withCrew(async (crew) => {
    const { place, alice, bob, carol } = crew;
    const staged = await alice.does('identity', 'create', 'team', '--key', 'a', '--card', 'b.card', '--threshold', '2');
    await alice.does('batch', 'export', staged.batch, '-o', 'batch.json');
    expect((await bob.ends(1, 'batch', 'sign', 'batch.json', '--yes', '--expect', staged.aid)).error).toMatchObject({ code: 'refused', reason: 'other-batch' });
    expect((await bob.ends(2, 'batch', 'sign', 'batch.json', '--yes')).error).toMatchObject({ code: 'usage' });
    const unasked = await bob.run(['batch', 'sign', 'batch.json', '--json']);
    expect(JSON.parse(unasked.requireExit(2).stdout)).toMatchObject({ error: { code: 'usage' } });
    expect(unasked.ran.stderr).toContain(`create the identity ${staged.aid}`);
    expect((await carol.ends(1, 'batch', 'sign', 'batch.json', '--yes', '--expect', staged.batch)).error).toMatchObject({ code: 'refused', reason: 'not-requested' });
    const text = await readFile(place.path('batch.json'), 'utf8');
    const forged = text.replace(String.raw`\\\"kt\\\":\\\"2\\\"`, String.raw`\\\"kt\\\":\\\"1\\\"`);
    expect(forged).not.toBe(text);
    await writeFile(place.path('forged.json'), forged);
    expect((await bob.ends(3, 'batch', 'sign', 'forged.json', '--yes', '--expect', staged.batch)).error).toMatchObject({ code: 'malformed' });
  }));
});

interface Weighted {
  readonly threshold: string;
  /** Who signs one after the other, and what is missing of the threshold before each. */
  readonly steps: readonly (readonly [who: 'b' | 'c', missing: string])[];
}

const WEIGHTED: readonly Weighted[] = [
  {
    threshold: '1/2,1/4,1/4',
    steps: [
      ['b', 'kt: weights 1/2,1/4,1/4 not met yet (from index 1, 2)'],
      ['c', 'kt: weights 1/2,1/4,1/4 not met yet (from index 2)'],
    ],
  },
  { threshold: '1/2,1/2;1', steps: [['c', 'kt: weights 1/2,1/2;1 not met yet (from index 1, 2)'], ['b', 'kt: weights 1/2,1/2;1 not met yet (from index 1)']] },
  {
    threshold: '["1/2",{"1/2":["1/2","1/2"]}]',
    steps: [['b', 'not met yet (from index 1, 2)'], ['c', 'not met yet (from index 2)']],
  },
];

describe('thresholds', () => {
  test.concurrent.for(WEIGHTED)('identity create --threshold $threshold needs every clause', withCrew(async (crew, { threshold, steps }) => {
    const { place, log, alice, bob, carol } = crew;
    const staged = await alice.does('identity', 'create', 'team', ...CARDS, '--threshold', threshold);
    for (const [who, missing] of steps) {
      const { missing: [before = ''] } = await alice.ends(6, 'batch', 'commit', staged.batch);
      expect(before).toContain(missing);
      await place.collect(alice, staged.batch, who === 'b' ? bob : carol);
    }
    expect(await alice.does('batch', 'commit', staged.batch)).toMatchObject({ status: 'committed', position: 0 });
    expect(await alice.does('audit', log, '--expect', staged.aid)).toMatchObject({ state: 'valid' });
  }));

  test.concurrent('identity create with one key commits at once, and so does what it does next', withCrew(async (crew) => {
    const { alice } = crew;
    const created = await alice.does('identity', 'create', 'alice', '--key', 'a');
    expect(created).toMatchObject({ status: 'committed', position: 0, missing: [] });
    expect(await alice.does('anchor', 'alice', '--said', created.said)).toMatchObject({ status: 'committed', position: 1 });
    expect(await alice.does('identity', 'rotate', 'alice', '--no-passphrase')).toMatchObject({ status: 'committed', position: 2 });
    expect(await alice.does('identity', 'rotate', 'alice', '--no-passphrase')).toMatchObject({ status: 'committed', position: 3 });
    expect(await alice.does('batch', 'list')).toEqual({ batches: [] });
    expect(await alice.says('audit')).toMatch(/4 batches, 1 identity\nvalid: /);
  }));

  test.concurrent('identity create refuses thresholds that three keys cannot have, and stages nothing', withCrew(async (crew) => {
    const { alice } = crew;
    for (const threshold of ['0', '4', '1/2,1/2', '1/3,1/3,1/4', '1/2,1/0,1', 'most', '1/2;1/2,1/2', '2,2,2']) {
      const { error } = await alice.ends(2, 'identity', 'create', 'team', ...CARDS, '--threshold', threshold);
      expect(error, threshold).toMatchObject({ code: 'usage' });
    }
    expect(await alice.does('batch', 'list')).toEqual({ batches: [] });
    expect(await alice.does('name', 'list')).toEqual({ names: [] });
  }));
});
