import * as Flags from '@oclif/core/flags';
import { counted } from '../../src/base/counted.ts';
import { describeRunRecord } from '../../src/batch/describe-run-record.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { type Proposal, propose } from '../../src/cli/propose.ts';
import { chosenRuns, runRecords, runsToSeal, type SealedBefore } from '../../src/cli/seal-runs.ts';
import { sealedRecords } from '../../src/cli/sealed-record.ts';
import { publisherFlags, publisherOf } from '../../src/cli/skill-publisher.ts';
import { RUN_CAPABILITY } from '../../src/log/run-rules.ts';
import { requireAuthority } from '../../src/skills/new-release.ts';

/** What is sealed now, and what was before; without a status where nothing was left to seal. */
type Sealed = Partial<Proposal> & {
  readonly runs: readonly string[];
  /** The SAIDs of the run records. */
  readonly records: readonly string[];
  readonly before: readonly SealedBefore[];
};

export default class RunSeal extends BaseCommand {
  static override summary = 'Seal what the logs of runs say, without saying what that is.';
  static override description =
    'Seals in the KEL of the operator, or of a device that it lets seal runs (capability seal-runs), the digests of the logs: from then on run verify tells whether a log is still what it was. Paths, hosts and arguments are in the logs alone. With --since it is stated, too, that beside what was sealed before there were no other runs from that day on, but those of --except, which it names. A log that is unfinished or broken is refused by name; a run that the same issuer sealed before is told, and left out.';
  static override examples = [
    '<%= config.bin %> run seal 2026-11-22-0f3a9c1b77d2 --as team',
    '<%= config.bin %> run seal --since 2026-11-01 --as ci --for team',
    '<%= config.bin %> run seal --since all --except 2026-11-21-5d0e77a1c2b4 --as team --stage',
  ];
  static override strict = false;
  static override args = {};
  static override usage = 'run seal [RUN...] --as AID';
  static override flags = {
    ...publisherFlags,
    since: Flags.string({
      helpValue: 'DATE|all',
      summary: 'All runs of this home from this day on, in UTC.',
    }),
    except: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'RUN',
      summary: 'Leave this run out, as its log is not whole. The record names it.',
      dependsOn: ['since'],
    }),
    ...stagingFlags,
  };

  async run(): Promise<Sealed> {
    const { argv, flags } = await this.parse(RunSeal);
    const session = this.session(flags);
    const chosen = chosenRuns(session.home, argv.map(String), flags.since, flags.except);
    const log = await session.log();
    const operator = publisherOf(session, log, flags, RUN_CAPABILITY);
    requireAuthority(log.contents, operator, 'seal runs', RUN_CAPABILITY);
    const { issuer, controller } = operator;
    const { runs, before } = runsToSeal(session.home, log.contents, issuer, chosen);
    const told = before.map(
      ({ run, record, position }) =>
        `the run ${run} was sealed before, at position ${position} by ${record}`,
    );
    this.print(...told);
    const ids = runs.map(({ id }) => id);
    if (runs.length === 0) {
      this.print('no run is left to seal');
      return { runs: ids, records: [], before };
    }
    const bodies = runRecords(runs, chosen.period, controller);
    this.print(...bodies.flatMap((body) => describeRunRecord(body, issuer)));
    const proposal = await propose(session, [{ kind: 'seal', aid: issuer, bodies }], flags);
    const records = sealedRecords(await session.log(), proposal).slice(-bodies.length);
    this.print(
      ...proposalLines(proposal, `sealed ${counted(runs.length, 'run')} as ${issuer}`),
      ...records.map((said) => `  run record ${said}`),
    );
    process.exitCode = proposalExit(proposal);
    return { ...proposal, runs: ids, records, before };
  }
}
