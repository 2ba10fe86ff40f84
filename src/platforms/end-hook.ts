import { writeSync } from 'node:fs';
import type { HookEnd } from './in-time.ts';

/** Says what a hook has to say, and ends the process: the standard input may stay open, and a thread be at work. */
export function endHook({ exitCode, stdout, stderr }: HookEnd): never {
  if (stderr !== '') writeSync(2, stderr);
  if (stdout !== '') writeSync(1, stdout);
  process.exit(exitCode);
}

type Flag = string | boolean | readonly string[] | undefined;

/** Flags as they would stand on the line of the hook's own program. */
export function typedAs(flags: Readonly<Record<string, Flag>>): readonly string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${name}`];
    return (typeof value === 'string' ? [value] : value).map((one) => `--${name}=${one}`);
  });
}
