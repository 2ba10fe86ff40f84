import { BaseCommand } from '../src/cli/base-command.ts';
import { logStatus, type LogStatus, logStatusLines } from '../src/cli/log-status.ts';
import { type Waiting, waitingBatches, waitingKeys } from '../src/cli/waiting.ts';
import { waitingImports } from '../src/cli/waiting-imports.ts';

interface Status {
  readonly log: LogStatus | null;
  readonly waiting: readonly Waiting[];
}

export default class StatusCommand extends BaseCommand {
  static override summary = 'Show what waits for you, each with the command to type next.';
  static override description =
    'Staged batches that ask for your signature, that are complete, or that are over; imports that cannot be decided yet; keys whose rotation is under way; where the log stands, and how fresh it is.';
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --log team-log --json',
  ];

  async run(): Promise<Status> {
    const { flags } = await this.parse(StatusCommand);
    const session = this.session(flags, 'reads');
    const log = await session.logIfAny();
    const status = log === undefined ? null : logStatus(session.home, log);
    const waiting = [
      ...(log === undefined ? [] : waitingBatches(session, log)),
      ...(log === undefined ? [] : waitingImports(session, log)),
      ...waitingKeys(session),
    ];
    this.print(
      ...(status === null
        ? ['no log here: gitkel init DIR makes one, gitkel clone URL copies one']
        : logStatusLines(status)),
    );
    for (const { batch, what, detail, next } of waiting) {
      this.print(
        batch === null ? what : `${batch}  ${what}`,
        ...detail.map((line) => `  ${line}`),
        `  next: ${next}`,
      );
    }
    if (waiting.length === 0) this.print('nothing waits for you');
    return { log: status, waiting };
  }
}
