import { dirname, isAbsolute, join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { inodeOf, onDisk, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';

/**
 * The directories in which a Git hook finds objects: while `pre-receive` runs, what was pushed lies in a quarantine, which
 * is removed when the push is refused (git-receive-pack(1), "QUARANTINE ENVIRONMENT").
 */
export interface HookObjects {
  /** The directory of the repository's own objects. */
  readonly own: string;
  /** The directory of the objects that were pushed; `undefined` where nothing is in quarantine. */
  readonly quarantine: string | undefined;
}

/** The variables by which Git tells a hook where objects are. */
const DIRECTORY = 'GIT_OBJECT_DIRECTORY';
const ALTERNATES = 'GIT_ALTERNATE_OBJECT_DIRECTORIES';
const QUARANTINE = 'GIT_QUARANTINE_PATH';

function odd(name: string, value: string): GitkelError {
  return new GitkelError(
    'environment',
    `Cannot read what was pushed: ${name} is ${shownPath(value)}, which is not where this repository keeps objects`,
    {
      reason: 'quarantine',
      hint: 'Let Git start the hook itself; nothing else may set the variables GIT_OBJECT_DIRECTORY, GIT_ALTERNATE_OBJECT_DIRECTORIES and GIT_QUARANTINE_PATH.',
    },
  );
}

/** Whether two paths lead to one directory: Git may name it by way of a link. */
export function isSameDirectory(host: Host, one: string, other: string): boolean {
  if (one === other) return true;
  return onDisk(
    () => `Cannot look at ${shownPath(one)}`,
    () => {
      const [first, second] = [host.fs.statSync(one), host.fs.statSync(other)];
      return (
        first.isDirectory() && inodeOf(first) !== undefined && inodeOf(first) === inodeOf(second)
      );
    },
  );
}

/** The paths in a list of directories; one that holds a colon stands in quotation marks, as Git's C-style strings do. */
function listed(text: string): readonly string[] {
  if (!text.startsWith('"')) return text.split(':').filter((part) => part !== '');
  const [all, inner = ''] = /^"((?:[^"\\]|\\["\\])*)"$/.exec(text) ?? [];
  // Of several, or with other escapes, Git makes none for a hook.
  return all === undefined ? [text] : [inner.replaceAll(/\\(["\\])/g, '$1')];
}

/**
 * Finds the objects that a hook may read in the environment that Git gave it. Only the repository's own directory, and a
 * quarantine directly below it, are taken.
 * @param directory the working directory of the hook, to which Git's paths may be relative
 * @throws GitkelError `environment`, reason `quarantine`, for variables that name anything else.
 */
export function hookObjects(
  host: Host,
  commonDir: string,
  environment: NodeJS.ProcessEnv,
  directory: string,
): HookObjects {
  const own = join(commonDir, 'objects');
  const resolved = (path: string): string => (isAbsolute(path) ? path : join(directory, path));
  const [objects, quarantine] = [environment[DIRECTORY], environment[QUARANTINE]];
  for (const alternate of listed(environment[ALTERNATES] ?? ''))
    if (!isSameDirectory(host, resolved(alternate), own)) throw odd(ALTERNATES, alternate);
  if (quarantine === undefined) {
    if (objects !== undefined && !isSameDirectory(host, resolved(objects), own))
      throw odd(DIRECTORY, objects);
    return { own, quarantine: undefined };
  }
  if (objects === undefined || !isSameDirectory(host, resolved(objects), resolved(quarantine)))
    throw odd(DIRECTORY, objects ?? '');
  if (!isSameDirectory(host, dirname(resolved(quarantine)), own)) throw odd(QUARANTINE, quarantine);
  return { own, quarantine: resolved(quarantine) };
}

/** The environment of a git that reads the same objects; {@link QUARANTINE} stays set, so that it moves no ref. */
export function objectVariables({ own, quarantine }: HookObjects): NodeJS.ProcessEnv {
  if (quarantine === undefined) return { [DIRECTORY]: own };
  // In quotation marks, since a colon would end the path (git(1), GIT_ALTERNATE_OBJECT_DIRECTORIES).
  const alternate = `"${own.replaceAll(/["\\]/g, (char) => `\\${char}`)}"`;
  return { [DIRECTORY]: quarantine, [ALTERNATES]: alternate, [QUARANTINE]: quarantine };
}
