/**
 * What is found where a skill lies, whether that is a directory, a commit or an archive.
 * @module
 */
import type { PathProblemReason } from '../records/skill-path.ts';

export type EntryKind = 'file' | 'directory' | 'symlink' | 'hard-link' | 'special' | 'submodule';

/** One thing that a skill's place holds, before any rule has been applied to it. */
export interface SkillEntry {
  /** From the skill's root, with `/`; U+FFFD stands for bytes that are not UTF-8. */
  readonly path: string;
  readonly kind: EntryKind;
  /** Permission bits, set-user-ID and its like included (`0o7777`). */
  readonly mode: number;
  /** Bytes of a file, as far as that is known before it is read; 0 for anything else. */
  readonly size: number;
  /** How many names the file has; 1 where that is not to be known. */
  readonly links: number;
  /**
   * The bytes of a file.
   * @throws GitkelError `malformed` for an archive that is damaged, `refused` for a damaged object, `environment`.
   */
  readonly read: () => Uint8Array;
}

/** Why something is no skill that has a digest. */
export type SkillProblemReason =
  | PathProblemReason
  | 'path-collision'
  | 'path-duplicate'
  | 'path-conflict'
  | 'symlink'
  | 'hard-link'
  | 'special-file'
  | 'submodule'
  | 'git-directory'
  | 'set-user-id'
  | 'too-many-files'
  | 'too-many-entries'
  | 'file-too-large'
  | 'too-large'
  | 'skill-md-missing'
  | 'skill-md-name'
  | 'skill-name';

/** One rule that a skill breaks. */
export interface SkillProblem {
  readonly reason: SkillProblemReason;
  /** What it is about; empty for the skill as a whole. */
  readonly path: string;
  readonly detail: string;
}

/** What is no problem and still worth a look: left out of the digest, or in it and easily overlooked. */
export type SkillNoteReason =
  | 'excluded-git'
  | 'excluded-sidecar'
  | 'several-names'
  | 'hidden-file'
  | 'installed-packages'
  | 'compiled-code'
  | 'empty-directory';

export interface SkillNote {
  readonly reason: SkillNoteReason;
  readonly path: string;
}
