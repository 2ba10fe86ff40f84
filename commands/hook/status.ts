import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { clientRepository, hookPrograms, serverRepository } from '../../src/cli/hook-place.ts';
import { harmless } from '../../src/cli/output.ts';
import { type HookStatus, hookStatuses, isInOrder } from '../../src/gate/hook-status.ts';
import { findHooksPlace } from '../../src/gate/hooks-place.ts';

interface HooksStatus {
  readonly directory: string;
  readonly hooks: readonly HookStatus[];
}

export default class HookStatusCommand extends BaseCommand {
  static override summary =
    'Tell which hooks of gitkel are installed here, and whether they can run.';
  static override description =
    'Exit 0 when each is installed and in order, or not installed; 1 when one is broken, edited or passed over by Git.';
  static override examples = [
    '<%= config.bin %> hook status',
    '<%= config.bin %> hook status --server /srv/git/skills.git --json',
  ];
  static override flags = {
    server: Flags.string({ helpValue: 'DIR', summary: 'The repository of a server.' }),
  };

  async run(): Promise<HooksStatus> {
    const { flags } = await this.parse(HookStatusCommand);
    const { host } = this.session(flags, 'reads');
    const repository =
      flags.server === undefined ? clientRepository(host) : serverRepository(host, flags.server);
    const place = await findHooksPlace(host, repository);
    const hooks = hookStatuses(host, repository, place, hookPrograms(this.config.root));
    for (const hook of hooks) {
      const { name, state, detail, mend, runsFirst } = hook;
      this.print(
        harmless(`${name}: ${isInOrder(hook) ? '' : `${state}: `}${detail}`),
        ...(runsFirst === null ? [] : [harmless(`  runs first: ${runsFirst}`)]),
        ...(mend === null ? [] : [harmless(`  mend: ${mend}`)]),
      );
    }
    process.exitCode = hooks.every(isInOrder) ? EXIT.done : EXIT.refused;
    return { directory: place.directory, hooks };
  }
}
