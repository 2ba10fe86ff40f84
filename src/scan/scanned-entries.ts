import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { SkillEntry, SkillProblemReason } from '../skills/skill-entry.ts';
import { skillFiles } from '../skills/skill-files.ts';
import type { ScanInput } from './scan-files.ts';
import { isSidecar, isSidecarName } from '../skills/sidecar.ts';

const OWNER_EXECUTES = 0o100;

/** Problems that say that something was not looked at, not what is wrong with it. */
const UNREAD: ReadonlySet<SkillProblemReason> = new Set<SkillProblemReason>([
  'too-many-files',
  'too-many-entries',
  'file-too-large',
  'too-large',
]);

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Git's own directory at the root is no part of a skill. */
function isOfGit({ path }: SkillEntry): boolean {
  return path === '.git' || path.startsWith('.git/');
}

type Read =
  | { readonly outcome: 'file'; readonly file: ScanInput['files'][number] }
  | { readonly outcome: 'unreadable'; readonly path: string; readonly detail: string };

function readEntry(crypto: Crypto, { path, mode, read }: SkillEntry): Read {
  try {
    const bytes = read();
    const executable = (mode & OWNER_EXECUTES) !== 0;
    const isAbout = isSidecarName(path) && isSidecar(crypto, path, bytes);
    return { outcome: 'file', file: { path, bytes, executable, isSidecar: isAbout } };
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return { outcome: 'unreadable', path, detail: error.message };
  }
}

/** Files within the bounds of a skill; what lies beyond them is told as a problem already. */
function bounded(entries: readonly SkillEntry[]): readonly SkillEntry[] {
  let total = 0;
  return entries
    .filter(
      (entry) => entry.kind === 'file' && entry.size <= LIMITS.skillFileBytes && !isOfGit(entry),
    )
    .slice(0, LIMITS.skillFiles)
    .filter(({ size }) => {
      total += size;
      return total <= LIMITS.skillBytes;
    });
}

/**
 * What is to be scanned of what was found somewhere: also where that is no skill, or a file cannot be read. What breaks the
 * rules of skills is told, and the rest is looked at all the same.
 */
export function scanInput(crypto: Crypto, found: Iterable<SkillEntry>): ScanInput {
  const entries: SkillEntry[] = [];
  for (const entry of found) {
    entries.push({ ...entry, read: once(entry.read) });
    if (entries.length > LIMITS.skillEntries) break;
  }
  const read = bounded(entries).map((entry) => readEntry(crypto, entry));
  const unreadable = read.flatMap((each) => (each.outcome === 'unreadable' ? [each] : []));
  const failed = new Set(unreadable.map(({ path }) => path));
  const judged = skillFiles(
    crypto,
    entries.filter(({ path }) => !failed.has(path)),
  );
  const problems = judged.outcome === 'refused' ? judged.problems : [];
  return {
    files: read.flatMap((each) => (each.outcome === 'file' ? [each.file] : [])),
    problems: problems.filter(({ reason }) => !UNREAD.has(reason)),
    unreadable: [
      ...unreadable,
      ...problems
        .filter(({ reason }) => UNREAD.has(reason))
        .map(({ path, detail }) => ({ path, detail })),
    ],
  };
}
