import path from 'node:path';
import { BaseCommand } from '../../../src/cli/base-command.ts';
import { hookPrograms } from '../../../src/cli/hook-place.ts';
import { claudeCodeFlags } from '../../../src/cli/platform-flags.ts';
import { claudeTrouble } from '../../../src/platforms/claude-quick.ts';
import { endHook, typedAs } from '../../../src/platforms/end-hook.ts';
import { platformHookEnd } from '../../../src/platforms/run-platform-hook.ts';

const NAME = 'claude-code';

export default class HookRunClaudeCode extends BaseCommand {
  static override summary = 'Answer Claude Code: may this skill be used, typed or read?';
  static override description =
    'Takes one event of Claude Code (PreToolUse, UserPromptExpansion, SessionStart) as JSON on standard input, verifies the skills that it is about as `skill verify` does, and answers in the form that Claude Code reads. Ends with 0 and an answer, or with 2, which blocks, when it cannot find out. `gitkel hook print claude-code` prints the settings.';
  static override examples = [
    '<%= config.bin %> hook run claude-code --log ~/team-log --publisher acme',
    '<%= config.bin %> hook run claude-code --log ~/team-log --allow review --max-age 24h',
  ];
  static override flags = claudeCodeFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(HookRunClaudeCode);
    const program = path.join(hookPrograms(this.config.root).directory, `${NAME}.js`);
    endHook(await platformHookEnd(NAME, program, typedAs(NAME, flags), process.stdin));
  }

  /** Of all exit codes one alone blocks. */
  protected override async catch(error: Error): Promise<void> {
    endHook(claudeTrouble(error));
  }
}
