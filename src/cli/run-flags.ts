/**
 * What the flags of a run say, held against what the skill declares.
 * @module
 */
import { posix } from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { INSIDE } from '../sandbox/sandbox-places.ts';
import { programNames } from '../sandbox/sandbox-arguments.ts';
import { findProgram } from '../sandbox/find-tools.ts';
import { type GivenSecrets, secretName, secretText } from '../sandbox/run-secrets.ts';
import { envIncludes } from '../skills/permission-conflicts.ts';
import type { Permissions } from '../skills/permissions.ts';
import type { SkillFile } from '../skills/skill-files.ts';

/** Variables of this program itself never get into a run. */
const OWN = /^GITKEL_/i;

function undeclared(what: string, name: string, declared: string): GitkelError {
  return new GitkelError('refused', `Cannot give the skill ${what} ${quoted(name)}`, {
    reason: 'not-declared',
    hint: `${declared} of its manifest does not name it; what it asks for: gitkel skill permissions.`,
  });
}

/**
 * The variables that a run may be given: those of the user, and those that `--env` names. What of them the manifest does not
 * have is left out later.
 * @throws GitkelError `refused`, reason `not-declared`, for one that was named and is not declared; `usage`.
 */
export function runEnvironment(
  { env }: Permissions,
  flags: readonly string[],
  surroundings: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  for (const [name, value] of Object.entries(surroundings))
    if (value !== undefined && !OWN.test(name)) all.set(name, value);
  for (const flag of flags) {
    const [, name = '', value] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=(.*))?$/s.exec(flag) ?? [];
    if (name === '' || OWN.test(name))
      throw new GitkelError('usage', `Cannot read the variable ${quoted(flag)}`, {
        hint: 'Write NAME, or NAME=VALUE.',
      });
    if (!env.some((rule) => envIncludes(rule, name)))
      throw undeclared('the variable', name, '"env.read"');
    if (value !== undefined) all.set(name, value);
    else if (!all.has(name))
      throw new GitkelError('usage', `Cannot pass on the variable ${quoted(name)}: it is not set`);
  }
  return all;
}

/**
 * The secrets that were named, read from their files.
 * @throws GitkelError `refused`, reason `not-declared`; `usage`, `not-found`.
 */
export function givenSecrets(
  { secrets }: Permissions,
  flags: { readonly secret: readonly string[]; readonly expose: readonly string[] },
): GivenSecrets {
  const names = new Set(secrets.map(secretName));
  const values = new Map<string, string>();
  for (const flag of flags.secret) {
    const [, name = '', file = ''] = /^([^=]+)=(.+)$/s.exec(flag) ?? [];
    if (name === '')
      throw new GitkelError('usage', `Cannot read the secret ${quoted(flag)}`, {
        hint: 'Write NAME=FILE: what the manifest calls it, and the file that holds it.',
      });
    if (!names.has(name)) throw undeclared('the secret', name, '"secrets"');
    values.set(name, secretText(file));
  }
  for (const name of flags.expose)
    if (!names.has(name)) throw undeclared('the secret', name, '"secrets"');
  return { values, exposed: new Set(flags.expose) };
}

/**
 * The command as it is started inside: a program that the manifest names, or a file of the skill.
 * @throws GitkelError `usage` for none; `refused`, reasons `program-not-declared`, `program-missing`, `not-executable`.
 */
export function requireCommand(
  permissions: Permissions,
  files: readonly SkillFile[],
  [program, ...args]: readonly string[],
): readonly string[] {
  if (program === undefined)
    throw new GitkelError('usage', 'Cannot run nothing: no command is named', {
      hint: 'Write it after the skill: gitkel skill run DIR -- python3 scripts/convert.py',
    });
  if (program.includes('/')) {
    const full = posix.resolve(INSIDE.skill, program);
    const file = files.find(({ path }) => posix.join(INSIDE.skill, path) === full);
    if (file?.executable === true) return [full, ...args];
    throw new GitkelError('refused', `Cannot run ${quoted(program, 200)}`, {
      reason: 'not-executable',
      hint:
        file === undefined
          ? `It is no file of the skill, which is at ${INSIDE.skill} inside.`
          : 'It may not be executed: name the program that runs it.',
    });
  }
  if (!programNames(permissions).includes(program))
    throw new GitkelError(
      'refused',
      `Cannot run ${quoted(program)}: the skill does not declare it`,
      {
        reason: 'program-not-declared',
        hint: '"exec.run" of its manifest does not name it; what it asks for: gitkel skill permissions.',
      },
    );
  if (findProgram(program) === undefined)
    throw new GitkelError(
      'refused',
      `Cannot run ${quoted(program)}: this system does not have it`,
      {
        reason: 'program-missing',
        hint: 'Install it where the system has its programs, /usr/bin for one.',
      },
    );
  return [program, ...args];
}
