/**
 * Setting up the hooks of a server: what they will need is made sure first, then the files are planned.
 * @module
 */
import { resolve } from 'node:path';
import { sameBytes } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { auditInPool } from '../audit/audit.ts';
import { configValue } from '../git/config.ts';
import { hookReader } from '../git/git-reader.ts';
import { requireGit } from '../git/git-version.ts';
import { hookObjects, isSameDirectory } from '../git/hook-objects.ts';
import { fileRefs } from '../git/refs.ts';
import { openRepository, type Repository } from '../git/repository.ts';
import { readFileBounded, shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { encodeHookConfig, type HookConfig } from './hook-config.ts';
import {
  approvalsDirectory,
  gateDirectory,
  heldDirectory,
  hookConfigPath,
  hookHome,
  installedPolicyPath,
} from './hook-name.ts';
import { mainHead } from './hook-place.ts';
import type { HookStep } from './hook-steps.ts';
import { policyInForce } from './policy-change.ts';
import { parsePolicy, POLICY_PATH, type RepositoryPolicy } from './repository-policy.ts';
import { skillReader, type SkillReader } from './skill-reader.ts';

/** The first version of git that has the hook `reference-transaction`. */
const OLDEST_GIT = [2, 28] as const;

/** @throws GitkelError `environment`: `git-old`, `git-missing`. */
export async function requireHookGit(): Promise<void> {
  await requireGit(OLDEST_GIT, 'has no reference-transaction hook');
}

/** Where the log is by which pushes are judged. */
export interface LogChoice {
  /** The directory of its repository; `undefined` for the repository of the hooks. */
  readonly dir: string | undefined;
  /** Its branch or full ref; `undefined` where the log is looked for. */
  readonly ref: string | undefined;
}

/**
 * Finds the log and verifies all of it.
 * @throws GitkelError `refused`, reason `log-invalid`; what an audit throws.
 */
export async function verifiedLog(
  host: Host,
  { commonDir, gitDir }: Repository,
  { dir, ref }: LogChoice,
): Promise<HookConfig> {
  const path = dir === undefined ? gitDir : resolve(dir);
  const verdict = await auditInPool(host, path, { branch: ref });
  if (verdict.state !== 'valid' || verdict.log === undefined) {
    throw new GitkelError(
      'refused',
      `Cannot install hooks: the log in ${shownPath(path)} does not hold: ${verdict.reason}`,
      { reason: 'log-invalid', hint: `See what is wrong: gitkel audit ${shownPath(path)}` },
    );
  }
  if (!verdict.ref.startsWith('refs/')) {
    throw new GitkelError(
      'refused',
      `Cannot install hooks: no branch of ${shownPath(path)} holds the log, only a detached HEAD`,
      { reason: 'log-detached', hint: 'Make a branch of it.' },
    );
  }
  const isOwn =
    dir === undefined ||
    isSameDirectory(host, openRepository(host, path, { hostile: false }).commonDir, commonDir);
  return { logDir: isOwn ? undefined : path, logRef: verdict.ref, logId: verdict.log };
}

async function headTree(
  host: Host,
  repository: Repository,
  reader: SkillReader,
): Promise<string | undefined> {
  const head = mainHead(host, repository);
  if (head.kind === 'detached') {
    throw new GitkelError(
      'refused',
      `Cannot install hooks: HEAD of ${shownPath(repository.gitDir)} names no branch, whose policy would govern`,
      { reason: 'head-detached', hint: 'Set it: git symbolic-ref HEAD refs/heads/main' },
    );
  }
  const tip = fileRefs(host, repository).read(head.ref);
  return tip === undefined ? undefined : reader.treeOf(tip);
}

function requireLog(policy: RepositoryPolicy, { logId }: HookConfig, what: string): void {
  if (policy.log.id === logId) return;
  throw new GitkelError(
    'refused',
    `Cannot install hooks: ${what} names the log ${policy.log.id}, and this one is ${logId}`,
    { reason: 'policy-log', hint: 'Name the log of the policy, or a policy for this log.' },
  );
}

/**
 * Makes sure that a policy will be in force, and that it is one for the log.
 * @param given bytes of the policy to install; the installed one stays when none are
 * @throws GitkelError `refused`: `policy-missing`, `policy-log`, `head-detached`; `malformed`.
 */
export async function requirePolicy(
  host: Host,
  repository: Repository,
  config: HookConfig,
  given: Uint8Array | undefined,
): Promise<{ readonly policy: RepositoryPolicy; readonly isInTree: boolean }> {
  const installed =
    given ??
    readFileBounded(host, installedPolicyPath(repository.commonDir), LIMITS.policyBytes, {
      links: 'refuse',
    });
  if (installed !== undefined)
    requireLog(parsePolicy(host.crypto, installed), config, 'the policy to install');
  const objects = hookReader(host, hookObjects(host, repository.commonDir, {}, '/'));
  try {
    const reader = skillReader(host.crypto, objects);
    const inTree = await policyInForce(reader, await headTree(host, repository, reader));
    const policy =
      inTree ?? (installed === undefined ? undefined : parsePolicy(host.crypto, installed));
    if (policy === undefined) {
      throw new GitkelError(
        'refused',
        'Cannot install hooks: no policy would be in force, and every push would be refused',
        {
          reason: 'policy-missing',
          hint: `Name one with --policy FILE (\`gitkel policy init\` writes a first one); it counts until the default branch holds ${POLICY_PATH}.`,
        },
      );
    }
    requireLog(policy, config, `${POLICY_PATH} on the default branch`);
    return { policy, isInTree: inTree !== undefined };
  } finally {
    await objects.close();
  }
}

function writeUnlessSame(host: Host, path: string, bytes: Uint8Array): readonly HookStep[] {
  const found = statOf(host, path)?.isFile() === true;
  const old = found ? readFileBounded(host, path, LIMITS.objectBytes) : undefined;
  if (old !== undefined && sameBytes(old, bytes)) return [];
  return [{ kind: 'write', path, bytes, mode: 0o644 }];
}

/** The steps that write what the hooks are told; none when it stands there. */
export function planConfig(
  host: Host,
  commonDir: string,
  config: HookConfig,
  policy: Uint8Array | undefined,
): readonly HookStep[] {
  const directory = gateDirectory(commonDir);
  return [
    ...(statOf(host, directory) === undefined
      ? [{ kind: 'make-directory', path: directory } as const]
      : []),
    ...(policy === undefined ? [] : writeUnlessSame(host, installedPolicyPath(commonDir), policy)),
    ...writeUnlessSame(host, hookConfigPath(commonDir), encodeHookConfig(config)),
  ];
}

/** The steps that remove what the hooks were told, and what they remember: all of it can be had again. */
export function planConfigRemoval(host: Host, commonDir: string): readonly HookStep[] {
  const files = [hookConfigPath(commonDir), installedPolicyPath(commonDir)];
  const trees = [hookHome, approvalsDirectory, heldDirectory].map((place) => place(commonDir));
  const directory = gateDirectory(commonDir);
  const isThere = (path: string): boolean => statOf(host, path) !== undefined;
  if (!isThere(directory)) return [];
  return [
    ...files.filter(isThere).map((path) => ({ kind: 'remove', path }) as const),
    ...trees.filter(isThere).map((path) => ({ kind: 'remove-tree', path }) as const),
    { kind: 'remove-directory', path: directory },
  ];
}

function ownerOf(stats: object | undefined): number | undefined {
  const uid = stats !== undefined && 'uid' in stats ? stats.uid : undefined;
  return typeof uid === 'number' ? uid : undefined;
}

/**
 * What whoever installs hooks on a server should know of that repository.
 * @param user the user id of this process, where there are any
 */
export function serverNotes(
  host: Host,
  { commonDir, config }: Repository,
  user: number | undefined = process.getuid?.(),
): readonly string[] {
  const owner = ownerOf(statOf(host, commonDir));
  const shared = configValue(config, 'core', 'sharedrepository') ?? 'umask';
  const place = shownPath(gateDirectory(commonDir));
  return [
    ...(user === undefined || owner === undefined || owner === user
      ? []
      : [
          `the repository belongs to user ${owner}, and you are user ${user}: the hooks write to ${place} as whoever git runs as; better install them as that user`,
        ]),
    ...(/^(?:umask|false|no|off|0|)$/i.test(shared)
      ? []
      : [
          `core.sharedRepository is ${quoted(shared)}: what the hooks remember in ${place} belongs to one user, and pushes of other users of this machine are refused; let one user serve all of them`,
        ]),
  ];
}
