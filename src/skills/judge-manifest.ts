/**
 * What a log says about the files of a skill: whether they are released, by whom, and whether that is revoked.
 * @module
 */
import { quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Contents } from '../log/contents.ts';
import { isDuplicitous } from '../log/marks.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import {
  releasesOf,
  revocationsBy,
  type SkillRevocation,
  standingOfRelease,
} from '../log/releases.ts';
import type { FileDifference, SkillManifest } from '../records/skill-manifest.ts';
import { closestRelease } from './closest-release.ts';
import { type SkillLog, saidsOf } from './skill-log.ts';
import { isVoidReason } from './verdict-reason.ts';
import { releaseWords, type SkillVerdict, type Trust, verdictFor } from './skill-verdict.ts';

const REVOKED = {
  release: 'release-revoked',
  manifest: 'manifest-revoked',
  name: 'name-revoked',
} as const;

/** The verdict on files that somebody who is heeded revoked. */
export function revokedVerdict(
  manifest: SkillManifest,
  revocation: SkillRevocation,
  release?: ReleaseEntry,
): SkillVerdict {
  const { target, reason, note, controller, position, replacement } = revocation;
  const words = [
    release === undefined ? 'the files are' : `${releaseWords(release)} is`,
    ` revoked by ${controller} at position ${position}: ${reason}`,
    note === '' ? '' : `, ${quoted(note, LIMITS.reasonCharacters)}`,
    replacement === undefined ? '' : `, replaced by ${replacement}`,
  ];
  return verdictFor(manifest, REVOKED[target.kind], words.join(''), { release, revocation });
}

function heededBy({ allowed, heeded = [] }: Trust): readonly string[] {
  return [...new Set([...allowed, ...heeded])];
}

/** The verdict on a release by nobody who may: of a stranger, or of a publisher for other places. */
function notAllowed(
  manifest: SkillManifest,
  release: ReleaseEntry,
  { allowed, elsewhere = [] }: Trust,
): SkillVerdict {
  const who = allowed.length === 0 ? 'nobody' : allowed.join(', ');
  return elsewhere.includes(release.controller)
    ? verdictFor(
        manifest,
        'publisher-other-path',
        `${releaseWords(release)} is by a publisher who may release at other paths, not at this one: ${who} may`,
        { release },
      )
    : verdictFor(
        manifest,
        'publisher-not-allowed',
        `${releaseWords(release)} is by nobody who may release it here: ${who} may`,
        { release },
      );
}

/** What revokes files, by somebody of these, by any of their SAIDs but the one that is looked at already. */
function revokedOtherwise(
  log: SkillLog,
  manifest: SkillManifest,
  release: ReleaseEntry | undefined,
  aids: readonly string[],
): SkillRevocation | undefined {
  const known = release?.manifest ?? manifest.said;
  for (const said of saidsOf(log, manifest, release)) {
    if (said === known) continue;
    const [first] = revocationsBy(log.contents, said, aids);
    if (first !== undefined) return first;
  }
  return undefined;
}

/** Judges one release of exactly these files. */
function judgeRelease(
  log: SkillLog,
  manifest: SkillManifest,
  release: ReleaseEntry,
  trust: Trust,
): SkillVerdict {
  const { contents } = log;
  const { counts, reason, why, revocation } = standingOfRelease(contents, release);
  const heeded = heededBy(trust);
  const [foreign] = revocationsBy(contents, release, heeded);
  const inForce =
    revocation ??
    foreign ??
    revokedOtherwise(log, manifest, release, [release.controller, ...heeded]);
  if (inForce !== undefined) return revokedVerdict(manifest, inForce, release);
  if (!counts && reason !== 'own' && reason !== 'device')
    return verdictFor(manifest, reason, `${releaseWords(release)} does not count: ${why}`, {
      release,
    });
  if (!trust.allowed.includes(release.controller)) return notAllowed(manifest, release, trust);
  const marked = [release.controller, release.issuer].find((aid) => isDuplicitous(contents, aid));
  if (marked !== undefined) {
    return verdictFor(
      manifest,
      'publisher-duplicitous',
      `${releaseWords(release)}: ${marked} is proved to have signed two events for one place`,
      { release },
    );
  }
  return {
    state: 'verified',
    decision: 'accept',
    reasons: [],
    conditions: [],
    assessments: [],
    reason: undefined,
    detail: releaseWords(release),
    hint: '',
    name: manifest.name,
    manifest: manifest.said,
    release,
    revocation: undefined,
    differences: [],
  };
}

/** Which of several verdicts on one manifest tells most: lower comes first. What never counted tells least. */
function weight({ state, reason }: SkillVerdict): number {
  if (state === 'verified') return 0;
  if (state === 'revoked') return 1;
  return isVoidReason(reason) ? 3 : 2;
}

const DIFFERENCES = {
  changed: 'file-changed',
  added: 'file-added',
  missing: 'file-removed',
  'executable-gained': 'mode-widened',
  'executable-lost': 'mode-narrowed',
} as const;

function differenceWords({ kind, path }: FileDifference): string {
  const where = quoted(path, 200);
  switch (kind) {
    case 'changed':
      return `${where} is not the released file`;
    case 'added':
      return `${where} was not released`;
    case 'missing':
      return `${where} is not there`;
    case 'executable-gained':
      return `${where} may be executed, the released file may not`;
    case 'executable-lost':
      return `${where} may not be executed, the released file may`;
  }
}

/** Files that no release names, held against what an allowed publisher released under that name. */
function judgeUnreleased(log: SkillLog, manifest: SkillManifest, trust: Trust): SkillVerdict {
  const heeded = heededBy(trust);
  const [first] = revocationsBy(log.contents, manifest.said, heeded);
  const foreign = first ?? revokedOtherwise(log, manifest, undefined, heeded);
  if (foreign !== undefined) return revokedVerdict(manifest, foreign);
  const closest = closestRelease(log, manifest, trust.allowed);
  if (closest === undefined) {
    return verdictFor(
      manifest,
      'no-release',
      `no release in the log names these files, ${quoted(manifest.name)} ${manifest.said}`,
    );
  }
  const { release, differences } = closest;
  const worst = differences.find(({ kind }) => kind !== 'executable-lost') ?? differences[0];
  // The release names the same files by the other digest that manifests have.
  if (worst === undefined) return judgeRelease(log, manifest, release, trust);
  if (worst.kind === 'executable-lost' && trust.mayLoseModes === true)
    return judgeRelease(log, manifest, release, trust);
  const more = differences.length > 1 ? `, and ${differences.length - 1} more` : '';
  return verdictFor(
    manifest,
    DIFFERENCES[worst.kind],
    `${differenceWords(worst)}${more} (held against ${releaseWords(release)})`,
    { release, differences },
  );
}

/**
 * Judges the files of a skill by a log. A release that does not count, or is revoked, is told as what it is, never as a
 * missing one.
 */
export function judgeManifest(log: SkillLog, manifest: SkillManifest, trust: Trust): SkillVerdict {
  const { contents } = log;
  const judge = (release: ReleaseEntry): SkillVerdict =>
    judgeRelease(log, manifest, release, trust);
  const own = releasesOf(contents, manifest.said, trust.allowed).toReversed().map(judge);
  const [best] = own.toSorted((a, b) => weight(a) - weight(b));
  const found = best ?? judgeForeign(log, manifest, trust);
  if (found.state !== 'verified' || trust.staleness === undefined) return found;
  const { reason, detail } = trust.staleness;
  return verdictFor(manifest, reason, detail, { release: found.release });
}

/**
 * Which of several releases of the same files by strangers is told of: the newest by whoever was the first of those whose
 * release counts. Who releases files after somebody else neither takes their place nor hides them. Where none counts, one
 * that is revoked says most.
 */
export function toldRelease(
  contents: Contents,
  releases: readonly ReleaseEntry[],
): ReleaseEntry | undefined {
  const isGood = (release: ReleaseEntry): boolean => {
    const { counts, revocation } = standingOfRelease(contents, release);
    return counts && revocation === undefined;
  };
  const first = releases.find(isGood);
  if (first !== undefined)
    return releases.findLast((one) => one.controller === first.controller && isGood(one));
  const isRevoked = (release: ReleaseEntry): boolean =>
    standingOfRelease(contents, release).revocation !== undefined;
  return releases.findLast(isRevoked) ?? releases.at(-1);
}

/** Files that nobody who may has released. A stranger's release does not hide that they are revoked. */
function judgeForeign(log: SkillLog, manifest: SkillManifest, trust: Trust): SkillVerdict {
  const own = judgeUnreleased(log, manifest, trust);
  if (own.state === 'revoked' || own.state === 'verified') return own;
  // A publisher of other places comes first: a stranger who releases the same files, too, does not hide that.
  const stranger =
    releasesOf(log.contents, manifest.said, trust.elsewhere ?? []).at(-1) ??
    toldRelease(log.contents, releasesOf(log.contents, manifest.said, trust.before ?? [])) ??
    toldRelease(log.contents, releasesOf(log.contents, manifest.said));
  return stranger === undefined ? own : judgeRelease(log, manifest, stranger, trust);
}
