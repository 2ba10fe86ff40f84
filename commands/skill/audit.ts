import * as Flags from '@oclif/core/flags';
import * as Args from '@oclif/core/args';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { auditFlags, howAudited } from '../../src/cli/audit-flags.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { CRITERION_VALUE, criteriaSaids } from '../../src/cli/criterion.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { sealStatement, speakerOf, type StatedProposal } from '../../src/cli/seal-statement.ts';
import { publisherFlags } from '../../src/cli/skill-publisher.ts';
import { skillFlags } from '../../src/cli/skill-source.ts';
import { findSkill } from '../../src/cli/skill-subject.ts';
import { untilFlag } from '../../src/cli/term.ts';
import type { Audit } from '../../src/records/audit.ts';

type Audited = StatedProposal & {
  readonly name: string;
  readonly manifest: string;
  readonly result: Audit['result'];
  readonly criteria: readonly string[];
  readonly issued: string;
  readonly expires: string;
};

export default class SkillAudit extends BaseCommand {
  static override summary = 'State that you looked at a skill, and what you found.';
  static override description =
    'Seals an in-toto statement about exactly these files in the KEL of the auditor, or of a device that it lets audit: which criteria they meet or fail, how it was looked at, by whom or what, and until when that holds. With --from only what changed since another version was looked at. An audit that fails weighs more than any that passes; it is taken back by skill revoke.';
  static override examples = [
    '<%= config.bin %> skill audit skills/pdf --as ada --result pass --criterion safe-to-run',
    '<%= config.bin %> skill audit skills/pdf --as ci --for team --result fail --criterion safe-to-read --method scanner --tool https://example.org/scan@1.2 --findings findings.json',
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
    criterion: Flags.string({
      multiple: true,
      required: true,
      helpValue: CRITERION_VALUE,
      summary:
        'What the files meet, or fail: a criterion by its name, its SAID or a file with its text.',
    }),
    from: Flags.string({
      helpValue: 'SKILL',
      summary: 'The version since which the changes were looked at: named as the skill itself.',
    }),
    ...auditFlags,
    ...untilFlag,
    ...stagingFlags,
  };

  async run(): Promise<Audited> {
    const { args, flags } = await this.parse(SkillAudit);
    const session = this.session(flags);
    const how = howAudited(session.host, flags);
    const criteria = criteriaSaids(session, flags.criterion);
    const log = await session.log();
    const speaker = speakerOf(session, log, 'audit', flags);
    const { source } = args;
    const about = findSkill(log, { source, commit: flags.commit }, 'audit');
    const from =
      flags.from === undefined
        ? undefined
        : findSkill(log, { source: flags.from }, 'audit changes since').manifest;
    if (from === about.manifest) {
      throw new GitkelError(
        'usage',
        `Cannot audit what changed since ${quoted(flags.from)}: nothing did`,
        {
          reason: 'audit-delta',
          hint: 'Leave --from away to state something of all files.',
        },
      );
    }
    const body: Audit = {
      type: 'audit',
      ...about,
      from,
      criteria,
      ...how,
      controller: speaker.controller,
    };
    const stated = await sealStatement(session, speaker, body, flags, (lines) =>
      this.print(...lines),
    );
    const { name } = about.subject;
    this.print(
      ...proposalLines(stated, `audited ${quoted(name)} (${body.result}) as ${speaker.issuer}`),
    );
    process.exitCode = proposalExit(stated);
    const { manifest, result, issued, expires } = body;
    return { ...stated, name, manifest, result, criteria, issued, expires };
  }
}
