/**
 * What is wrong with the Git hooks of a repository, for people: those of gitkel, what a server's hooks need, and others.
 * @module
 */
import { attempt, type DoctorFinding, failure, fine, warning } from '../audit/doctor-finding.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { configValue } from '../git/config.ts';
import { gitSettings } from '../git/hooks-path.ts';
import { fileRefs } from '../git/refs.ts';
import { openRepository, type Repository } from '../git/repository.ts';
import { namesIn, readFileBounded, shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { join } from 'node:path';
import { readHookConfig } from './hook-config.ts';
import { findHook } from './hook-files.ts';
import type { HookPrograms } from './hook-install.ts';
import { ALL_HOOKS, hookConfigPath, hookSide, installedPolicyPath } from './hook-name.ts';
import { type HookStatus, hookStatuses, isInOrder } from './hook-status.ts';
import { findHooksPlace, ownHooks } from './hooks-place.ts';
import { parsePolicy } from './repository-policy.ts';
import { settingAdvice } from './server-settings.ts';

const INSTALL_AGAIN = 'gitkel hook install --server DIR';

/** Hooks that are not gitkel's. */
function foreignFindings(host: Host, repository: Repository): readonly DoctorFinding[] {
  const directory = ownHooks(repository);
  const named = configValue(repository.config, 'core', 'hookspath');
  const active = namesIn(host, directory).filter((name) => {
    const path = join(directory, name);
    const stats = statOf(host, path);
    return (
      !/\.(?:sample|before-gitkel)$/.test(name) &&
      stats?.isFile() === true &&
      (stats.mode & 0o111) !== 0 &&
      !(ALL_HOOKS.some((one) => one === name) && findHook(host, path).kind !== 'foreign')
    );
  });
  const found = [...active, ...(named === undefined ? [] : [`core.hooksPath = ${named}`])];
  return [
    found.length === 0
      ? fine('hooks', 'no Git hooks of others')
      : warning(
          'hooks',
          `Git hooks are set up: ${found.join(', ')}`,
          'gitkel runs none of them; whoever pushes or commits with git does',
        ),
  ];
}

function statusFinding(status: HookStatus): DoctorFinding {
  const { name, detail, mend, reason } = status;
  const check = `hook-${name}`;
  if (isInOrder(status))
    return reason === null ? fine(check, detail) : warning(check, detail, mend ?? '');
  const tell = hookSide(name) === 'server' ? failure : warning;
  return tell(check, detail, mend ?? '');
}

/** What the hooks of a server read when somebody pushes. */
function configFindings(host: Host, { commonDir }: Repository): readonly DoctorFinding[] {
  return attempt('hook-config', INSTALL_AGAIN, () => {
    const { logDir, logRef, logId } = readHookConfig(host, commonDir);
    const bytes = readFileBounded(host, installedPolicyPath(commonDir), LIMITS.policyBytes);
    const policy = bytes === undefined ? undefined : parsePolicy(host.crypto, bytes);
    if (policy !== undefined && policy.log.id !== logId)
      return [
        failure(
          'hook-policy',
          `the installed policy names the log ${policy.log.id}, the hooks were installed for ${logId}`,
          INSTALL_AGAIN,
        ),
      ];
    const log = openRepository(host, logDir ?? commonDir, { hostile: false });
    const isThere = fileRefs(host, log).read(logRef) !== undefined;
    return [
      isThere
        ? fine('hook-config', `the log ${logId} is at ${logRef} of ${shownPath(log.commonDir)}`)
        : failure(
            'hook-config',
            `${shownPath(log.commonDir)} has no ${logRef}, where the log should be`,
            INSTALL_AGAIN,
          ),
    ];
  });
}

async function settingFindings(repository: Repository): Promise<readonly DoctorFinding[]> {
  const advice = settingAdvice(await gitSettings(repository));
  return advice.map(({ setting, value, why }) =>
    warning(
      'server-settings',
      `${setting} is not ${value}: ${why}`,
      `git config ${setting} ${value}`,
    ),
  );
}

function serverFindings(
  host: Host,
  repository: Repository,
  statuses: readonly HookStatus[],
): readonly DoctorFinding[] {
  const server = statuses.filter(({ name }) => hookSide(name) === 'server');
  const absent = server.filter(({ state }) => state === 'not-installed');
  const isConfigured = statOf(host, hookConfigPath(repository.commonDir)) !== undefined;
  if (absent.length === server.length) return [];
  return [
    ...absent.map(({ name }) =>
      failure(
        `hook-${name}`,
        `it is not installed, and the other hook of a server is: pushes are not held to all rules`,
        INSTALL_AGAIN,
      ),
    ),
    ...(isConfigured
      ? configFindings(host, repository)
      : [
          failure(
            'hook-config',
            `${shownPath(hookConfigPath(repository.commonDir))} is gone: every push is refused`,
            INSTALL_AGAIN,
          ),
        ]),
  ];
}

/** Looks at the hooks of a repository. Trouble is told, not thrown. */
export async function hookFindings(
  host: Host,
  dir: string,
  programs: HookPrograms,
): Promise<readonly DoctorFinding[]> {
  try {
    const repository = openRepository(host, dir, { hostile: false });
    const place = await findHooksPlace(host, repository);
    const statuses = hookStatuses(host, repository, place, programs);
    const server = serverFindings(host, repository, statuses);
    return [
      ...foreignFindings(host, repository),
      ...statuses.filter(({ state }) => state !== 'not-installed').map(statusFinding),
      ...server,
      ...(server.length === 0 ? [] : await settingFindings(repository)),
    ];
  } catch (error) {
    if (error instanceof GitkelError)
      return [warning('hooks', error.message, error.hint ?? 'look at them by hand')];
    throw error;
  }
}
