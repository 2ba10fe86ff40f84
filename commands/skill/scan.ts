import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { utf8 } from '../../src/base/bytes.ts';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { type AttestFlags, attestScan } from '../../src/cli/attest-scan.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { requireOutput, writeOutput } from '../../src/cli/output-file.ts';
import { patternEngine } from '../../src/cli/pattern-engine.ts';
import { findingTable, ruleText, scanSummary } from '../../src/cli/scan-lines.ts';
import { directoryBelow, entriesAt, scanEntries, scanRule } from '../../src/cli/scan-skill.ts';
import type { Session } from '../../src/cli/session.ts';
import { SKILL_SOURCE, skillFlags } from '../../src/cli/skill-source.ts';
import { filesOf, type SkillFilesNamed } from '../../src/cli/skill-subject.ts';
import { untilFlag } from '../../src/cli/term.ts';
import type { Rule } from '../../src/scan/rule.ts';
import { RULES } from '../../src/scan/rules.ts';
import { scanSarif } from '../../src/scan/sarif.ts';
import { isPassed, type ScanResult } from '../../src/scan/scan-result.ts';
import { SCAN_SEVERITIES } from '../../src/scan/severity.ts';

type Attested = Awaited<ReturnType<typeof attestScan>>;

/** A scan as `--json` tells of it, or the rules that were to be explained. */
type Told =
  | (ScanResult & { readonly passed: boolean; readonly attested?: Attested })
  | { readonly rules: readonly Rule[] };

export default class SkillScan extends BaseCommand {
  static override summary = 'Look through the files of a skill for what should not be in one.';
  static override description =
    'Hidden text, commands that run by themselves, archives, secrets, addresses, and whatever it uses beyond its permission manifest. A file that cannot be looked at to its end makes the scan incomplete, which never passes. Nothing is run, and nothing is unpacked onto the disk. A scan finds what is known to be harmful; it does not prove that a skill is harmless. Exit 0 where all was scanned and nothing is as bad as --fail-on, else 1.';
  static override examples = [
    '<%= config.bin %> skill scan skills/pdf',
    '<%= config.bin %> skill scan pdf.skill --fail-on medium --sarif scan.sarif',
    '<%= config.bin %> skill scan skills/pdf --attest --as ci',
    '<%= config.bin %> skill scan --explain UNI-01',
  ];
  static override args = {
    source: Args.string({ description: SKILL_SOURCE }),
  };
  static override flags = {
    ...skillFlags,
    'fail-on': Flags.option({
      options: SCAN_SEVERITIES,
      default: 'high' as const,
      helpValue: 'SEVERITY',
      summary: 'Refuse a skill with a finding as bad as this: note, low, medium, high, critical.',
    })(),
    rules: Flags.string({
      helpValue: 'DIR',
      summary: 'Look for the rules in the .yar files of this directory, too.',
    }),
    attest: Flags.boolean({
      summary: 'Seal what was found as an audit by a scanner, of the criterion "scanned".',
      dependsOn: ['as'],
    }),
    as: Flags.string({
      helpValue: 'AID',
      summary: 'Who seals it: AID or name, of an auditor or of a device of one.',
      dependsOn: ['attest'],
    }),
    for: Flags.string({
      helpValue: 'AID',
      summary: 'In whose name a device does: AID or name; else the one that linked it with audit.',
      dependsOn: ['attest'],
    }),
    ...untilFlag,
    ...stagingFlags,
    sarif: Flags.string({ helpValue: 'FILE', summary: 'Write the findings for a forge, too.' }),
    explain: Flags.string({
      helpValue: 'RULE',
      summary: 'Say what a rule is about and what to do; "all" for every rule.',
    }),
  };

  #explain(id: string): Told {
    const rules = id === 'all' ? RULES : [scanRule(id)];
    this.print(...rules.flatMap(ruleText));
    return { rules };
  }

  async run(): Promise<Told> {
    const { args, flags } = await this.parse(SkillScan);
    if (flags.explain !== undefined) return this.#explain(flags.explain);
    if (args.source === undefined)
      throw new GitkelError('usage', 'Cannot scan: no skill is named', {
        hint: 'Name its directory, or an archive.',
      });
    const session = this.session(flags, flags.attest ? 'writes' : 'reads');
    const { host } = session;
    if (flags.sarif !== undefined) requireOutput(host, flags.sarif);
    const place = { source: args.source, commit: flags.commit };
    const entries = entriesAt(host, place);
    const engine = await patternEngine(host, this.config.root, flags.rules);
    try {
      const result = await scanEntries(host, entries, engine);
      const rule = (id: string): Rule => scanRule(id, engine);
      if (flags.sarif !== undefined) {
        const sarif = scanSarif(result, directoryBelow(place), rule, this.config.version);
        writeOutput(host, flags.sarif, utf8(`${JSON.stringify(sarif, null, 2)}\n`));
      }
      const columns = process.stdout.isTTY ? process.stdout.columns : undefined;
      this.print(...findingTable(result.findings, columns), scanSummary(result));
      const passed = isPassed(result, flags['fail-on']);
      process.exitCode = passed ? EXIT.done : EXIT.refused;
      const { as } = flags;
      if (as === undefined) return { passed, ...result };
      const about = filesOf(host, entries, place, 'attest a scan of');
      const attested = await this.#attest(session, about, result, { ...flags, as });
      if (passed) process.exitCode = proposalExit(attested);
      return { passed, ...result, attested };
    } finally {
      await engine?.close();
    }
  }

  async #attest(
    session: Session,
    about: SkillFilesNamed,
    result: ScanResult,
    flags: AttestFlags,
  ): Promise<Attested> {
    const { version } = this.config;
    const stated = await attestScan(session, about, result, version, flags, (lines) =>
      this.print(...lines),
    );
    const { name } = about.subject;
    this.print(...proposalLines(stated, `attested the scan of ${quoted(name)} (${stated.result})`));
    return stated;
  }
}
