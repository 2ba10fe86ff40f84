import { counted } from '../../src/base/counted.ts';
import { quoted } from '../../src/base/errors.ts';
import { dayOfSeconds, parseDay } from '../../src/base/day.ts';
import {
  countExemptions,
  type ExemptionCount,
  exemptionLines,
} from '../../src/skills/exemption-count.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { folderFlag, skillsFolder } from '../../src/cli/install-flags.ts';
import { basisLines, sourceWords } from '../../src/cli/install-lines.ts';
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

  async run(): Promise<{
    readonly folder: string;
    readonly exemptions: ExemptionCount;
    readonly skills: readonly ShownSkill[];
  }> {
    const { flags } = await this.parse(SkillList);
    const session = this.session(flags, 'reads');
    const folder = skillsFolder(session.host, flags.into);
    const lock = readLock(folder);
    const names = shownNames(session.home);
    const today = dayOfSeconds(session.host.now());
    const exemptions = countExemptions(
      // What has expired lets nothing in any more.
      lock.map(({ legacy }) => {
        const left = legacy?.expires === undefined ? 0 : parseDay(legacy.expires) - today;
        return left > 0 ? left : undefined;
      }),
    );
    this.print(
      ...lock.flatMap(({ name, version, manifest, author, source, decided, legacy }) => [
        `${quoted(name, 300)}${version === undefined ? '' : ` ${quoted(version)}`}`,
        `  ${manifest}`,
        author === undefined ? '  released by nobody' : `  released by ${names.aid(author.aid)}`,
        ...basisLines(legacy),
        `  from ${sourceWords(source)}`,
        ...(decided === undefined
          ? []
          : [
              `  ${decided.decision} on ${decided.on}, by ${counted(decided.statements.length, 'statement')} of others`,
            ]),
      ]),
      ...exemptionLines(exemptions),
      ...(lock.length === 0 ? ['nothing is installed here'] : []),
    );
    return { folder: folder.dir, exemptions, skills: lock.map(shownSkill) };
  }
}
