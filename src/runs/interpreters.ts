import type { SkillFile } from '../skills/skill-files.ts';
import { INSIDE } from '../sandbox/sandbox-places.ts';
import type { ObservedUse } from './observed-uses.ts';

/** Bytes of a first line that the kernel reads (execve(2)). */
const FIRST_LINE = 256;

/** The programs that a script's first line names; `env` starts a second one. */
function namedPrograms(bytes: Uint8Array): readonly string[] {
  const [line = ''] = Buffer.from(bytes.subarray(0, FIRST_LINE)).toString('latin1').split('\n');
  const [, program, rest = ''] = /^#![ \t]*(\S+)[ \t]*(.*)$/.exec(line) ?? [];
  if (program === undefined) return [];
  if (!program.endsWith('/env')) return [program];
  const name = rest
    .split(/[ \t]+/)
    .find((word) => word !== '' && !word.startsWith('-') && !word.includes('='));
  return name === undefined ? [program] : [program, name.includes('/') ? name : `/usr/bin/${name}`];
}

/**
 * Adds the programs by which scripts of the skill run: the kernel starts them without a call of their own, and where one is not
 * there, the script itself is what is not found.
 */
export function withInterpreters(
  uses: readonly ObservedUse[],
  files: readonly SkillFile[],
): readonly ObservedUse[] {
  const bytes = new Map(files.map((file) => [`${INSIDE.skill}/${file.path}`, file.bytes]));
  const added = uses.flatMap((use) => {
    const script = use.kind === 'exec' ? bytes.get(use.program) : undefined;
    if (use.kind !== 'exec' || script === undefined) return [];
    return namedPrograms(script).map((program): ObservedUse => ({
      kind: 'exec',
      program,
      args: [program, use.program],
      isCut: true,
      error: use.error,
    }));
  });
  const all = new Map([...uses, ...added].map((use) => [JSON.stringify(use), use]));
  return [...all.values()];
}
