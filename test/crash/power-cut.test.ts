/** One commit and a bulk commit on a disk that loses what was not synced, with the power cut after every call. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Volume } from 'memfs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  audit,
  commitAll,
  commitBatch,
  type FileSystem,
  type Host,
  listBatches,
  type Log,
  memoryHost,
  nativeCrypto,
  openLog,
  type Processes,
  type StagedBatch,
} from '../../src/index.ts';
import { git, hasGit } from '../git/support.ts';
import { type Names, PowerCut, PowerCutFiles } from '../support/power-cut-files.ts';
import { type Members, waitingLog } from '../support/waiting-log.ts';

const IS_LONG = Number(process.env['GITKEL_LONG'] ?? 1) > 1;
const COUNT = 2;
const LOCK = '/log/refs/heads/main.lock';
const EXT4 = 0xef53;

/** A machine that was started so many times, with a disk of its own. */
function hostOn(files: FileSystem, boot: number): Host {
  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
  const fs = new Proxy(files, {
    get: (target, name): unknown =>
      name === 'statfsSync' ? () => ({ type: EXT4 }) : Reflect.get(target, name),
  });
  const self = `boot${boot}`;
  const processes: Processes = {
    self,
    isDead: () => false,
    isOfOtherBoot: (name) => name !== self,
  };
  const host = memoryHost(fs, nativeCrypto, random, () => 1_800_000_000);
  // Whoever waits here waits for the dead.
  return { ...host, processes, sleep: async () => {} };
}

const hostOf = (volume: Volume, boot = 0): Host => hostOn(volume as unknown as FileSystem, boot);

const disk = new Volume();
/** How often a power cut left the branch locked. */
let locksLeft = 0;
let members: Members;
let batches: readonly StagedBatch[];

beforeAll(async () => {
  ({ members, batches } = await waitingLog(hostOf(disk), '/log', COUNT));
});

/** How many batches of those that wait are committed. */
const SUBJECTS = {
  commitBatch: async (log: Log): Promise<number> => {
    const [batch] = batches;
    if (batch === undefined) throw new Error('no batch waits');
    return (await commitBatch(log, batch, members.find)).status === 'committed' ? 1 : 0;
  },
  commitAll: async (log: Log): Promise<number> =>
    (await commitAll(log, members.find)).filter(({ status }) => status === 'committed').length,
} as const;
const EXPECTED = { commitBatch: 1, commitAll: COUNT } as const;

/** The files of a directory in memory, on the disk. */
function writeOut(volume: Volume, from: string, to: string): void {
  mkdirSync(to);
  for (const name of volume.readdirSync(from).map(String)) {
    const [inner, outer] = [`${from}/${name}`, path.join(to, name)];
    if (volume.lstatSync(inner).isDirectory()) writeOut(volume, inner, outer);
    else writeFileSync(outer, volume.readFileSync(inner));
  }
}

function requireFsck(volume: Volume): void {
  const dir = mkdtempSync(path.join(tmpdir(), 'gitkel-power-'));
  writeOut(volume, '/log', path.join(dir, 'log'));
  expect(git(path.join(dir, 'log'), ['fsck', '--strict', '--no-dangling', '--no-progress'])).toBe(
    '',
  );
  rmSync(dir, { recursive: true });
}

/** What the power cut leaves, from the point of view of whoever comes after it; gives the number of batches. */
async function requireWhole(
  volume: Volume,
  subject: keyof typeof SUBJECTS,
  isReported: boolean,
): Promise<void> {
  const host = hostOf(volume, 2);
  const verdict = audit(host, '/log', {});
  expect(verdict).toMatchObject({ state: 'valid', findings: [] });
  const added = verdict.batches - COUNT;
  expect(isReported ? [EXPECTED[subject]] : [0, EXPECTED[subject]]).toContain(added);
  const log = openLog(host, '/log');
  const states = listBatches(log).map(({ state }) => state);
  expect(states.filter((state) => state === 'committed')).toHaveLength(added);
  expect(states.filter((state) => state === 'complete')).toHaveLength(COUNT - added);
  if (volume.existsSync(LOCK)) locksLeft++;
  expect(await SUBJECTS[subject](log)).toBe(EXPECTED[subject]);
  log.store.close();
  expect(volume.existsSync(LOCK)).toBe(false);
  // What is in the log already needs no lock: then the owner's file waits for whoever takes the next one.
  if (added === 0) expect(volume.readdirSync('/log/gitkel-locks')).toEqual([]);
  expect(audit(host, '/log', {})).toMatchObject({
    state: 'valid',
    batches: COUNT + EXPECTED[subject],
  });
}

/** Cuts the power after so many calls; false when the work was done by then. */
async function cutAfter(
  subject: keyof typeof SUBJECTS,
  names: Names,
  calls: number,
): Promise<boolean> {
  const files = new PowerCutFiles(new PowerCutFiles(disk).afterPowerCut('kept'), calls);
  let isReported = false;
  try {
    expect(await SUBJECTS[subject](openLog(hostOn(files.fs, 1), '/log'))).toBe(EXPECTED[subject]);
    isReported = true;
  } catch (error) {
    expect(error).toBeInstanceOf(PowerCut);
  }
  const found = files.afterPowerCut(names);
  if (hasGit && calls % (IS_LONG ? 1 : 8) === 0) requireFsck(found);
  await requireWhole(found, subject, isReported);
  return !isReported;
}

describe('a power cut', () => {
  test.each([
    ['commitBatch', 'kept'],
    ['commitBatch', 'lost'],
    ['commitAll', 'kept'],
    ['commitAll', 'lost'],
  ] as const)(
    'after any call of %s(), names %s, leaves the old log or the new one, and the new one once it was reported',
    async (subject, names) => {
      let points = 0;
      while (await cutAfter(subject, names, points)) points += IS_LONG ? 1 : 2;
      expect(points).toBeGreaterThan(15);
      if (names === 'kept') expect(locksLeft).toBeGreaterThan(0);
      process.stdout.write(`${subject}(): power cut after up to ${points} calls, names ${names}\n`);
    },
  );

  test('before anything is synced shows in the model: an unsynced file is empty', () => {
    const files = new PowerCutFiles(new Volume());
    const fd = files.fs.openSync('/file', 'wx');
    files.fs.writeSync(fd, Buffer.from('text'));
    expect(files.afterPowerCut('kept').readFileSync('/file').toString()).toBe('');
    expect(files.afterPowerCut('lost').existsSync('/file')).toBe(false);
    files.fs.fsyncSync(fd);
    files.fs.closeSync(fd);
    expect(files.afterPowerCut('kept').readFileSync('/file').toString()).toBe('text');
    const root = files.fs.openSync('/', 'r');
    files.fs.fsyncSync(root);
    expect(files.afterPowerCut('lost').readFileSync('/file').toString()).toBe('text');
  });
});
