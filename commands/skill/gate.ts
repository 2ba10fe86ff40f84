import * as Flags from '@oclif/core/flags';
import { utf8 } from '../../src/base/bytes.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { dayFlag, dayOf } from '../../src/cli/day-flag.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { judgeRange } from '../../src/cli/gate.ts';
import { gateLines, shownGate, type ShownGate } from '../../src/cli/gate-lines.ts';
import { requireOutput, writeOutput } from '../../src/cli/output-file.ts';
import { sarifOf } from '../../src/gate/sarif.ts';

export default class SkillGate extends BaseCommand {
  static override summary =
    'Judge the skills that a range of commits changes, as a required check.';
  static override description =
    'Gives the verdict that a server hook gives on a push from --base to --head: every skill that the range adds or changes needs a release, unrevoked, by a publisher whom the policy at --base allows for its path, and whatever that policy asks for beside it. Only trees are read, so a clone of depth 2 will do. Exit 0 or 1. --log takes a URL, too; else the policy says where the log is.';
  static override examples = [
    '<%= config.bin %> skill gate --base origin/main --head HEAD',
    '<%= config.bin %> skill gate --base "$BASE" --head "$HEAD" --log https://example.org/log.git --sarif gitkel.sarif',
  ];
  static override flags = {
    base: Flags.string({
      required: true,
      helpValue: 'REV',
      summary: 'Where the range begins: the branch that it goes to.',
    }),
    head: Flags.string({ required: true, helpValue: 'REV', summary: 'Where the range ends.' }),
    repo: Flags.string({ helpValue: 'DIR', summary: 'The repository; else the one around here.' }),
    policy: Flags.string({
      helpValue: 'FILE',
      summary: 'The policy, for as long as the base has none.',
    }),
    'policy-from': Flags.string({
      helpValue: 'REV',
      summary: 'The branch whose policy governs, when the range goes to another one.',
    }),
    at: dayFlag,
    sarif: Flags.string({ helpValue: 'FILE', summary: 'Write the verdict for a forge, too.' }),
  };

  async run(): Promise<ShownGate> {
    const { flags } = await this.parse(SkillGate);
    const { host } = this.session(flags, 'remembers');
    if (flags.sarif !== undefined) requireOutput(host, flags.sarif);
    const outcome = await judgeRange(
      host,
      {
        base: flags.base,
        head: flags.head,
        policyFrom: flags['policy-from'],
        policy: flags.policy,
        repository: flags.repo,
        at: dayOf(flags.at),
      },
      flags,
    );
    if (flags.sarif !== undefined) {
      const sarif = sarifOf(outcome.verdict, this.config.version);
      writeOutput(host, flags.sarif, utf8(`${JSON.stringify(sarif, null, 2)}\n`));
    }
    this.print(...gateLines(outcome));
    process.exitCode = outcome.verdict.state === 'accepted' ? EXIT.done : EXIT.refused;
    return shownGate(outcome);
  }
}
