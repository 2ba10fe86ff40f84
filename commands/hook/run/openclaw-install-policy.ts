import path from 'node:path';
import { BaseCommand } from '../../../src/cli/base-command.ts';
import { hookPrograms } from '../../../src/cli/hook-place.ts';
import { installPolicyFlags } from '../../../src/cli/platform-flags.ts';
import { endHook, typedAs } from '../../../src/platforms/end-hook.ts';
import { ended, troubleAnswer } from '../../../src/platforms/openclaw-answer.ts';
import { platformHookEnd } from '../../../src/platforms/run-platform-hook.ts';

const NAME = 'openclaw-install-policy';

export default class HookRunOpenclaw extends BaseCommand {
  static override summary = 'Answer OpenClaw: may this skill be installed?';
  static override description =
    'Takes one request of security.installPolicy (protocol version 1) as JSON on standard input, judges the staged copy as `skill install` does, and answers allow, warn or block as JSON. Ends with 0 where the request was one of version 1, else with 1, which OpenClaw takes for block. `gitkel hook print openclaw` prints the configuration.';
  static override examples = [
    '<%= config.bin %> hook run openclaw-install-policy --log /srv/team-log --publisher acme',
    '<%= config.bin %> hook run openclaw-install-policy --log /srv/team-log --policy policy.yaml --no-warn',
  ];
  static override flags = installPolicyFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(HookRunOpenclaw);
    const program = path.join(hookPrograms(this.config.root).directory, `${NAME}.js`);
    endHook(await platformHookEnd(NAME, program, typedAs(NAME, flags), process.stdin));
  }

  protected override async catch(error: Error): Promise<void> {
    endHook(ended(troubleAnswer(error), false));
  }
}
