import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { LIMITS } from '../src/base/limits.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { unbornLine } from '../src/cli/unborn-line.ts';
import { requireKel } from '../src/cli/require-kel.ts';
import { shownNames } from '../src/cli/shown-names.ts';
import { batchStoryLines } from '../src/cli/story-lines.ts';
import { batchStoryReport, type BatchStoryReport } from '../src/cli/story-report.ts';
import type { Log } from '../src/log/log.ts';
import { positionsOf } from '../src/log/involvement.ts';
import { batchReader } from '../src/log/read-batch.ts';
import { tellBatch } from '../src/log/story.ts';

interface History {
  readonly log: string | null;
  readonly aid: string | null;
  readonly batches: readonly BatchStoryReport[];
  /** Batches that there are beyond those that were asked for. */
  readonly more: number;
}

const SHOWN = 25;

function positions(log: Log, aid: string | undefined): readonly number[] {
  if (aid !== undefined) return positionsOf(log.contents, aid);
  return Array.from({ length: log.contents.batches }, (_, position) => position);
}

export default class LogCommand extends BaseCommand {
  static override summary =
    'Show what happened in the log: who signed, who did not, who committed.';
  static override description =
    'Newest first. Dates are what committers claim; time is told by batch numbers. With an identity, only the batches that hold an event of it, or link or revoke it as a device.';
  static override examples = [
    '<%= config.bin %> log -n 5',
    '<%= config.bin %> log team --reverse --json',
  ];
  static override args = {
    identity: Args.string({ description: 'Only of this identity: AID or name.' }),
  };
  static override flags = {
    count: Flags.integer({
      char: 'n',
      min: 1,
      max: LIMITS.toldBatches,
      default: SHOWN,
      helpValue: 'COUNT',
      summary: 'How many batches to show.',
    }),
    reverse: Flags.boolean({ summary: 'Oldest first, from the first batch on.' }),
  };

  async run(): Promise<History> {
    const { args, flags } = await this.parse(LogCommand);
    const session = this.session(flags, 'reads');
    const log = await session.log();
    const aid = args.identity === undefined ? undefined : session.aid(args.identity);
    if (aid !== undefined) requireKel(log, aid);
    const names = shownNames(session.home);
    const all = positions(log, aid);
    const wanted = flags.reverse ? all.slice(0, flags.count) : all.slice(-flags.count).toReversed();
    const read = batchReader(log);
    const batches = wanted.map((position) => {
      const story = tellBatch(session.host.crypto, log.contents, read(position));
      this.print(...batchStoryLines(story, names), '');
      return batchStoryReport(story);
    });
    const more = all.length - wanted.length;
    if (all.length === 0) this.print(unbornLine(log, 'batch'));
    if (more > 0)
      this.print(`and ${more} more: -n ${Math.min(all.length, LIMITS.toldBatches)} shows them`);
    return { log: log.contents.genesis?.logId ?? null, aid: aid ?? null, batches, more };
  }
}
