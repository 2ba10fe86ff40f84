/**
 * From a permission manifest to the arguments of `bwrap` (bubblewrap 0.8). Whatever is not listed here is not there inside.
 * @module
 */
import { envIncludes } from '../skills/permission-conflicts.ts';
import type { PathRule, Permissions } from '../skills/permissions.ts';
import { BRIDGE } from './bridge-text.ts';
import type { RunLimits } from './run-limits.ts';
import { INSIDE, type Mount, PROXY_PORT, type SandboxPlaces } from './sandbox-places.ts';

const MEGABYTE = 1_048_576;
/** The user inside; outside it is whoever starts the sandbox, and never root. */
const NOBODY = '65534';
/** Threads that the bridge needs beside what the skill may have. */
const BRIDGE_THREADS = 32;
const OPEN_FILES = 1_024;

/** Names of programs that a manifest's `exec` allows: those it lists, and for `shell` the shells of every system. */
export function programNames({ run, shell }: Permissions): readonly string[] {
  return [...new Set([...run.map(({ bin }) => bin), ...(shell ? ['sh', 'bash'] : [])])].toSorted();
}

function isNamed({ env }: Permissions, name: string): boolean {
  return env.some((rule) => envIncludes(rule, name));
}

/** The whole environment inside, sorted by name: what every program needs, what is declared, and the way to the proxy. */
export function sandboxEnvironment(
  permissions: Permissions,
  { environment, secrets }: Pick<SandboxPlaces, 'environment' | 'secrets'>,
): ReadonlyMap<string, string> {
  const proxy = `http://127.0.0.1:${PROXY_PORT}`;
  const proxies = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'];
  const all: readonly (readonly [string, string])[] = [
    ...Array.from(environment).filter(([name]) => isNamed(permissions, name)),
    ...secrets.flatMap(({ source, given }) =>
      'env' in source ? [[source.env, given] as const] : [],
    ),
    // These come last: no manifest replaces them.
    ['HOME', INSIDE.home],
    ['LANG', 'C.UTF-8'],
    ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['TMPDIR', INSIDE.tmp],
    ...(permissions.connect.length === 0
      ? []
      : [
          ...proxies.map((name) => [name, proxy] as const),
          ['NODE_USE_ENV_PROXY', '1'] as const,
          ['no_proxy', permissions.listen === 'loopback' ? 'localhost,127.0.0.1' : ''] as const,
        ]),
  ];
  return new Map(Array.from(new Map(all)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function depth({ inside }: Mount): number {
  return inside.split('/').length;
}

/** Mounts of some rules: what lies deeper comes later, so that nothing is hidden by what is above it. */
function mountsOf(places: SandboxPlaces, rules: readonly PathRule[]): readonly Mount[] {
  return rules
    .flatMap(({ path }) => places.paths.get(path) ?? [])
    .toSorted((a, b) => depth(a) - depth(b));
}

function bind(option: '--bind' | '--ro-bind', mounts: readonly Mount[]): readonly string[] {
  return mounts.flatMap(({ outside, inside }) => [option, outside, inside]);
}

function tmpfs(inside: string, bytes: number): readonly string[] {
  return ['--size', String(bytes), '--tmpfs', inside];
}

const ISOLATION: readonly string[] = [
  '--unshare-all',
  // Beside it, since without these two it only tries: inside there is no other user, and no new name space.
  '--unshare-user',
  '--disable-userns',
  '--die-with-parent',
  '--new-session',
  '--cap-drop',
  'ALL',
  '--uid',
  NOBODY,
  '--gid',
  NOBODY,
  '--hostname',
  'sandbox',
  '--clearenv',
];

function systemArguments({ system, links }: SandboxPlaces, writeBytes: number): readonly string[] {
  return [
    ...bind('--ro-bind', system),
    ...links.flatMap(({ inside, target }) => ['--symlink', target, inside]),
    '--proc',
    '/proc',
    // bwrap covers only part of what root, as whom it may have been started, could change there for the whole machine.
    '--remount-ro',
    '/proc',
    '--dev',
    '/dev',
    ...tmpfs('/dev/shm', writeBytes),
    '--remount-ro',
    '/dev',
    ...tmpfs(INSIDE.tmp, writeBytes),
    ...tmpfs(INSIDE.home, writeBytes),
    '--dir',
    INSIDE.workspace,
  ];
}

function ownArguments({ prlimit, bridge }: SandboxPlaces, hasNetwork: boolean): readonly string[] {
  const own = [{ outside: prlimit, inside: INSIDE.limits }];
  if (!hasNetwork || bridge === undefined) return bind('--ro-bind', own);
  return bind('--ro-bind', [
    ...own,
    { outside: bridge.node, inside: INSIDE.node },
    { outside: bridge.socket, inside: INSIDE.proxy },
  ]);
}

/**
 * The arguments of `bwrap` for a manifest on this machine, without the command. They are given through a file descriptor
 * (`--args`), since they hold values that others must not see in a list of processes.
 */
export function sandboxArguments(
  permissions: Permissions,
  places: SandboxPlaces,
  limits: RunLimits,
): readonly string[] {
  const programs = programNames(permissions).flatMap((name) => places.programs.get(name) ?? []);
  const environment = sandboxEnvironment(permissions, places);
  return [
    ...ISOLATION,
    ...Array.from(environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ...systemArguments(places, limits.writeMB * MEGABYTE),
    ...bind('--ro-bind', programs),
    ...ownArguments(places, permissions.connect.length > 0),
    ...bind('--ro-bind', [{ outside: places.skill, inside: INSIDE.skill }]),
    ...bind('--ro-bind', mountsOf(places, permissions.read)),
    ...bind('--bind', mountsOf(places, permissions.write)),
    // Over what may be written, and under what the manifest asks for by name.
    ...bind('--ro-bind', places.guarded),
    ...bind('--bind', mountsOf(places, permissions.instructions)),
    ...bind(
      '--ro-bind',
      places.secrets.flatMap(({ mount }) => mount ?? []),
    ),
    '--remount-ro',
    '/',
    '--chdir',
    INSIDE.skill,
  ];
}

/** The command as it is started inside: under its limits, and behind the bridge where there is a network. */
export function commandInside(
  permissions: Permissions,
  limits: RunLimits,
  command: readonly string[],
): readonly string[] {
  const hasNetwork = permissions.connect.length > 0;
  const threads = limits.processes + (hasNetwork ? BRIDGE_THREADS : 0);
  const counted = [
    // The count is that of the user inside alone (user_namespaces(7)): init, the bridge, the command and its children.
    `--nproc=${threads + 1}`,
    `--fsize=${limits.writeMB * MEGABYTE}`,
    `--nofile=${OPEN_FILES}`,
    '--core=0',
  ];
  const limited = [INSIDE.limits, `--data=${limits.memoryMB * MEGABYTE}`];
  if (!hasNetwork) return [...limited, ...counted, '--', ...command];
  // The bridge belongs to the same user: whatever the command could make it do has the same limits.
  return [
    INSIDE.limits,
    ...counted,
    '--',
    INSIDE.node,
    '-e',
    BRIDGE,
    '--',
    INSIDE.proxy,
    String(PROXY_PORT),
    ...limited,
    '--',
    ...command,
  ];
}
