import type { BatchResult } from '../src/batch/commit-all.ts';
import { counted } from '../src/base/counted.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { commitAllStaged, exitCodeOfAll, nextLines, resultWords } from '../src/cli/commit-all.ts';
import { passphraseFlag } from '../src/cli/flags.ts';
import {
  pullBatchesIfPossible,
  pulledLines,
  type Settled,
  settleMailbox,
} from '../src/cli/mailbox.ts';
import { harmless } from '../src/cli/output.ts';
import { publishHere, pullHere, requireRemote } from '../src/cli/remote.ts';

import type { PulledBatches } from '../src/sync/batch-pull.ts';

interface Synced {
  readonly status: 'done';
  readonly upstream: string;
  /** How many batches came from there, and how many were published that lay here. */
  readonly pulled: number;
  readonly published: number;
  /** What came from the co-signers, and what was pushed and deleted there. */
  readonly mailbox: Pick<PulledBatches, 'batches' | 'bad' | 'left'> & Settled;
  /** What became of each staged batch. */
  readonly batches: readonly BatchResult[];
}

export default class Sync extends BaseCommand {
  static override summary = 'Pull, then commit and publish what waits here.';
  static override description =
    'Takes over what the upstream has, as `gitkel pull` does, and the staged batches and signatures that co-signers pushed, then commits every batch that is complete, each as `gitkel batch commit` would: it is committed once the upstream has it. What is missing there of batches that are shared is pushed, and what is over is deleted there. A log that is not there yet is published whole.';
  static override examples = ['<%= config.bin %> sync', '<%= config.bin %> sync --json'];
  static override flags = { ...passphraseFlag };

  async run(): Promise<Synced> {
    const { flags } = await this.parse(Sync);
    const session = this.session(flags);
    const log = await session.logToPull();
    const remote = requireRemote(log, 'sync');
    const upstream = harmless(remote.address);
    const outcome = await pullHere(session, log, remote);
    const published =
      outcome.status === 'unpublished' ? await publishHere(session, log, remote) : 0;
    const pulled = outcome.status === 'pulled' ? outcome.batches : 0;
    this.print(
      pulled === 0 ? `nothing new at ${upstream}` : `pulled ${batchWords(pulled)} from ${upstream}`,
      ...(published === 0 ? [] : [`published ${batchWords(published)} there`]),
    );
    const mailbox = await pullBatchesIfPossible(session, log, remote);
    this.print(...pulledLines(mailbox));
    const batches = await commitAllStaged(session, log);
    const committed = batches.flatMap(({ status, batch }) => (status === 'committed' ? batch : []));
    const settled = await settleMailbox(session, log, remote, mailbox, committed);
    for (const result of batches)
      this.print(`${result.batch}  ${result.status.padEnd(10)} ${resultWords(result)}`);
    this.print(...nextLines(log, batches));
    if (settled.pushed.length > 0) this.print(`pushed again: ${settled.pushed.join(', ')}`);
    process.exitCode = exitCodeOfAll(batches);
    return {
      status: 'done',
      upstream,
      pulled,
      published,
      mailbox: {
        batches: mailbox.batches,
        bad: mailbox.bad,
        left: mailbox.left,
        ...settled,
      },
      batches,
    };
  }
}

function batchWords(count: number): string {
  return counted(count, 'batch', 'batches');
}
