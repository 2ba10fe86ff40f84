/**
 * From what is found to the files of a skill: every entry is a file of it, is left out by a rule with a name, or makes
 * the whole no skill. Nothing is skipped silently.
 * @module
 */
import { compareBytes, utf8 } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isSidecar, isSidecarName, OMS_SIGNATURE } from './sidecar.ts';
import type {
  SkillEntry,
  SkillNote,
  SkillNoteReason,
  SkillProblem,
  SkillProblemReason,
} from './skill-entry.ts';
import type { FileContent } from '../records/skill-manifest.ts';
import { foldedPath, namesGit, pathProblem } from '../records/skill-path.ts';

/** The name of the one file that every skill has, at its root (Agent Skills specification, "Directory structure"). */
export const SKILL_MD = 'SKILL.md';

/** A file of a skill: its path keeps the rules, its bytes the bounds. */
export type SkillFile = FileContent;

export type SkillFiles =
  | {
      readonly outcome: 'files';
      /** Sorted by the UTF-8 bytes of their paths. */
      readonly files: readonly SkillFile[];
      readonly notes: readonly SkillNote[];
      /** The bytes of `skill.oms.sig`, where that is left out as a signature over the others. */
      readonly omsSignature?: Uint8Array | undefined;
    }
  | { readonly outcome: 'refused'; readonly problems: readonly SkillProblem[] };

const OWNER_EXECUTES = 0o100;
const SET_ID = 0o6000;

/** What one pass over the entries comes to. */
interface Findings {
  readonly problems: readonly SkillProblem[];
  readonly notes: readonly SkillNote[];
  problem(reason: SkillProblemReason, path: string, detail: string): void;
  note(reason: SkillNoteReason, path: string): void;
}

function emptyFindings(): Findings {
  const problems: SkillProblem[] = [];
  const notes: SkillNote[] = [];
  return {
    problems,
    notes,
    problem: (reason, path, detail) => {
      if (problems.length < LIMITS.skillProblems) problems.push({ reason, path, detail });
    },
    note: (reason, path) => {
      if (notes.length < LIMITS.skillProblems) notes.push({ reason, path });
    },
  };
}

const KIND_PROBLEMS: Readonly<
  Record<Exclude<SkillEntry['kind'], 'file' | 'directory'>, readonly [SkillProblemReason, string]>
> = {
  symlink: ['symlink', 'it is a symbolic link; put a copy of the file there'],
  'hard-link': ['hard-link', 'it is another name of a file; put a copy of the file there'],
  special: ['special-file', 'it is neither a file nor a directory'],
  submodule: ['submodule', 'it is a submodule; put its files there'],
};

/** Whether an entry is Git's own directory at the root, or lies in it. */
function isTopGit({ path, kind }: SkillEntry): boolean {
  return path.startsWith('.git/') || (path === '.git' && kind === 'directory');
}

/** Checks an entry by itself; whether it may be a file or directory of a skill. */
function checkEntry(findings: Findings, entry: SkillEntry): boolean {
  const { path, kind, mode } = entry;
  const wrong = pathProblem(path);
  if (wrong !== undefined) {
    findings.problem(wrong.reason, path, `its path cannot be used: ${wrong.detail}`);
    return false;
  }
  if (path.split('/').some(namesGit)) {
    findings.problem('git-directory', path, 'it names the directory of Git, or lies in one');
    return false;
  }
  if (kind !== 'file' && kind !== 'directory') {
    findings.problem(KIND_PROBLEMS[kind][0], path, KIND_PROBLEMS[kind][1]);
    return false;
  }
  if (kind === 'file' && (mode & SET_ID) !== 0) {
    findings.problem('set-user-id', path, 'it would run as its owner or group');
    return false;
  }
  if (kind === 'file' && entry.size > LIMITS.skillFileBytes) {
    findings.problem(
      'file-too-large',
      path,
      `it has ${entry.size} bytes, the limit is ${LIMITS.skillFileBytes}`,
    );
    return false;
  }
  return true;
}

/** Refuses paths that are one file or directory somewhere and two elsewhere. */
function checkTogether(findings: Findings, entries: readonly SkillEntry[]): void {
  const byFolded = new Map<string, string>();
  const directories = new Set<string>();
  const paths = new Set<string>();
  const seen = new Set<string>();
  for (const { path, kind } of entries) {
    const segments = path.split('/');
    for (let length = 1; length <= segments.length; length++) {
      const at = segments.slice(0, length).join('/');
      if (length < segments.length || kind === 'directory') directories.add(at);
      if (seen.has(at)) continue;
      seen.add(at);
      const folded = foldedPath(at);
      const other = byFolded.get(folded);
      if (other === undefined) byFolded.set(folded, at);
      else findings.problem('path-collision', at, `some systems take it for ${quoted(other, 200)}`);
    }
    if (paths.has(path) && kind === 'file')
      findings.problem('path-duplicate', path, 'it stands there twice');
    if (kind === 'file') paths.add(path);
  }
  for (const path of paths) {
    if (directories.has(path))
      findings.problem('path-conflict', path, 'it is a file, and a directory of other files');
  }
}

function checkSkillMd(findings: Findings, files: readonly SkillEntry[]): void {
  const others = files.filter(
    ({ path }) => path !== SKILL_MD && foldedPath(path) === foldedPath(SKILL_MD),
  );
  for (const { path } of others)
    findings.problem('skill-md-name', path, `the file has to be called ${SKILL_MD}`);
  if (others.length === 0 && !files.some(({ path }) => path === SKILL_MD))
    findings.problem('skill-md-missing', '', `there is no ${SKILL_MD} at its root`);
}

function noteFile(findings: Findings, { path, links }: SkillEntry): void {
  const segments = path.split('/');
  if (links > 1) findings.note('several-names', path);
  if (segments.includes('node_modules')) findings.note('installed-packages', path);
  else if (/(?:^|\/)__pycache__\/|\.pyc$/.test(path)) findings.note('compiled-code', path);
  else if (segments.some((segment) => segment.startsWith('.'))) findings.note('hidden-file', path);
}

function noteEmptyDirectories(findings: Findings, entries: readonly SkillEntry[]): void {
  const filled = new Set(
    entries.flatMap(({ path }) =>
      Array.from(path.matchAll(/\//g), ({ index }) => path.slice(0, index)),
    ),
  );
  for (const { path, kind } of entries)
    if (kind === 'directory' && !filled.has(path)) findings.note('empty-directory', path);
}

/** The bytes of a file; `undefined` for one that turns out to be too large, where sizes are not known before. */
function bytesOf(findings: Findings, entry: SkillEntry): Uint8Array | undefined {
  try {
    return entry.read();
  } catch (error) {
    if (!(error instanceof GitkelError) || error.reason !== 'object-too-large') throw error;
    findings.problem(
      'file-too-large',
      entry.path,
      `it has more than ${LIMITS.skillFileBytes} bytes`,
    );
    return undefined;
  }
}

interface Read {
  readonly files: readonly SkillFile[];
  readonly omsSignature: Uint8Array | undefined;
}

function readFiles(crypto: Crypto, findings: Findings, entries: readonly SkillEntry[]): Read {
  const files: SkillFile[] = [];
  let omsSignature: Uint8Array | undefined;
  let total = 0;
  for (const entry of entries) {
    const bytes = bytesOf(findings, entry);
    if (bytes === undefined) continue;
    total += bytes.length;
    if (total > LIMITS.skillBytes) {
      findings.problem('too-large', '', `its files have more than ${LIMITS.skillBytes} bytes`);
      break;
    }
    if (isSidecarName(entry.path) && isSidecar(crypto, entry.path, bytes)) {
      findings.note('excluded-sidecar', entry.path);
      if (entry.path === OMS_SIGNATURE) omsSignature = bytes;
      continue;
    }
    noteFile(findings, entry);
    files.push({ path: entry.path, bytes, executable: (entry.mode & OWNER_EXECUTES) !== 0 });
  }
  return { files, omsSignature };
}

/**
 * Applies every rule to what was found, then reads the files. Names and kinds are checked before anything is read.
 * @returns the files, or up to `LIMITS.skillProblems` problems, those about names first
 * @throws what reading an entry throws.
 */
export function skillFiles(crypto: Crypto, found: Iterable<SkillEntry>): SkillFiles {
  const findings = emptyFindings();
  const entries: SkillEntry[] = [];
  let [count, announced] = [0, 0];
  for (const entry of found) {
    if (++count > LIMITS.skillEntries) {
      findings.problem('too-many-entries', '', `it has more than ${LIMITS.skillEntries} entries`);
      break;
    }
    if (isTopGit(entry)) {
      if (!findings.notes.some(({ reason }) => reason === 'excluded-git'))
        findings.note('excluded-git', '.git');
      continue;
    }
    if (!checkEntry(findings, entry)) continue;
    entries.push(entry);
    announced += entry.size;
  }
  checkTogether(findings, entries);
  const files = entries.filter(({ kind }) => kind === 'file');
  checkSkillMd(findings, files);
  if (files.length > LIMITS.skillFiles)
    findings.problem('too-many-files', '', `it has more than ${LIMITS.skillFiles} files`);
  if (announced > LIMITS.skillBytes)
    findings.problem('too-large', '', `its files have more than ${LIMITS.skillBytes} bytes`);
  if (findings.problems.length > 0) return { outcome: 'refused', problems: findings.problems };
  noteEmptyDirectories(findings, entries);
  const sorted = files
    .map((entry) => ({ entry, key: utf8(entry.path) }))
    .toSorted((a, b) => compareBytes(a.key, b.key))
    .map(({ entry }) => entry);
  const read = readFiles(crypto, findings, sorted);
  return findings.problems.length > 0
    ? { outcome: 'refused', problems: findings.problems }
    : { outcome: 'files', ...read, notes: findings.notes };
}
