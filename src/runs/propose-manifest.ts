/**
 * The smallest manifest that would have been enough for what a run did and tried.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { readPermissions } from '../skills/parse-permissions.ts';
import { connectIncludes, isShell } from '../skills/permission-conflicts.ts';
import { hostIncludes, parsePermissionHost } from '../skills/permission-host.ts';
import { parsePermissionPath, pathIncludes, steersAgents } from '../skills/permission-path.ts';
import type { HostRule, PathRule, Permissions, RunRule } from '../skills/permissions.ts';
import { permissionsJson } from '../skills/permissions-json.ts';
import { isPrivate, manifestPath, placeOf, programName, runsLater } from './inside-path.ts';
import type { JudgedUse } from './observation.ts';
import type { ObservedUse } from './observed-uses.ts';
import { isRead } from './trace-event.ts';

/** Something that was done or tried, and that nobody should be asked to allow without a thought. */
export interface NotProposed {
  readonly what: string;
  readonly why:
    | 'private'
    | 'steers-agents'
    | 'own-files'
    | 'outside-workspace'
    | 'no-system-program'
    | 'past-proxy'
    | 'cannot-be-declared';
}

export interface Proposal {
  /** A permission manifest; `undefined` where none can be written. */
  readonly manifest: Json | undefined;
  readonly leftOut: readonly NotProposed[];
}

type FileUsed = Extract<ObservedUse, { kind: 'file' }>;

/** Files of one directory after which the directory itself is named. */
const MANY_FILES = 4;
const SEEN = 'seen in an observed run';

interface Draft {
  readonly paths: readonly string[];
  readonly leftOut: readonly NotProposed[];
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

function below(directory: string): string {
  return `${directory}/**`;
}

/** The rule that one use of a file needs. What changes the names in a directory needs the directory. */
function neededPath({ use, path, error }: FileUsed): string {
  const named = manifestPath(path);
  switch (use) {
    case 'remove':
    case 'rename':
    case 'link':
      return below(parentOf(named));
    case 'make-directory':
      return below(error === 'EEXIST' ? named : parentOf(named));
    case 'list':
      return below(named);
    case 'read':
    case 'target':
    case 'write':
    case 'create':
    case 'mode':
      return named.includes('/') ? named : below(named);
  }
}

/** Many files of one directory become all of it, and what lies in another one of them is left away. */
function gathered(paths: readonly string[]): readonly string[] {
  const perDirectory = new Map<string, number>();
  for (const path of new Set(paths))
    perDirectory.set(parentOf(path), (perDirectory.get(parentOf(path)) ?? 0) + 1);
  const wide = paths.map((path) => {
    const directory = parentOf(path);
    const isMany = (perDirectory.get(directory) ?? 0) >= MANY_FILES;
    return isMany && directory !== '' && directory !== '${home}' ? `${directory}/**` : path;
  });
  const all = [...new Set(wide)];
  return all
    .filter((path) => !all.some((other) => other !== path && pathIncludes(other, path)))
    .toSorted();
}

function whyNot({ path, use }: FileUsed, needed: string): NotProposed['why'] | undefined {
  const place = placeOf(path);
  if (isPrivate(path) || (!isRead(use) && runsLater(path))) return 'private';
  if (!isRead(use)) {
    if (steersAgents(manifestPath(path))) return 'steers-agents';
    if (place === 'skill') return 'own-files';
    if (place !== 'workspace') return 'outside-workspace';
  }
  return parsePermissionPath(needed, isRead(use) ? 'read' : 'write').ok
    ? undefined
    : 'cannot-be-declared';
}

function filePaths(
  uses: readonly JudgedUse[],
  reading: boolean,
  declared: readonly PathRule[],
): Draft {
  const paths: string[] = [];
  const leftOut: NotProposed[] = [];
  for (const { use, verdict } of uses) {
    if (use.kind !== 'file' || isRead(use.use) !== reading) continue;
    // Its own files are there in any case.
    if (reading && placeOf(use.path) === 'skill') continue;
    const named = manifestPath(use.path);
    const needed = neededPath(use);
    const why = whyNot(use, needed);
    if (why === undefined) paths.push(needed);
    else if (verdict.is === 'violation') leftOut.push({ what: named, why });
    else {
      // It is declared as it is: that is kept, for what it was used for.
      const rule = declared.find(({ path }) => pathIncludes(path, named));
      if (rule !== undefined) paths.push(rule.path);
    }
  }
  return { paths: gathered(paths), leftOut };
}

/** Keeps what was said of a path, where the same one was declared. */
function pathRules(paths: readonly string[], declared: readonly PathRule[]): readonly PathRule[] {
  return paths.map(
    (path) =>
      declared.find((rule) => rule.path === path) ?? { path, why: undefined, optional: false },
  );
}

function hostRules(
  { connect, secrets }: Permissions,
  uses: readonly JudgedUse[],
): { readonly rules: readonly HostRule[]; readonly leftOut: readonly NotProposed[] } {
  const ports = new Map<string, Set<number>>();
  const leftOut: NotProposed[] = [];
  for (const { use, verdict } of uses) {
    if (use.kind === 'net' && verdict.is === 'violation' && verdict.axis === 'net.connect')
      leftOut.push({ what: verdict.what, why: 'past-proxy' });
    if (use.kind === 'lookup' && verdict.is === 'violation')
      leftOut.push({ what: use.host, why: 'past-proxy' });
    if (use.kind !== 'asked') continue;
    const isHost = parsePermissionHost(use.host, true).ok;
    if (!isHost || use.refused === 'private-address' || use.port === 0)
      leftOut.push({ what: `${use.host}:${use.port}`, why: 'cannot-be-declared' });
    else ports.set(use.host, (ports.get(use.host) ?? new Set()).add(use.port));
  }
  const asked = Array.from(ports, ([host, some]): HostRule => {
    const same = connect.find((rule) => rule.host === host);
    return {
      host,
      ports: [...some].toSorted((a, b) => a - b),
      why: same?.why ?? SEEN,
      optional: same?.optional ?? false,
    };
  });
  // Where secrets may go is not seen in TLS: it stays as it is declared.
  const forSecrets = connect.filter((rule) =>
    secrets.some(({ hosts }) => hosts.some((host) => hostIncludes(rule.host, host))),
  );
  const others = asked.filter((rule) => !forSecrets.some((kept) => connectIncludes(kept, rule)));
  const kept = forSecrets.filter((rule) => !others.some((other) => connectIncludes(other, rule)));
  return { rules: [...kept, ...others].toSorted((a, b) => (a.host < b.host ? -1 : 1)), leftOut };
}

function programRules(
  { run }: Permissions,
  uses: readonly JudgedUse[],
): {
  readonly rules: readonly RunRule[];
  readonly shell: boolean;
  readonly leftOut: readonly NotProposed[];
} {
  const names = new Map<string, boolean>();
  const leftOut: NotProposed[] = [];
  for (const { use, verdict } of uses) {
    if (use.kind !== 'exec') continue;
    const name = programName(use.program);
    if (name === undefined)
      leftOut.push({ what: manifestPath(use.program), why: 'no-system-program' });
    else names.set(name, (names.get(name) ?? true) && verdict.is === 'allowed');
  }
  const rules = Array.from(names, ([bin, isAllowed]): readonly RunRule[] => {
    const declared = run.filter((rule) => rule.bin === bin);
    if (isAllowed && declared.length > 0) return declared;
    return ['sh', 'bash'].includes(bin) ? [] : [{ bin, args: [], why: undefined }];
  }).flat();
  return {
    rules: rules.toSorted((a, b) => (a.bin < b.bin ? -1 : 1)),
    shell: Array.from(names.keys()).some(isShell),
    leftOut,
  };
}

/** Proposes a manifest. What a run does not show, as variables and tools, stays as it is declared. */
export function proposeManifest(
  declared: Permissions,
  uses: readonly JudgedUse[],
  isTraced: boolean,
): Proposal {
  const written = filePaths(uses, false, [...declared.write, ...declared.instructions]);
  const isWritten = (path: string): boolean =>
    written.paths.some((other) => pathIncludes(other, path));
  const isSteering = (path: string): boolean =>
    declared.instructions.some((rule) => rule.path === path);
  const read = filePaths(uses, true, declared.read);
  const isSecret = (path: string): boolean =>
    declared.secrets.some(({ source }) => 'file' in source && pathIncludes(path, source.file));
  const hosts = hostRules(declared, uses);
  const programs = programRules(declared, uses);
  const isBound = uses.some(
    ({ use }) => use.kind === 'net' && use.use === 'bind' && use.port !== 0,
  );
  const proposed: Permissions = {
    ...declared,
    connect: hosts.rules,
    ...(isTraced
      ? {
          read: pathRules(
            read.paths.filter((path) => !isWritten(path) && !isSecret(path)),
            declared.read,
          ),
          write: pathRules(
            written.paths.filter((path) => !isSteering(path)),
            declared.write,
          ),
          instructions: declared.instructions.filter(({ path }) => isWritten(path)),
          run: programs.rules,
          shell: programs.shell,
          listen: isBound ? 'loopback' : 'none',
        }
      : {}),
  };
  const manifest = permissionsJson(proposed);
  const leftOut = new Map(
    [...read.leftOut, ...written.leftOut, ...hosts.leftOut, ...programs.leftOut].map((one) => [
      JSON.stringify(one),
      one,
    ]),
  );
  const isValid = readPermissions(manifest).outcome === 'valid';
  return { manifest: isValid ? manifest : undefined, leftOut: [...leftOut.values()] };
}
