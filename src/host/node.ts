import { randomBytes } from 'node:crypto';
import * as nodeFs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Crypto } from '../crypto/crypto.ts';
import { nativeCrypto } from '../crypto/native.ts';
import type { FileSystem, Host, Processes, Programs } from './host.ts';
import { systemProcesses } from './processes.ts';
import { systemPrograms } from './programs.ts';
import { withoutSync } from './without-sync.ts';

export interface NodeHostOptions {
  /** In place of `node:fs`, e.g. one that fails at a chosen call. */
  readonly fs?: FileSystem;
  readonly crypto?: Crypto;
  readonly processes?: Processes;
  readonly programs?: Programs;
  /** Whole seconds since 1970-01-01T00:00:00Z, in place of the system's clock. */
  readonly now?: () => number;
  /** In place of the system's randomness. */
  readonly random?: (length: number) => Uint8Array;
  /** Whether to wait until what is written is on the disk; true unless told. Without, a power cut can lose or damage it. */
  readonly fsync?: boolean;
}

/** As many bytes are asked for at a time to give names to files. What is secret is longer, and never among them. */
const POOL_BYTES = 4_096;
const NAME_BYTES = 20;

/** Randomness, of which short pieces are taken from a supply: a call costs as much as a file name is worth. */
function systemRandom(): (length: number) => Uint8Array {
  let supply = new Uint8Array();
  return (length) => {
    if (length > NAME_BYTES) return new Uint8Array(randomBytes(length));
    if (supply.length < length) supply = new Uint8Array(randomBytes(POOL_BYTES));
    const piece = supply.slice(0, length);
    supply = supply.subarray(length);
    return piece;
  };
}

/** The machine that this process runs on: its disk, clock, randomness, processes and programs. */
export function nodeHost(options: NodeHostOptions = {}): Host {
  const host: Host = {
    fs: options.fs ?? nodeFs,
    crypto: options.crypto ?? nativeCrypto,
    processes: options.processes ?? systemProcesses(),
    programs: options.programs ?? systemPrograms(),
    now: options.now ?? (() => Math.floor(Date.now() / 1000)),
    random: options.random ?? systemRandom(),
    sleep: async (milliseconds) => {
      await wait(milliseconds);
    },
  };
  return options.fsync === false ? withoutSync(host) : host;
}
