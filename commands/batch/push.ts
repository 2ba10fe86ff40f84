import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { findBatchId } from '../../src/batch/mailbox.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { passphraseFlag } from '../../src/cli/flags.ts';
import { dropCommitted, settleLateProofs } from '../../src/cli/late-proof.ts';
import { mailboxRemote, pullFirst, requireOpen } from '../../src/cli/mailbox.ts';
import { harmless } from '../../src/cli/output.ts';
import { waitedFor } from '../../src/cli/progress.ts';
import { openBatches, type PushedBatch, pushBatches } from '../../src/sync/batch-push.ts';

interface Pushed {
  readonly status: 'done';
  readonly remote: string;
  readonly batches: readonly PushedBatch[];
  /** Batches that are in the log: what was signed for them here was added as more proof. */
  readonly late: readonly string[];
}

export default class BatchPush extends BaseCommand {
  static override summary =
    'Push staged batches, with the signatures that are here, for co-signers.';
  static override description =
    'Each batch and each signature gets a ref of its own at the remote, so that co-signers never conflict. What is there already is left; what somebody removed there is put back. Without an ID it pushes every batch that is open or complete. Signatures for a batch that was committed meanwhile are added to the log as more proof; where your keys may not commit there, they are pushed for somebody whose keys may.';
  static override examples = [
    '<%= config.bin %> batch push EKq3',
    '<%= config.bin %> batch push --remote mirror',
    '<%= config.bin %> batch push EKq3 --branches',
  ];
  static override args = {
    id: Args.string({ description: 'The batch id, or the beginning of it.' }),
  };
  static override flags = {
    ...passphraseFlag,
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
    const log = await session.logToPull();
    const remote = mailboxRemote(log, flags.remote, 'push staged batches');
    const ids = args.id === undefined ? requireOpen(openBatches(log)) : [findBatchId(log, args.id)];
    const lacksLog = await pullFirst(session, log, remote);
    const { late, handedOn } = await settleLateProofs(session, log, ids);
    await dropCommitted(session, log, late);
    const pushing = pushBatches(
      log,
      remote,
      ids.filter((id) => !late.includes(id)),
      { form: flags.branches ? 'branches' : undefined },
    );
    const batches = await waitedFor('pushing staged batches', pushing);
    const address = harmless(remote.address);
    for (const id of late)
      this.print(`${id}  is in the log; what was signed for it here is there, too`);
    for (const id of handedOn)
      this.print(`${id}  is in the log; who may commit there adds what was signed for it since`);
    for (const { batch, pushed, present } of batches)
      this.print(
        pushed === 0
          ? `${batch}  is at ${address} already`
          : `${batch}  pushed to ${address} (${pushed} new, ${present} there before)`,
      );
    if (lacksLog && batches.length > 0)
      this.print(
        'the log itself is not there yet, and without it nobody can take the batch over',
        'next: gitkel sync',
      );
    await session.note(
      ...batches.map(({ batch }) => ({
        action: 'push',
        batch,
        from: 'this home',
        outcome: 'pushed',
      })),
    );
    return { status: 'done', remote: address, batches, late };
  }
}
