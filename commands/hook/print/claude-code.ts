import { BaseCommand } from '../../../src/cli/base-command.ts';
import { harmlessJson } from '../../../src/cli/output.ts';
import { claudeCodeFlags } from '../../../src/cli/platform-flags.ts';
import { hookCall } from '../../../src/platforms/hook-call.ts';
import { platformSettings } from '../../../src/platforms/platform-settings.ts';

export default class HookPrintClaudeCode extends BaseCommand {
  static override summary = 'Print the settings by which Claude Code runs our hook.';
  static override description =
    'JSON for ~/.claude/settings.json, with absolute paths and AIDs in place of names. The log is opened and every flag is checked first. Nothing is written.';
  static override examples = [
    '<%= config.bin %> hook print claude-code --log ~/team-log --publisher acme --max-age 24h',
    '<%= config.bin %> hook print claude-code --log ~/team-log --policy policy.yaml --allow "acme:*"',
  ];
  static override flags = claudeCodeFlags;

  async run(): Promise<object> {
    const { flags } = await this.parse(HookPrintClaudeCode);
    const session = this.session(flags, 'remembers');
    const call = await hookCall(session, 'claude-code', this.config.root, flags);
    const settings = platformSettings('claude-code', call);
    this.printExact(...harmlessJson(settings).split('\n'));
    return settings;
  }
}
