import { BaseCommand } from '../../src/cli/base-command.ts';
import { sealLines, summaryLines } from '../../src/cli/run-lines.ts';
import { readRun, type RunSummary, sealViews, type SealView } from '../../src/cli/run-summary.ts';
import { shownNames } from '../../src/cli/shown-names.ts';
import { runIds } from '../../src/runs/run-store.ts';

type ListedRun = RunSummary & { readonly seals: readonly SealView[] };

export default class RunList extends BaseCommand {
  static override summary = 'List the runs of skills that were recorded here, and what is sealed.';
  static override description =
    'Oldest day first. Every log is checked by its chain: one that is unfinished (the run goes on, or was cut off) or broken is told. Which runs are sealed is told of the log that is found, or named with --log.';
  static override examples = [
    '<%= config.bin %> run list',
    '<%= config.bin %> run list --log ~/team-log --json',
  ];

  async run(): Promise<{ readonly runs: readonly ListedRun[] }> {
    const { flags } = await this.parse(RunList);
    const session = this.session(flags, 'reads');
    const log = flags.log === undefined ? await session.logIfAny() : await session.log();
    const { crypto } = session.host;
    const runs = runIds(session.home).map((id): ListedRun => {
      const { summary, ...checked } = readRun(session.home, id);
      const seals = log === undefined ? [] : sealViews(crypto, log.contents, id, checked);
      return { ...summary, seals };
    });
    const names = shownNames(session.home);
    this.print(...runs.flatMap((run) => [...summaryLines(run), ...sealLines(run.seals, names)]));
    if (runs.length === 0) this.print('no run was recorded here');
    return { runs };
  }
}
