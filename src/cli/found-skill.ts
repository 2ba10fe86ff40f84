/**
 * The skill that a person means by a name, a place or a SAID, as trust in it is judged.
 * @module
 */
import path from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { allowedFor, ruleFor } from '../gate/policy-rule.ts';
import { findRepository } from '../git/repository.ts';
import { statOf } from '../host/files.ts';
import { entryOf } from '../install/skills-lock.ts';
import { readLock } from '../install/skills-folder.ts';
import { isDigest } from '../keri/primitive-text.ts';
import type { Contents } from '../log/contents.ts';
import type { Log } from '../log/log.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import { countingByName, releasesByName, releasesOf, standingOfRelease } from '../log/releases.ts';
import { toldRelease } from '../skills/judge-manifest.ts';
import { tierOf } from '../skills/judge-skill.ts';
import { digestSkill } from '../skills/skill-digest.ts';
import { saidsOf, skillLog } from '../skills/skill-log.ts';
import type { SkillManifest } from '../records/skill-manifest.ts';
import type { SkillFile } from '../skills/skill-files.ts';
import type { JudgedSkill } from '../skills/trust-facts.ts';
import type { Terms } from './install-terms.ts';
import { readSkill } from './skill-source.ts';

/** What was meant, before anybody asks who may have released it. */
interface Meant {
  readonly name: string;
  readonly manifest: string;
  /** The files, where they are at hand. */
  readonly files: readonly SkillFile[] | undefined;
  /** What the SAIDs of the files are computed from, where the files are at hand. */
  readonly listed?: SkillManifest | undefined;
  /** Who released what the lock beside the files says was installed there. */
  readonly kept: string | undefined;
  /** The directory of the files in the repository that holds them, with `/`; absent where none does. */
  readonly at?: string | undefined;
}

/** Where a directory is in its repository: by that, a repository judges its skills. */
function placeInRepository({ host }: Log, dir: string): string | undefined {
  if (statOf(host, dir)?.isDirectory() !== true) return undefined;
  const top = findRepository(host, dir);
  return top === undefined ? undefined : path.relative(top, dir).split(path.sep).join('/');
}

function meantByFiles(log: Log, source: string): Meant {
  const { host } = log;
  const digest = readSkill(host, { source }, (entries) => digestSkill(host.crypto, entries));
  if (digest.outcome === 'refused') {
    const [problem] = digest.problems;
    throw new GitkelError(
      'refused',
      `Cannot judge ${quoted(source, 200)}: it has no digest: ${problem?.detail ?? 'it is no skill'}`,
      {
        reason: problem?.reason ?? 'skill-digest',
        hint: 'gitkel skill check DIR names everything that is wrong.',
      },
    );
  }
  const { manifest, files } = digest;
  const full = path.resolve(source);
  const locked = entryOf(readLock({ host, dir: path.dirname(full) }), path.basename(full));
  return {
    name: manifest.name,
    manifest: manifest.said,
    files,
    listed: manifest,
    kept: locked?.author?.aid,
    at: placeInRepository(log, full),
  };
}

function meantBySaid({ records }: Contents, said: string): Meant | undefined {
  const release = records.releases.release(said) ?? records.releases.someOf(said);
  if (release !== undefined)
    return { name: release.name, manifest: release.manifest, files: undefined, kept: undefined };
  for (const speaker of records.trust.speakersOn(said)) {
    for (const { type, subject } of records.trust.saidBy(speaker, said))
      if (type !== 'vouch')
        return { name: subject.name, manifest: said, files: undefined, kept: undefined };
  }
  return undefined;
}

/** The newest release of a name that counts; where none does, the last one, of which it is told why. */
function newestOf(contents: Contents, by: string, name: string): ReleaseEntry | undefined {
  const [newest] = countingByName(contents, by, name);
  return newest ?? releasesByName(contents, by, name).at(-1);
}

/** The newest release of a name by those who may release it; by the one who did, where nobody is named. */
function meantByName(contents: Contents, terms: Terms, name: string): Meant | undefined {
  const named = allowedTo(terms, name, undefined);
  const publishers =
    named.length > 0
      ? named
      : [
          ...new Set(
            contents.records.releases.all.flatMap((one) =>
              one.name === name ? [one.controller] : [],
            ),
          ),
        ];
  const found = publishers.flatMap((by) => newestOf(contents, by, name) ?? []);
  if (found.length > 1) {
    throw new GitkelError(
      'usage',
      `Cannot tell which ${quoted(name)} is meant: ${found.length} publishers released skills of that name`,
      { reason: 'name-ambiguous', hint: 'Name one with --publisher, or the manifest by its SAID.' },
    );
  }
  const [release] = found;
  if (release === undefined) return undefined;
  return { name, manifest: release.manifest, files: undefined, kept: undefined };
}

/** By the rule for where it lies; of what lies elsewhere, and of what a repository installed, by that for its name. */
function allowedTo(
  { publishers, policy }: Terms,
  name: string,
  at: string | undefined,
): readonly string[] {
  if (policy === undefined) return publishers;
  const rule = at === undefined ? undefined : ruleFor(policy, at);
  return [...publishers, ...(rule?.release ?? allowedFor(policy, name))];
}

/** Who may release it: whoever is named; else, where no policy is asked, who did release what the lock beside it names. */
function allowedFrom({ name, kept, at }: Meant, terms: Terms) {
  const named = allowedTo(terms, name, at);
  const isByLock = named.length === 0 && terms.policy === undefined && kept !== undefined;
  return { allowed: isByLock ? [kept] : named, isByLock };
}

/** The release that is to decide: the newest that counts of who may release it, else one that tells who did. */
function decidingRelease(
  contents: Contents,
  { manifest }: Meant,
  allowed: readonly string[],
): JudgedSkill['release'] {
  const counting = (all: readonly ReleaseEntry[]): ReleaseEntry | undefined =>
    all.findLast((one) => standingOfRelease(contents, one).counts) ?? all.at(-1);
  const own = counting(releasesOf(contents, manifest, allowed));
  if (own !== undefined) return { entry: own, isAllowed: allowed.includes(own.controller) };
  const other = toldRelease(contents, releasesOf(contents, manifest));
  return other === undefined ? undefined : { entry: other, isAllowed: false };
}

/** A skill that was found, and whether its files were looked at. */
export interface FoundSkill {
  readonly skill: JudgedSkill;
  /** Other SAIDs of the same files, as far as they can be told. */
  readonly others: readonly string[];
  readonly hasFiles: boolean;
  /** Whether nothing but the lock beside the files says that their publisher may release them. */
  readonly isByLock: boolean;
}

/**
 * Finds a skill by the SAID of its manifest or of a release, by its place, or by the name under which it was released.
 * Without its files it is judged as one that may ask for anything.
 * @throws GitkelError `not-found`; `usage` for a name of several publishers; `refused` for files without a digest.
 */
export function findSkill(log: Log, text: string, terms: Terms): FoundSkill {
  const { contents, host } = log;
  const bySaid = isDigest(text) ? meantBySaid(contents, text) : undefined;
  const isPlace =
    text !== '' && bySaid === undefined && statOf(host, path.resolve(text)) !== undefined;
  const meant = bySaid ?? (isPlace ? meantByFiles(log, text) : meantByName(contents, terms, text));
  if (meant === undefined) {
    throw new GitkelError('not-found', `Cannot find the skill ${quoted(text, 200)}`, {
      reason: 'skill',
      hint: 'Name a directory, the SAID of a manifest or a release, or a name: gitkel skill releases.',
    });
  }
  const { name, manifest, files } = meant;
  const { allowed, isByLock } = allowedFrom(meant, terms);
  const release = decidingRelease(contents, meant, allowed);
  const known = skillLog(log);
  const listed = meant.listed ?? (release && known.manifestOf(release.entry.said));
  return {
    skill: {
      name,
      manifest,
      ...(files === undefined ? { tier: 'T3', statesPermissions: false } : tierOf(files)),
      isIntact: true,
      release,
    },
    others: listed === undefined ? [] : saidsOf(known, listed, release?.entry),
    hasFiles: files !== undefined,
    isByLock: isByLock && release?.isAllowed === true,
  };
}
