import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../../src/cli/base-command.ts';
import { stagingFlags } from '../../../src/cli/flags.ts';
import { proposalExit, proposalLines } from '../../../src/cli/output.ts';
import { proposePolicy } from '../../../src/cli/policy-change.ts';
import type { Proposal } from '../../../src/cli/propose.ts';
import { GitkelError, quoted } from '../../../src/base/errors.ts';

export default class LogPolicyRemove extends BaseCommand {
  static override summary = 'Remove writers of a closed log.';
  static override description =
    'A record of the founder, in force from the next batch on. The log stays closed.';
  static override examples = [
    '<%= config.bin %> log policy remove bob',
    '<%= config.bin %> log policy remove bob carol',
  ];
  static override strict = false;
  static override args = {
    writer: Args.string({
      required: true,
      description: 'AIDs or names that may commit no longer.',
    }),
  };
  static override flags = stagingFlags;

  async run(): Promise<Proposal> {
    const { argv, flags } = await this.parse(LogPolicyRemove);
    const session = this.session(flags);
    const removed = new Set(argv.map((name) => session.aid(String(name))));
    const proposal = await proposePolicy(
      session,
      ({ admission, writers }) => {
        const unknown = [...removed].find((aid) => !writers.includes(aid));
        if (unknown !== undefined)
          throw new GitkelError(
            'not-found',
            `Cannot remove ${quoted(unknown)}: it is no writer of this log`,
            { hint: 'gitkel log policy show names them; the founder is no writer, and stays.' },
          );
        return { admission, writers: writers.filter((writer) => !removed.has(writer)) };
      },
      flags,
    );
    this.print(...proposalLines(proposal, `writers removed: ${[...removed].join(', ')}`));
    process.exitCode = proposalExit(proposal);
    return proposal;
  }
}
