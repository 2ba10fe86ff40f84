import * as Args from '@oclif/core/args';
import { quoted } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import {
  chainLines,
  decisionLines,
  scoreLine,
  type SkillReport,
  skillReport,
} from '../../src/cli/chain-report.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { findSkill } from '../../src/cli/found-skill.ts';
import { shownNames } from '../../src/cli/shown-names.ts';
import { trustView, viewFlags } from '../../src/cli/trust-view.ts';

export default class SkillChain extends BaseCommand {
  static override summary = 'Show who said what of a skill, hop by hop, and whether it counts.';
  static override description =
    'From the files to whom you trust: the release, audits and imports, and the vouches through which their issuers are trusted, each with the event that seals it, the keys in force there, and its position in the log. The weakest hop comes first; a chain is as strong as that. It is judged by what this home trusts, or by --policy; anybody who gives the same policy, day and copy of the log gets the same answer. Exit 1 where it is not accepted.';
  static override examples = [
    '<%= config.bin %> skill chain .agents/skills/pdf',
    '<%= config.bin %> skill chain pdf --publisher team --at 2026-12-01',
    '<%= config.bin %> skill chain skills/pdf --policy .gitkel/policy.yaml --json',
  ];
  static override args = {
    skill: Args.string({
      required: true,
      description:
        'A directory or archive, the SAID of a manifest or a release, or a released name.',
    }),
  };
  static override flags = { ...viewFlags };

  async run(): Promise<SkillReport> {
    const { args, flags } = await this.parse(SkillChain);
    const session = this.session(flags, 'remembers');
    const log = await session.log();
    const { contents } = log;
    const judging = trustView(session, flags, contents);
    const report = skillReport(contents, findSkill(log, args.skill, judging.terms), judging);
    const names = shownNames(session.home);
    const name = (aid: string): string => names.aid(aid);
    this.print(
      `${quoted(report.name, 300)} ${report.manifest}`,
      ...chainLines(contents, report, name),
      ...decisionLines(report),
      scoreLine(report, name),
    );
    process.exitCode = report.decision === 'accept' ? EXIT.done : EXIT.refused;
    return report;
  }
}
