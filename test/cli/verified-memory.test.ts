/** What a home verified is not verified again, on the built binary: never a wrong answer, whatever becomes of it. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { runGit } from '../support/binary.ts';
import { useCrew } from '../support/crew.ts';
import type { Answer, Person } from '../support/person.ts';

vi.setConfig({ testTimeout: 240_000 });

const DIGEST = 'E'.padEnd(44, 'A');

interface Verdict extends Answer {
  readonly verifiedBefore: number;
}

async function audited(
  person: Person,
  exitCode: number,
  ...flags: readonly string[]
): Promise<Verdict> {
  return (await person.ends(exitCode, 'audit', ...flags)) as Verdict;
}

function verifiedFiles({ home }: Person): readonly string[] {
  const folder = path.join(home, 'verified');
  return readdirSync(folder).map((name) => path.join(folder, name));
}

/** Replaces the bytes of the home's pages by zeros, as a loss of power can. */
function damagePages(person: Person): void {
  for (const file of verifiedFiles(person).filter((name) => name.endsWith('.pages')))
    writeFileSync(file, new Uint8Array(statSync(file).size));
}

/** A log of four batches: two identities, two anchors. */
async function writeBatches(alice: Person): Promise<void> {
  await alice.does('identity', 'create', 'one', '--key', 'a');
  await alice.does('key', 'new', 'k', '--no-passphrase');
  await alice.does('identity', 'create', 'two', '--key', 'k');
  await alice.does('anchor', 'one', '--said', DIGEST);
  await alice.does('anchor', 'two', '--said', DIGEST);
}

describe('the verified memory', () => {
  const withCrew = useCrew();

  test.concurrent(
    'saves verifying again: audit says from where, --full verifies all, a clone is told by its chain',
    withCrew(async ({ place, log, alice }) => {
      await writeBatches(alice);
      expect(await audited(alice, 0)).toMatchObject({ verifiedBefore: 4, batches: 4 });
      expect(await alice.says('audit')).toContain(
        'batches 0 to 3 were verified here before; --full verifies them again',
      );
      expect(await audited(alice, 0, '--full')).toMatchObject({ verifiedBefore: 0, batches: 4 });
      await runGit(place.dir, ['clone', '-q', '--bare', log, 'clone']);
      expect(await audited(alice, 0, place.path('clone'))).toMatchObject({ verifiedBefore: 4 });
      // A stranger has verified nothing.
      expect(await audited(place.person('stranger', log), 0)).toMatchObject({ verifiedBefore: 0 });
    }),
  );

  test.concurrent(
    'a batch that was verified may be gone, which --full says',
    withCrew(async ({ log, alice }) => {
      await writeBatches(alice);
      const packs = path.join(log, 'objects', 'pack');
      const aside = path.join(log, 'aside');
      renameSync(packs, aside);
      mkdirSync(packs);
      for (const name of readdirSync(aside).filter((file) => file.endsWith('.pack')))
        await runGit(log, ['unpack-objects', '-q'], {}, readFileSync(path.join(aside, name)));
      const commit = await runGit(log, ['rev-parse', 'main~3']);
      unlinkSync(path.join(log, 'objects', commit.slice(0, 2), commit.slice(2)));
      expect(await audited(alice, 0)).toMatchObject({ verifiedBefore: 4 });
      expect(await audited(alice, 1, '--full')).toMatchObject({ reason: 'object-missing' });
      expect((await alice.does('identity', 'show', 'two')).aid).toMatch(/^E/);
    }),
  );

  test.concurrent(
    'a log that went back, or was signed anew, is an alarm as before',
    withCrew(async ({ log, alice }) => {
      await writeBatches(alice);
      const tip = await runGit(log, ['rev-parse', 'main']);
      await runGit(log, ['update-ref', 'refs/heads/main', 'main~1']);
      expect((await alice.ends(1, 'identity', 'list')).error.reason).toBe('log-rolled-back');
      expect((await audited(alice, 1)).reason).toBe('log-rolled-back');
      const stranger = alice.with(log);
      expect((await stranger.ends(1, 'status')).error.reason).toBe('log-rolled-back');
      await runGit(log, ['update-ref', 'refs/heads/main', tip]);
      expect(await audited(alice, 0)).toMatchObject({ verifiedBefore: 4 });
    }),
  );

  test.concurrent(
    'damaged, deleted in part or in whole: every command goes on, says nothing of it, and it grows again',
    withCrew(async ({ alice }) => {
      await writeBatches(alice);
      const shown = await alice.says('identity', 'show', 'one');
      const harms: readonly (() => void)[] = [
        () => {
          damagePages(alice);
        },
        () => {
          for (const file of verifiedFiles(alice).filter((name) => name.endsWith('.pages')))
            unlinkSync(file);
        },
        () => {
          for (const file of verifiedFiles(alice).filter((name) => name.endsWith('.json')))
            writeFileSync(file, '{}\n');
        },
        () => {
          rmSync(path.join(alice.home, 'verified', 'machine.key'));
        },
        () => {
          rmSync(path.join(alice.home, 'verified'), { recursive: true });
        },
      ];
      for (const harm of harms) {
        harm();
        const { stdout, stderr } = (await alice.run(['identity', 'show', 'one'])).requireExit(0);
        expect(stdout).toBe(shown);
        expect(stderr).toBe('');
        expect(await audited(alice, 0)).toMatchObject({ verifiedBefore: 4 });
        harm();
        expect(await alice.does('anchor', 'one', '--said', DIGEST, '--stage')).toMatchObject({
          status: 'staged',
        });
        expect(await audited(alice, 0)).toMatchObject({ batches: 4 });
      }
    }),
  );

  test.concurrent(
    'many commands at once: what is reported is there, and the memory holds in the end',
    withCrew(async ({ alice }) => {
      await writeBatches(alice);
      const anchors = ['B', 'C', 'D', 'E'].map(async (letter) =>
        alice.run(['anchor', 'one', '--said', 'E'.padEnd(44, letter), '--json']),
      );
      const reads = [alice.says('audit'), alice.says('identity', 'list'), alice.says('status')];
      const ran = await Promise.all(anchors);
      await Promise.all(reads);
      const committed = ran.filter(({ ran: { exitCode } }) => exitCode === 0).length;
      expect(committed).toBeGreaterThan(0);
      const first = await audited(alice, 0);
      expect(first.batches).toBe(4 + committed);
      expect(await audited(alice, 0)).toMatchObject({ verifiedBefore: 4 + committed });
      expect(await audited(alice, 0, '--full')).toMatchObject({ batches: 4 + committed });
    }),
  );
});
