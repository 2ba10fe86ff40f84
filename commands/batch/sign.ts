import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { LIMITS } from '../../src/base/limits.ts';
import { type BatchState, batchState, requireBatch } from '../../src/batch/batches.ts';
import { placeInLog } from '../../src/batch/commit.ts';
import { loadCollected } from '../../src/batch/load-collected.ts';
import { type VerifiedExport, verifyExport } from '../../src/batch/export-file.ts';
import { recordSignaturesFor, signaturesFor, signBatch } from '../../src/batch/sign.ts';
import { statOf } from '../../src/host/files.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { type ConsentFlags, requireConsent } from '../../src/cli/consent.ts';
import { passphraseFlag } from '../../src/cli/flags.ts';
import { inputFile, parsedFile } from '../../src/cli/input.ts';
import { checkExport, rememberExport } from '../../src/cli/known-export.ts';
import { outputName, requireOutput, writeOutput } from '../../src/cli/output-file.ts';
import { signWithOwnKeys } from '../../src/cli/own-signing.ts';
import type { Session } from '../../src/cli/session.ts';
import { backgroundOfExport, backgroundOfLog, rememberOpen } from '../../src/cli/superseded.ts';
import { findBatchId, isBatchId } from '../../src/batch/mailbox.ts';
import { requireUnproven } from '../../src/cli/late-proof.ts';
import type { Log } from '../../src/log/log.ts';

interface Signed {
  readonly status: 'signed';
  readonly batch: string;
  readonly signers: readonly string[];
  readonly files: readonly string[];
  readonly missing: readonly string[];
}

function nextAfterSigning(log: Log, { state, batch }: BatchState): readonly string[] {
  switch (state) {
    case 'committed':
      return [
        '  the log holds this batch: your signature is more proof of it',
        `next: gitkel batch ${log.publishes ? 'push' : 'commit'} ${batch.id}`,
      ];
    case 'complete':
      return [`next: gitkel batch commit ${batch.id}`];
    case 'open':
    case 'conflict':
    case 'withdrawn':
    case 'expired':
      return log.publishes ? [`next: gitkel batch push ${batch.id}`] : [];
  }
}

export default class BatchSign extends BaseCommand {
  static override summary = 'Sign a staged batch, from its id or from an exported file.';
  static override description =
    'Replays every KEL involved, holds it against what this home has seen and signed before, shows in words what the batch would do, and whether a key of yours signed another event for its place, and asks. From a FILE it needs no log; it writes FILE.<signer>.sig beside it and leaves FILE as it is. A batch that the log holds by now can be signed, too: that becomes more proof of the same events.';
  static override examples = [
    '<%= config.bin %> batch sign batch.json',
    '<%= config.bin %> batch sign batch.json --yes --expect EKq3... ',
    '<%= config.bin %> batch sign EKq3',
  ];
  static override args = {
    batch: Args.string({
      required: true,
      description:
        'An exported file, or the id of a batch of this log. A full id is one even where a file is called so.',
    }),
  };
  static override flags = {
    ...passphraseFlag,
    output: Flags.string({
      char: 'o',
      helpValue: 'FILE',
      summary: 'Where to write the signature.',
    }),
    yes: Flags.boolean({ summary: 'Do not ask; needs --expect.' }),
    expect: Flags.string({
      helpValue: 'BATCH',
      summary: 'The full id of the batch that is to be signed.',
    }),
    supersede: Flags.boolean({
      summary:
        'Sign although a key of yours signed another event for this place: two signed events for one place are proof of duplicity once both are seen.',
    }),
    anyway: Flags.boolean({ summary: 'Sign although it was withdrawn or has expired.' }),
  };

  async run(): Promise<Signed> {
    const { args, flags } = await this.parse(BatchSign);
    const session = this.session(flags);
    const isFile =
      !isBatchId(args.batch) && statOf(session.host, path.resolve(args.batch)) !== undefined;
    const show = (lines: readonly string[]): void => this.show(...lines);
    if (isFile) {
      const bytes = inputFile(session.host, args.batch, LIMITS.batchFileBytes);
      const verified = parsedFile(args.batch, 'export', () =>
        verifyExport(session.host.crypto, bytes),
      );
      this.#requireOutputs(session, verified, args.batch, flags.output);
      show(checkExport(session.home, verified));
      const background = backgroundOfExport(verified);
      await requireConsent(session, verified.collected, flags, { show, background });
      return this.#signFile(session, verified, args.batch, flags.output, flags.supersede);
    }
    return this.#signStaged(session, args.batch, flags);
  }

  async #signStaged(
    session: Session,
    id: string,
    flags: ConsentFlags & { readonly supersede: boolean },
  ): Promise<Signed> {
    const log = await session.log();
    const batch = requireBatch(log, findBatchId(log, id));
    const show = (lines: readonly string[]): void => this.show(...lines);
    const isInLog = placeInLog(log, batch) !== undefined;
    const collected = isInLog ? requireUnproven(session, log, batch) : loadCollected(log, batch);
    await requireConsent(session, collected, flags, { show, background: backgroundOfLog(log) });
    const signers = await signWithOwnKeys(session, log, collected, flags.supersede);
    const state = batchState(log, batch);
    const missing = 'missing' in state ? state.missing : [];
    this.print(
      `signed by ${signers.join(', ')}`,
      ...missing.map((phrase) => `  missing: ${phrase}`),
      ...nextAfterSigning(log, state),
    );
    return { status: 'signed', batch: batch.id, signers, files: [], missing };
  }

  /** Before anything is signed: what cannot be written then would have been signed for nothing. */
  #requireOutputs(
    session: Session,
    { collected }: VerifiedExport,
    file: string,
    output: string | undefined,
  ): void {
    const own = [
      ...signaturesFor(session.host.crypto, collected, session.hasKey),
      ...recordSignaturesFor(collected, session.hasKey),
    ];
    const signers = [...new Set(own.map(({ publicKey }) => publicKey))];
    for (const signer of signers)
      requireOutput(session.host, outputName(file, output, signer, signers.length === 1), file);
  }

  async #signFile(
    session: Session,
    verified: VerifiedExport,
    file: string,
    output: string | undefined,
    supersede: boolean,
  ): Promise<Signed> {
    const { collected } = verified;
    const contributions = await signBatch(
      session.host.crypto,
      collected,
      session.findSigner,
      session.hasKey,
      async (open) =>
        rememberOpen(session.home, collected, backgroundOfExport(verified), open, supersede),
    );
    session.settleAbsent(contributions.length > 0);
    await rememberExport(session.home, verified);
    const files: string[] = [];
    for (const { signer, bytes, batch } of contributions) {
      const name = outputName(file, output, signer, contributions.length === 1);
      writeOutput(session.host, name, bytes, file);
      await session.note({ action: 'sign', batch, signer, from: file, outcome: 'written' });
      files.push(name);
    }
    this.print(
      ...files.map((name) => `wrote ${name}`),
      'next: give it back to the proposer (gitkel batch add FILE)',
    );
    const signers = contributions.map(({ signer }) => signer);
    return { status: 'signed', batch: collected.batch.id, signers, files, missing: [] };
  }
}
