import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../../src/cli/base-command.ts';
import { stagingFlags } from '../../../src/cli/flags.ts';
import { proposalExit, proposalLines } from '../../../src/cli/output.ts';
import { proposePolicy } from '../../../src/cli/policy-change.ts';
import type { Proposal } from '../../../src/cli/propose.ts';
import { GitkelError, quoted } from '../../../src/base/errors.ts';

export default class LogPolicyAdd extends BaseCommand {
  static override summary = 'Close the log but for its founder and writers, and add writers.';
  static override description =
    'A record of the founder, in force from the next batch on. A log that was open is closed by it.';
  static override examples = [
    '<%= config.bin %> log policy add bob',
    '<%= config.bin %> log policy add bob carol',
  ];
  static override strict = false;
  static override args = {
    writer: Args.string({ required: true, description: 'AIDs or names that may commit.' }),
  };
  static override flags = stagingFlags;

  async run(): Promise<Proposal> {
    const { argv, flags } = await this.parse(LogPolicyAdd);
    const session = this.session(flags);
    const added = argv.map((name) => session.aid(String(name)));
    const { contents } = await session.log();
    const stranger = added.find((aid) => contents.kel(aid) === undefined);
    if (stranger !== undefined)
      throw new GitkelError(
        'not-found',
        `Cannot make ${quoted(stranger)} a writer: it is not in this log`,
      );
    const proposal = await proposePolicy(
      session,
      ({ writers }) => ({ admission: 'closed', writers: [...writers, ...added] }),
      flags,
    );
    this.print(...proposalLines(proposal, `closed the log; writers added: ${added.join(', ')}`));
    process.exitCode = proposalExit(proposal);
    return proposal;
  }
}
