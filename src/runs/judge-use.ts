/**
 * One thing that a run did or tried, held against a permission manifest.
 * @module
 */
import { hostIncludes } from '../skills/permission-host.ts';
import { pathIncludes, steersAgents } from '../skills/permission-path.ts';
import type { PathRule, Permissions } from '../skills/permissions.ts';
import { programNames } from '../sandbox/sandbox-arguments.ts';
import { INSIDE, PROXY_PORT } from '../sandbox/sandbox-places.ts';
import { isPrivate, manifestPath, placeOf, programName, runsLater } from './inside-path.ts';
import type { ObservedUse } from './observed-uses.ts';
import { isRead } from './trace-event.ts';

/** An axis of a manifest on which a run can be seen. */
export type ObservedAxis =
  | 'fs.read'
  | 'fs.write'
  | 'net.connect'
  | 'net.listen'
  | 'exec.run'
  | 'agent.instructions';

/**
 * `allowed`: the manifest has it. `ordinary`: nobody has to declare it. Else the axis on which it is not allowed, and what
 * would have to be declared.
 */
export type UseVerdict =
  | { readonly is: 'allowed' | 'ordinary' }
  | { readonly is: 'violation'; readonly axis: ObservedAxis; readonly what: string };

type FileUsed = Extract<ObservedUse, { kind: 'file' }>;

const ORDINARY: UseVerdict = { is: 'ordinary' };
const ALLOWED: UseVerdict = { is: 'allowed' };

function against(axis: ObservedAxis, what: string): UseVerdict {
  return { is: 'violation', axis, what };
}

function isNamed(rules: readonly PathRule[], path: string): boolean {
  return rules.some((rule) => pathIncludes(rule.path, path));
}

/** Whether a path is a directory that leads to what is declared. */
function leadsTo(rules: readonly PathRule[], path: string): boolean {
  return rules.some((rule) => rule.path.startsWith(path === '/' ? '/' : `${path}/`));
}

/** What interpreters keep beside what they read; it cannot be kept there. */
const COMPILED = /^\/skill\/(?:.+\/)?__pycache__(?:\/|$)/;

function judgeWrite(
  { read, write, instructions }: Permissions,
  { use, path, error }: FileUsed,
): UseVerdict {
  const named = manifestPath(path);
  const place = placeOf(path);
  if (use === 'make-directory' && error === 'EEXIST') return ORDINARY;
  if (isNamed(instructions, named)) return ALLOWED;
  if ((place === 'workspace' || place === 'home') && steersAgents(named))
    return against('agent.instructions', named);
  if (isNamed(write, named)) return ALLOWED;
  switch (place) {
    case 'passing':
    case 'device':
    case 'process':
      return ORDINARY;
    case 'home':
      return isPrivate(path) || runsLater(path) ? against('fs.write', named) : ORDINARY;
    case 'skill':
      return COMPILED.test(path) && error !== undefined ? ORDINARY : against('fs.write', named);
    case 'workspace':
    case 'sandbox':
    case 'system':
    case 'elsewhere':
      return use === 'make-directory' && leadsTo([...read, ...write], named)
        ? ORDINARY
        : against('fs.write', named);
  }
}

function judgeRead(
  { read, write, instructions, secrets }: Permissions,
  { use, path }: FileUsed,
): UseVerdict {
  const named = manifestPath(path);
  const rules = [...read, ...write, ...instructions];
  const isSecret = secrets.some(({ source }) => 'file' in source && source.file === named);
  if (isSecret || isNamed(rules, named)) return ALLOWED;
  if (isPrivate(path)) return against('fs.read', named);
  switch (placeOf(path)) {
    case 'workspace':
      return leadsTo(rules, named) ? ORDINARY : against('fs.read', named);
    case 'elsewhere':
      // Whoever looks for a file of its own in every directory above comes there, too.
      // A link there is made for a purpose.
      return leadsTo(rules, named) || (path.lastIndexOf('/') === 0 && use !== 'target')
        ? ORDINARY
        : against('fs.read', named);
    case 'skill':
    case 'passing':
    case 'home':
    case 'system':
    case 'sandbox':
    case 'device':
    case 'process':
      return ORDINARY;
  }
}

/** Starts any file as a program, whatever it is called (ld.so(8)). */
const LOADER = /\/ld(?:-linux[^/]*|-musl[^/]*|64|-[0-9.]+)?\.so(?:\.[0-9.]+)?$/;

function judgeExec(
  permissions: Permissions,
  { program, args }: Extract<ObservedUse, { kind: 'exec' }>,
): UseVerdict {
  // The one for the way to the proxy, which begins before the command does, is Node like any other.
  const name = program === INSIDE.node ? 'node' : programName(program);
  if (LOADER.test(program)) return against('exec.run', program);
  if (name === undefined)
    // Parts of programs of the system are theirs; what was brought along is the skill's own.
    return ['system', 'sandbox', 'skill'].includes(placeOf(program))
      ? ORDINARY
      : against('exec.run', manifestPath(program));
  const rules = permissions.run.filter(({ bin }) => bin === name);
  const begins = rules.some((rule) => rule.args.every((arg, index) => args[index + 1] === arg));
  if (begins) return ALLOWED;
  const isShell = rules.length === 0 && programNames(permissions).includes(name);
  if (isShell) return ALLOWED;
  return against('exec.run', rules.length === 0 ? name : [name, ...args.slice(1, 4)].join(' '));
}

const LOOPBACK = /^(?:127\.|::1$|0\.0\.0\.0$|::$)/;
/** Sockets at which libraries ask without being told to: names of users, logs, the desktop. */
const ASKED_ANYWAY =
  /^\/(?:var\/)?run\/(?:nscd\/|systemd\/|dbus\/|user\/[0-9]+\/bus$|gitkel\/)|^\/dev\/log$|^\/tmp\/\.X11-unix\//;

function judgeNet(
  { listen }: Permissions,
  used: Extract<ObservedUse, { kind: 'net' }>,
  hasBound: boolean,
): UseVerdict {
  const { use, family, address, port } = used;
  if (family === 'other') return against('net.connect', address);
  if (family === 'unix') {
    const isOwn =
      !address.startsWith('/') ||
      ['skill', 'workspace', 'passing', 'home'].includes(placeOf(address));
    return isOwn || ASKED_ANYWAY.test(address) ? ORDINARY : against('net.connect', address);
  }
  if (use === 'bind') {
    if (port === 0) return ORDINARY;
    return listen === 'loopback' ? ALLOWED : against('net.listen', `${address}:${port}`);
  }
  const shown = family === 'inet6' ? `[${address}]:${port}` : `${address}:${port}`;
  if (!LOOPBACK.test(address)) return against('net.connect', shown);
  if (port === PROXY_PORT || listen === 'loopback' || hasBound) return ORDINARY;
  return against('net.connect', shown);
}

/** Refusals that are about the manifest; the others are about the network. */
const NOT_ALLOWED: ReadonlySet<string> = new Set([
  'not-declared',
  'port-not-declared',
  'address-not-declared',
  'private-address',
]);

/** Judges one use. @param hasBound whether the run itself waits for connections somewhere */
export function judgeUse(
  permissions: Permissions,
  use: ObservedUse,
  hasBound: boolean,
): UseVerdict {
  switch (use.kind) {
    case 'file':
      return isRead(use.use) ? judgeRead(permissions, use) : judgeWrite(permissions, use);
    case 'exec':
      return judgeExec(permissions, use);
    case 'net':
      return judgeNet(permissions, use, hasBound);
    case 'lookup':
      return permissions.connect.some((rule) => hostIncludes(rule.host, use.host))
        ? ALLOWED
        : against('net.connect', use.host);
    case 'asked':
      if (use.refused === undefined) return ALLOWED;
      return NOT_ALLOWED.has(use.refused)
        ? against('net.connect', `${use.host}:${use.port}`)
        : ORDINARY;
    case 'blind':
      return ORDINARY;
  }
}
