import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { findingLines } from '../../src/cli/skill-lines.ts';
import { directoryNameOf, skillArgs, readSkill, skillFlags } from '../../src/cli/skill-source.ts';
import { skillFiles } from '../../src/skills/skill-files.ts';
import { reportOn, type SkillReport } from '../../src/skills/skill-report.ts';

export default class SkillCheck extends BaseCommand {
  static override summary = 'Check the files, SKILL.md and permission manifest of a skill.';
  static override description =
    'Strict, as a publisher needs it: what passes is taken, and understood alike, by every known validator of the Agent Skills specification. With --lenient as an installer sees it: only what nobody could load is an error. Exit 0 or 1.';
  static override examples = [
    '<%= config.bin %> skill check skills/pdf',
    '<%= config.bin %> skill check pdf.skill --lenient --json',
  ];
  static override args = skillArgs;
  static override flags = {
    ...skillFlags,
    lenient: Flags.boolean({ summary: 'Warn of what some clients load all the same.' }),
  };

  async run(): Promise<SkillReport> {
    const { args, flags } = await this.parse(SkillCheck);
    const { host } = this.session(flags, 'reads');
    const place = { source: args.source, commit: flags.commit };
    const found = readSkill(host, place, (entries) => skillFiles(host.crypto, entries));
    const report = reportOn(
      found,
      flags.lenient ? 'install' : 'publish',
      directoryNameOf(host, place),
    );
    const { state, reason, findings } = report;
    this.print(...findingLines(findings), reason === undefined ? state : `${state}: ${reason}`);
    process.exitCode = state === 'valid' ? EXIT.done : EXIT.refused;
    return report;
  }
}
