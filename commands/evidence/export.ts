import { Args, Flags } from '@oclif/core';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import {
  evidenceLines,
  type EvidenceReport,
  evidenceReport,
} from '../../src/cli/evidence-lines.ts';
import { requireOutput, writeOutput } from '../../src/cli/output-file.ts';
import { provenBy } from '../../src/exchange/evidence.ts';
import { keptEvidence, readEvidence } from '../../src/keys/evidence-files.ts';
import type { Home } from '../../src/keys/home.ts';

/** The one kept evidence whose SAID begins so. */
function named(home: Home, text: string): string {
  const found = keptEvidence(home).filter((said) => said.startsWith(text));
  const [said] = found;
  if (said !== undefined && found.length === 1) return said;
  const [code, why] =
    said === undefined
      ? (['not-found', 'this home has none of that name'] as const)
      : (['usage', `${found.length} begin so`] as const);
  throw new GitkelError(code, `Cannot find the evidence ${quoted(text)}: ${why}`, {
    hint: 'gitkel evidence list shows what there is.',
  });
}

export default class EvidenceExport extends BaseCommand {
  static override summary = 'Write evidence of duplicity to a file that anybody can check.';
  static override description =
    'The file holds both events and the key event logs that it takes to judge them: `gitkel evidence verify FILE` needs no log and no home.';
  static override examples = [
    '<%= config.bin %> evidence export EKq3 -o duplicity.json',
    '<%= config.bin %> evidence export EKq3 -o duplicity.json --json',
  ];
  static override args = {
    id: Args.string({ required: true, description: 'The SAID, or the beginning of it.' }),
  };
  static override flags = {
    output: Flags.string({
      char: 'o',
      required: true,
      helpValue: 'FILE',
      summary: 'Write it here.',
    }),
  };

  async run(): Promise<EvidenceReport & { readonly file: string }> {
    const { args, flags } = await this.parse(EvidenceExport);
    const session = this.session(flags, 'reads');
    const file = flags.output;
    requireOutput(session.host, file);
    const bytes = readEvidence(session.home, named(session.home, args.id)) ?? new Uint8Array();
    const proven = provenBy(session, bytes);
    writeOutput(session.host, file, bytes);
    this.print(`wrote ${file}`, ...evidenceLines(proven));
    return { ...evidenceReport(proven), file };
  }
}
