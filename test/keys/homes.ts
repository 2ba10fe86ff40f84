import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFsFromVolume, Volume } from 'memfs';
import { onTestFinished } from 'vitest';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { portableCrypto } from '../../src/crypto/portable.ts';
import type { Host } from '../../src/host/host.ts';
import { memoryHost } from '../../src/host/memory.ts';
import { nodeHost } from '../../src/host/node.ts';
import { type Home, openHome } from '../../src/keys/home.ts';

/** A place to put homes into: on the disk or in memory, through the same code. */
export interface Ground {
  readonly host: Host;
  /** An absolute path that exists. */
  readonly root: string;
}

let drawn = 0;

/** Bytes that differ on every call, the same in every run. */
function countingRandom(length: number): Uint8Array {
  drawn++;
  return nativeCrypto.digest('sha2-512', new TextEncoder().encode(String(drawn))).slice(0, length);
}

function onDisk(): Ground {
  const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'gitkel-keys-')));
  onTestFinished(() => {
    fs.rmSync(root, { recursive: true, force: true });
  });
  return { host: nodeHost({ now: () => 1_700_000_000 }), root };
}

export function inMemory(): Ground {
  const volume = createFsFromVolume(Volume.fromJSON({ '/ground/.keep': '' }));
  const list = volume.readdirSync.bind(volume);
  const follow = volume.readlinkSync.bind(volume);
  const fileSystem = Object.assign(volume, {
    readdirSync: (path: string): string[] => list(path).map(String),
    readlinkSync: (path: string): string => String(follow(path)),
  });
  const host = memoryHost(fileSystem, portableCrypto, countingRandom, () => 1_700_000_000);
  return { host, root: '/ground' };
}

/** Both grounds, for `describe.each`. */
export const GROUNDS: readonly (readonly [string, () => Ground])[] = [
  ['node:fs', onDisk],
  ['memfs', inMemory],
];

export function freshHome({ host, root }: Ground, name = 'home'): Home {
  return openHome(host, `${root}/${name}`);
}

/** The same home as another process has it: what the first unlocked is not known to it. */
export function secondHome(home: Home): Home {
  return openHome(home.host, home.dir);
}

export function readText({ host }: { readonly host: Host }, path: string): string {
  const fd = host.fs.openSync(path, 'r');
  const bytes = new Uint8Array(host.fs.fstatSync(fd).size);
  host.fs.readSync(fd, bytes, 0, bytes.length, 0);
  host.fs.closeSync(fd);
  return new TextDecoder().decode(bytes);
}

export function writeText({ host }: { readonly host: Host }, path: string, text: string): void {
  const fd = host.fs.openSync(path, 'w', 0o600);
  host.fs.writeSync(fd, new TextEncoder().encode(text));
  host.fs.closeSync(fd);
}

/** The error that a call ends with, as an object that can be matched. */
export async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** A host whose file system runs `before` ahead of each of its calls. */
export function watched(
  host: Host,
  before: (name: string, args: readonly unknown[]) => void,
): Host {
  const observed = new Proxy(host.fs, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => {
        before(String(name), args);
        return Reflect.apply(member, target, args);
      };
    },
  });
  return { ...host, fs: observed };
}

export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
