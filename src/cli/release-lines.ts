import { counted } from '../base/counted.ts';
import { quoted } from '../base/errors.ts';
import type { Contents } from '../log/contents.ts';
import type { Log } from '../log/log.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import { releasesOf, type ReleaseStanding, standingOfRelease } from '../log/releases.ts';
import { releasedManifest } from '../log/stored-records.ts';
import {
  compareFiles,
  type FileDifference,
  type ManifestFile,
  type SkillManifest,
} from '../records/skill-manifest.ts';
import type { Release } from '../records/release.ts';
import { PERMISSIONS_FILE } from '../skills/permissions.ts';

/** What differs from the release before: its version, and the files. */
export interface SincePrevious {
  readonly said: string;
  readonly version: string;
  readonly files: readonly FileDifference[];
}

/** What a release changes; `undefined` for the first one of its name. */
export function sincePrevious(
  log: Log,
  { manifest, previous }: Release,
): SincePrevious | undefined {
  const release =
    previous === undefined ? undefined : log.contents.records.releases.release(previous);
  if (release === undefined) return undefined;
  const before: SkillManifest = releasedManifest(log, release.said);
  const files = compareFiles(before.files, manifest.files);
  return { said: release.said, version: release.version, files };
}

const MARKS: Readonly<Record<FileDifference['kind'], string>> = {
  added: 'A',
  missing: 'D',
  changed: 'M',
  'executable-gained': 'X',
  'executable-lost': 'x',
};

/** Those changes, line by line. */
export function sinceLines(since: SincePrevious | undefined): readonly string[] {
  if (since === undefined) return ['  the first release of this name'];
  const { version, said, files } = since;
  const permissions = files.some(({ path }) => path === PERMISSIONS_FILE);
  return [
    `  since ${quoted(version)} (${said}): ${files.length === 0 ? 'the same files' : counted(files.length, 'file')}`,
    ...files.map(({ path, kind }) => `    ${MARKS[kind]} ${quoted(path, 1_000)}`),
    ...(permissions
      ? ['  ITS PERMISSIONS CHANGED: give the old files with --previous to see how']
      : []),
  ];
}

/** That these very files were released and revoked before: releasing them anew makes them good again. */
export function revokedLines(
  contents: Contents,
  controller: string,
  manifest: string,
): readonly string[] {
  const revoked = releasesOf(contents, manifest, [controller]).flatMap((release) => {
    const { revocation } = standingOfRelease(contents, release);
    return revocation === undefined ? [] : [{ release, revocation }];
  });
  const last = revoked.at(-1);
  if (last === undefined) return [];
  const { release, revocation } = last;
  return [
    `  THESE VERY FILES WERE REVOKED as ${quoted(release.version, 100)} at position ${revocation.position} (${revocation.reason}): this release lets them pass again`,
  ];
}

/** The files of a release, for people. */
export function fileCount(files: readonly ManifestFile[]): string {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return `${counted(files.length, 'file')}, ${counted(bytes, 'byte')}`;
}

/** A release as `skill releases` lists it. */
export interface ListedRelease {
  readonly said: string;
  readonly name: string;
  readonly version: string;
  readonly manifest: string;
  readonly controller: string;
  readonly issuer: string;
  readonly position: number;
  readonly previous: string | null;
  readonly state: 'in-force' | 'revoked' | 'not-counted';
  readonly reason: string;
  readonly why: string;
  readonly revocation: {
    readonly said: string;
    readonly position: number;
    readonly reason: string;
    readonly note: string;
    readonly replacement: string | null;
  } | null;
}

function listedRevocation({ revocation }: ReleaseStanding): ListedRelease['revocation'] {
  if (revocation === undefined) return null;
  const { said, position, reason, note, replacement = null } = revocation;
  return { said, position, reason, note, replacement };
}

export function listedRelease(contents: Contents, entry: ReleaseEntry): ListedRelease {
  const standing = standingOfRelease(contents, entry);
  const { said, name, version, manifest, controller, issuer, position, previous = null } = entry;
  const { counts, reason, why } = standing;
  const revocation = listedRevocation(standing);
  const state = !counts ? 'not-counted' : revocation === null ? 'in-force' : 'revoked';
  return {
    said,
    name,
    version,
    manifest,
    controller,
    issuer,
    position,
    previous,
    state,
    reason,
    why,
    revocation,
  };
}

/** A release with its standing, line by line. */
export function listedLines(
  { said, name, version, manifest, controller, position, state, why, revocation }: ListedRelease,
  aid: (text: string) => string,
): readonly string[] {
  const head = `${quoted(name)} ${version} by ${aid(controller)}, position ${position}`;
  const standing = {
    'in-force': `in force: ${why}`,
    revoked:
      revocation === null
        ? ''
        : `REVOKED at position ${revocation.position} (${revocation.reason})${revocation.note === '' ? '' : `: ${quoted(revocation.note, 256)}`}`,
    'not-counted': `does NOT count: ${why}`,
  } as const;
  return [
    head,
    `  release ${said}`,
    `  manifest ${manifest}`,
    `  ${standing[state]}`,
    ...(revocation?.replacement === null || revocation === null
      ? []
      : [`  use instead: ${revocation.replacement}`]),
  ];
}
