/**
 * The files of an installed skill, held against the lock.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { shownPath, statOf } from '../host/files.ts';
import {
  compareFiles,
  type FileDifference,
  type SkillManifest,
} from '../records/skill-manifest.ts';
import type { FoundSkill } from '../skills/judge-skill.ts';
import { OMS_SIGNATURE } from '../skills/sidecar.ts';
import type { SkillDigest } from '../skills/skill-digest.ts';
import { SKILL_MD } from '../skills/skill-files.ts';
import type { SkillLog } from '../skills/skill-log.ts';
import { unusableVerdict } from '../skills/skill-verdict.ts';
import { digestAs, lacksSignature, leftOut } from './as-locked.ts';
import { type Objection, objection } from './install-verdict.ts';
import type { SkillsFolder } from './skills-folder.ts';
import type { InstalledSkill } from './skills-lock.ts';

const CHANGES: Readonly<
  Record<FileDifference['kind'], { readonly reason: string; readonly words: string }>
> = {
  changed: { reason: 'file-changed', words: 'is not the file that was installed' },
  added: { reason: 'file-added', words: 'was not installed' },
  missing: { reason: 'file-removed', words: 'is not there' },
  'executable-gained': {
    reason: 'mode-widened',
    words: 'may be executed, and was not installed so',
  },
  'executable-lost': { reason: 'mode-narrowed', words: 'may not be executed any more' },
};

function tampered(
  reason: string,
  detail: string,
  differences: readonly FileDifference[] = [],
): Objection {
  const { state, hint } = objection('not-as-locked', detail);
  return { state, reason, detail, hint, differences: differences.slice(0, SHOWN_DIFFERENCES) };
}

const SHOWN_DIFFERENCES = 10;

/** The files of a skill that are those that were installed, or why they are not. */
export type HeldFiles =
  | (FoundSkill & { readonly held: true; readonly hasLostModes: boolean })
  | { readonly held: false; readonly objection: Objection };

/** The files that were installed, from the release that the lock names; `undefined` where the log does not tell. */
function installedManifest(
  log: SkillLog | undefined,
  { release, manifest }: InstalledSkill,
): SkillManifest | undefined {
  if (release === undefined) return undefined;
  const named = log?.contents.records.releases.release(release);
  return named?.manifest === manifest ? log?.manifestOf(release) : undefined;
}

/** Holds what lies on the disk against the lock. */
export function holdAgainstLock(
  folder: SkillsFolder,
  log: SkillLog | undefined,
  entry: InstalledSkill,
  found: SkillDigest,
): HeldFiles {
  if (found.outcome === 'refused') {
    const { reason = 'not-as-locked', detail } = unusableVerdict(found.problems);
    return { held: false, objection: tampered(reason, detail) };
  }
  const { manifest, files, omsSignature } = found;
  const more = leftOut(folder, found, entry);
  if (more !== undefined) {
    const detail = `${quoted(more, 200)} ${CHANGES.added.words}`;
    const added = [{ path: more, kind: 'added' as const }];
    return { held: false, objection: tampered(CHANGES.added.reason, detail, added) };
  }
  if (lacksSignature(found, entry)) {
    const detail = `${quoted(OMS_SIGNATURE)} ${CHANGES.missing.words}`;
    return { held: false, objection: tampered(CHANGES.missing.reason, detail) };
  }
  if (manifest.said === entry.manifest) {
    const isNamed = manifest.name === entry.name;
    return isNamed
      ? { held: true, manifest, files, omsSignature, hasLostModes: false }
      : {
          held: false,
          objection: tampered('name-directory', `it calls itself ${quoted(manifest.name)}`),
        };
  }
  const installed = installedManifest(log, entry);
  if (installed === undefined) {
    const detail = `its manifest is ${manifest.said}, not ${entry.manifest} that was installed`;
    return { held: false, objection: tampered('not-as-locked', detail) };
  }
  const differences = compareFiles(installed.files, manifest.files);
  const worst = differences.find(({ kind }) => kind !== 'executable-lost');
  if (worst === undefined && differences.length > 0)
    return { held: true, manifest: installed, files, omsSignature, hasLostModes: true };
  const { reason, words } = CHANGES[worst?.kind ?? 'changed'];
  const others = differences.length > 1 ? `, and ${differences.length - 1} more` : '';
  const detail = `${quoted(worst?.path ?? SKILL_MD, 200)} ${words}${others}`;
  return { held: false, objection: tampered(reason, detail, differences) };
}

/** What the disk does not let be read, or what is no directory, is told for the one skill, not for all. */
export function digestAt(
  folder: SkillsFolder,
  path: string,
  manifest: string,
): SkillDigest | Objection {
  const stats = statOf(folder.host, path);
  if (stats?.isDirectory() !== true)
    return tampered(
      'symlink',
      `${shownPath(path)} is a link or a file, where a directory was installed`,
    );
  try {
    return digestAs(folder, path, manifest);
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code === 'usage') throw error;
    const { reason = error.code, message: detail, hint = 'Try again.' } = error;
    return { state: 'error', reason, detail, hint };
  }
}
