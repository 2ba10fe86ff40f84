/**
 * By what a clone judges before it pushes: the policy of the remote's default branch, as this clone last saw it, and the log
 * that it has of it.
 * @module
 */
import { fileRefs } from '../git/refs.ts';
import { readValue, type RefFiles } from '../git/ref-files.ts';
import { isRefName } from '../git/ref-name.ts';
import { configValue } from '../git/config.ts';
import type { Repository } from '../git/repository.ts';
import { statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { branchRef, remoteBranchRef } from '../log/layout.ts';
import { type HookConfig, readHookConfig } from './hook-config.ts';
import { hookConfigPath } from './hook-name.ts';
import { policyInForce } from './policy-change.ts';
import type { RepositoryPolicy } from './repository-policy.ts';
import type { SkillReader } from './skill-reader.ts';

/** The default branch of a remote, as a clone last saw it. */
export interface DefaultBranch {
  readonly remote: string;
  /** Its full name there, e.g. `refs/heads/main`. */
  readonly ref: string;
  /** `undefined` where this clone knows the name alone. */
  readonly tip: string | undefined;
}

const HEADS = 'refs/heads/';

/** The name of a remote, from that name or its address. */
function remoteNamed({ config }: Repository, nameOrUrl: string): string | undefined {
  if (isRefName(remoteBranchRef('HEAD', nameOrUrl))) return nameOrUrl;
  return config.find(
    ({ section, key, value, subsection }) =>
      section === 'remote' &&
      (key === 'url' || key === 'pushurl') &&
      value === nameOrUrl &&
      subsection !== undefined &&
      isRefName(remoteBranchRef('HEAD', subsection)),
  )?.subsection;
}

/** The remote to which the branch that is checked out goes. */
export function usualRemote({ config, head }: Repository): string {
  const branch =
    head.kind === 'branch' && head.ref.startsWith(HEADS) ? head.ref.slice(HEADS.length) : '';
  return (
    configValue(config, 'branch', 'pushremote', branch) ??
    configValue(config, 'remote', 'pushdefault') ??
    configValue(config, 'branch', 'remote', branch) ??
    'origin'
  );
}

/** The branch that a remote's HEAD names; where this clone does not know that, the usual ones are tried. */
function defaultBranchOf(files: RefFiles, remote: string): string | undefined {
  const head = readValue(files, remoteBranchRef('HEAD', remote));
  const prefix = remoteBranchRef('', remote);
  if (head !== undefined && 'symbolic' in head && head.symbolic.startsWith(prefix))
    return head.symbolic.slice(prefix.length);
  return ['main', 'master'].find(
    (name) => readValue(files, remoteBranchRef(name, remote)) !== undefined,
  );
}

/**
 * Finds the default branch of a remote, named or by its address; `undefined` where this clone has never seen it.
 */
export function defaultBranch(
  host: Host,
  repository: Repository,
  nameOrUrl: string,
): DefaultBranch | undefined {
  const remote = remoteNamed(repository, nameOrUrl);
  if (remote === undefined) return undefined;
  const { gitDir, commonDir } = repository;
  const name = defaultBranchOf({ host, gitDir, commonDir }, remote);
  if (name === undefined) return undefined;
  const tip = fileRefs(host, repository).read(remoteBranchRef(name, remote));
  return { remote, ref: branchRef(name), tip };
}

/** The policy in force on the default branch of a remote; `undefined` where there is none to be seen from here. */
export async function clientPolicy(
  reader: SkillReader,
  branch: DefaultBranch | undefined,
): Promise<RepositoryPolicy | undefined> {
  return branch?.tip === undefined
    ? undefined
    : policyInForce(reader, await reader.treeOf(branch.tip));
}

/**
 * The log of a policy, as far as this clone has it: the one that was named when the hook was installed, or a ref of its own
 * repository, that of the remote first, since a server knows no more.
 * @throws GitkelError `malformed` for a configuration that cannot be read.
 */
export function clientLog(
  host: Host,
  repository: Repository,
  policy: RepositoryPolicy,
  remote: string,
): HookConfig | undefined {
  const { commonDir } = repository;
  const { id, ref } = policy.log;
  if (statOf(host, hookConfigPath(commonDir)) !== undefined) {
    const config = readHookConfig(host, commonDir);
    return config.logId === id ? config : undefined;
  }
  if (ref === undefined) return undefined;
  const tracking = ref.startsWith(HEADS) ? [remoteBranchRef(ref.slice(HEADS.length), remote)] : [];
  const refs = fileRefs(host, repository);
  const logRef = [...tracking, ref].find(
    (name) => isRefName(name) && refs.read(name) !== undefined,
  );
  return logRef === undefined ? undefined : { logDir: undefined, logRef, logId: id };
}
