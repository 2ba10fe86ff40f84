import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { LIMITS } from '../../src/base/limits.ts';
import { type VerifiedExport, verifyExport } from '../../src/batch/export-file.ts';
import { rememberReceiptOf } from '../../src/batch/remember-receipt.ts';
import { type OpenReceipt, receiptsFor, signReceipts } from '../../src/batch/receipts.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { requireAgreement } from '../../src/cli/consent.ts';
import { passphraseFlag } from '../../src/cli/flags.ts';
import { inputFile, parsedFile } from '../../src/cli/input.ts';
import { checkExport, rememberExport } from '../../src/cli/known-export.ts';
import { outputName, requireOutput, writeOutput } from '../../src/cli/output-file.ts';
import type { Session } from '../../src/cli/session.ts';
import { backgroundOfExport } from '../../src/cli/superseded.ts';
import { requireReceiptable } from '../../src/cli/witness.ts';
import { listWitnesses } from '../../src/keys/witness-key.ts';

interface Receipted {
  readonly status: 'receipted';
  readonly batch: string;
  readonly witnesses: readonly string[];
  readonly files: readonly string[];
  /** SAIDs of the events that were receipted. */
  readonly events: readonly string[];
  /** What could not be receipted yet, and why. */
  readonly open: readonly string[];
}

export default class WitnessReceipt extends BaseCommand {
  static override summary = 'Receipt the events of an exported batch as a witness.';
  static override description =
    'Verifies all of the file from nothing, and receipts each event of it that names a witness of this home: only once the signatures of its controllers satisfy their thresholds and what it rests on stands, and of events of which only one may stand, one. What was receipted is remembered in the home before a receipt leaves it. Writes FILE.<witness>.sig, which `gitkel batch add` takes.';
  static override examples = [
    '<%= config.bin %> witness receipt batch.json',
    '<%= config.bin %> witness receipt batch.json --yes --expect EKq3... --json',
  ];
  static override args = {
    file: Args.string({ required: true, description: 'A file of `gitkel batch export`.' }),
  };
  static override flags = {
    ...passphraseFlag,
    output: Flags.string({
      char: 'o',
      helpValue: 'FILE',
      summary: 'Where to write the receipts.',
    }),
    yes: Flags.boolean({ summary: 'Do not ask; needs --expect.' }),
    expect: Flags.string({
      helpValue: 'BATCH',
      summary: 'The full id of the batch that is to be receipted.',
    }),
    anyway: Flags.boolean({ summary: 'Receipt although it was withdrawn or has expired.' }),
  };

  async run(): Promise<Receipted> {
    const { args, flags } = await this.parse(WitnessReceipt);
    const session = this.session(flags);
    const { crypto } = session.host;
    const bytes = inputFile(session.host, args.file, LIMITS.batchFileBytes);
    const verified = parsedFile(args.file, 'export', () => verifyExport(crypto, bytes));
    const { collected } = verified;
    const own = new Set(listWitnesses(session.home).map(({ aid }) => aid));
    const open = receiptsFor(crypto, collected, (witness) => own.has(witness));
    const asked = requireReceiptable(collected, open);
    const ready = open.filter(({ obstacle }) => obstacle === undefined);
    const witnesses = [...new Set(ready.map(({ witness }) => witness))];
    const nameOf = (witness: string): string =>
      outputName(args.file, flags.output, witness, witnesses.length === 1);
    // Before anything is receipted: what cannot be written then would have been receipted for nothing.
    for (const witness of witnesses) requireOutput(session.host, nameOf(witness), args.file);
    this.show(...checkExport(session.home, verified));
    await requireAgreement(session, collected, flags, {
      action: 'receipt',
      asked,
      background: backgroundOfExport(verified),
      show: (lines) => this.show(...lines),
    });
    const files = await this.#receipt(session, verified, ready, args.file, nameOf);
    return {
      status: 'receipted',
      batch: collected.batch.id,
      witnesses,
      files,
      events: [...new Set(ready.map(({ planned }) => planned.event.said))],
      open: open.flatMap(({ obstacle }) => obstacle ?? []),
    };
  }

  async #receipt(
    session: Session,
    verified: VerifiedExport,
    ready: readonly OpenReceipt[],
    file: string,
    nameOf: (witness: string) => string,
  ): Promise<readonly string[]> {
    const { home, host } = session;
    const contributions = await signReceipts(
      host.crypto,
      verified.collected,
      ready,
      session.findSigner,
      async (one) => rememberReceiptOf(home, verified, one),
    );
    session.settleAbsent(contributions.length > 0);
    await rememberExport(home, verified);
    const files: string[] = [];
    for (const { signer, bytes, batch } of contributions) {
      const name = nameOf(signer);
      writeOutput(host, name, bytes, file);
      await session.note({ action: 'receipt', batch, signer, from: file, outcome: 'written' });
      files.push(name);
    }
    this.print(
      ...files.map((name) => `wrote ${name}`),
      'next: give it back to the proposer (gitkel batch add FILE)',
    );
    return files;
  }
}
