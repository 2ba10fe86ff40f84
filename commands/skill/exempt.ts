import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { quoted } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { sealStatement, speakerOf, type StatedProposal } from '../../src/cli/seal-statement.ts';
import { publisherFlags } from '../../src/cli/skill-publisher.ts';
import { skillFlags } from '../../src/cli/skill-source.ts';
import { findSkill } from '../../src/cli/skill-subject.ts';
import { termFromNow, untilFlag } from '../../src/cli/term.ts';
import { typed } from '../../src/cli/typed.ts';
import type { Exemption } from '../../src/records/exemption.ts';
import { boundedText } from '../../src/records/skill-statement.ts';

type Exempted = StatedProposal & {
  readonly name: string;
  readonly manifest: string;
  readonly because: string;
  readonly owner: string;
  readonly issued: string;
  readonly expires: string;
};

/** For how many days an exemption holds unless told. */
const USUAL_DAYS = 30;

function oneLine(what: string, text: string): string {
  return typed(text, (one) => boundedText(what, one, 1, LIMITS.reasonCharacters)) ?? '';
}

export default class SkillExempt extends BaseCommand {
  static override summary = 'Let exactly these files pass for a while.';
  static override description =
    'Seals an in-toto statement that lets these files pass although what is asked of skills is not met: why, who sees to it that this ends, and until when. It holds for those who take exemptions of its issuer, every report counts it, and a file that changes is not exempted any more. It is taken back by skill revoke.';
  static override examples = [
    '<%= config.bin %> skill exempt skills/old --as team --reason "unsigned upstream, replaced in March" --owner ada@example.org --until 60d',
    '<%= config.bin %> skill exempt notes --as ci --for team --reason "the audit is under way"',
  ];
  static override args = {
    source: Args.string({
      required: true,
      description: 'A directory or an archive; the SAID of a release or a manifest; or a name.',
    }),
  };
  static override flags = {
    ...skillFlags,
    ...publisherFlags,
    reason: Flags.string({ required: true, summary: 'Why.' }),
    owner: Flags.string({
      helpValue: 'WHO',
      summary: 'Who sees to it that this ends; else whoever states it.',
    }),
    ...untilFlag,
    ...stagingFlags,
  };

  async run(): Promise<Exempted> {
    const { args, flags } = await this.parse(SkillExempt);
    const session = this.session(flags);
    const reason = oneLine('this reason', flags.reason);
    const most = LIMITS.exemptionDays;
    const term = termFromNow(session.host, flags.until, { usual: USUAL_DAYS, most });
    const log = await session.log();
    const speaker = speakerOf(session, log, 'exemption', flags);
    const { issuer, controller } = speaker;
    const about = findSkill(log, { source: args.source, commit: flags.commit }, 'exempt');
    const body: Exemption = {
      type: 'exemption',
      ...about,
      reason,
      owner: oneLine('this owner', flags.owner ?? controller ?? issuer),
      issued: term.first,
      expires: term.end,
      controller,
    };
    const stated = await sealStatement(session, speaker, body, flags, (lines) =>
      this.print(...lines),
    );
    const { name } = about.subject;
    const done = `exempted ${quoted(name)} until ${body.expires} as ${issuer}`;
    this.print(...proposalLines(stated, done));
    process.exitCode = proposalExit(stated);
    const { manifest, owner, issued, expires } = body;
    return { ...stated, name, manifest, because: reason, owner, issued, expires };
  }
}
