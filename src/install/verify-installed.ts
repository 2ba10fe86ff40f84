/**
 * Whether what is installed is still what it was, and whether it would be let in today: by the files on the disk, the lock,
 * and the log. Nothing is taken from an earlier look.
 * @module
 */
import { shownPath, statOf } from '../host/files.ts';
import { type FoundSkill, judgeSkill, letsIn } from '../skills/judge-skill.ts';
import type { SkillVerdict, Staleness } from '../skills/skill-verdict.ts';
import type { LegacyTrust } from '../skills/legacy-verdict.ts';
import type { SkillLog } from '../skills/skill-log.ts';
import type { SkillState } from '../skills/verdict-reason.ts';
import type { Viewpoint } from '../trust/viewpoint.ts';
import { digestAt, type HeldFiles, holdAgainstLock } from './held-files.ts';
import { skillPath } from './install-layout.ts';
import { type Objection, objection, objectionOf } from './install-verdict.ts';
import { discontinuity } from './judge-install.ts';
import { lockObjection } from './lock-claims.ts';
import { quarantined } from './quarantine.ts';
import type { SkillsFolder } from './skills-folder.ts';
import type { InstalledSkill, ReleasedSkill, UnreleasedSkill } from './skills-lock.ts';

/** What is known today, beside the lock. */
export interface VerifyTerms {
  /** Absent where no log is at hand: then nothing is verified. */
  readonly log: SkillLog | undefined;
  readonly staleness: Staleness | undefined;
  /** AIDs that may have released a skill; those of the lock where nobody else is named. */
  readonly publishers?: ((entry: InstalledSkill) => readonly string[]) | undefined;
  /** AIDs whose revocations count beside the publishers' own. */
  readonly heeded?: readonly string[] | undefined;
  /** From where it is judged what others say of the files. */
  readonly views?: readonly Viewpoint[] | undefined;
  /** What becomes of skills that nobody released. */
  readonly legacy?: ((entry: InstalledSkill) => LegacyTrust | undefined) | undefined;
}

/** The verdict on one skill of a folder. */
export interface InstalledVerdict {
  /** The name in the lock; of what the lock does not know, the name of its directory. */
  readonly name: string;
  readonly state: SkillState;
  /** Absent for what is let in alone. */
  readonly objection: Objection | undefined;
  /** What the log, and whoever is heard, says of its files; absent where these are not as installed. */
  readonly verdict: SkillVerdict | undefined;
  readonly path: string;
  /** Absent for what the lock does not know. */
  readonly entry: InstalledSkill | undefined;
  /** Whether it was moved aside: then `path` is where it lies. */
  readonly isAside: boolean;
  /** Whether a file lost the permission to be executed, which some systems and archives do not keep. */
  readonly hasLostModes: boolean;
}

function withoutLog(entry: InstalledSkill): Objection {
  return objection(
    'log-missing',
    `its files are those that were installed; without the log ${entry.log.id} nobody can say whether they were revoked`,
  );
}

interface LogAnswer {
  readonly objection?: Objection | undefined;
  readonly verdict?: SkillVerdict | undefined;
}

/** Who may have released a skill where nobody is named: whoever did, unless it was let in although nobody knew them. */
function publishersIn({ author, legacy }: InstalledSkill): readonly string[] {
  return author === undefined || legacy !== undefined ? [] : [author.aid];
}

function legacyOff({ legacy }: UnreleasedSkill): Objection {
  return objection(
    'legacy-off',
    `it was let in without a release, as ${legacy.class} in the mode ${legacy.mode}; today nobody says what becomes of such skills`,
  );
}

/** Whether no release names the files of a skill that was released when it was installed: it is let in by nothing less. */
function isUnreleased(verdict: SkillVerdict): boolean {
  const { state, release, legacy } = verdict;
  if (legacy?.class === 'bad') return false;
  if (state === 'intact-unsigned' || state === 'tampered') return true;
  return release === undefined && letsIn(verdict);
}

/** What the log, and whoever is heard, says today of files that are those of the lock. */
function askLog(
  { log, publishers, legacy, ...terms }: VerifyTerms,
  entry: InstalledSkill,
  skill: FoundSkill,
): LogAnswer {
  if (log === undefined) return { objection: withoutLog(entry) };
  const gap = discontinuity(log.contents, entry.log);
  if (gap !== undefined) return { objection: gap };
  const allowed = publishers?.(entry) ?? publishersIn(entry);
  const before = entry.author === undefined ? [] : [entry.author.aid];
  const verdict = judgeSkill(log, skill, {
    allowed,
    before,
    ...terms,
    legacy: legacy?.(entry),
  });
  if (entry.release === undefined) {
    const isOff = verdict.reason === 'no-release';
    return { objection: isOff ? legacyOff(entry) : objectionOf(verdict), verdict };
  }
  if (isUnreleased(verdict)) {
    const detail = `the lock names the release ${entry.release}, and no release in the log names these files`;
    return { objection: objection('release-unknown', detail) };
  }
  return { objection: objectionOf(verdict) ?? againstLock(log, entry, skill, verdict), verdict };
}

/** What the lock says that cannot be so where this release decides. */
function againstLock(
  log: SkillLog,
  entry: ReleasedSkill,
  { manifest }: FoundSkill,
  { release }: SkillVerdict,
): Objection | undefined {
  if (release === undefined || release.controller === entry.author.aid)
    return lockObjection(log, entry, manifest);
  const detail = `the lock says that ${entry.author.aid} released it; ${release.controller} did`;
  return objection('publisher-changed', detail, release);
}

function verdictOn(
  terms: VerifyTerms,
  folder: SkillsFolder,
  entry: InstalledSkill,
  path: string,
): Pick<InstalledVerdict, 'state' | 'objection' | 'verdict' | 'hasLostModes'> {
  const digest = digestAt(folder, path, entry.manifest);
  const held: HeldFiles =
    'outcome' in digest
      ? holdAgainstLock(folder, terms.log, entry, digest)
      : { held: false, objection: digest };
  const found: LogAnswer = held.held ? askLog(terms, entry, held) : held;
  const hasLostModes = held.held && held.hasLostModes;
  return {
    state: found.objection?.state ?? found.verdict?.state ?? 'verified',
    objection: found.objection,
    verdict: found.verdict,
    hasLostModes,
  };
}

/** The verdict on what lies in the folder itself and cannot be told to be good. */
export function objected(
  name: string,
  path: string,
  entry: InstalledSkill | undefined,
  found: Objection,
): InstalledVerdict {
  return {
    name,
    path,
    entry,
    state: found.state,
    objection: found,
    verdict: undefined,
    isAside: false,
    hasLostModes: false,
  };
}

/** What was moved aside is told by what it is; only what is good again is told as something to move back. */
function verifyAside(
  folder: SkillsFolder,
  entry: InstalledSkill,
  terms: VerifyTerms,
): InstalledVerdict {
  const { name } = entry;
  const places = quarantined(folder, entry);
  const judged = places.map((path) => ({ path, ...verdictOn(terms, folder, entry, path) }));
  const best = judged.find((each) => each.objection === undefined) ?? judged.at(-1);
  if (best === undefined) {
    const path = skillPath(folder.dir, name);
    return objected(
      name,
      path,
      entry,
      objection('skill-missing', `${shownPath(path)} is not there`),
    );
  }
  const found =
    best.objection ?? objection('quarantined', `it lies aside in ${shownPath(best.path)}`);
  return { name, ...best, entry, state: found.state, objection: found, isAside: true };
}

/** The verdict on a skill that the lock knows. */
export function verifyEntry(
  folder: SkillsFolder,
  entry: InstalledSkill,
  terms: VerifyTerms,
): InstalledVerdict {
  const path = skillPath(folder.dir, entry.name);
  if (statOf(folder.host, path) === undefined) return verifyAside(folder, entry, terms);
  return {
    name: entry.name,
    path,
    entry,
    isAside: false,
    ...verdictOn(terms, folder, entry, path),
  };
}
