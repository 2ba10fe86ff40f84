import { quoted } from '../base/errors.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import { releaseStanding } from '../log/releases.ts';
import type { SkillManifest } from '../records/skill-manifest.ts';
import { PERMISSIONS_FILE } from '../skills/permissions.ts';
import type { SkillLog } from '../skills/skill-log.ts';
import { type Objection, objection } from './install-verdict.ts';
import type { InstalledSkill, ReleasedSkill } from './skills-lock.ts';

/** What an entry says, and what it would have to say. */
type Claim = readonly [field: string, said: unknown, is: unknown];

/**
 * Holds what an entry says of the release that it names against the log. Whoever can write to the folder can write the lock:
 * what it says is shown to people, and decides what is older and what was agreed to.
 */
export function lockObjection(
  log: SkillLog,
  entry: ReleasedSkill,
  manifest?: SkillManifest,
): Objection | undefined {
  const { contents } = log;
  const { author } = entry;
  const release = contents.records.releases.release(entry.release);
  if (release === undefined) {
    return objection(
      'release-unknown',
      `the lock names the release ${entry.release}, which the log does not hold`,
    );
  }
  // Of a release that a recovery took back, another event stands in its place.
  const isCurrent = releaseStanding(contents, release.said)?.counts === true;
  const claims: readonly Claim[] = [
    claimOfManifest(log, entry, release),
    ['version', entry.version, release.version],
    ['author.aid', author.aid, release.controller],
    ['author.issuer', author.issuer, release.issuer],
    ['author.sn', author.sn, release.sn],
    ...(isCurrent
      ? [['author.event', author.event, contents.kel(release.issuer)?.saidAt(release.sn)] as const]
      : []),
    ...(manifest === undefined ? [] : claimsOfFiles(entry, manifest)),
  ];
  const lie = claims.find(([, said, is]) => said !== is);
  if (lie === undefined) return undefined;
  const [field, said, is] = lie;
  return objection(
    'lock-edited',
    `the lock says ${quoted(field)} of ${quoted(said ?? 'nothing')}, the release ${entry.release} and its files say ${quoted(is ?? 'nothing')}`,
    release,
  );
}

/** Manifests of the same files have two SAIDs, by two digests: where entry and release do not use the same, `h1` tells. */
function claimOfManifest(
  log: SkillLog,
  { manifest, h1 }: InstalledSkill,
  release: ReleaseEntry,
): Claim {
  return manifest.charAt(0) === release.manifest.charAt(0)
    ? ['manifest', manifest, release.manifest]
    : ['h1', h1, log.manifestOf(release.said)?.h1];
}

function claimsOfFiles(entry: InstalledSkill, { h1, files }: SkillManifest): readonly Claim[] {
  const permissions = files.find(({ path }) => path === PERMISSIONS_FILE)?.sha256;
  return [
    ['h1', entry.h1, h1],
    ['permissions', entry.permissions, permissions],
  ];
}
