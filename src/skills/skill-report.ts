/**
 * Everything that can be said about a skill by itself: its files, its `SKILL.md`, its permission manifest.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { undeclaredUses } from './first-permissions.ts';
import { parsePermissions } from './parse-permissions.ts';
import { PERMISSIONS_FILE, type Permissions } from './permissions.ts';
import { SKILL_MD, type SkillFile, type SkillFiles } from './skill-files.ts';
import { checkSkillMd, type SkillMdMode } from './skill-md.ts';
import { visibleUses } from './visible-uses.ts';

export interface SkillFinding {
  /** An error makes the skill invalid in the mode that was asked for; a note tells what is easily overlooked. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly reason: string;
  readonly path: string;
  readonly detail: string;
}

export interface SkillReport {
  readonly state: 'valid' | 'invalid';
  /** The reason of the first error; absent when there is none. */
  readonly reason?: string;
  readonly mode: SkillMdMode;
  /** What the skill calls itself, where that can be read. */
  readonly name?: string;
  readonly findings: readonly SkillFinding[];
}

/** A manifest as it was found. No manifest is not the same as one that asks for nothing. */
export type FoundPermissions =
  | { readonly outcome: 'declared'; readonly permissions: Permissions }
  | { readonly outcome: 'undeclared' }
  | { readonly outcome: 'invalid'; readonly findings: readonly SkillFinding[] };

function invalid(reason: string, detail: string): SkillFinding {
  return { severity: 'error', reason: `permissions-${reason}`, path: PERMISSIONS_FILE, detail };
}

/** Reads the manifest among the files of a skill, if there is one. Never throws for what it holds. */
export function findPermissions(files: readonly SkillFile[]): FoundPermissions {
  const file = files.find(({ path }) => path === PERMISSIONS_FILE);
  if (file === undefined) return { outcome: 'undeclared' };
  try {
    const report = parsePermissions(file.bytes);
    if (report.outcome === 'valid') return { outcome: 'declared', permissions: report.permissions };
    const findings = report.problems.map(({ reason, at, detail }) =>
      invalid(reason, at === '' ? detail : `${at}: ${detail}`),
    );
    return { outcome: 'invalid', findings };
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code !== 'malformed') throw error;
    return {
      outcome: 'invalid',
      findings: [invalid(error.reason ?? 'malformed', error.message)],
    };
  }
}

function permissionFindings(files: readonly SkillFile[]): readonly SkillFinding[] {
  const found = findPermissions(files);
  switch (found.outcome) {
    case 'invalid':
      return found.findings;
    case 'undeclared':
      return [
        {
          severity: 'warning',
          reason: 'permissions-missing',
          path: PERMISSIONS_FILE,
          detail:
            'it declares no permissions, not even that it needs none: see `gitkel skill init`',
        },
      ];
    case 'declared':
      return undeclaredUses(found.permissions, visibleUses(files)).map(({ axis, text, why }) => ({
        severity: 'warning',
        reason: 'permissions-undeclared',
        path: PERMISSIONS_FILE,
        detail: `it seems to need ${axis}${text === '' ? '' : ` ${text}`}${why === undefined ? '' : ` (${why})`}`,
      }));
  }
}

/** What a note about a skill means. */
export const NOTES: Readonly<Record<string, string>> = {
  'excluded-git': "left out: Git's own directory",
  'excluded-sidecar': 'left out: it is about the skill, and no part of it',
  'several-names': 'the file has other names, which may change it',
  'hidden-file': 'the name begins with a dot: it is easily overlooked',
  'installed-packages': 'installed packages are part of the skill',
  'compiled-code': 'compiled code need not be what its source says',
  'empty-directory': 'nothing is in it: it is not part of the skill',
};

function verdict(
  mode: SkillMdMode,
  name: string | undefined,
  findings: readonly SkillFinding[],
): SkillReport {
  const error = findings.find(({ severity }) => severity === 'error');
  return {
    state: error === undefined ? 'valid' : 'invalid',
    ...(error === undefined ? {} : { reason: error.reason }),
    mode,
    ...(name === undefined ? {} : { name }),
    findings,
  };
}

/**
 * Checks a skill by every rule that needs nobody's word.
 * @param directoryName the name of the directory that holds it, where there is one
 */
export function reportOn(
  found: SkillFiles,
  mode: SkillMdMode,
  directoryName: string | undefined,
): SkillReport {
  if (found.outcome === 'refused') {
    return verdict(
      mode,
      undefined,
      found.problems.map((problem) => ({ severity: 'error', ...problem })),
    );
  }
  const skillMd = found.files.find(({ path }) => path === SKILL_MD);
  if (skillMd === undefined) throw new Error(`the rules let a skill without ${SKILL_MD} pass`);
  const report = checkSkillMd(skillMd.bytes, mode, directoryName);
  return verdict(mode, report.outcome === 'valid' ? report.skill.name : undefined, [
    ...report.findings.map((finding) => ({ ...finding, path: SKILL_MD })),
    ...permissionFindings(found.files),
    ...found.notes.map(({ reason, path }) => ({
      severity: 'note' as const,
      reason,
      path,
      detail: NOTES[reason] ?? reason,
    })),
  ]);
}
