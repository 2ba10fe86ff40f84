import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { policyFromFile } from '../../src/cli/policy-file.ts';
import { policyLines, shownPolicy, type ShownPolicy } from '../../src/cli/policy-lines.ts';
import { shownNames } from '../../src/cli/shown-names.ts';

export default class PolicyCheck extends BaseCommand {
  static override summary = 'Read the policy of a skills repository, and say what it means.';
  static override description =
    'Exact: an unknown key, two rules of which nobody could say which one decides, or what this version cannot enforce is an error (exit 3). The digest that is printed is the one that maintainers approve.';
  static override examples = [
    '<%= config.bin %> policy check',
    '<%= config.bin %> policy check .gitkel/policy.yaml --json',
  ];
  static override args = {
    file: Args.string({ description: 'The policy; else .gitkel/policy.yaml of this repository.' }),
  };

  async run(): Promise<ShownPolicy> {
    const { args, flags } = await this.parse(PolicyCheck);
    const session = this.session(flags, 'reads');
    const policy = shownPolicy(policyFromFile(session.host, args.file));
    const names = shownNames(session.home);
    this.print(...policyLines(policy, (aid) => names.aid(aid)));
    return policy;
  }
}
