import { digestSkill, type SkillDigest } from '../skills/skill-digest.ts';
import { directoryEntries } from '../skills/directory-entries.ts';
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

/**
 * What a digest leaves out: Git's own directory, and what is about the skill. An installed copy was made without them, so
 * that whoever finds one there knows that somebody else put it there.
 */
export function leftOut({
  notes,
}: Extract<SkillDigest, { outcome: 'digested' }>): string | undefined {
  return notes.find(({ reason }) => reason === 'excluded-git' || reason === 'excluded-sidecar')
    ?.path;
}

/** Whether a directory holds exactly the files of a manifest, and nothing that its digest would leave out. */
export function isExactly(folder: SkillsFolder, dir: string, manifest: string): boolean {
  const found = digestAs(folder, dir, manifest);
  return (
    found.outcome === 'digested' && found.manifest.said === manifest && leftOut(found) === undefined
  );
}

/** Whether what lies in a skill's place is exactly what its entry names. */
export function isAsLocked(folder: SkillsFolder, { name, manifest }: InstalledSkill): boolean {
  return isExactly(folder, skillPath(folder.dir, name), manifest);
}
