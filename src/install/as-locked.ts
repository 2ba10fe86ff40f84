import { toHex } from '../base/bytes.ts';
import { digestSkill, type SkillDigest } from '../skills/skill-digest.ts';
import { directoryEntries } from '../skills/directory-entries.ts';
import { OMS_SIGNATURE } from '../skills/sidecar.ts';
import { skillPath } from './install-layout.ts';
import type { SkillsFolder } from './skills-folder.ts';
import type { InstalledSkill } from './skills-lock.ts';

/** The digest of what lies in a directory, by the algorithm of the manifest that it is held against. */
export function digestAs({ host }: SkillsFolder, dir: string, manifest: string): SkillDigest {
  return digestSkill(
    host.crypto,
    directoryEntries(host, dir),
    manifest.startsWith('I') ? 'I' : 'E',
  );
}

/** What of an entry says which files lie in its place. */
export type LockedFiles = Pick<InstalledSkill, 'manifest' | 'legacy'>;

/**
 * What a digest leaves out: Git's own directory, and what is about the skill. An installed copy was made without them, so
 * that whoever finds one there knows that somebody else put it there. Only the signature by which it was let in is kept.
 */
export function leftOut(
  { host }: SkillsFolder,
  { notes, omsSignature }: Extract<SkillDigest, { outcome: 'digested' }>,
  { legacy }: LockedFiles,
): string | undefined {
  const kept =
    omsSignature !== undefined &&
    toHex(host.crypto.digest('sha2-256', omsSignature)) === legacy?.signature?.file
      ? OMS_SIGNATURE
      : undefined;
  return notes.find(
    ({ reason, path }) =>
      reason === 'excluded-git' || (reason === 'excluded-sidecar' && path !== kept),
  )?.path;
}

/** Whether the signature by which it was let in has to lie beside the files, and does not. */
export function lacksSignature(
  { omsSignature }: Extract<SkillDigest, { outcome: 'digested' }>,
  { legacy }: LockedFiles,
): boolean {
  return legacy?.signature !== undefined && omsSignature === undefined;
}

/** Whether a directory holds exactly the files of an entry, and nothing that a digest of them would leave out. */
export function isExactly(folder: SkillsFolder, dir: string, entry: LockedFiles): boolean {
  const found = digestAs(folder, dir, entry.manifest);
  return (
    found.outcome === 'digested' &&
    found.manifest.said === entry.manifest &&
    leftOut(folder, found, entry) === undefined &&
    !lacksSignature(found, entry)
  );
}

/** Whether what lies in a skill's place is exactly what its entry names. */
export function isAsLocked(
  folder: SkillsFolder,
  entry: LockedFiles & Pick<InstalledSkill, 'name'>,
): boolean {
  return isExactly(folder, skillPath(folder.dir, entry.name), entry);
}
