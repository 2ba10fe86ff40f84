import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import {
  decisionLines,
  proofLines,
  scoreLine,
  type SkillReport,
  skillReport,
} from '../../src/cli/chain-report.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { findSkill } from '../../src/cli/found-skill.ts';
import {
  type IdentityReport,
  identityReport,
  identityTrustLines,
} from '../../src/cli/identity-trust.ts';
import type { Session } from '../../src/cli/session.ts';
import { shownNames } from '../../src/cli/shown-names.ts';
import { type TrustView, trustView, viewFlags } from '../../src/cli/trust-view.ts';
import { isAid, listNames } from '../../src/keys/names.ts';
import type { Log } from '../../src/log/log.ts';
import { criterionNamed } from '../../src/trust/criteria.ts';

/** The identifier that is meant; `undefined` where it is a skill: SAIDs of manifests look like AIDs. */
function meantAid(
  session: Session,
  { contents }: Log,
  { view }: TrustView,
  text: string,
): string | undefined {
  const named = listNames(session.home).find(({ name }) => name === text)?.aid;
  if (named !== undefined) return named;
  if (!isAid(text)) return undefined;
  const isKnown = contents.kel(text) !== undefined || view.network.vouches.has(text);
  const isStated = view.policy.roots.some(({ aid }) => aid === text);
  const { releases, trust } = contents.records;
  if (isKnown || isStated) return text;
  const isOfSkill =
    releases.release(text) !== undefined ||
    releases.someOf(text) !== undefined ||
    [...trust.speakersOn(text)].some((one) =>
      [...trust.saidBy(one, text)].some(({ type }) => type !== 'vouch'),
    );
  return isOfSkill ? undefined : text;
}

function criterionOf({ view }: TrustView, ref: string | undefined): string | undefined {
  if (ref === undefined) return undefined;
  const criterion = criterionNamed(view.policy.criteria, ref);
  if (criterion !== undefined) return criterion.said;
  throw new GitkelError('usage', `Cannot use the criterion ${quoted(ref)}: it is not known`, {
    reason: 'criterion-unknown',
    hint: 'gitkel trust list names those of this home; a policy defines its own.',
  });
}

/** Whoever asks for one criterion is not to be told that a skill meets all others. */
function notOfSkills(what: string, flag: string): GitkelError {
  return new GitkelError(
    'usage',
    `Cannot explain the skill ${quoted(what, 200)} by --${flag}: that is for identities`,
    {
      hint: 'What a skill has to meet is said by gitkel trust require, or by the policy of --policy.',
    },
  );
}

export default class TrustExplain extends BaseCommand {
  static override summary =
    'Explain how far somebody is trusted, or why a skill is accepted or not.';
  static override description =
    'Of an identity: how far it is trusted, every path of vouches that leads to it, with the events and keys that seal them, and what cuts each. Of a skill: the decision with its reasons, the proof they rest on, and the score with its parts. Judged by what this home trusts, or by --policy. Exit 1 where the identity is not trusted or the skill is not accepted.';
  static override examples = [
    '<%= config.bin %> trust explain audit-team',
    '<%= config.bin %> trust explain audit-team --skill pdf --criterion safe-to-run --at 2026-12-01',
    '<%= config.bin %> trust explain skills/pdf --policy .gitkel/policy.yaml --json',
  ];
  static override args = {
    what: Args.string({
      required: true,
      description: 'An identity: AID or name; or a skill: directory, SAID, or released name.',
    }),
  };
  static override flags = {
    ...viewFlags,
    skill: Flags.string({
      helpValue: 'NAME',
      summary: 'How far an identity is trusted for skills of this name; else for those of any.',
    }),
    criterion: Flags.string({
      helpValue: 'NAME|SAID',
      summary: 'How far an identity is trusted to judge this criterion.',
    }),
  };

  async run(): Promise<IdentityReport | SkillReport> {
    const { args, flags } = await this.parse(TrustExplain);
    const session = this.session(flags, 'remembers');
    const log = await session.log();
    const judging = trustView(session, flags, log.contents);
    const aid = meantAid(session, log, judging, args.what);
    const names = shownNames(session.home);
    const name = (one: string): string => names.aid(one);
    if (aid === undefined) {
      const flag = ['skill', 'criterion'].find((one) => Object.hasOwn(flags, one));
      if (flag !== undefined) throw notOfSkills(args.what, flag);
      return this.#skill(log, args.what, judging, name);
    }
    const question = { name: flags.skill ?? '', criterion: criterionOf(judging, flags.criterion) };
    const report = identityReport(log.contents, aid, question, judging);
    this.print(...identityTrustLines(log.contents, report, name));
    process.exitCode = report.level === null ? EXIT.refused : EXIT.done;
    return report;
  }

  #skill(log: Log, what: string, judging: TrustView, name: (aid: string) => string): SkillReport {
    const report = skillReport(log.contents, findSkill(log, what, judging.terms), judging);
    this.print(
      `${quoted(report.name, 300)} ${report.manifest}`,
      ...proofLines(report.proof),
      ...decisionLines(report),
      scoreLine(report, name),
    );
    process.exitCode = report.decision === 'accept' ? EXIT.done : EXIT.refused;
    return report;
  }
}
