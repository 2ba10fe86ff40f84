import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

/** Runs the binary with a fault at a point. */
export async function runFaulty(
  person: Person,
  args: readonly string[],
  nodeOptions: readonly string[],
  { mode, onwards = false }: Fault,
  point: number,
): Promise<FaultyRan> {
  const mark = path.join(person.cwd, 'fault-mark');
  const { ran } = await person.run(args, {
    alone: true,
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

/** A run of a command by somebody in a place. */
type Command = (place: Place) => readonly [person: Person, args: readonly string[]];

/** What a command leaves that is killed at a point, and what it had printed by then. */
type Check = (left: Place, stdout: string) => Promise<void>;

async function inLanes<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = [...all];
  const lane = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/**
 * Looks at what a command leaves that is killed at every point. Since nothing but what the system holds then outlives a
 * process, one run of it is enough, which goes on to its end and at each point copies what is there; at one point it is
 * killed, too.
 * @returns how many points there were
 */
export async function killedAtEveryPoint(
  original: Place,
  { mode, step = 1, first = 1 }: Fault,
  nodeOptions: readonly string[],
  command: Command,
  check: Check,
): Promise<number> {
  const to = mkdtempSync(path.join(tmpdir(), 'gitkel-points-'));
  const copy = original.copy();
  const killed = original.copy();
  try {
    const [person, args] = command(copy);
    const env = {
      TEST_FAULT: `${mode}:${first}`,
      TEST_SNAPSHOTS: `${step} ${copy.dir} ${to}`,
    };
    (await person.run(args, { alone: true, nodeOptions, env })).requireExit(0);
    const points = readdirSync(to)
      .filter((name) => !name.includes('.'))
      .map(Number)
      .toSorted((one, other) => one - other);
    const middle = points[Math.floor(points.length / 2)] ?? first;
    const ran = await runFaulty(...command(killed), nodeOptions, { mode }, middle);
    expect(ran.hasFailed).toBe(true);
    rmSync(path.join(killed.dir, 'fault-mark'));
    await check(killed, ran.stdout);
    await inLanes(points, async (point) => {
      const left = original.taking(path.join(to, String(point)));
      try {
        await check(left, readFileSync(path.join(to, `${point}.stdout`), 'utf8'));
      } catch (cause) {
        throw new Error(`at point ${point}: ${String(cause)}`, { cause });
      } finally {
        left.remove();
      }
    });
    return points.length;
  } finally {
    for (const dir of [to, copy.dir, killed.dir]) rmSync(dir, { recursive: true, force: true });
  }
}

/** What holds at any time: git finds nothing wrong, the audit is valid, and both count the same batches. */
export async function requireSoundLog(log: string): Promise<number> {
  expect(await runGit(log, ['fsck', '--strict', '--no-dangling', '--no-progress'])).toBe('');
  const commits = await runGit(log, ['rev-list', '--count', 'refs/heads/main', '--']).catch(
    () => undefined,
  );
  if (commits === undefined) return 0;
  const verdict = audit(nodeHost(), log, {});
  expect(verdict.findings).toEqual([]);
  expect(verdict.state).toBe('valid');
  expect(Number(commits)).toBe(verdict.batches);
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
