/**
 * What a skill visibly uses against what its permission manifest declares.
 * @module
 */
import type { FileContent } from '../records/skill-manifest.ts';
import { undeclaredUses } from '../skills/first-permissions.ts';
import { PERMISSIONS_FILE, type Permissions } from '../skills/permissions.ts';
import { SKILL_MD } from '../skills/skill-files.ts';
import { findPermissions } from '../skills/skill-report.ts';
import { type VisibleUses, visibleUses } from '../skills/visible-uses.ts';
import type { Finding } from './finding.ts';
import { findingAt, type FindingMaking } from './make-finding.ts';
import type { RuleId } from './rules.ts';
import type { ScanSeverity } from './severity.ts';

/** Something that is declared or used, and the file that it is about. */
interface Capability {
  readonly path: string;
  readonly detail: string;
}

/** The file in which a use was seen; else the one that asks for it. */
function seenIn(uses: VisibleUses, axis: string, text: string): string {
  const name = text.replace(/ to .*$/, '').replace(/:443$/, '');
  const found = uses.hosts.get(name) ?? uses.programs.get(name) ?? uses.env.get(name);
  if (found !== undefined) return found;
  if (axis === 'fs.write' && uses.writes !== undefined) return uses.writes;
  return uses.mcpServers.get(name) ?? SKILL_MD;
}

/** CAP-01: what is used and not declared. */
function undeclared(permissions: Permissions, uses: VisibleUses): readonly Capability[] {
  const found = undeclaredUses(permissions, uses).map(({ axis, text }) => ({
    path: seenIn(uses, axis, text),
    detail: text === '' ? `it uses ${axis}` : `it uses ${axis} ${text}`,
  }));
  const hasNetwork = permissions.connect.length > 0;
  if (
    uses.network === undefined ||
    hasNetwork ||
    found.some(({ detail }) => detail.includes('net.connect'))
  )
    return found;
  return [
    ...found,
    { path: uses.network, detail: 'it reaches other machines, and declares no host' },
  ];
}

function inManifest(detail: string): Capability {
  return { path: PERMISSIONS_FILE, detail };
}

/** Directories below which everything is the skill's own, or was given to it for the task. */
const OWN = /^\$\{(?:skill|workspace|tmp)\}/;

/** CAP-02: rules that allow what nobody has thought of. */
function wildcards({
  read,
  write,
  connect,
  env,
  tools,
  instructions,
}: Permissions): readonly Capability[] {
  const paths = [...read, ...write, ...instructions].map(({ path }) => path);
  return [
    ...connect
      .filter(({ host }) => host.startsWith('*.'))
      .map(({ host }) => `every host below ${host.slice(2)}`),
    ...env.filter((name) => name.endsWith('*')).map((name) => `every variable ${name}`),
    ...paths
      .filter((path) => path.endsWith('/**') && !OWN.test(path))
      .map((path) => `everything below ${path.slice(0, -3)}`),
    ...tools
      .filter((tool) => /^Bash(?:\(\*(?::\*)?\))?$/.test(tool))
      .map((tool) => `the tool ${tool} with anything`),
  ].map((what) => inManifest(`it allows ${what}`));
}

function isUsedHost(host: string, port: number, uses: VisibleUses): boolean {
  return Array.from(uses.hosts.keys()).some((seen) => {
    const [, name = '', at = '443'] = /^(.*?)(?::([0-9]+))?$/.exec(seen) ?? [];
    const isName = host.startsWith('*.') ? name.endsWith(host.slice(1)) : name === host;
    return isName && Number(at) === port;
  });
}

/** CAP-04: what is declared and not seen to be used. */
function unused(permissions: Permissions, uses: VisibleUses): readonly Capability[] {
  const { connect, env, secrets, run, mcpServers } = permissions;
  const hosts = connect.filter(
    ({ host, ports }) => !ports.some((port) => isUsedHost(host, port, uses)),
  );
  const isSeen = (name: string): boolean =>
    name.endsWith('*')
      ? Array.from(uses.env.keys()).some((seen) => seen.startsWith(name.slice(0, -1)))
      : uses.env.has(name);
  const names = secrets.flatMap(({ source }) => ('env' in source ? [source.env] : []));
  return [
    ...hosts.map(({ host }) => `the host ${host}`),
    ...[...env, ...names].filter((name) => !isSeen(name)).map((name) => `the variable ${name}`),
    ...run.filter(({ bin }) => !uses.programs.has(bin)).map(({ bin }) => `the program ${bin}`),
    ...mcpServers
      .filter((name) => !uses.mcpServers.has(name))
      .map((name) => `the MCP server ${name}`),
    ...(permissions.shell && !uses.shell ? ['a shell'] : []),
    ...(permissions.write.length > 0 && uses.writes === undefined ? ['writing files'] : []),
  ].map((what) => inManifest(`it declares ${what}, and is not seen to use it`));
}

/** CAP-03: what is used where nothing is declared. */
function withoutManifest(uses: VisibleUses): readonly Capability[] {
  const used = [
    ...Array.from(uses.programs.keys(), (name) => `the program ${name}`),
    ...Array.from(uses.hosts.keys(), (name) => `the host ${name}`),
    ...Array.from(uses.env.keys(), (name) => `the variable ${name}`),
    ...Array.from(uses.mcpServers.keys(), (name) => `the MCP server ${name}`),
    ...(uses.writes === undefined ? [] : ['writing files']),
    ...(uses.hooks ? ['hooks'] : []),
    ...(uses.expansions ? ['expansions'] : []),
  ];
  const [first] = used;
  if (first === undefined) return [];
  const more = used.length === 1 ? '' : `, and ${used.length - 1} more`;
  return [{ path: SKILL_MD, detail: `it uses ${first}${more}` }];
}

/** CAP-01 to CAP-04 of a skill. */
export function capabilityFindings(
  making: FindingMaking,
  files: readonly FileContent[],
): readonly Finding[] {
  const uses = visibleUses(files);
  const told = (
    rule: RuleId,
    list: readonly Capability[],
    severity?: ScanSeverity,
  ): readonly Finding[] =>
    list.map(({ path, detail }) =>
      findingAt(making, path, { rule, detail, ...(severity === undefined ? {} : { severity }) }),
    );
  const found = findPermissions(files);
  switch (found.outcome) {
    case 'undeclared':
      return told('CAP-03', withoutManifest(uses));
    case 'invalid':
      return told(
        'CAP-03',
        found.findings.slice(0, 1).map(({ detail }) => inManifest(`it cannot be read: ${detail}`)),
        'high',
      );
    case 'declared':
      return [
        ...told('CAP-01', undeclared(found.permissions, uses)),
        ...told('CAP-02', wildcards(found.permissions)),
        ...told('CAP-04', unused(found.permissions, uses)),
      ];
  }
}
