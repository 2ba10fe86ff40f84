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

/** Whether what lies in a skill's place is exactly what its entry names. */
export function isAsLocked(folder: SkillsFolder, { name, manifest }: InstalledSkill): boolean {
  const found = digestAs(folder, skillPath(folder.dir, name), manifest);
  return found.outcome === 'digested' && found.manifest.said === manifest;
}
