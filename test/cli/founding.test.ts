/** A log that several people found over a remote which nothing was committed to yet. */
import { renameSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { runGit } from '../support/binary.ts';
import { type Crew, useCrew } from '../support/crew.ts';
import { serve } from '../support/git-server.ts';
import type { Answer, Person } from '../support/person.ts';

vi.setConfig({ testTimeout: 120_000 });

const SAID = 'EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX';

interface Told extends Answer {
  readonly asked: string | null;
  readonly verdict: string;
  readonly waiting: readonly {
    readonly kind: string;
    readonly batch: string | null;
    readonly next: string;
  }[];
}

const withCrew = useCrew(async () => Promise.resolve());

const status = async (person: Person, ...flags: string[]): Promise<Told> =>
  (await person.does('status', ...flags)) as Told;

/** Alice's log with an upstream that is empty. */
async function unfounded({ place, log }: Crew): Promise<string> {
  const bare = place.path('remote.git');
  await runGit(place.dir, ['init', '-q', '--bare', bare]);
  await runGit(log, ['remote', 'add', 'origin', bare]);
  return bare;
}

test(
  'a co-signer clones a remote without a log, and signs there the batch that founds it; status shows what is there',
  withCrew(async (crew) => {
    const { place, alice } = crew;
    const bare = await unfounded(crew);
    const bob = crew.bob.with(place.path('copy'));
    expect(await crew.bob.with(undefined).does('clone', bare, 'copy')).toMatchObject({
      verdict: 'no-batch',
      batches: 0,
    });
    expect(await status(bob)).toMatchObject({ asked: 'seen', waiting: [] });
    const cards = ['--key', 'a', '--card', 'b.card', '--threshold', '2'];
    const { batch } = await alice.does('identity', 'create', 'team', ...cards);
    await alice.does('batch', 'push', batch);
    expect(await status(bob)).toMatchObject({
      asked: 'seen',
      waiting: [{ kind: 'pull', batch, next: 'gitkel sync' }],
    });
    expect(await bob.says('status')).toContain(
      `${batch}  at the upstream, not verified: a staged batch and 1 contribution`,
    );
    expect(await status(bob, '--offline')).toMatchObject({ asked: null, waiting: [] });
    await bob.does('batch', 'pull');
    expect(await status(bob)).toMatchObject({ waiting: [{ kind: 'sign', batch }] });
    await bob.does('batch', 'sign', batch, '--yes', '--expect', batch);
    const { commit } = await bob.does('batch', 'commit', batch);
    expect(await runGit(bare, ['rev-parse', 'refs/heads/main'])).toBe(commit);
    expect((await status(alice)).waiting).toContainEqual(
      expect.objectContaining({ kind: 'pull', batch: null, next: 'gitkel pull' }),
    );
    renameSync(bare, `${bare}.away`);
    expect((await status(alice)).asked).toBe('unreachable');
  }),
);

test(
  'where a log was expected, a remote without one is refused and nothing is kept',
  withCrew(async (crew) => {
    const { place } = crew;
    const bare = await unfounded(crew);
    const bob = crew.bob.with(undefined);
    for (const expected of [
      ['--expect', 'E'.padEnd(44, 'A')],
      ['--expect-log', 'E'.padEnd(44, 'A')],
    ]) {
      expect(await bob.ends(1, 'clone', bare, 'copy', ...expected)).toMatchObject({
        error: { reason: 'remote-branch-gone' },
      });
    }
    await bob.does('clone', bare, 'copy');
    // HEAD of the remote may name a branch that nobody pushed.
    await runGit(bare, ['symbolic-ref', 'HEAD', 'refs/heads/trunk']);
    const { aid } = await crew.alice.does('identity', 'create', 'alice', '--key', 'a');
    expect(await bob.does('clone', bare, 'found', '--expect', aid)).toMatchObject({ batches: 1 });
    await runGit(place.dir, ['init', '-q', 'code']);
    const commit = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit'];
    await runGit(place.path('code'), [...commit, '-q', '--allow-empty', '-m', 'code']);
    await bob.ends(4, 'clone', place.path('code'), 'copy-of-code');
  }),
);

test(
  'a remote with something else on its branch is no log, for who clones it and for who has it as upstream',
  withCrew(async (crew) => {
    const { place, alice } = crew;
    const bare = await unfounded(crew);
    const tree = await runGit(bare, ['mktree']);
    const commit = await runGit(bare, ['commit-tree', '-m', 'readme', tree]);
    await runGit(bare, ['update-ref', 'refs/heads/main', commit]);
    const bob = crew.bob.with(undefined);
    for (const url of [bare, `${await serve(place.dir)}/remote.git`])
      expect((await bob.ends(4, 'clone', url, 'copy')).error).toMatchObject({
        message: `Cannot clone ${JSON.stringify(url)}: no log is there`,
        hint: expect.stringContaining('gitkel init DIR --branch gitkel'),
      });
    for (const command of ['pull', 'sync'])
      expect((await alice.ends(1, command)).error).toMatchObject({
        reason: 'remote-other-log',
        message: expect.stringContaining('is of something else than a log'),
        hint: expect.stringContaining('gitkel init DIR --branch gitkel'),
      });
  }),
);

test(
  'a batch that is pushed before its log, one that competes with it, and a rotation that is staged are told as such',
  withCrew(async (crew) => {
    const { place, alice } = crew;
    await alice.does('identity', 'create', 'alice', '--key', 'a');
    const bare = await unfounded(crew);
    const bob = crew.bob.with(place.path('copy'));
    await crew.bob.with(undefined).does('clone', bare, 'copy');
    const staged = await alice.run(['identity', 'rotate', 'alice', '--stage', '--no-passphrase']);
    expect(staged.requireExit(0).stderr).not.toContain('only one of them');
    const rivals = (await alice.run(['anchor', 'alice', '--said', SAID, '--stage'])).requireExit(0);
    expect(rivals.stderr).toMatch(
      /the staged batch E\S{43} is for event 1 of E\S{43}, too: only one/,
    );
    const { waiting } = await status(alice, '--offline');
    expect(waiting.map(({ kind }) => kind)).not.toContain('rotation');
    const pushed = await alice.says('batch', 'push');
    expect(pushed).toContain('the log itself is not there yet');
    expect(pushed).toContain('next: gitkel sync');
    expect(await bob.says('batch', 'pull')).toContain('whoever pushed the batch publishes it');
  }),
);
