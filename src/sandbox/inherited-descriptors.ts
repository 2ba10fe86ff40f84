import { readdirSync, readFileSync } from 'node:fs';

/** `O_CLOEXEC` as `/proc/<pid>/fdinfo` has it (proc(5)). */
const CLOSED_ON_EXEC = 0o2_000_000;

function isPassedOn(descriptor: number): boolean {
  try {
    const info = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1');
    const [, flags = ''] = /^flags:\s*([0-7]+)$/m.exec(info) ?? [];
    return (Number.parseInt(flags, 8) & CLOSED_ON_EXEC) === 0;
  } catch {
    // It was the one by which the directory was read.
    return false;
  }
}

/**
 * File descriptors that this process was started with, and that every child of it would have, too: whoever started it may
 * have files open that are nobody else's business.
 * @param from the lowest one to be told
 */
export function inheritedDescriptors(from: number): readonly number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((descriptor) => descriptor >= from && isPassedOn(descriptor))
    .toSorted((a, b) => a - b);
}
