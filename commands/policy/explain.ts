import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { policyFromFile } from '../../src/cli/policy-file.ts';
import { ruleLines, tierLines } from '../../src/cli/policy-lines.ts';
import { shownNames } from '../../src/cli/shown-names.ts';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { TOP } from '../../src/gate/path-pattern.ts';
import {
  allowedFor,
  explainPath,
  explainTiers,
  type RuleStanding,
  type TierStanding,
} from '../../src/gate/policy-rule.ts';
import { pathProblem } from '../../src/records/skill-path.ts';

/** The path as rules have it: without a slash at its end, empty for the top of the repository. */
function rulePath(text: string): string {
  const trimmed = text.replace(/^\.\//, '').replace(/\/+$/, '');
  if (trimmed === TOP || trimmed === '') return '';
  const wrong = pathProblem(trimmed);
  if (wrong === undefined) return trimmed;
  throw new GitkelError(
    'usage',
    `Cannot have a skill at ${quoted(text, 200)}: its path cannot be used: ${wrong.detail}`,
    { reason: wrong.reason, hint: 'Name a directory from the top of the repository, with /.' },
  );
}

export default class PolicyExplain extends BaseCommand {
  static override summary = 'Say who may release a skill at a path, what is asked of it, and why.';
  static override description =
    "Names the rule that decides, how every other one stands, and what is asked of a skill by the risk tier of what it asks for (`gitkel skill permissions` tells it). The path is that of a skill's directory, from the top of the repository. Exit 1 where nobody may.";
  static override examples = [
    '<%= config.bin %> policy explain skills/pdf',
    '<%= config.bin %> policy explain tools/x --policy policy.yaml --json',
  ];
  static override args = {
    path: Args.string({ required: true, description: 'The directory of a skill.' }),
  };
  static override flags = {
    policy: Flags.string({
      helpValue: 'FILE',
      summary: 'The policy; else .gitkel/policy.yaml of this repository.',
    }),
  };

  async run(): Promise<{
    readonly path: string;
    readonly release: readonly string[];
    readonly rules: readonly RuleStanding[];
    readonly tiers: readonly TierStanding[];
  }> {
    const { args, flags } = await this.parse(PolicyExplain);
    const session = this.session(flags, 'reads');
    const policy = policyFromFile(session.host, flags.policy);
    const path = rulePath(args.path);
    const rules = explainPath(policy, path);
    const release = allowedFor(policy, path);
    const tiers = explainTiers(policy);
    const names = shownNames(session.home);
    this.print(
      ...ruleLines(rules, (aid) => names.aid(aid)),
      release.length === 0
        ? 'nobody may release a skill there: no rule matches'
        : `may release it: ${release.map((aid) => names.aid(aid)).join(', ')}`,
      ...tierLines(tiers),
    );
    process.exitCode = release.length === 0 ? EXIT.refused : EXIT.done;
    return { path: path === '' ? TOP : path, release, rules, tiers };
  }
}
