import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { sealLines, summaryLines } from '../../src/cli/run-lines.ts';
import type { RunSummary } from '../../src/cli/run-summary.ts';
import { shownNames } from '../../src/cli/shown-names.ts';
import { withDecidingLogIfAny } from '../../src/cli/skill-log.ts';
import { namedRun, type RunVerdict, runVerdict } from '../../src/cli/verify-run.ts';

const WORDS: Readonly<Record<RunVerdict['verdict'], string>> = {
  sealed: 'it is what was sealed',
  whole: 'nobody sealed it in this log: whoever has its file can have written it anew',
  unfinished: 'NOT whole: the run goes on, or the log was cut off',
  broken: 'NOT what was written',
  'not-as-sealed': 'NOT what was sealed',
};

const UNASKED =
  'no log was found in which it could be sealed (name one with --log): whoever has its file can have written it anew';

export default class RunVerify extends BaseCommand {
  static override summary = 'Verify the log of a run, by its chain and by its seal.';
  static override description =
    'The chain tells whether a line was changed, dropped, moved or added, and where. That the whole log was not written anew only its seal tells: a run record of the log that is found, or named with --log; all records that name the run, or the one of --record. Exit code 1 for a log that is unfinished or broken, and for one that is not what was sealed.';
  static override examples = [
    '<%= config.bin %> run verify 2026-11-22-0f3a9c1b77d2',
    '<%= config.bin %> run verify log.jsonl --log ~/clone --record EBf1Q2m8xkS3pVnQ0nJdY9gY5b7p4y0dK3uR6zT1wXaC',
  ];
  static override args = {
    run: Args.string({
      required: true,
      description: 'The name of a run of this home, or its beginning; or the file of a log.',
    }),
  };
  static override flags = {
    record: Flags.string({
      helpValue: 'SAID',
      summary: 'The run record that has to seal it.',
    }),
  };

  async run(): Promise<RunSummary & RunVerdict> {
    const { args, flags } = await this.parse(RunVerify);
    const session = this.session(flags, 'remembers');
    const { host } = session;
    const found = namedRun(host, session.home, args.run);
    let hasLog = false;
    const verdict = await withDecidingLogIfAny(session, flags, async (log) => {
      hasLog = log !== undefined;
      return runVerdict(host, found, log?.contents, flags.record);
    });
    const { summary } = found;
    this.print(
      ...summaryLines(summary),
      ...sealLines(verdict.seals, shownNames(session.home)),
      ...(verdict.verdict === 'whole' && !hasLog ? [UNASKED] : [WORDS[verdict.verdict]]),
      ...(verdict.verdict === 'whole' && hasLog && summary.run !== ''
        ? [`next: gitkel run seal ${summary.run} --as AID`]
        : []),
    );
    if (verdict.verdict !== 'sealed' && verdict.verdict !== 'whole')
      process.exitCode = EXIT.refused;
    return { ...summary, ...verdict };
  }
}
