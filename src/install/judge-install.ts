/**
 * Whether what somebody wants to install may be installed: what the log says of its files, and what the lock remembers of
 * the name. Nobody is asked and nothing is written here.
 * @module
 */
import { quoted } from '../base/errors.ts';
import type { Contents } from '../log/contents.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import type { SkillManifest } from '../records/skill-manifest.ts';
import { foldedPath } from '../records/skill-path.ts';
import { SKILL_MD, type SkillFile } from '../skills/skill-files.ts';
import type { SkillLog } from '../skills/skill-log.ts';
import { reportOn } from '../skills/skill-report.ts';
import { judgeSkill } from '../skills/judge-skill.ts';
import { releaseWords, type SkillVerdict, type Trust } from '../skills/skill-verdict.ts';
import { installNameProblem } from './install-name.ts';
import { type Objection, objection, objectionOf } from './install-verdict.ts';
import { lockObjection } from './lock-claims.ts';
import type { InstalledSkill, JudgedAt, ReleasedSkill } from './skills-lock.ts';

/** What is to be installed, as it was staged. */
export interface Candidate {
  readonly manifest: SkillManifest;
  readonly files: readonly SkillFile[];
  /** The bytes of `skill.oms.sig`, where that is a signature over them. */
  readonly omsSignature?: Uint8Array | undefined;
}

export interface InstallTerms {
  readonly trust: Trust;
  /** What the lock says of the name. */
  readonly locked: InstalledSkill | undefined;
  /** Whether another publisher than the one in the lock may take over the name. */
  readonly replacePublisher: boolean;
  /** The SAID that the manifest has to have. */
  readonly expected?: string | undefined;
}

export type Judged =
  | { readonly outcome: 'refused'; readonly objection: Objection }
  | {
      readonly outcome: 'allowed';
      /** Absent where it was let in without one. */
      readonly release: ReleaseEntry | undefined;
      /** What decided. */
      readonly verdict: SkillVerdict;
    };

/** Where a log stands now, to be remembered in the lock. */
export function judgedAt(contents: Contents): JudgedAt {
  const { genesis, lastBatch, batches } = contents;
  if (genesis === undefined || lastBatch === undefined)
    throw new Error('a log that holds a release has batches');
  return { id: genesis.logId, position: batches - 1, payload: lastBatch.payloadDigest };
}

/** What speaks against a log that continues another one's place: it is another log, too short, or says otherwise. */
export function discontinuity(contents: Contents, seen: JudgedAt): Objection | undefined {
  const id = contents.genesis?.logId;
  if (id !== seen.id) {
    return objection(
      'other-log',
      `it was judged by the log ${seen.id}; this is ${id ?? 'a log without a batch'}`,
    );
  }
  const batch = contents.batchAt(seen.position);
  if (batch === undefined) {
    return objection(
      'log-behind',
      `it was judged at position ${seen.position}; this copy of the log ends at ${contents.batches - 1}`,
    );
  }
  if (batch.payloadDigest === seen.payload) return undefined;
  return objection(
    'log-forked',
    `at position ${seen.position} the log says something else than when the skill was judged`,
  );
}

/** Another skill inside of it, which would be loaded with nobody asked about it. */
function nestedSkill({ files }: Candidate): Objection | undefined {
  const inner = files.find(({ path }) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return path.includes('/') && foldedPath(name) === foldedPath(SKILL_MD);
  });
  if (inner === undefined) return undefined;
  return objection(
    'nested-skill',
    `${quoted(inner.path, 200)} makes another skill of its directory`,
  );
}

/** What the skill says of itself, held against the rules of installers. */
function unusable({ manifest, files }: Candidate): Objection | undefined {
  const wrong = installNameProblem(manifest.name);
  if (wrong !== undefined)
    return objection(
      'install-name',
      `no directory can be called ${quoted(manifest.name)}: ${wrong}`,
    );
  const { findings } = reportOn({ outcome: 'files', files, notes: [] }, 'install', undefined);
  const error = findings.find(({ severity }) => severity === 'error');
  if (error === undefined) return undefined;
  const { reason, path, detail } = error;
  return {
    state: 'error',
    reason,
    detail: `${path}: ${detail}`,
    hint: 'Ask the publisher to correct it: gitkel skill check names everything.',
  };
}

/**
 * What was signed once never becomes unsigned: neither by a release, nor by a signature of others under the root of then.
 * A bad signature is told as what it is.
 */
function downgrade(
  { release, legacy, state }: SkillVerdict,
  locked: InstalledSkill,
): Objection | undefined {
  if (release !== undefined || legacy?.class === 'bad') return undefined;
  const isUnreleased = state === 'intact-unsigned' || legacy !== undefined;
  if (locked.author !== undefined && isUnreleased) {
    return objection(
      'signed-before',
      `${quoted(locked.name)} is installed as released by ${locked.author.aid}, and no release names these files`,
    );
  }
  const before = locked.legacy?.signature;
  if (before === undefined || !isUnreleased || legacy?.signature !== undefined) return undefined;
  return objection(
    'signed-before',
    `${quoted(locked.name)} is installed as signed by ${quoted(before.signer, 200)} under the root ${before.root}, and nobody signed these files`,
  );
}

/** Whether somebody else now stands behind a name that others signed. */
function otherRoot(
  { release, legacy }: SkillVerdict,
  { name, legacy: before }: InstalledSkill,
  replacePublisher: boolean,
): Objection | undefined {
  const root = before?.signature?.root;
  if (root === undefined || legacy?.signature?.root === root || replacePublisher) return undefined;
  const now = release === undefined ? 'signed under another root' : releaseWords(release);
  const detail = `${quoted(name)} is installed as signed under the root ${root}; this is ${now}`;
  return objection('root-changed', detail, release);
}

/** What the lock remembers that speaks against a release. */
function againstLock(
  log: SkillLog,
  release: ReleaseEntry,
  locked: ReleasedSkill,
  replacePublisher: boolean,
): Objection | undefined {
  if (release.controller !== locked.author.aid) {
    if (replacePublisher) return undefined;
    return objection(
      'publisher-changed',
      `${quoted(locked.name)} is installed as released by ${locked.author.aid}; this is ${releaseWords(release)}`,
      release,
    );
  }
  const wrong = lockObjection(log, locked);
  if (wrong !== undefined) return wrong;
  const before = log.contents.records.releases.release(locked.release);
  if (before === undefined || release.ordinal >= before.ordinal) return undefined;
  return objection(
    'older-release',
    `${releaseWords(release)} is older than the installed one, ${quoted(before.version)} at position ${before.position}`,
    release,
  );
}

function otherThanLocked(
  log: SkillLog,
  verdict: SkillVerdict,
  locked: InstalledSkill,
  replacePublisher: boolean,
): Objection | undefined {
  const { release } = verdict;
  if (locked.release === undefined || release === undefined)
    return otherRoot(verdict, locked, replacePublisher);
  return againstLock(log, release, locked, replacePublisher);
}

function firstObjection(
  log: SkillLog,
  candidate: Candidate,
  { trust, locked, replacePublisher, expected }: InstallTerms,
): Objection | Extract<Judged, { readonly outcome: 'allowed' }> {
  const { manifest } = candidate;
  if (expected !== undefined && expected !== manifest.said) {
    return objection('expected-other', `its manifest is ${manifest.said}, not ${quoted(expected)}`);
  }
  const gap = locked === undefined ? undefined : discontinuity(log.contents, locked.log);
  if (gap !== undefined) return gap;
  const verdict = judgeSkill(log, candidate, trust);
  const less = locked === undefined ? undefined : downgrade(verdict, locked);
  const refused = less ?? objectionOf(verdict);
  // What needs review alone is looked at to its end: whoever reviews it is told of what is worse first.
  if (refused !== undefined && refused.verdict?.decision !== 'needs-review') return refused;
  const { release, legacy } = verdict;
  if (refused === undefined && release === undefined && legacy === undefined)
    throw new Error('a skill that is let in has a release, or is let in without one');
  const old =
    locked === undefined ? undefined : otherThanLocked(log, verdict, locked, replacePublisher);
  const unfit = old ?? nestedSkill(candidate) ?? unusable(candidate) ?? refused;
  return unfit ?? { outcome: 'allowed', release, verdict };
}

/** Judges in the order in which each step rests on the ones before; the first that fails is told. */
export function judgeInstall(log: SkillLog, candidate: Candidate, terms: InstallTerms): Judged {
  const found = firstObjection(log, candidate, terms);
  return 'outcome' in found ? found : { outcome: 'refused', objection: found };
}
