import type { FileSystem } from '../../src/index.ts';

/** What happens at a call: the process is gone from there on, or this one call fails with an error of the system. */
export type FileFault = 'kill' | 'EIO' | 'ENOSPC' | 'EMFILE';

/** A process that is gone: nothing it does any more has an effect, not even what it does to clean up. */
export class Killed extends Error {}

const CHANGING = [
  'writeSync',
  'fsyncSync',
  'mkdirSync',
  'rmdirSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
  'utimesSync',
  'chmodSync',
] as const;

export interface FaultyFiles {
  readonly fs: FileSystem;
  /** How many calls came that the fault could have hit. */
  readonly calls: () => number;
}

/**
 * A file system with a fault at the `at`-th call, counted from 1, that changes something; EMFILE counts the calls that
 * open a file or a directory.
 */
export function faultyFiles(real: FileSystem, fault: FileFault, at: number): FaultyFiles {
  let calls = 0;
  const count = (name: string): void => {
    calls++;
    if (fault === 'kill' && calls >= at) throw new Killed();
    if (calls === at)
      throw Object.assign(new Error(`${fault}: injected, ${name}`), { code: fault });
  };
  const counted = (name: string, args: readonly unknown[]): boolean => {
    if (fault === 'EMFILE') return name === 'openSync' || name === 'readdirSync';
    if (name === 'openSync') return args[1] !== 'r';
    return CHANGING.some((one) => one === name);
  };
  const fs = new Proxy(real, {
    get: (target, name): unknown => {
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== 'function' || typeof name !== 'string') return call;
      return (...args: readonly unknown[]): unknown => {
        if (counted(name, args)) count(name);
        return Reflect.apply(call, target, args);
      };
    },
  });
  return { fs, calls: () => calls };
}
