import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { audit } from '../../src/audit/audit.ts';
import { nodeHost } from '../../src/host/node.ts';
import { openHome } from '../../src/keys/home.ts';
import { journal, readJournal } from '../../src/keys/journal.ts';
import { rememberSigning } from '../../src/keys/signed-memory.ts';
import { type Ran, runGit } from '../support/binary.ts';
import type { Person, Place } from '../support/person.ts';

/** Processes at a time. */
const LANES = 2;
/** More than any command of ours makes. */
const MOST_POINTS = 2_000;

/** Builds the module that injects faults; gives the option with which Node imports it first. */
export async function buildFault(dir: string): Promise<readonly string[]> {
  const outfile = path.join(dir, 'fault.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./fault.ts', import.meta.url))],
    outfile,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return ['--import', outfile];
}

export interface Fault {
  readonly mode: 'kill' | 'torn' | 'EIO' | 'ENOSPC' | 'EMFILE';
  /** Whether every call from the point on fails, not only the one. */
  readonly onwards?: boolean;
  /** Tries every so many points; 1 unless told. */
  readonly step?: number;
  /** The first point that is tried; 1 unless told. */
  readonly first?: number;
}

/** How a run with a fault ended, and whether the fault came before its end. */
export interface FaultyRan extends Ran {
  readonly hasFailed: boolean;
}

/** Runs the binary with a fault at a point. A process that was killed has said nothing. */
export async function runFaulty(
  person: Person,
  args: readonly string[],
  nodeOptions: readonly string[],
  { mode, onwards = false }: Fault,
  point: number,
): Promise<FaultyRan> {
  const mark = path.join(person.cwd, 'fault-mark');
  const { ran } = await person.run(args, {
    nodeOptions,
    env: { TEST_FAULT: `${mode}:${point}${onwards ? '+' : ''}`, TEST_FAULT_MARK: mark },
  });
  const hasFailed = existsSync(mark);
  if (hasFailed && (mode === 'kill' || mode === 'torn')) expect(ran.signal).toBe('SIGKILL');
  else expect(ran.signal).toBe(null);
  return { ...ran, hasFailed };
}

/**
 * Tries a fault at every point of something, each on a fresh copy, until a run gets through before the fault comes.
 * @param attempt runs with the fault at a point of a copy and looks at what came of it; false when it got through
 * @returns how many points were tried
 */
export async function atEveryPoint(
  original: Place,
  { step = 1, first = 1 }: Fault,
  attempt: (copy: Place, point: number) => Promise<boolean>,
): Promise<number> {
  let next = first;
  let tried = 0;
  let through = false;
  const lane = async (): Promise<void> => {
    while (!through && next < MOST_POINTS) {
      const point = next;
      next += step;
      const copy = original.copy();
      try {
        if (await attempt(copy, point)) tried++;
        else through = true;
      } catch (cause) {
        through = true;
        throw new Error(
          `at point ${point}: ${cause instanceof Error ? cause.message : String(cause)}`,
          { cause },
        );
      } finally {
        copy.remove();
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  expect(next).toBeLessThan(MOST_POINTS);
  return tried;
}

/** What holds at any time: git finds nothing wrong, the audit is valid, and both count the same batches. */
export async function requireSoundLog(log: string): Promise<number> {
  expect(await runGit(log, ['fsck', '--strict', '--no-dangling', '--no-progress'])).toBe('');
  const tip = await runGit(log, ['rev-parse', '--verify', '--quiet', 'refs/heads/main']).catch(
    () => undefined,
  );
  if (tip === undefined) return 0;
  const verdict = audit(nodeHost(), log, {});
  expect(verdict.findings).toEqual([]);
  expect(verdict.state).toBe('valid');
  expect(Number(await runGit(log, ['rev-list', '--count', 'main']))).toBe(verdict.batches);
  return verdict.batches;
}

/** Nothing that a dead process left stands in the way of the next one: locks of the home, lock of the log's branch. */
export async function requireNothingInTheWay(person: Person): Promise<void> {
  const home = openHome(nodeHost(), person.home);
  expect(readJournal(home).intact).toBe(true);
  await journal(home, { at: 1, action: 'test', outcome: 'ok' });
  const aid = 'E'.padEnd(44, 'A');
  await rememberSigning(home, { publicKey: `D${aid.slice(1)}`, aid, sn: 1, said: aid });
  expect(readJournal(home).intact).toBe(true);
  if (person.log === undefined) return;
  const tip = await runGit(person.log, ['rev-parse', 'refs/heads/main']);
  await runGit(person.log, ['update-ref', 'refs/heads/main', tip, tip]);
}
