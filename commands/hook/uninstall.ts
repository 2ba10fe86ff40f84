import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { clientRepository, serverRepository } from '../../src/cli/hook-place.ts';
import { harmless } from '../../src/cli/output.ts';
import { applyPlan, planHooksRemoval } from '../../src/gate/hook-install.ts';
import { CLIENT_HOOKS, type HookName, SERVER_HOOKS } from '../../src/gate/hook-name.ts';
import { findHook } from '../../src/gate/hook-files.ts';
import { type HookStep, stepLine } from '../../src/gate/hook-steps.ts';
import { findHooksPlace, ownHooks } from '../../src/gate/hooks-place.ts';
import { planConfigRemoval } from '../../src/gate/server-install.ts';
import path from 'node:path';

interface Uninstalled {
  readonly status: 'removed' | 'unchanged' | 'planned';
  readonly steps: readonly string[];
}

export default class HookUninstall extends BaseCommand {
  static override summary = 'Remove the Git hooks of gitkel, and put back what was there before.';
  static override description =
    'Everything is as it was before the installation, byte for byte. A hook that was edited since is not touched: what to do is said.';
  static override examples = [
    '<%= config.bin %> hook uninstall',
    '<%= config.bin %> hook uninstall --server /srv/git/skills.git --dry-run',
  ];
  static override flags = {
    server: Flags.string({ helpValue: 'DIR', summary: 'The repository of a server.' }),
    'dry-run': Flags.boolean({ summary: 'Only tell what would be done.' }),
  };

  async run(): Promise<Uninstalled> {
    const { flags } = await this.parse(HookUninstall);
    const { host } = this.session(flags, 'reads');
    const { server } = flags;
    const repository =
      server === undefined ? clientRepository(host) : serverRepository(host, server);
    const [names, others] =
      server === undefined ? [CLIENT_HOOKS, SERVER_HOOKS] : [SERVER_HOOKS, CLIENT_HOOKS];
    const { directory } = await findHooksPlace(host, repository);
    const directories = [ownHooks(repository), directory];
    const isThere = (name: HookName): boolean =>
      directories.some((one) => findHook(host, path.join(one, name)).kind === 'ours');
    // Hooks of the other side that stay need what they are told.
    const config = others.some(isThere) ? [] : planConfigRemoval(host, repository.commonDir);
    const hooks = planHooksRemoval(host, directories, names);
    const steps: readonly HookStep[] = [...hooks.steps, ...config];
    if (!flags['dry-run']) applyPlan(host, { steps, notes: [] });
    const lines = steps.map(stepLine);
    const status = steps.length === 0 ? 'unchanged' : flags['dry-run'] ? 'planned' : 'removed';
    this.print(...(status === 'unchanged' ? ['no hook of gitkel is here'] : lines.map(harmless)));
    return { status, steps: lines };
  }
}
