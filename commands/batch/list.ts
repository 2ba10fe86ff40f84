import { listBatches, type UnreadableBatch } from '../../src/batch/batches.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { batchReport, type BatchReport } from '../../src/cli/batch-report.ts';
import { harmless } from '../../src/cli/output.ts';
import type { Log } from '../../src/log/log.ts';
import { unpushed } from '../../src/sync/batch-push.ts';
import { remoteOf } from '../../src/sync/remote.ts';

/** A line of the list for machines: a batch, or what stands in the place of one. */
type Listed =
  | (BatchReport & {
      /** Refs of it that the upstream had not when it was last asked; `null` for a log without one, and for a batch that is over. */
      readonly unpushed: number | null;
    })
  | (Pick<UnreadableBatch, 'state' | 'reason' | 'detail'> & { readonly batch: string });

function listed(log: Log, found: ReturnType<typeof listBatches>[number]): Listed {
  if (found.state !== 'unreadable') {
    const remote = log.publishes && 'collected' in found ? remoteOf(log) : undefined;
    return {
      ...batchReport(log.host.crypto, found),
      unpushed: remote === undefined ? null : unpushed(log, remote, found.batch.id),
    };
  }
  const { state, id, reason, detail } = found;
  return { batch: id, state, reason, detail };
}

function wordsOf(report: Listed): string {
  if (report.state === 'unreadable') return harmless(report.detail);
  const what = report.events
    .map(({ type, sn, aid }) => `${type} ${sn} of ${aid.slice(0, 12)}...`)
    .join(', ');
  const pushed = report.unpushed === null || report.unpushed === 0 ? '' : '  not pushed';
  return `${what}${report.missing.length === 0 ? '' : `  missing: ${report.missing.join('; ')}`}${pushed}`;
}

export default class BatchList extends BaseCommand {
  static override summary = 'List the batches that are staged here.';
  static override examples = [
    '<%= config.bin %> batch list',
    '<%= config.bin %> batch list --json',
  ];

  async run(): Promise<{ batches: readonly Listed[] }> {
    const { flags } = await this.parse(BatchList);
    const session = this.session(flags, 'reads');
    const log = await session.log();
    const batches = listBatches(log).map((found) => listed(log, found));
    for (const report of batches)
      this.print(`${report.batch}  ${report.state.padEnd(9)}  ${wordsOf(report)}`);
    if (batches.length === 0) this.print('no batch is staged here');
    return { batches };
  }
}
