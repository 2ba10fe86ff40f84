import { BaseCommand } from '../../../src/cli/base-command.ts';
import { policyInForce, type PolicyInForce } from '../../../src/cli/policy-change.ts';

export default class LogPolicyShow extends BaseCommand {
  static override summary = 'Show who may commit to the log.';
  static override examples = [
    '<%= config.bin %> log policy show',
    '<%= config.bin %> log policy show --json',
  ];

  async run(): Promise<PolicyInForce> {
    const { flags } = await this.parse(LogPolicyShow);
    const policy = policyInForce(await this.session(flags, 'reads').log());
    this.print(
      policy.admission === 'open'
        ? 'open: every identity of the log may commit'
        : 'closed: only the founder and its writers may commit',
      `founder ${policy.founder}`,
      ...policy.writers.map((writer) => `writer  ${writer}`),
    );
    return policy;
  }
}
