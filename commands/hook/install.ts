import * as Flags from '@oclif/core/flags';
import { LIMITS } from '../../src/base/limits.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { clientRepository, hookPrograms, serverRepository } from '../../src/cli/hook-place.ts';
import { inputFile } from '../../src/cli/input.ts';
import { harmless } from '../../src/cli/output.ts';
import { wordOf } from '../../src/cli/shell-word.ts';
import {
  applyPlan,
  type HookPlan,
  planHooks,
  requirePrograms,
} from '../../src/gate/hook-install.ts';
import { CLIENT_HOOKS, type HookName, SERVER_HOOKS } from '../../src/gate/hook-name.ts';
import { type HookStep, stepLine } from '../../src/gate/hook-steps.ts';
import { findHooksPlace, requireOwnHooks } from '../../src/gate/hooks-place.ts';
import {
  planConfig,
  requireHookGit,
  requirePolicy,
  serverNotes,
  verifiedLog,
} from '../../src/gate/server-install.ts';
import { settingAdvice } from '../../src/gate/server-settings.ts';
import { gitSettings } from '../../src/git/hooks-path.ts';
import type { Repository } from '../../src/git/repository.ts';
import { shownPath } from '../../src/host/files.ts';
import type { Host } from '../../src/host/host.ts';

interface Installed {
  readonly status: 'installed' | 'unchanged' | 'planned';
  readonly hooks: readonly HookName[];
  readonly steps: readonly string[];
  readonly notes: readonly string[];
}

interface Options {
  readonly server?: string | undefined;
  readonly log?: string | undefined;
  readonly 'log-ref'?: string | undefined;
  readonly branch?: string | undefined;
  readonly policy?: string | undefined;
}

export default class HookInstall extends BaseCommand {
  static override summary = 'Install Git hooks that check skills: on a server, or in a clone.';
  static override description =
    'With --server in a repository that is pushed to: pre-receive and reference-transaction, which refuse what has no release; the log and the policy are checked first. Without, in the repository here: pre-commit and pre-push, which warn early. A hook that is there is kept and runs first; core.hooksPath stays as it is; nothing in the config is changed. Once more changes nothing.';
  static override examples = [
    '<%= config.bin %> hook install --server /srv/git/skills.git --log /srv/git/log.git --policy policy.yaml',
    '<%= config.bin %> hook install --server skills.git --log-ref refs/heads/gitkel --dry-run',
    '<%= config.bin %> hook install --pre-push --log ~/team-log',
  ];
  static override flags = {
    server: Flags.string({ helpValue: 'DIR', summary: 'The repository of a server.' }),
    'log-ref': Flags.string({
      helpValue: 'REF',
      summary: 'The log is in that repository itself, at this ref.',
    }),
    policy: Flags.string({
      helpValue: 'FILE',
      dependsOn: ['server'],
      summary: 'The policy that counts until the default branch has one.',
    }),
    'pre-commit': Flags.boolean({
      exclusive: ['server'],
      summary: 'Only this one: checks what is staged.',
    }),
    'pre-push': Flags.boolean({
      exclusive: ['server'],
      summary: 'Only this one, or with the other: judges what is pushed.',
    }),
    'into-hooks-path': Flags.boolean({
      summary: 'Also where core.hooksPath names a directory that is not of this repository alone.',
    }),
    'dry-run': Flags.boolean({ summary: 'Only tell what would be done.' }),
  };

  async run(): Promise<Installed> {
    const { flags } = await this.parse(HookInstall);
    const { host } = this.session(flags, 'reads');
    const { server } = flags;
    const repository =
      server === undefined ? clientRepository(host) : serverRepository(host, server);
    const asked = CLIENT_HOOKS.filter((name) => flags[name]);
    const names: readonly HookName[] =
      server !== undefined ? SERVER_HOOKS : asked.length === 0 ? CLIENT_HOOKS : asked;
    const place = await findHooksPlace(host, repository);
    if (!flags['into-hooks-path']) requireOwnHooks(place, names);
    const config =
      server === undefined
        ? await this.#clientConfig(host, repository, flags)
        : await this.#serverConfig(host, repository, flags);
    const programs = hookPrograms(this.config.root);
    requirePrograms(host, names, programs);
    const hooks = planHooks(host, place.directory, names, programs);
    // What the hooks are told comes first: without it they would refuse everything.
    const steps: readonly HookStep[] = [...config.steps, ...hooks.steps];
    const notes = [
      ...config.notes,
      ...hooks.notes,
      ...(place.isOwn
        ? []
        : [
            `${shownPath(place.directory)} may serve other repositories, too, or be written anew by another program`,
          ]),
    ];
    if (!flags['dry-run']) applyPlan(host, { steps, notes });
    const lines = steps.map(stepLine);
    const status = steps.length === 0 ? 'unchanged' : flags['dry-run'] ? 'planned' : 'installed';
    this.print(
      ...(status === 'installed' ? [] : lines.map(harmless)),
      ...(status === 'planned' ? [] : [`${names.join(' and ')}: ${status}`]),
    );
    for (const note of notes) this.session(flags).tell(harmless(`note: ${note}`));
    return { status, hooks: names, steps: lines, notes };
  }

  /** The log that the user names, if any; the flag on the line wins over the environment. */
  #choice(flags: Options): { readonly dir: string | undefined; readonly ref: string | undefined } {
    const ref = flags['log-ref'];
    if (ref === undefined) return { dir: flags.log, ref: flags.branch };
    const isNamed = this.argv.some((word) => word === '--log' || word.startsWith('--log='));
    if (isNamed)
      throw new GitkelError('usage', 'Cannot take both --log and --log-ref', {
        hint: 'Name the directory of a log, or a ref of the repository itself.',
      });
    return { dir: undefined, ref };
  }

  async #serverConfig(host: Host, repository: Repository, flags: Options): Promise<HookPlan> {
    await requireHookGit();
    const choice = this.#choice(flags);
    if (choice.dir === undefined && choice.ref === undefined)
      throw new GitkelError('usage', 'Cannot install hooks: no log is named', {
        hint: 'Name the directory of the log with --log DIR, or its ref in the same repository with --log-ref REF.',
      });
    const config = await verifiedLog(host, repository, choice);
    const policy =
      flags.policy === undefined ? undefined : inputFile(host, flags.policy, LIMITS.policyBytes);
    const { isInTree } = await requirePolicy(host, repository, config, policy);
    const advice = settingAdvice(await gitSettings(repository));
    return {
      steps: planConfig(host, repository.commonDir, config, policy),
      notes: [
        ...(isInTree && policy !== undefined
          ? [
              'the default branch has a policy, which counts; the installed one counts only while it has none',
            ]
          : []),
        ...serverNotes(host, repository),
        ...advice.map(
          ({ setting, value, why }) =>
            `recommended: git -C ${wordOf(repository.commonDir)} config ${setting} ${value} (${why})`,
        ),
      ],
    };
  }

  async #clientConfig(host: Host, repository: Repository, flags: Options): Promise<HookPlan> {
    const choice = this.#choice(flags);
    if (choice.dir === undefined && flags['log-ref'] === undefined) return { steps: [], notes: [] };
    const config = await verifiedLog(host, repository, choice);
    return { steps: planConfig(host, repository.commonDir, config, undefined), notes: [] };
  }
}
