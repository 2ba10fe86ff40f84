/**
 * Makes ready what a run needs, and takes it away again: directories, the copy of the skill, the proxy.
 * @module
 */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Host } from '../host/host.ts';
import { makeScratch, type Scratch } from '../host/scratch.ts';
import type { Permissions } from '../skills/permissions.ts';
import type { SkillFile } from '../skills/skill-files.ts';
import { diskUseOf } from './disk-use.ts';
import { findPaths, type PathRoots } from './find-paths.ts';
import { findProgram, findTools, systemMounts } from './find-tools.ts';
import { coveredSockets } from './open-sockets.ts';
import { type Proxy, type SentData, startProxy } from './proxy.ts';
import type { MovedAsideEvent, NetEvent } from './run-event.ts';
import { runLimits } from './run-limits.ts';
import { type GivenSecrets, runSecrets } from './run-secrets.ts';
import { programNames } from './sandbox-arguments.ts';
import { INSIDE, type Mount, type SecretPlace } from './sandbox-places.ts';
import type { RunUser, SandboxPlan, SandboxTools } from './sandbox-plan.ts';
import { withoutSteering } from './under-conditions.ts';
import { makeTraceScratch } from './trace-place.ts';
import { existingWorkspace, newWorkspace, runUser } from './run-workspace.ts';
import { guardWorkspace, type WorkspaceGuard } from './workspace-guard.ts';

/** What somebody wants to run. */
export interface RunRequest {
  readonly permissions: Permissions;
  /** The files of the skill, as they were judged. */
  readonly files: readonly SkillFile[];
  readonly command: readonly string[];
  /** Full path; a new one is made where none is named. */
  readonly workspace: string | undefined;
  readonly environment: ReadonlyMap<string, string>;
  readonly secrets: GivenSecrets;
  readonly isTraced: boolean;
  /** What an observation adds. */
  readonly probe?: RunProbe | undefined;
}

/** A file that is put inside to see who reads it. */
export interface PlantedFile {
  /** A full path inside, where nothing of the run is. */
  readonly path: string;
  readonly text: string;
}

export interface RunProbe {
  readonly planted: readonly PlantedFile[];
  readonly sent: SentData;
}

/** A run that can begin. */
export interface PreparedRun {
  readonly plan: SandboxPlan;
  /** Where the skill works, outside. */
  readonly workspace: string;
  /** The values of its secrets: what nobody may be told. */
  readonly secrets: readonly string[];
}

/** What remains of a run. */
export interface LeftOver {
  /** Outside; `undefined` for one that was made for this run and is empty. */
  readonly workspace: string | undefined;
  /** Where it lies what was made in the workspace and steers agents. */
  readonly aside: string | undefined;
}

export const PREFIX = 'gitkel-run';

/** Small files that programs look for, which say nothing of this machine. */
const ETC: readonly (readonly [name: string, text: string])[] = [
  ['passwd', `agent:x:65534:65534:agent:${INSIDE.home}:/bin/sh\n`],
  ['group', 'agent:x:65534:\n'],
  ['hosts', '127.0.0.1 localhost\n::1 localhost\n'],
  ['nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files\n'],
];

function writeEtc(directory: string): readonly Mount[] {
  mkdirSync(directory);
  return ETC.map(([name, text]) => {
    writeFileSync(join(directory, name), text, { mode: 0o644 });
    return { outside: join(directory, name), inside: `/etc/${name}` };
  });
}

export function writeSkill(directory: string, files: readonly SkillFile[]): void {
  mkdirSync(directory);
  for (const { path, bytes, executable } of files) {
    const full = join(directory, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, bytes, { flag: 'wx' });
    chmodSync(full, executable ? 0o555 : 0o444);
  }
}

/** Gives all of a directory to another user. Nothing in it is anybody else's: this process made it. */
export function giveTo(path: string, { uid, gid }: RunUser): void {
  if (lstatSync(path).isDirectory())
    for (const name of readdirSync(path)) giveTo(join(path, name), { uid, gid });
  chownSync(path, uid, gid);
}

/** What is given to the user of a run lies in a directory that stays with this one, who finds it again if it is left. */
export function ownDirectory({ path }: Scratch, user: RunUser | undefined): string {
  if (user !== undefined) chmodSync(path, 0o711);
  const own = join(path, 'own');
  mkdirSync(own, { mode: 0o700 });
  return own;
}

function writtenBelow({ write }: Permissions): readonly string[] {
  return write.flatMap(({ path }) => {
    const [root, ...rest] = path.split('/');
    if (root !== '${workspace}') return [];
    return [rest.filter((part) => part !== '**').join('/')];
  });
}

/**
 * What a run may write on a disk, as it is before.
 * @throws GitkelError `refused`, reason `unmeasured`, where that cannot be told: then no limit could be kept.
 */
function measuredOf(
  { write, instructions }: Permissions,
  mounts: ReadonlyMap<string, readonly Mount[]>,
): SandboxPlan['measured'] {
  const written = [...write, ...instructions].flatMap(({ path }) => mounts.get(path) ?? []);
  const all = [...new Set(written.map(({ outside }) => outside))];
  const isOuter = (path: string): boolean =>
    !all.some((other) => other !== path && path.startsWith(`${other}/`));
  const paths = all.filter(isOuter);
  const before = diskUseOf(paths, Number.MAX_VALUE);
  if (Number.isFinite(before)) return { paths, before };
  throw new GitkelError(
    'refused',
    `Cannot measure what the skill may write: there are more than ${LIMITS.workspaceEntries} entries, or a directory cannot be read`,
    { reason: 'unmeasured', hint: 'Name a smaller workspace, or let its directories be read.' },
  );
}

interface Made {
  readonly tools: SandboxTools;
  /** The directory of this run. */
  readonly own: string;
  /** Where the trace is written. */
  readonly traceDirectory: string;
  readonly user: RunUser | undefined;
  readonly workspace: string;
  readonly guard: WorkspaceGuard;
}

/** Files of a probe, as secrets that nobody declared. */
function plant(directory: string, files: readonly PlantedFile[]): readonly SecretPlace[] {
  return files.map(({ path, text }, index) => {
    const outside = join(directory, `planted-${index}`);
    writeFileSync(outside, text, { mode: 0o600, flag: 'wx' });
    const mount = { outside, inside: path };
    return { source: { file: path }, given: text, mount, isExposed: true };
  });
}

/** The plan, and what the proxy is to put in the place of what. */
function planOf(
  host: Pick<Host, 'random'>,
  request: RunRequest,
  { tools, own, traceDirectory, user, workspace, guard }: Made,
): { readonly plan: SandboxPlan; readonly terms: ReturnType<typeof runSecrets> } {
  const { permissions, environment, command } = request;
  const roots: PathRoots = { workspace, home: homedir(), user };
  writeSkill(join(own, 'skill'), request.files);
  const { mounts, links } = systemMounts();
  const etc = writeEtc(join(own, 'etc'));
  const place = { directory: own, random: host.random };
  const terms = runSecrets(permissions, request.secrets, environment, roots, place);
  const programs = programNames(permissions).flatMap((name) => {
    const found = findProgram(name);
    return found === undefined ? [] : [[name, found] as const];
  });
  const paths = findPaths(permissions, roots);
  const plan: SandboxPlan = {
    permissions,
    limits: runLimits(permissions),
    command,
    tools,
    user,
    measured: measuredOf(permissions, paths),
    traceFile: join(traceDirectory, 'trace'),
    places: {
      skill: join(own, 'skill'),
      system: [...mounts, ...etc],
      links,
      programs: new Map(programs),
      paths,
      guarded: [...guard.mounts, ...coveredSockets([...paths.values()].flat())],
      secrets: [...terms.places, ...plant(own, request.probe?.planted ?? [])],
      environment,
      prlimit: tools.prlimit,
      bridge: {
        node: realpathSync(process.execPath),
        socket: join(own, 'proxy.sock'),
      },
    },
  };
  return { plan, terms };
}

function leftOver(
  request: RunRequest,
  { workspace, guard }: Made,
  event: (event: MovedAsideEvent) => void,
): LeftOver {
  const { aside, moved } = guard.release();
  for (const path of moved)
    event({ kind: 'file', source: 'workspace', access: 'write', path, error: 'moved-aside' });
  if (request.workspace !== undefined || readdirSync(workspace).length > 0)
    return { workspace, aside };
  rmdirSync(workspace);
  return { workspace: undefined, aside };
}

/**
 * Makes a run ready, gives it to `use`, and takes away what it needed, whatever happens. What a killed process leaves, the
 * next run removes.
 * @param event what the proxy sees, and what was moved aside in the end
 * @throws GitkelError `environment`, reason `sandbox-missing`; `refused`; `not-found`; `usage`.
 */
export async function withPreparedRun<T>(
  host: Pick<Host, 'fs' | 'processes' | 'random'>,
  asked: RunRequest,
  event: (event: NetEvent | MovedAsideEvent) => void,
  use: (run: PreparedRun) => Promise<T>,
): Promise<{ readonly result: T; readonly left: LeftOver }> {
  const permissions = withoutSteering(asked.permissions);
  const request = { ...asked, permissions };
  const tools = findTools(request.isTraced);
  const written = writtenBelow(permissions);
  const named = request.workspace === undefined ? undefined : existingWorkspace(request.workspace);
  const user = runUser(named, written.length > 0);
  const scratch = makeScratch(realpathSync(tmpdir()), PREFIX);
  const own = ownDirectory(scratch, user);
  const forTrace = tools.strace === undefined ? undefined : makeTraceScratch(PREFIX);
  let [made, proxy, left]: [Made | undefined, Proxy | undefined, LeftOver | undefined] = [
    undefined,
    undefined,
    undefined,
  ];
  let result: T;
  try {
    const workspace = named ?? newWorkspace(user);
    const { instructions } = permissions;
    const guard = guardWorkspace(host, { root: workspace, written, instructions });
    const traceDirectory = forTrace === undefined ? own : ownDirectory(forTrace, user);
    made = { tools, own, traceDirectory, user, workspace, guard };
    const { plan, terms } = planOf(host, request, made);
    const { connect } = permissions;
    if (connect.length > 0) {
      const socket = join(own, 'proxy.sock');
      proxy = await startProxy(socket, {
        connect,
        secrets: terms.forProxy,
        event,
        sent: request.probe?.sent,
      });
    }
    if (user !== undefined) {
      giveTo(own, user);
      giveTo(made.traceDirectory, user);
    }
    const secrets = [
      ...terms.forProxy.map(({ value }) => value),
      ...terms.places.flatMap(({ given, isExposed }) => (isExposed ? [given] : [])),
    ];
    result = await use({ plan, workspace, secrets });
  } finally {
    await proxy?.close();
    try {
      left = made === undefined ? undefined : leftOver(request, made, event);
    } finally {
      scratch.remove();
      forTrace?.remove();
    }
  }
  return { result, left: left ?? { workspace: undefined, aside: undefined } };
}
