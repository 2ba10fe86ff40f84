import { BaseCommand } from '../../../src/cli/base-command.ts';
import { harmlessJson } from '../../../src/cli/output.ts';
import { installPolicyFlags } from '../../../src/cli/platform-flags.ts';
import { hookCall } from '../../../src/platforms/hook-call.ts';
import { platformSettings } from '../../../src/platforms/platform-settings.ts';

export default class HookPrintOpenclaw extends BaseCommand {
  static override summary =
    'Print the configuration by which OpenClaw asks before it installs a skill.';
  static override description =
    'JSON for ~/.openclaw/openclaw.json, with absolute paths and AIDs in place of names. The log is opened and every flag is checked first. Nothing is written.';
  static override examples = [
    '<%= config.bin %> hook print openclaw --log ~/team-log --publisher acme --skills ~/.openclaw/skills',
    '<%= config.bin %> hook print openclaw --log /srv/team-log --policy /etc/gitkel/policy.yaml --no-warn',
  ];
  static override flags = installPolicyFlags;

  async run(): Promise<object> {
    const { flags } = await this.parse(HookPrintOpenclaw);
    const session = this.session(flags, 'remembers');
    const call = await hookCall(session, 'openclaw-install-policy', this.config.root, flags);
    const settings = platformSettings('openclaw-install-policy', call);
    this.printExact(...harmlessJson(settings).split('\n'));
    return settings;
  }
}
