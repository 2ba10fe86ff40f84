/**
 * What `skill release` reads before it seals anything: the skill itself, its version, and the release before.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import type { Host } from '../host/host.ts';
import { isReleaseVersion } from '../records/release.ts';
import type { SkillManifest } from '../records/skill-manifest.ts';
import { comparePermissions } from '../skills/permission-diff.ts';
import { diffLines, permissionLines } from '../skills/permission-words.ts';
import { digestFiles, digestSkill } from '../skills/skill-digest.ts';
import { SKILL_MD, type SkillFile, skillFiles } from '../skills/skill-files.ts';
import { checkSkillMd } from '../skills/skill-md.ts';
import {
  findPermissions,
  type FoundPermissions,
  reportOn,
  type SkillReport,
} from '../skills/skill-report.ts';
import { directoryNameOf, readSkill, type SkillPlace } from './skill-source.ts';

/** A skill that may be released. */
export interface Releasable {
  readonly manifest: SkillManifest;
  readonly files: readonly SkillFile[];
  readonly report: SkillReport;
}

/** Reads a skill once, and checks and digests what was read; gives the report on one that is not valid. */
export function readReleasable(host: Host, place: SkillPlace): Releasable | SkillReport {
  const found = readSkill(host, place, (entries) => skillFiles(host.crypto, entries));
  const report = reportOn(found, 'publish', directoryNameOf(host, place));
  const digest = digestFiles(host.crypto, found);
  if (report.state === 'invalid' || digest.outcome === 'refused') return report;
  return { manifest: digest.manifest, files: digest.files, report };
}

/**
 * The version that is meant: the one on the command line, or that of the skill's own metadata.
 * @throws GitkelError `usage`.
 */
export function versionOf(files: readonly SkillFile[], named: string | undefined): string {
  const skillMd = files.find(({ path }) => path === SKILL_MD);
  const report = skillMd === undefined ? undefined : checkSkillMd(skillMd.bytes, 'publish');
  const stated = report?.outcome === 'valid' ? report.skill.metadata.get('version') : undefined;
  const version = named ?? stated;
  if (version !== undefined && isReleaseVersion(version)) return version;
  throw new GitkelError(
    'usage',
    version === undefined
      ? 'Cannot release a skill without a version'
      : `Cannot use ${quoted(version)} as a version: letters, digits and ._+- are allowed, at most 64`,
    { reason: 'version', hint: 'Give it with --version, or as metadata.version in SKILL.md.' },
  );
}

/**
 * What the skill asks for, line by line, and how that differs from an earlier one.
 * @param before nothing where the files of the earlier one are not at hand
 */
export function permissionWords(
  found: FoundPermissions,
  before: FoundPermissions | undefined,
): readonly string[] {
  if (found.outcome !== 'declared') return ['  it declares no permissions'];
  const asked = permissionLines(found.permissions).map((line) => `  ${line}`);
  if (before === undefined || before.outcome === 'invalid') return asked;
  const agreed = before.outcome === 'declared' ? before.permissions : undefined;
  return [
    ...asked,
    ...diffLines(comparePermissions(agreed, found.permissions)).map((line) => `  ${line}`),
  ];
}

/**
 * The permissions of an earlier release, whose files must be those that it lists.
 * @throws GitkelError `refused`, reason `previous-files`.
 */
export function permissionsBefore(
  host: Host,
  place: SkillPlace,
  manifest: string | undefined,
): FoundPermissions {
  const digest = readSkill(host, place, (entries) => digestSkill(host.crypto, entries));
  if (digest.outcome === 'digested' && digest.manifest.said === manifest)
    return findPermissions(digest.files);
  throw new GitkelError(
    'refused',
    `Cannot compare with ${quoted(place.source)}: it is not what the release before lists`,
    { reason: 'previous-files', hint: 'Give the files of the newest release of this name.' },
  );
}
