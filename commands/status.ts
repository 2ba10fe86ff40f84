import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../src/cli/base-command.ts';
import { logStatus, type LogStatus, logStatusLines } from '../src/cli/log-status.ts';
import { harmless } from '../src/cli/output.ts';
import { waitedFor } from '../src/cli/progress.ts';
import { type Waiting, waitingBatches, waitingKeys, waitingThere } from '../src/cli/waiting.ts';
import { waitingImports } from '../src/cli/waiting-imports.ts';
import type { Session } from '../src/cli/session.ts';
import { listKeys } from '../src/keys/keystore.ts';
import type { Log } from '../src/log/log.ts';
import { type Look, lookAt } from '../src/sync/look.ts';
import { remoteOf } from '../src/sync/remote.ts';

interface Status {
  readonly log: LogStatus | null;
  /** Whether the upstream was looked at: `null` where the log has none, and with --offline. */
  readonly asked: Look['outcome'] | null;
  readonly waiting: readonly Waiting[];
  /** The command to type first; `null` where there is nothing to do. */
  readonly next: string | null;
}

async function looked(log: Log): Promise<Look | undefined> {
  const remote = log.publishes ? remoteOf(log) : undefined;
  return remote === undefined
    ? undefined
    : waitedFor('looking at the upstream', lookAt(log, remote));
}

/** What waits longest comes first; where nothing does, what a log needs before anything else. */
function nextCommand(
  session: Session,
  status: LogStatus | null,
  waiting: readonly Waiting[],
): string | null {
  const [first] = waiting;
  if (first !== undefined) return first.next;
  if (status === null) return 'gitkel init DIR';
  if (status.obstacle !== null || status.batches > 0) return null;
  const [key] = listKeys(session.home);
  return key === undefined
    ? 'gitkel key new NAME'
    : `gitkel identity create NAME --key ${key.name}`;
}

export default class StatusCommand extends BaseCommand {
  static override summary = 'Show what waits for you, each with the command to type next.';
  static override description =
    'Staged batches that ask for your signature, that are complete, or that are over; what the upstream has that is not here yet, which is looked at and not taken over; imports that cannot be decided yet; keys whose rotation is under way; where the log stands, and how fresh it is.';
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --offline',
    '<%= config.bin %> status --log team-log --json',
  ];
  static override flags = {
    offline: Flags.boolean({ summary: 'Do not ask the upstream what it has.' }),
  };

  async run(): Promise<Status> {
    const { flags } = await this.parse(StatusCommand);
    const session = this.session(flags, 'reads');
    const log = await session.logIfAny();
    const status = log === undefined ? null : logStatus(session.home, log);
    const look = log === undefined || flags.offline ? undefined : await looked(log);
    const waiting = [
      ...(log === undefined ? [] : waitingBatches(session, log)),
      ...(look === undefined ? [] : waitingThere(look)),
      ...(log === undefined ? [] : waitingImports(session, log)),
      ...waitingKeys(session, log),
    ];
    this.print(
      ...(status === null
        ? ['no log here: gitkel init DIR makes one, gitkel clone URL copies one']
        : logStatusLines(status)),
    );
    if (look?.outcome === 'unreachable')
      this.print(`  the upstream could not be looked at: ${harmless(look.detail)}`);
    for (const { batch, what, detail, next } of waiting) {
      this.print(
        batch === null ? what : `${batch}  ${what}`,
        ...detail.map((line) => `  ${line}`),
        `  next: ${next}`,
      );
    }
    if (waiting.length === 0) this.print('nothing waits for you');
    const next = nextCommand(session, status, waiting);
    if (next !== null && waiting.length !== 1) this.print(`next: ${next}`);
    return { log: status, asked: look?.outcome ?? null, waiting, next };
  }
}
