import { counted } from '../src/base/counted.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { freshnessHere, freshnessJson, type ShownFreshness } from '../src/cli/freshness.ts';
import { harmless } from '../src/cli/output.ts';
import { pullHere, requireRemote } from '../src/cli/remote.ts';

interface Pulled extends ShownFreshness {
  /** `unpublished`: the upstream has no such branch yet. */
  readonly status: 'pulled' | 'current' | 'unpublished';
  readonly upstream: string;
  /** How many batches are new here. */
  readonly batches: number;
  /** The last batch; `null` for a log that has none. */
  readonly position: number | null;
  readonly commit: string | null;
}

export default class Pull extends BaseCommand {
  static override summary = 'Take over what the upstream of the log has, verified first.';
  static override description =
    'What is fetched lies apart until all of it is verified; then the branch moves forward. A log that went back, forked or vanished there is an alarm that names both ends, and nothing is taken over: exit 1.';
  static override examples = ['<%= config.bin %> pull', '<%= config.bin %> pull --json'];

  async run(): Promise<Pulled> {
    const { flags } = await this.parse(Pull);
    const session = this.session(flags);
    const log = await session.logToPull();
    const remote = requireRemote(log, 'pull');
    const outcome = await pullHere(session, log, remote);
    const { batches, lastBatch } = log.contents;
    const upstream = harmless(remote.address);
    switch (outcome.status) {
      case 'pulled':
        this.print(
          `pulled ${counted(outcome.batches, 'batch', 'batches')} from ${upstream}`,
          `  at batch ${batches - 1}, commit ${lastBatch?.commit ?? ''}`,
        );
        break;
      case 'current':
        this.print(`nothing new at ${upstream}`);
        break;
      default:
        this.print(`the upstream ${upstream} has no log yet`, 'next: gitkel sync');
    }
    return {
      status:
        outcome.status === 'pulled' || outcome.status === 'current'
          ? outcome.status
          : 'unpublished',
      upstream,
      batches: outcome.status === 'pulled' ? outcome.batches : 0,
      position: batches === 0 ? null : batches - 1,
      commit: lastBatch?.commit ?? null,
      ...freshnessJson(freshnessHere(session.home, log)),
    };
  }
}
