import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import {
  agreementFlags,
  folderFlag,
  skillsFolder,
  trustFlags,
} from '../../src/cli/install-flags.ts';
import { basisLines, objectionLines } from '../../src/cli/install-lines.ts';
import { type Installed, installSkill } from '../../src/cli/install-skill.ts';
import { withSource } from '../../src/cli/install-source.ts';
import { installPolicy, termsOf } from '../../src/cli/install-terms.ts';
import {
  type ShownObjection,
  shownObjection,
  type ShownSkill,
  shownSkill,
} from '../../src/cli/installed-json.ts';
import { withDecidingLog } from '../../src/cli/skill-log.ts';
import { skillPath } from '../../src/install/install-layout.ts';
import { skillFlags } from '../../src/cli/skill-source.ts';
import type { SkillVerdict } from '../../src/skills/skill-verdict.ts';
import type { SkillState } from '../../src/skills/verdict-reason.ts';

type Result =
  | (ShownSkill & {
      readonly status: 'installed' | 'updated' | 'unchanged';
      /** `verified`, or what else it is where it was let in without a release by a publisher who may. */
      readonly state: SkillState;
      readonly decision: SkillVerdict['decision'];
      readonly conditions: SkillVerdict['conditions'];
      readonly path: string;
    })
  | (ShownObjection & { readonly status: 'refused'; readonly name?: string });

export default class SkillInstall extends BaseCommand {
  static override summary = 'Install a skill that a publisher whom you trust has released.';
  static override description =
    'Copies the files to where nothing else writes, and refuses them unless a release in the log names exactly these files, by a publisher that you name (--publisher, --policy), and nothing revokes them. Then it shows what the skill may do, from its permission manifest alone, and asks. The copy is hashed again and moved into its place; the lock beside it says what was agreed to. Nothing of the skill is run. Exit 0 or 1.';
  static override examples = [
    '<%= config.bin %> skill install https://example.org/skills.git --commit 4f2c8d0e... --path skills/pdf --publisher acme --log https://example.org/log.git',
    '<%= config.bin %> skill install pdf.skill --publisher EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX --yes --expect EKq3...',
  ];
  static override args = {
    source: Args.string({
      required: true,
      description:
        'A directory, an archive (.zip, .skill, .tgz, .tar.gz), or the address of a Git repository.',
    }),
  };
  static override flags = {
    ...skillFlags,
    ...folderFlag,
    ...trustFlags,
    ...agreementFlags,
    path: Flags.string({
      helpValue: 'PATH',
      summary: 'The directory of the skill in the source; else its top.',
    }),
    'replace-publisher': Flags.boolean({
      summary: 'Let the publisher named take over the name of a skill that another one released.',
    }),
  };

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(SkillInstall);
    const session = this.session(flags, 'remembers');
    const terms = termsOf(session, flags);
    const folder = skillsFolder(session.host, flags.into);
    const { commit, path, strict } = flags;
    const outcome = await withSource(
      session.host,
      { source: args.source, commit, path, strict },
      async (found) =>
        withDecidingLog(session, flags, async (log) =>
          installSkill(session, log, found, {
            folder,
            policy: installPolicy(terms, log),
            replacePublisher: flags['replace-publisher'],
            updates: false,
            yes: flags.yes,
            expected: flags.expect,
            show: (...lines) => this.show(...lines),
          }),
        ),
    );
    return this.#told(outcome, folder.dir);
  }

  #told(outcome: Installed, dir: string): Result {
    if (outcome.status === 'refused') {
      const { name, objection } = outcome;
      this.print(...objectionLines(name, objection));
      process.exitCode = EXIT.refused;
      return {
        status: 'refused',
        ...(name === undefined ? {} : { name }),
        ...shownObjection(objection),
      };
    }
    const { status, entry, verdict } = outcome;
    const path = skillPath(dir, entry.name);
    this.print(
      `${status} ${entry.name}${entry.version === undefined ? '' : ` ${entry.version}`}`,
      `  ${entry.manifest}`,
      `  ${path}`,
      ...basisLines(entry.legacy),
    );
    const { state, decision, conditions } = verdict;
    return { status, state, decision, conditions, path, ...shownSkill(entry) };
  }
}
