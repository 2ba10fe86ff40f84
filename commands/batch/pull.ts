import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { mailboxRemote, pulledLines, pullMailbox } from '../../src/cli/mailbox.ts';
import { harmless } from '../../src/cli/output.ts';
import type { PulledBatches } from '../../src/sync/batch-pull.ts';

interface Pulled extends Pick<PulledBatches, 'batches' | 'bad' | 'left'> {
  readonly status: 'done';
  readonly remote: string;
}

export default class BatchPull extends BaseCommand {
  static override summary = 'Take over staged batches, and signatures, that others have pushed.';
  static override description =
    'Pulls the log first. Each batch and each signature is verified before it is stored here; what does not hold is named, and ignored. `gitkel status` then shows what asks for your signature.';
  static override examples = [
    '<%= config.bin %> batch pull',
    '<%= config.bin %> batch pull --remote mirror --json',
  ];
  static override flags = {
    remote: Flags.string({
      helpValue: 'NAME',
      summary: 'A remote of the repository; by default the upstream of the log.',
    }),
  };

  async run(): Promise<Pulled> {
    const { flags } = await this.parse(BatchPull);
    const session = this.session(flags);
    const log = await session.logToPull();
    const remote = mailboxRemote(log, flags.remote, 'pull staged batches');
    const { batches, bad, left } = await pullMailbox(session, log, remote);
    const lines = pulledLines({ batches, bad, left });
    const address = harmless(remote.address);
    const isNew = batches.some(({ status }) => status === 'new');
    const lacksLog = log.contents.batches === 0 && bad.some(({ reason }) => reason === 'other-log');
    this.print(
      ...(lines.length === 0 ? [`no staged batch is new at ${address}`] : lines),
      ...(lacksLog
        ? [
            'the log itself is not there yet: whoever pushed the batch publishes it with gitkel sync',
          ]
        : []),
      ...(isNew ? ['next: gitkel status   says which of them ask for your signature'] : []),
    );
    return { status: 'done', remote: address, batches, bad, left };
  }
}
