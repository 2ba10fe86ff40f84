/**
 * A zipped clone: its files as they are, whatever program made the archive. Nothing of it is obeyed; it is read like any
 * clone of a stranger.
 * @module
 */
import { type GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { SkillEntry } from '../skills/skill-entry.ts';
import { zipEntries } from '../skills/zip-entries.ts';
import type { HeldLog } from './held-log.ts';

/** The whole archive lies below this directory, so that no path of it is the root. */
const ROOT = '/archive';
/** What packers of one system add beside what they pack. */
const ADDED = /^__MACOSX\/|(?:^|\/)\.DS_Store$/;

function refuse(reason: string, why: string): GitkelError {
  return malformed(reason, `Cannot read the zipped clone: ${why}`, {
    hint: 'Zip the directory of a bare clone, as `git clone --bare URL` makes it.',
  });
}

/** A control character, or what one system takes for a slash. */
// eslint-disable-next-line no-control-regex -- control characters are what is refused
const ODD = /[\u0000-\u001f\u007f\\]/;

/** The path of an entry, relative and with one spelling. */
function pathOf({ path, kind }: SkillEntry): string {
  if (kind !== 'file' && kind !== 'directory')
    throw refuse('zip-entry-kind', `${quoted(path)} is a link or a special file`);
  const isPlain =
    !ODD.test(path) &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isPlain) throw refuse('zip-entry-name', `an entry has the name ${quoted(path)}`);
  return path;
}

/** Files and directories that may stand side by side. */
class Unpacked {
  readonly files = new Map<string, Uint8Array>();
  readonly directories = new Set<string>([ROOT]);

  #directory(path: string): void {
    if (this.files.has(path)) throw twofold(path);
    this.directories.add(path);
  }

  add(entry: SkillEntry): void {
    const path = `${ROOT}/${pathOf(entry)}`;
    for (let end = path.lastIndexOf('/'); end > ROOT.length; end = path.lastIndexOf('/', end - 1))
      this.#directory(path.slice(0, end));
    if (entry.kind === 'directory') {
      this.#directory(path);
      return;
    }
    if (this.files.has(path) || this.directories.has(path)) throw twofold(path);
    this.files.set(path, entry.read());
  }
}

function twofold(path: string): GitkelError {
  return refuse('zip-entry-name', `it has ${quoted(path.slice(ROOT.length + 1))} twice`);
}

/** Directories that hold what a repository holds (gitrepository-layout); packers leave empty ones out, `refs` for one. */
function repositoriesIn({ files, directories }: Unpacked): readonly string[] {
  return [...directories].filter(
    (dir) => files.has(`${dir}/HEAD`) && directories.has(`${dir}/objects`),
  );
}

/**
 * The files of a zipped clone, bare or with a working tree.
 * @throws GitkelError `malformed`: what `zipEntries` throws, `zip-entry-kind`, `zip-entry-name`, `zip-too-large`,
 * `zip-no-repository`, `zip-repositories`.
 */
export function cloneFiles(bytes: Uint8Array): HeldLog {
  const unpacked = new Unpacked();
  let total = 0;
  for (const entry of zipEntries(bytes, LIMITS.pageEntries)) {
    if (ADDED.test(entry.path)) continue;
    total += entry.size;
    if (total > LIMITS.pageUnpackedBytes)
      throw refuse('zip-too-large', `its files have more than ${LIMITS.pageUnpackedBytes} bytes`);
    unpacked.add(entry);
  }
  const [dir, ...others] = repositoriesIn(unpacked);
  if (dir === undefined) throw refuse('zip-no-repository', 'it holds no Git repository');
  if (others.length > 0)
    throw refuse('zip-repositories', `it holds ${others.length + 1} Git repositories`);
  unpacked.directories.add(`${dir}/refs`);
  const { files, directories } = unpacked;
  return { files, directories, dir: dir.replace(/(?<=.)\/\.git$/, '') };
}
