import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFsFromVolume, Volume } from 'memfs';
import { onTestFinished, vi } from 'vitest';
import { nativeCrypto } from '../../src/crypto/native.ts';
import type { FileSystem, Host } from '../../src/host/host.ts';
import { memoryHost } from '../../src/host/memory.ts';
import { nodeHost } from '../../src/host/node.ts';

// Disks and processes are slow on a busy machine; no test is about how slow.
vi.setConfig({ testTimeout: 120_000 });

/** The environment of stock git in tests: nothing of the surroundings steers it. */
export function gitTestEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return {
    ...Object.fromEntries(kept),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.com',
    GIT_AUTHOR_DATE: '1700000000 +0000',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.com',
    GIT_COMMITTER_DATE: '1700000000 +0000',
  };
}

/** Runs stock git and gives what it printed, without the last line feed. */
export function git(cwd: string, args: readonly string[], input: string | Uint8Array = ''): string {
  return execFileSync('git', [...args], {
    cwd,
    input,
    env: gitTestEnvironment(),
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })
    .toString('utf8')
    .replace(/\n$/, '');
}

function runs(program: string, args: readonly string[]): boolean {
  return spawnSync(program, [...args], { stdio: 'ignore' }).error === undefined;
}

export const hasGit = runs('git', ['--version']);
export const hasSshKeygen = runs('ssh-keygen', ['-?']);

/** A directory that is removed when the test ends. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gitkel-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A host in memory with an empty directory `/repo`'s parent. */
export function freshMemoryHost(): Host {
  let counter = 0;
  const random = (length: number): Uint8Array => {
    counter++;
    return Uint8Array.from({ length }, (_, index) => (counter >>> (8 * (index % 4))) & 0xff);
  };
  const fs: unknown = createFsFromVolume(new Volume());
  return memoryHost(fs as FileSystem, nativeCrypto, random, () => 1_700_000_000);
}

export interface Place {
  readonly host: Host;
  readonly dir: string;
}

/** The hosts on which everything has to work alike. */
export const PLACES: readonly (readonly [name: string, make: () => Place])[] = [
  ['node:fs', () => ({ host: nodeHost(), dir: join(temporaryDirectory(), 'repo') })],
  ['memfs', () => ({ host: freshMemoryHost(), dir: '/repo' })],
];

/** The error that a step throws. */
export function thrownBy(step: () => unknown): unknown {
  try {
    step();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
