import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { statedNote } from '../../src/cli/audit-flags.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { CRITERION_VALUE, criteriaSaids } from '../../src/cli/criterion.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { sealStatement, speakerOf, type StatedProposal } from '../../src/cli/seal-statement.ts';
import { publisherFlags } from '../../src/cli/skill-publisher.ts';
import { termFromNow, untilFlag } from '../../src/cli/term.ts';
import { aidSubject } from '../../src/records/skill-statement.ts';
import { VOUCH_LEVELS, type Vouch } from '../../src/records/vouch.ts';

type Vouched = StatedProposal & {
  /** Whom it is about. */
  readonly about: string;
  readonly level: Vouch['level'];
  readonly from: string;
  readonly until: string;
};

/** For how many days a vouch holds unless told. */
const USUAL_DAYS = 365;

export default class SkillVouch extends BaseCommand {
  static override summary = 'State how far you trust what somebody says about skills.';
  static override description =
    'Seals an in-toto statement about an identifier: how far its audits and its own vouches are trusted, for which criteria and skills, and until when. With --grant every release by it meets these criteria while the vouch holds. Whoever trusts you may trust those whom you vouch for; distrust takes that away again. It is taken back by skill revoke.';
  static override examples = [
    '<%= config.bin %> skill vouch EAuditor... --as team --level medium',
    '<%= config.bin %> skill vouch vendor --as team --level high --name "vendor-*" --grant safe-to-run --until 90d',
  ];
  static override args = {
    aid: Args.string({ required: true, description: 'Whom it is about: AID or name.' }),
  };
  static override flags = {
    ...publisherFlags,
    level: Flags.option({
      options: VOUCH_LEVELS,
      required: true,
      summary: 'How far it is trusted.',
    })(),
    criterion: Flags.string({
      multiple: true,
      helpValue: CRITERION_VALUE,
      summary: 'Only for this criterion: by its name, its SAID or a file with its text.',
    }),
    name: Flags.string({
      multiple: true,
      helpValue: 'PATTERN',
      summary: 'Only for skills of this name, in which * stands for any characters.',
    }),
    grant: Flags.string({
      multiple: true,
      helpValue: CRITERION_VALUE,
      summary: 'Every release by it meets this criterion.',
    }),
    note: Flags.string({ default: '', summary: 'More about it, for others to read.' }),
    ...untilFlag,
    ...stagingFlags,
  };

  async run(): Promise<Vouched> {
    const { args, flags } = await this.parse(SkillVouch);
    const session = this.session(flags);
    const { level } = flags;
    const aid = session.aid(args.aid);
    const grants = criteriaSaids(session, flags.grant);
    const criteria = criteriaSaids(session, flags.criterion);
    const names = [...new Set(flags.name ?? [])].toSorted();
    if (grants.length > 0 && (level === 'distrust' || level === 'none')) {
      throw new GitkelError('usage', `Cannot grant criteria to somebody with the level ${level}`, {
        reason: 'vouch-grants',
        hint: 'Leave --grant away.',
      });
    }
    const most = LIMITS.vouchDays;
    const term = termFromNow(session.host, flags.until, { usual: USUAL_DAYS, most });
    const note = statedNote(flags.note);
    const log = await session.log();
    const speaker = speakerOf(session, log, 'vouch', flags);
    const body: Vouch = {
      type: 'vouch',
      aid,
      subject: aidSubject(session.host.crypto, aid),
      level,
      scope: {
        criteria: criteria.length === 0 ? undefined : criteria,
        names: names.length === 0 ? undefined : names,
      },
      grants,
      from: term.first,
      until: term.end,
      note,
      controller: speaker.controller,
    };
    const stated = await sealStatement(session, speaker, body, flags, (lines) =>
      this.print(...lines),
    );
    this.print(...proposalLines(stated, `vouched for ${aid} (${level}) as ${speaker.issuer}`));
    process.exitCode = proposalExit(stated);
    return { ...stated, about: aid, level, from: body.from, until: body.until };
  }
}
