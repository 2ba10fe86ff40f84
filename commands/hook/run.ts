import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { hookNameOf } from '../../src/gate/hook-name.ts';
import { runNamedHook } from '../../src/gate/run-named-hook.ts';

interface HookResult {
  readonly hook: string;
  readonly state: 'allowed' | 'refused';
  readonly lines: readonly string[];
}

export default class HookRunCommand extends BaseCommand {
  static override summary =
    'Run what a Git hook of gitkel runs: for hook managers, and to try it out.';
  static override description =
    'Takes what Git gives the hook: its arguments, and its lines on standard input (pre-push, pre-receive, reference-transaction). Exit 0 when Git may go on, 1 when not. What the hook says goes to standard error.';
  static override examples = [
    '<%= config.bin %> hook run pre-commit',
    '<%= config.bin %> hook run pre-push "$@"',
  ];
  static override strict = false;
  static override args = {
    name: Args.string({
      required: true,
      description: 'pre-commit, pre-push, pre-receive or reference-transaction.',
    }),
  };

  async run(): Promise<HookResult> {
    const { args, argv } = await this.parse(HookRunCommand);
    const hook = hookNameOf(args.name);
    const { isAllowed, lines } = await runNamedHook(hook, argv.slice(1).map(String));
    if (lines.length > 0) process.stderr.write(lines.map((line) => `${line}\n`).join(''));
    process.exitCode = isAllowed ? EXIT.done : EXIT.refused;
    return { hook, state: isAllowed ? 'allowed' : 'refused', lines };
  }
}
