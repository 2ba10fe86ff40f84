import { writeSync } from 'node:fs';
import { HOOK_OPTIONS, type PlatformName } from './hook-options.ts';
import type { HookEnd } from './in-time.ts';

/** Says what a hook has to say, and ends the process: the standard input may stay open, and a thread be at work. */
export function endHook({ exitCode, stdout, stderr }: HookEnd): never {
  if (stderr !== '') writeSync(2, stderr);
  if (stdout !== '') writeSync(1, stdout);
  process.exit(exitCode);
}

type Flag = string | boolean | readonly string[] | undefined;

/** Flags as they would stand on the line of the hook's own program, which knows no others. */
export function typedAs(
  name: PlatformName,
  flags: Readonly<Record<string, Flag>>,
): readonly string[] {
  return Object.entries(flags).flatMap(([flag, value]) => {
    if (!Object.hasOwn(HOOK_OPTIONS[name], flag) || value === undefined || value === false)
      return [];
    if (value === true) return [`--${flag}`];
    return (typeof value === 'string' ? [value] : value).map((one) => `--${flag}=${one}`);
  });
}
