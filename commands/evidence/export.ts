import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../src/cli/base-command.ts';
import {
  evidenceLines,
  type EvidenceReport,
  evidenceReport,
} from '../../src/cli/evidence-lines.ts';
import { namedEvidence } from '../../src/cli/named-evidence.ts';
import { requireOutput, writeOutput } from '../../src/cli/output-file.ts';
import { provenBy } from '../../src/exchange/evidence.ts';

export default class EvidenceExport extends BaseCommand {
  static override summary = 'Write evidence of duplicity to a file that anybody can check.';
  static override description =
    'Finds it in the home, else in the log. The file holds both events and the key event logs that it takes to judge them: `gitkel evidence verify FILE` needs no log and no home.';
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
    const bytes = await namedEvidence(session, args.id);
    const proven = provenBy(session, bytes);
    writeOutput(session.host, file, bytes);
    this.print(`wrote ${file}`, ...evidenceLines(proven));
    return { ...evidenceReport(proven), file };
  }
}
