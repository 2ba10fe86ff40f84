import { join } from 'node:path';
import { quoted } from '../base/errors.ts';
import { namesIn, shownPath, statOf } from '../host/files.ts';
import { foldedPath } from '../records/skill-path.ts';
import type { SkillDigest } from '../skills/skill-digest.ts';
import { SKILL_MD } from '../skills/skill-files.ts';
import { judgeManifest } from '../skills/judge-manifest.ts';
import { unusableVerdict } from '../skills/skill-verdict.ts';
import { isOwnName } from './install-layout.ts';
import { type InstallReason, type Objection, objection, objectionOf } from './install-verdict.ts';
import type { SkillsFolder } from './skills-folder.ts';
import { entryOf, type SkillsLock } from './skills-lock.ts';
import { digestAt } from './held-files.ts';
import {
  type InstalledVerdict,
  objected,
  verifyEntry,
  type VerifyTerms,
} from './verify-installed.ts';

/** What the log says of a skill that nobody installed. It is never good: nobody agreed to it. */
function judgeStranger({ log, heeded }: VerifyTerms, digest: SkillDigest): Objection {
  if (digest.outcome === 'refused') {
    const reasons = digest.problems.map(({ reason }) => reason);
    if (reasons.every((reason) => reason === 'skill-md-missing'))
      return objection('no-skill', 'it has no SKILL.md');
    const { reason = 'no-skill', detail, hint } = unusableVerdict(digest.problems);
    return { state: 'error', reason, detail, hint };
  }
  const { manifest } = digest;
  const verdict =
    log === undefined ? undefined : judgeManifest(log, manifest, { allowed: [], heeded });
  if (verdict?.state === 'revoked' || verdict?.state === 'tampered')
    return objectionOf(verdict) ?? objection('not-installed', 'nobody installed it');
  const reason: InstallReason = verdict?.release === undefined ? 'not-installed' : 'not-in-lock';
  const said = `${quoted(manifest.name)} ${manifest.said}`;
  return objection(reason, `the lock does not know it: ${said}`, verdict?.release);
}

function lookAt(folder: SkillsFolder, path: string, terms: VerifyTerms): Objection {
  const stats = statOf(folder.host, path);
  if (stats?.isDirectory() === true) {
    const digest = digestAt(folder, path, 'E');
    return 'outcome' in digest ? judgeStranger(terms, digest) : digest;
  }
  const isLink = stats?.isSymbolicLink() === true;
  return {
    state: 'error',
    reason: isLink ? 'symlink' : 'special-file',
    detail: `${shownPath(path)} is ${isLink ? 'a link, which may lead anywhere' : 'no directory'}`,
    hint: 'Move it away: skills are directories, installed one by one.',
  };
}

function verifyStranger(folder: SkillsFolder, name: string, terms: VerifyTerms): InstalledVerdict {
  const path = join(folder.dir, name);
  return objected(name, path, undefined, lookAt(folder, path, terms));
}

/** Names in the folder that agents may load skills from, and that the lock does not know. */
export function unknownNames({ host, dir }: SkillsFolder, lock: SkillsLock): readonly string[] {
  return namesIn(host, dir).filter((name) => {
    if (isOwnName(name) || entryOf(lock, name) !== undefined) return false;
    const isFile = statOf(host, join(dir, name))?.isFile() === true;
    return !isFile || foldedPath(name) === foldedPath(SKILL_MD);
  });
}

/** The verdicts on everything in a folder: first what the lock knows, then what it does not. */
export function verifyFolder(
  folder: SkillsFolder,
  lock: SkillsLock,
  terms: VerifyTerms,
): readonly InstalledVerdict[] {
  return [
    ...lock.map((entry) => verifyEntry(folder, entry, terms)),
    ...unknownNames(folder, lock).map((name) => verifyStranger(folder, name, terms)),
  ];
}

/** The verdict on one name in a folder, by no more than that skill; `undefined` where there is nothing of that name. */
export function verifyNamed(
  folder: SkillsFolder,
  lock: SkillsLock,
  name: string,
  terms: VerifyTerms,
): InstalledVerdict | undefined {
  const entry = entryOf(lock, name);
  if (entry !== undefined) return verifyEntry(folder, entry, terms);
  return unknownNames(folder, lock).includes(name)
    ? verifyStranger(folder, name, terms)
    : undefined;
}
