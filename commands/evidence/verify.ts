import * as Args from '@oclif/core/args';
import { LIMITS } from '../../src/base/limits.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import {
  evidenceLines,
  type EvidenceReport,
  evidenceReport,
} from '../../src/cli/evidence-lines.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { inputFile } from '../../src/cli/input.ts';
import { nodeHost } from '../../src/host/node.ts';
import { verifyEvidence } from '../../src/log/evidence.ts';

type Verdict =
  | ({ readonly proven: true } & EvidenceReport)
  | { readonly proven: false; readonly reason: string; readonly detail: string };

export default class EvidenceVerify extends BaseCommand {
  static override summary = 'Check evidence of duplicity, trusting nobody.';
  static override description =
    'Needs no log and no home: the file proves itself, or does not. Ends with 0 when it is proven that one controller signed two events for one place, and with 1 when it is not.';
  static override examples = [
    '<%= config.bin %> evidence verify duplicity.json',
    '<%= config.bin %> evidence verify duplicity.json --json',
  ];
  static override args = {
    file: Args.string({ required: true, description: 'A file of `gitkel evidence export`.' }),
  };

  async run(): Promise<Verdict> {
    const { args } = await this.parse(EvidenceVerify);
    const host = nodeHost();
    const verdict = verifyEvidence(host.crypto, inputFile(host, args.file, LIMITS.evidenceBytes));
    if (verdict.ok) {
      this.print('proven', ...evidenceLines(verdict.proven));
      return { proven: true, ...evidenceReport(verdict.proven) };
    }
    const { reason, detail } = verdict;
    this.print(`not proven: ${reason}: ${detail}`);
    process.exitCode = EXIT.refused;
    return { proven: false, reason, detail };
  }
}
