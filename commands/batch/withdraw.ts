import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError } from '../../src/base/errors.ts';
import { loadCollected } from '../../src/batch/load-collected.ts';
import { putContribution } from '../../src/batch/mailbox.ts';
import { requireUnreceipted } from '../../src/batch/receipted.ts';
import { signaturesFor } from '../../src/batch/sign.ts';
import { signWithdrawal } from '../../src/batch/withdrawal.ts';
import { requireAgreed, yesFlag } from '../../src/cli/agreed.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { namedBatch } from '../../src/cli/batch-report.ts';
import { passphraseFlag } from '../../src/cli/flags.ts';
import type { Session } from '../../src/cli/session.ts';
import type { StagedBatch } from '../../src/batch/staged-batch.ts';
import type { Signer } from '../../src/keys/signer.ts';
import type { Log } from '../../src/log/log.ts';

export default class BatchWithdraw extends BaseCommand {
  static override summary = 'Advise everybody to let a staged batch go.';
  static override description =
    'Adds a signed withdrawal. Honest tools then neither sign nor commit the batch unless told to. It is advice: once enough have signed, only filling its place with another event ends it.';
  static override examples = [
    '<%= config.bin %> batch withdraw EKq3 --reason "wrong threshold"',
    '<%= config.bin %> batch withdraw EKq3 --yes --json',
  ];
  static override args = {
    id: Args.string({ required: true, description: 'The batch id, or the beginning of it.' }),
  };
  static override flags = {
    ...passphraseFlag,
    reason: Flags.string({ default: '', summary: 'Why, for the others to read.' }),
    ...yesFlag,
    anyway: Flags.boolean({ summary: 'Withdraw although witnesses have receipted events of it.' }),
  };

  async run(): Promise<{ status: string; batch: string; signer: string }> {
    const { args, flags } = await this.parse(BatchWithdraw);
    const session = this.session(flags);
    const log = await session.log();
    const batch = namedBatch(log, args.id);
    if (!flags.anyway) requireUnreceipted(log, batch, 'withdraw');
    const signer = await this.#ownSigner(session, log, batch);
    session.settleAbsent(signer !== undefined);
    if (signer === undefined) {
      throw new GitkelError(
        'refused',
        `Cannot withdraw batch ${batch.id}: no key of this home is asked for in it`,
        { reason: 'not-requested' },
      );
    }
    await requireAgreed(
      {
        action: `withdraw batch ${batch.id}`,
        lines: [
          `This withdraws batch ${batch.id}, signed by ${signer.publicKey}, for all who get it.`,
          '  Honest tools then neither sign nor commit it. A withdrawal is not taken back.',
        ],
        question: 'Withdraw?',
      },
      flags,
      (...lines) => this.show(...lines),
    );
    const withdrawal = await signWithdrawal(session.host.crypto, batch.id, flags.reason, signer);
    await putContribution(log, batch.id, withdrawal.signer, withdrawal.bytes);
    await session.note({
      action: 'withdraw',
      batch: batch.id,
      signer: withdrawal.signer,
      outcome: 'withdrawn',
      reason: flags.reason,
    });
    this.print(
      `withdrawn: batch ${batch.id}`,
      '  This is advice: once enough have signed, only filling its place ends it.',
    );
    return { status: 'withdrawn', batch: batch.id, signer: withdrawal.signer };
  }

  /** The first key of this home that the batch asks for and whose file is there. */
  async #ownSigner(session: Session, log: Log, batch: StagedBatch): Promise<Signer | undefined> {
    for (const { publicKey } of signaturesFor(
      session.host.crypto,
      loadCollected(log, batch),
      session.hasKey,
    )) {
      const signer = await session.findSigner(publicKey);
      if (signer !== undefined) return signer;
    }
    return undefined;
  }
}
