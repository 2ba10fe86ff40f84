import { counted } from '../../src/base/counted.ts';
import { quoted } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { folderFlag, skillsFolder } from '../../src/cli/install-flags.ts';
import { sourceWords } from '../../src/cli/install-lines.ts';
import { type ShownSkill, shownSkill } from '../../src/cli/installed-json.ts';
import { shownNames } from '../../src/cli/shown-names.ts';
import { readLock } from '../../src/install/skills-folder.ts';

export default class SkillList extends BaseCommand {
  static override summary = 'List the installed skills by their lock.';
  static override description =
    'Says what the lock says: which release of which publisher was installed, and from where. Nothing is verified; `gitkel skill verify` does that.';
  static override examples = [
    '<%= config.bin %> skill list',
    '<%= config.bin %> skill list --into ~/.agents/skills --json',
  ];
  static override flags = { ...folderFlag };

  async run(): Promise<{ readonly folder: string; readonly skills: readonly ShownSkill[] }> {
    const { flags } = await this.parse(SkillList);
    const session = this.session(flags, 'reads');
    const folder = skillsFolder(session.host, flags.into);
    const lock = readLock(folder);
    const names = shownNames(session.home);
    this.print(
      ...lock.flatMap(({ name, version, manifest, author, source, decided }) => [
        `${quoted(name, 300)} ${quoted(version)}`,
        `  ${manifest}`,
        `  released by ${names.aid(author.aid)}`,
        `  from ${sourceWords(source)}`,
        ...(decided === undefined
          ? []
          : [
              `  ${decided.decision} on ${decided.on}, by ${counted(decided.statements.length, 'statement')} of others`,
            ]),
      ]),
      ...(lock.length === 0 ? ['nothing is installed here'] : []),
    );
    return { folder: folder.dir, skills: lock.map(shownSkill) };
  }
}
