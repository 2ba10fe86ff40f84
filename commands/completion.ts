import * as Args from '@oclif/core/args';
import { BaseCommand } from '../src/cli/base-command.ts';
import {
  COMPLETION_SCRIPTS,
  COMPLETION_SHELLS,
  type CompletionShell,
} from '../src/cli/completion-scripts.ts';

export default class Completion extends BaseCommand {
  static override summary = 'Print the script by which a shell completes gitkel command lines.';
  static override description =
    'Completes commands, flags and their values, and the names, AIDs, staged batches and installed skills that this home, the repository and the folder of skills have. For bash: eval "$(gitkel completion bash)" in ~/.bashrc. For zsh: source <(gitkel completion zsh) after compinit in ~/.zshrc. For fish: gitkel completion fish | source in ~/.config/fish/config.fish. Nothing is verified for it, and no log is opened.';
  static override examples = [
    'eval "$(<%= config.bin %> completion bash)"',
    'source <(<%= config.bin %> completion zsh)',
    '<%= config.bin %> completion fish | source',
  ];
  static override args = {
    shell: Args.string({
      required: true,
      options: [...COMPLETION_SHELLS],
      description: 'bash, zsh or fish.',
    }),
  };

  async run(): Promise<{ readonly shell: CompletionShell; readonly script: string }> {
    const { args } = await this.parse(Completion);
    const shell = COMPLETION_SHELLS.find((one) => one === args.shell);
    if (shell === undefined) throw new Error('the argument takes only shells of the list');
    const script = COMPLETION_SCRIPTS[shell];
    this.printExact(...script.trimEnd().split('\n'));
    return { shell, script };
  }
}
