import { BaseCommand } from '../../src/cli/base-command.ts';
import {
  evidenceLines,
  type EvidenceReport,
  evidenceReport,
} from '../../src/cli/evidence-lines.ts';
import { keptEvidence, readEvidence } from '../../src/keys/evidence-files.ts';
import { verifyEvidence } from '../../src/log/evidence.ts';

export default class EvidenceList extends BaseCommand {
  static override summary = 'List the evidence of duplicity that this home has come across.';
  static override description =
    'Evidence is kept when an import finds two events that one controller signed for one place. Each file is verified again.';
  static override examples = [
    '<%= config.bin %> evidence list',
    '<%= config.bin %> evidence list --json',
  ];

  async run(): Promise<{ evidence: readonly EvidenceReport[]; damaged: readonly string[] }> {
    const { flags } = await this.parse(EvidenceList);
    const { home, host } = this.session(flags, 'reads');
    const evidence: EvidenceReport[] = [];
    const damaged: string[] = [];
    for (const said of keptEvidence(home)) {
      const bytes = readEvidence(home, said);
      const verdict = bytes === undefined ? undefined : verifyEvidence(host.crypto, bytes);
      if (verdict?.ok === true && verdict.proven.said === said) {
        evidence.push(evidenceReport(verdict.proven));
        this.print(...evidenceLines(verdict.proven));
      } else {
        damaged.push(said);
        this.print(`evidence ${said} is damaged and proves nothing`);
      }
    }
    if (evidence.length + damaged.length === 0) this.print('no evidence');
    return { evidence, damaged };
  }
}
