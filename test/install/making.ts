import { utf8 } from '../../src/base/bytes.ts';
import { digestText } from '../../src/cesr/digest.ts';
import type { InstalledSkill, ReleasedSkill } from '../../src/install/skills-lock.ts';
import type { SkillsFolder } from '../../src/install/skills-folder.ts';
import { stageFiles, withChangeFolder } from '../../src/install/staged-copy.ts';
import { placeSkill } from '../../src/install/place-skill.ts';
import { digestSkill } from '../../src/skills/skill-digest.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { entriesOf, file, type MadeFile } from '../skills/making.ts';

const digestOf = (text: string): string => digestText(nativeCrypto, utf8(text));

export const AID = digestOf('A');

/** The files of a skill of that name. */
export const skillFilesOf = (name: string, text = 'text\n'): readonly MadeFile[] => [
  file('SKILL.md', `---\nname: ${name}\ndescription: Takes notes.\n---\n# Notes\n`),
  file('scripts/run.sh', '#!/bin/sh\necho hello\n', true),
  file('references/a.md', text),
];

/** The entry of a skill, as if it had been judged. */
export function entryFor(files: readonly MadeFile[]): ReleasedSkill {
  const digest = digestSkill(nativeCrypto, entriesOf(files));
  if (digest.outcome === 'refused') throw new Error('the test made no skill');
  const { name, said, h1 } = digest.manifest;
  return {
    name,
    source: { type: 'directory', path: '/from/here' },
    manifest: said,
    h1,
    release: digestOf('R'),
    version: '1.0.0',
    author: { aid: AID, issuer: AID, sn: 3, event: digestOf('S') },
    log: { id: digestOf('L'), position: 7, payload: digestOf('P') },
    approvals: [{ manifest: said, release: digestOf('R') }],
  };
}

/** Places a skill that was not judged. */
export async function placed(
  folder: SkillsFolder,
  files: readonly MadeFile[],
  judgedOn?: InstalledSkill,
): Promise<InstalledSkill> {
  const entry = entryFor(files);
  await withChangeFolder(folder, async (change) => {
    stageFiles(folder, change, files);
    await placeSkill(folder, change, entry, judgedOn);
  });
  return entry;
}
