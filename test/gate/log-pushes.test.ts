/** Pushes of a log, and of staged batches, with stock git through the built hooks; `npm test` builds them first. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { digestText } from '../../src/cesr/digest.ts';
import type { Crypto } from '../../src/crypto/crypto.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { VerifyingThreads } from '../../src/crypto/verifying-threads.ts';
import type { HookAnswer } from '../../src/gate/hook-place.ts';
import { initRepository } from '../../src/git/repository.ts';
import { carrierOf } from '../../src/batch/mailbox.ts';
import { parseSignedEvent } from '../../src/keri/signatures.ts';
import { BATCH_REFS, CONTRIBUTION_FILE, contributionRef } from '../../src/log/layout.ts';
import { git, gitTestEnvironment, hasGit } from '../git/support.ts';
import { installHook, objectFiles } from '../support/installed-hook.ts';
import { MemoryLog } from '../support/memory-log.ts';
import { configureHooks, hookRun, received } from '../support/served.ts';
import { type BatchDraft, decodeLog, forge } from '../support/tampered-log.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const BATCHES = 50;
const BAD = 31;
const run = promisify(execFile);
const noThreads = (): undefined => undefined;

const root = mkdtempSync(path.join(tmpdir(), 'gitkel-log-pushes-'));
const served = path.join(root, 'served.git');
let memory: MemoryLog;
let aid: string;

const tipOf = (position: number): string =>
  memory.log.contents.batchAt(position)?.commit ?? 'there is none';

const seal = (at: number): { readonly d: string } => ({ d: `E${String(at).padStart(43, 'A')}` });

/** What a server says that does not take a push; empty when it takes it. */
async function refusal(from: string, ...specs: readonly string[]): Promise<string> {
  try {
    await run('git', ['push', '-q', '--atomic', served, ...specs], {
      cwd: from,
      env: gitTestEnvironment(),
    });
    return '';
  } catch (error) {
    return error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  }
}

/** The objects that a repository has and another one has not. */
function missing(from: string): readonly string[] {
  const all = git(from, ['cat-file', '--batch-all-objects', '--batch-check=%(objectname)']);
  const there = new Set(
    git(served, ['cat-file', '--batch-all-objects', '--batch-check=%(objectname)']).split('\n'),
  );
  return all.split('\n').filter((oid) => oid !== '' && !there.has(oid));
}

beforeAll(async () => {
  memory = new MemoryLog({ disk: root });
  aid = await memory.member('board', 2, '2');
  for (let at = 1; at <= BATCHES; at++)
    await memory.write([memory.anchor(aid, seal(at))], 'board.0.0', 'board.0.1');
  initRepository(memory.host, served, { bare: true, branch: 'main' });
  const logId = memory.log.contents.genesis?.logId ?? '';
  configureHooks(served, { logDir: undefined, logRef: 'refs/heads/main', logId });
  for (const name of ['pre-receive', 'reference-transaction'] as const) installHook(served, name);
  const said = await refusal(memory.dir, `${tipOf(0)}:refs/heads/main`);
  if (said !== '') throw new Error(said);
});

afterAll(() => {
  memory.log.store.close();
  rmSync(root, { recursive: true, force: true });
});

/** The log with the signature of another event over one of them, and everything after it signed anew. */
async function withBadEvent(): Promise<{
  readonly dir: string;
  readonly commits: readonly string[];
}> {
  const { host, dir, ring, log, crypto } = memory;
  const signerOf = (): string => memory.keys(['board.0.0'])[0] ?? '';
  const drafts: BatchDraft[] = [...decodeLog(host, dir, log.replayed.tip ?? '', signerOf)];
  const halves = [BAD, BAD + 1].map((at) => {
    const bytes = drafts[at]?.files[0]?.bytes ?? new Uint8Array();
    const read = parseSignedEvent(crypto, bytes);
    if (!read.ok) throw new Error(read.detail);
    const { length } = read.signed.event.bytes;
    return { event: bytes.subarray(0, length), attached: bytes.subarray(length) };
  });
  const [bad] = drafts[BAD]?.files ?? [];
  if (bad === undefined) throw new Error('each batch has an event');
  bad.bytes = concat(halves[0]?.event ?? bad.bytes, halves[1]?.attached ?? bad.bytes);
  return forge(host, root, drafts, { resigned: true, ring });
}

describe.skipIf(!hasGit)('git push of a log through the hooks (needs git)', () => {
  test('refuses 50 batches of which one has a bad event, names it, and keeps none of their objects', async () => {
    const forged = await withBadEvent();
    const before = objectFiles(served);
    const said = await refusal(forged.dir, `main:refs/heads/main`);
    expect(said).toContain(`batch ${BAD} (commit ${forged.commits[BAD]})`);
    expect(said).toMatch(new RegExp(`at .*kel/.*/${aid}/.*-ixn-`, 's'));
    expect(said).toContain('nothing of this push was taken');
    expect(objectFiles(served)).toEqual(before);
    expect(missing(forged.dir)).toEqual(expect.arrayContaining(forged.commits.slice(1)));
    expect(git(served, ['rev-parse', 'main']).trim()).toBe(tipOf(0));
  });

  test('is judged the same where the signatures are verified on other threads', async () => {
    const forged = await withBadEvent();
    let taken = 0;
    class Counted extends VerifyingThreads {
      override offer(...given: Parameters<VerifyingThreads['offer']>): boolean {
        const isTaken = super.offer(...given);
        taken += Number(isTaken);
        return isTaken;
      }
    }
    const answersWith = async (
      threads: NonNullable<Crypto['threads']>,
    ): Promise<readonly HookAnswer[]> => {
      const host = { ...memory.host, crypto: { ...nativeCrypto, threads } };
      const answers: HookAnswer[] = [];
      for (const [dir, after = ''] of [
        [forged.dir, forged.commits.at(-1)],
        [memory.dir, tipOf(BATCHES)],
      ] as const) {
        const quarantine = mkdtempSync(path.join(served, 'objects/tmp_objdir-incoming-'));
        cpSync(path.join(dir, 'objects'), quarantine, { recursive: true });
        const moves = [{ ref: 'refs/heads/main', before: tipOf(0), after }];
        const environment = {
          GIT_OBJECT_DIRECTORY: quarantine,
          GIT_QUARANTINE_PATH: quarantine,
          GIT_ALTERNATE_OBJECT_DIRECTORIES: path.join(served, 'objects'),
        };
        answers.push(await received(hookRun(host, served, moves, environment)));
        rmSync(quarantine, { recursive: true });
      }
      return answers;
    };
    const [bad, good] = await answersWith(noThreads);
    expect(bad?.lines[0]).toContain(`batch ${BAD} (commit ${forged.commits[BAD]})`);
    expect(good).toEqual({ isAllowed: true, lines: [] });
    expect(taken).toBe(0);
    expect(await answersWith(() => new Counted(1, 100, 0))).toEqual([bad, good]);
    expect(taken).toBeGreaterThan(3 * BAD);
  });

  test('refuses 50 staged batches of which one has a bad signature, names its ref, and keeps none of their objects', async () => {
    for (let at = 1; at <= BATCHES; at++) {
      const batch = await memory.stage([memory.anchor(aid, seal(100 + at))]);
      await memory.sign(batch, 'board.0.0');
    }
    const { log, crypto } = memory;
    // As if the clone that is pushed from were that of somebody who checks nothing.
    const refs = [...log.refs.list(BATCH_REFS)].filter(([ref]) => !ref.endsWith('/request'));
    const [, oid = ''] = refs[BAD] ?? [];
    const text = git(memory.dir, ['show', `${oid}:${CONTRIBUTION_FILE}`]);
    const parsed = JSON.parse(text) as { readonly batch: string; readonly signer: string };
    const bytes = utf8(
      text.replace(
        /("AA[A-Za-z0-9_-]{20})(.)/,
        (_, head: string, char: string) => `${head}${char === 'A' ? 'B' : 'A'}`,
      ),
    );
    const { objects, oid: carrier } = carrierOf(crypto, CONTRIBUTION_FILE, bytes, 'x\n');
    log.store.writePack(objects);
    log.store.release();
    const bad = contributionRef(parsed.batch, parsed.signer, digestText(crypto, bytes));
    await log.moveRef(bad, undefined, carrier);
    expect(await refusal(memory.dir, 'main:refs/heads/main')).toBe('');
    const before = objectFiles(served);
    const said = await refusal(memory.dir, `${BATCH_REFS}*:${BATCH_REFS}*`);
    expect(said.match(/remote: gitkel: refused: \S+/g)).toEqual([
      `remote: gitkel: refused: ${bad}:`,
    ]);
    expect(objectFiles(served)).toEqual(before);
    expect(missing(memory.dir)).toContain(carrier);
    expect(missing(memory.dir)).toEqual(expect.arrayContaining(refs.map(([, one]) => one)));
    expect(git(served, ['for-each-ref', '--format=%(refname)']).trim()).toBe('refs/heads/main');
    await log.moveRef(bad, carrier, undefined);
    expect(await refusal(memory.dir, `${BATCH_REFS}*:${BATCH_REFS}*`)).toBe('');
    expect(
      git(served, ['for-each-ref', '--format=%(refname)', BATCH_REFS]).trim().split('\n'),
    ).toHaveLength(2 * BATCHES);
  });
});
