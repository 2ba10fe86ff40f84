/** One commit and a bulk commit, with a fault at every call that they make on the file system, in this process. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  audit,
  commitAll,
  commitBatch,
  GitkelError,
  type Host,
  listBatches,
  nodeHost,
  openLog,
  type Processes,
  type StagedBatch,
} from '../../src/index.ts';
import { type FileFault, faultyFiles, Killed } from '../support/faulty-files.ts';
import { type Members, waitingLog } from '../support/waiting-log.ts';
import { git, hasGit } from '../git/support.ts';

const IS_LONG = Number(process.env['GITKEL_LONG'] ?? 1) > 1;
const COUNT = 3;
const BRANCH = 'refs/heads/main';

let root: string;
let members: Members;
let batches: readonly StagedBatch[];

const processes = (self: string, ...dead: readonly string[]): Processes => ({
  self,
  isDead: (name) => dead.includes(name),
});

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'gitkel-port-'));
  ({ members, batches } = await waitingLog(nodeHost(), path.join(root, 'log'), COUNT));
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** How a try ended: what it committed, or the error. */
type Ended = { readonly positions: readonly number[] } | { readonly error: unknown };

const SUBJECTS = {
  commitBatch: async (host: Host, dir: string): Promise<readonly number[]> => {
    const [batch] = batches;
    if (batch === undefined) throw new Error('no batch waits');
    const log = openLog(host, dir);
    const outcome = await commitBatch(log, batch, members.find);
    log.store.close();
    return outcome.status === 'committed' ? [outcome.position] : [];
  },
  commitAll: async (host: Host, dir: string): Promise<readonly number[]> => {
    const log = openLog(host, dir);
    const results = await commitAll(log, members.find);
    log.store.close();
    return results.flatMap((result) => (result.status === 'committed' ? result.position : []));
  },
} as const;

const EXPECTED = { commitBatch: [COUNT], commitAll: [COUNT, COUNT + 1, COUNT + 2] } as const;

async function tried(work: Promise<readonly number[]>): Promise<Ended> {
  try {
    return { positions: await work };
  } catch (error) {
    return { error };
  }
}

function lockFiles(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.lock') || name.endsWith('.keep') || name.includes('gitkel-locks/'),
  );
}

/** One try on a copy; false when it got through before the fault. */
async function attempt(
  subject: keyof typeof SUBJECTS,
  fault: FileFault,
  point: number,
): Promise<boolean> {
  const dir = mkdtempSync(path.join(root, 'copy-'));
  cpSync(path.join(root, 'log'), dir, { recursive: true });
  const old = git(dir, ['rev-parse', BRANCH]);
  const faulty = faultyFiles(nodeHost().fs, fault, point);
  const doomed = nodeHost({ fs: faulty.fs, processes: processes('doomed') });
  const ended = await tried(SUBJECTS[subject](doomed, dir));
  if (faulty.calls() < point) return false;
  const expected = EXPECTED[subject];
  if ('positions' in ended) expect(ended.positions).toEqual(expected);
  else if (fault === 'kill') expect(ended.error).toBeInstanceOf(Killed);
  else {
    expect(ended.error).toBeInstanceOf(GitkelError);
    expect(ended.error).toMatchObject({ code: 'environment', reason: fault.toLowerCase() });
  }

  expect(git(dir, ['fsck', '--strict', '--no-dangling', '--no-progress'])).toBe('');
  const isNew = git(dir, ['rev-parse', BRANCH]) !== old;
  if ('positions' in ended) expect(isNew).toBe(true);
  const heir = nodeHost({ processes: processes('heir', 'doomed') });
  const now = COUNT + (isNew ? expected.length : 0);
  expect(audit(heir, dir, {})).toMatchObject({ state: 'valid', findings: [], batches: now });
  const log = openLog(heir, dir);
  const states = listBatches(log).map(({ state }) => state);
  log.store.close();
  expect(states.filter((state) => state === 'committed')).toHaveLength(now - COUNT);
  expect(states.filter((state) => state === 'complete')).toHaveLength(2 * COUNT - now);

  expect(await SUBJECTS[subject](heir, dir)).toEqual(expected);
  const batchCount = COUNT + expected.length;
  expect(audit(heir, dir, {})).toMatchObject({ state: 'valid', batches: batchCount });
  if (isNew) expect(git(dir, ['rev-list', '--count', BRANCH])).toBe(String(batchCount));
  git(dir, ['update-ref', BRANCH, 'HEAD']);
  const kept = lockFiles(dir).filter((name) => name.includes('.lock'));
  expect(kept).toEqual([]);
  rmSync(dir, { recursive: true });
  return true;
}

describe.skipIf(!hasGit)('through the file system port', () => {
  const faults: readonly FileFault[] = ['kill', 'EIO', 'ENOSPC', 'EMFILE'];
  test.each(
    faults.flatMap((fault, index) =>
      (['commitBatch', 'commitAll'] as const).map((subject) => [subject, fault, index] as const),
    ),
  )(
    '%s() with %s at any call leaves all or nothing, and a retry ends it',
    async (subject, fault, index) => {
      // Unless there is time, some of the calls, and of each fault others.
      const step = IS_LONG ? 1 : fault === 'EMFILE' ? 11 : 5;
      let points = 0;
      for (let point = IS_LONG ? 1 : 1 + index; await attempt(subject, fault, point); point += step)
        points++;
      expect(points).toBeGreaterThan(3);
      process.stdout.write(`${subject}() through the port: ${fault} at ${points} calls\n`);
    },
  );
});
