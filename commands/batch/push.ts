import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { findBatchId } from '../../src/batch/mailbox.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { mailboxRemote, requireOpen } from '../../src/cli/mailbox.ts';
import { harmless } from '../../src/cli/output.ts';
import { openBatches, type PushedBatch, pushBatches } from '../../src/sync/batch-push.ts';

interface Pushed {
  readonly status: 'done';
  readonly remote: string;
  readonly batches: readonly PushedBatch[];
}

export default class BatchPush extends BaseCommand {
  static override summary =
    'Push staged batches, with the signatures that are here, for co-signers.';
  static override description =
    'Each batch and each signature gets a ref of its own at the remote, so that co-signers never conflict. What is there already is left; what somebody removed there is put back. Without an ID it pushes every batch that is open or complete.';
  static override examples = [
    '<%= config.bin %> batch push EKq3',
    '<%= config.bin %> batch push --remote mirror',
    '<%= config.bin %> batch push EKq3 --branches',
  ];
  static override args = {
    id: Args.string({ description: 'The batch id, or the beginning of it.' }),
  };
  static override flags = {
    remote: Flags.string({
      helpValue: 'NAME',
      summary: 'A remote of the repository; by default the upstream of the log.',
    }),
    branches: Flags.boolean({
      summary: 'Push them as branches (gitkel-batch/...), for a server that takes nothing else.',
    }),
  };

  async run(): Promise<Pushed> {
    const { args, flags } = await this.parse(BatchPush);
    const session = this.session(flags);
    const log = await session.log();
    const remote = mailboxRemote(log, flags.remote, 'push staged batches');
    const ids = args.id === undefined ? requireOpen(openBatches(log)) : [findBatchId(log, args.id)];
    const batches = await pushBatches(log, remote, ids, {
      form: flags.branches ? 'branches' : undefined,
    });
    const address = harmless(remote.address);
    for (const { batch, pushed, present } of batches)
      this.print(
        pushed === 0
          ? `${batch}  is at ${address} already`
          : `${batch}  pushed to ${address} (${pushed} new, ${present} there before)`,
      );
    await session.note(
      ...batches.map(({ batch }) => ({
        action: 'push',
        batch,
        from: 'this home',
        outcome: 'pushed',
      })),
    );
    return { status: 'done', remote: address, batches };
  }
}
