import path from 'node:path';
import * as Flags from '@oclif/core/flags';
import { DEFAULT_FOLDER } from '../install/install-layout.ts';
import type { SkillsFolder } from '../install/skills-folder.ts';
import type { Host } from '../host/host.ts';

/** Where skills are installed. */
export const folderFlag = {
  into: Flags.string({
    helpValue: 'DIR',
    summary: 'The folder of the skills, with their lock.',
    default: DEFAULT_FOLDER,
  }),
};

/** Whom the person trusts, and how old what they know may be. */
export const trustFlags = {
  publisher: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'AID',
    summary: 'An identity whose releases you trust: AID or name.',
  }),
  policy: Flags.string({
    helpValue: 'FILE',
    summary: 'A repository policy that says who may release which skill.',
  }),
  'max-age': Flags.string({
    helpValue: 'DURATION',
    summary: 'Refuse a copy of the log whose remote was not asked for longer than this, e.g. 24h.',
  }),
};

/** How a person agrees, on the terminal or in a script. */
export const agreementFlags = {
  yes: Flags.boolean({ summary: 'Do not ask; needs --expect.' }),
  expect: Flags.string({
    helpValue: 'SAID',
    summary: 'The manifest that the skill must have; gitkel skill digest prints it.',
  }),
  strict: Flags.boolean({
    summary: 'Take only what cannot be something else tomorrow: a commit by its id, an archive.',
  }),
};

export function skillsFolder(host: Host, into: string): SkillsFolder {
  return { host, dir: path.resolve(into) };
}
