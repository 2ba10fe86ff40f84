/** Twelve processes commit to one log at once, half of them to the same identities, while stock Git works on it too. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { audit, createLog, nodeHost, openLog } from '../../src/index.ts';
import { gitTestEnvironment, hasGit } from '../git/support.ts';
import { runGit } from '../support/binary.ts';
import { Members } from '../support/waiting-log.ts';
import type { WorkerReport } from './commit-worker.ts';

const MILLISECONDS = Number(process.env['GITKEL_LONG'] ?? 1) > 1 ? 60_000 : 5_000;
/** Whose identity each process extends: six have one of their own, six share two. */
const MEMBERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'g', 'g', 'h', 'h', 'h'];

async function startWorker(
  script: string,
  args: readonly string[],
): Promise<WorkerReport & { readonly member: string }> {
  const child = fork(script, args, { env: gitTestEnvironment(), stdio: 'inherit' });
  const ended = once(child, 'exit');
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  const [code] = await ended;
  if (code !== 0 || messages.length !== 1) throw new Error(`a process ended with ${String(code)}`);
  return { ...(messages[0] as WorkerReport), member: args[2] ?? '' };
}

/** Repeats something until told to stop; gives how often it was done. */
async function repeat(
  isOver: () => boolean,
  step: (round: number) => Promise<void>,
): Promise<number> {
  let round = 0;
  for (; !isOver(); round++) await step(round);
  return round;
}

test.skipIf(!hasGit)(
  'twelve processes, with git update-ref, pack-refs and gc beside them: nothing reported is lost, no number is given twice',
  async () => {
    const root = mkdtempSync(path.join(tmpdir(), 'gitkel-race-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const script = path.join(root, 'worker.mjs');
    await build({
      entryPoints: [fileURLToPath(new URL('./commit-worker.ts', import.meta.url))],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    });
    const dir = path.join(root, 'log');
    createLog(nodeHost(), dir, { admission: 'open' });
    const log = openLog(nodeHost(), dir);
    const aids = new Map<string, string>();
    const members = new Members();
    for (const name of new Set(MEMBERS)) aids.set(name, await members.join(log, name));
    const [base, first = ''] = [aids.size, log.replayed.tip];
    log.store.close();

    let running = true;
    const isOver = (): boolean => !running;
    // Two programs that pack refs at once get in each other's way: that is theirs to say, and harms nobody.
    const tryGit = async (...args: readonly string[]): Promise<boolean> =>
      runGit(dir, args).then(
        () => true,
        () => false,
      );
    const updated = new Set<string>();
    const others = [
      repeat(isOver, async (round) => {
        const ref = `refs/heads/other-${round % 5}`;
        if (await tryGit('update-ref', ref, first)) updated.add(ref);
      }),
      repeat(isOver, async () => {
        await tryGit('pack-refs', '--all', '--prune');
      }),
      repeat(isOver, async () => {
        await tryGit('gc', '--quiet');
      }),
    ];
    const reports = await Promise.all(
      MEMBERS.map(async (name, index) =>
        startWorker(script, [dir, aids.get(name) ?? '', name, `w${index}`, String(MILLISECONDS)]),
      ),
    ).finally(() => {
      running = false;
    });
    const [updates, packs, gcs] = await Promise.all(others);

    const committed = reports.flatMap((report) =>
      report.committed.map((one) => ({ ...one, member: report.member })),
    );
    const conflicts = reports.reduce((sum, report) => sum + report.conflicts, 0);
    expect(committed.map(({ position }) => position).toSorted((a, b) => a - b)).toEqual(
      committed.map((_, index) => base + index),
    );
    const history = (await runGit(dir, ['rev-list', '--reverse', 'main'])).split('\n');
    expect(history).toHaveLength(base + committed.length);
    const after = openLog(nodeHost(), dir);
    for (const { commit, position, sn, said, member } of committed) {
      expect(history[position]).toBe(commit);
      expect(after.contents.kel(aids.get(member) ?? '')?.saidAt(sn)).toBe(said);
    }
    after.store.close();
    for (const { member, conflicts: lost } of reports)
      if (MEMBERS.filter((name) => name === member).length === 1) expect(lost).toBe(0);
    expect(audit(nodeHost(), dir, {})).toMatchObject({
      state: 'valid',
      findings: [],
      batches: history.length,
    });
    expect(await runGit(dir, ['fsck', '--strict', '--no-dangling', '--no-progress'])).toBe('');
    for (const ref of updated) expect(await runGit(dir, ['rev-parse', ref])).toBe(first);
    const left = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.lock$|^gitkel-locks\/./.test(name),
    );
    expect(left).toEqual([]);
    const shares = reports.map((report) => report.committed.length);
    process.stdout.write(
      `twelve processes: ${committed.length} batches (${shares.join(' ')}), ${conflicts} lost races, beside ${updates} update-ref, ${packs} pack-refs, ${gcs} gc\n`,
    );
  },
);
