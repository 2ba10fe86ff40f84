import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { entryLine, summaryLines } from '../../src/cli/run-lines.ts';
import { readRun, type RunSummary } from '../../src/cli/run-summary.ts';
import type { RunEntry } from '../../src/runs/run-log.ts';
import { findRun } from '../../src/runs/run-store.ts';

type ShownRun = RunSummary & {
  readonly entries: readonly (RunEntry & { readonly t: number })[];
};

export default class RunShow extends BaseCommand {
  static override summary = 'Show what happened in a run.';
  static override description =
    'Line by line, with seconds since the run began: programs, files, connections, limits. What was not seen by what watched it is not there: the first lines say what did. Of a log that is broken what comes before the break is shown, and the exit code is 1.';
  static override examples = [
    '<%= config.bin %> run show 2026-11-22-0f3a9c1b77d2',
    '<%= config.bin %> run show 0f3a --json',
  ];
  static override args = {
    run: Args.string({ required: true, description: 'The name of the run, or its beginning.' }),
  };

  async run(): Promise<ShownRun> {
    const { args, flags } = await this.parse(RunShow);
    const { home } = this.session(flags, 'reads');
    const entries: (RunEntry & { readonly t: number })[] = [];
    const { summary } = readRun(home, findRun(home, args.run), ({ t, entry }) =>
      entries.push({ ...entry, t }),
    );
    this.print(
      ...summaryLines(summary),
      ...entries.map(({ t, ...entry }) => entryLine({ t, entry })),
    );
    if (summary.state === 'broken') process.exitCode = EXIT.refused;
    return { ...summary, entries };
  }
}
