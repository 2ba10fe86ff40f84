import * as Args from '@oclif/core/args';
import { LIMITS } from '../../src/base/limits.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { passphraseFlag } from '../../src/cli/flags.ts';
import { inputFile } from '../../src/cli/input.ts';
import { ownCommitters } from '../../src/cli/own-committers.ts';
import { readyToWrite } from '../../src/cli/remote.ts';
import { afterCommit } from '../../src/cli/after-commit.ts';
import { addEvidence } from '../../src/exchange/evidence.ts';
import { keepEvidence } from '../../src/keys/evidence-files.ts';

interface Added {
  readonly status: 'committed' | 'unchanged';
  readonly aid: string;
  readonly sn: number;
  readonly said: string;
  readonly position: number;
  readonly commit?: string;
  /** Whether it marks nothing, because the rival was made by keys that were rotated out before. */
  readonly late: boolean;
}

export default class EvidenceAdd extends BaseCommand {
  static override summary = 'Add evidence of duplicity to the log, where it marks the identity.';
  static override description =
    'Anybody whose key may commit can add it: it proves itself. From then on the identity is shown as duplicitous, until it rotates. A rival that was signed by keys alone which were rotated out before marks nothing.';
  static override examples = [
    '<%= config.bin %> evidence add duplicity.json',
    '<%= config.bin %> evidence add duplicity.json --json',
  ];
  static override args = {
    file: Args.string({ required: true, description: 'A file of `gitkel evidence export`.' }),
  };
  static override flags = { ...passphraseFlag };

  async run(): Promise<Added> {
    const { args, flags } = await this.parse(EvidenceAdd);
    const session = this.session(flags);
    const bytes = inputFile(session.host, args.file, LIMITS.evidenceBytes);
    const log = await session.log();
    await readyToWrite(session, log);
    const added = await addEvidence(log, bytes, ownCommitters(session));
    session.settleAbsent(true);
    const { aid, sn, evidence: said, isLate: late } = added.mark;
    keepEvidence(session.home, said, bytes);
    if (added.status === 'known') {
      this.print(`the log has evidence of these two events since batch ${added.position}`);
      return { status: 'unchanged', aid, sn, said, position: added.position, late };
    }
    const { position, commit } = added.batch;
    await afterCommit(session, 'this home does not remember it', async () =>
      session.remember(log.contents),
    );
    await afterCommit(session, 'the journal does not tell of it', async () =>
      session.note({ action: 'evidence', event: said, outcome: 'committed', from: commit }),
    );
    this.print(
      `committed: batch ${position}, commit ${commit}`,
      late
        ? `  ${aid} is not marked: its keys of then were rotated out before`
        : `  ${aid} is marked as duplicitous at place ${sn}, until it rotates`,
    );
    return { status: 'committed', aid, sn, said, position, commit, late };
  }
}
