/**
 * A manifest as a list of single grants, each of which can be shown in one line and compared with those of another one.
 * @module
 */
import { envIncludes, runIncludes } from './permission-conflicts.ts';
import { hostIncludes } from './permission-host.ts';
import { pathIncludes } from './permission-path.ts';
import { AGENT_FLAGS, type AgentFlag, type Permissions, type RunRule } from './permissions.ts';

type PathAxis = 'fs.read' | 'fs.write' | 'agent.instructions';
type NameAxis = 'tools.use' | 'mcp.servers';
type FlagAxis = 'net.listen' | 'exec.shell' | `agent.${AgentFlag}`;

/** What a grant is about, in the manifest's own words. */
export type Axis =
  | PathAxis
  | NameAxis
  | FlagAxis
  | 'net.connect'
  | 'env.read'
  | 'secrets'
  | 'exec.run';

/** What is granted. */
type Subject =
  | { readonly axis: PathAxis; readonly path: string }
  | { readonly axis: 'net.connect'; readonly host: string; readonly port: number }
  | { readonly axis: 'env.read'; readonly name: string }
  | { readonly axis: 'secrets'; readonly source: string; readonly host: string }
  | { readonly axis: 'exec.run'; readonly run: RunRule }
  | { readonly axis: NameAxis; readonly name: string }
  | { readonly axis: FlagAxis };

/** One thing that a skill may do. */
export interface Grant {
  readonly subject: Subject;
  readonly why: string | undefined;
  /** Whether the skill works when this is denied. */
  readonly optional: boolean;
}

function plain(subject: Subject, why?: string): Grant {
  return { subject, why, optional: false };
}

function flags({ listen, shell, agent }: Permissions): readonly Grant[] {
  return [
    ...(listen === 'loopback' ? [plain({ axis: 'net.listen' })] : []),
    ...(shell ? [plain({ axis: 'exec.shell' })] : []),
    ...AGENT_FLAGS.filter((flag) => agent[flag]).map((flag) => plain({ axis: `agent.${flag}` })),
  ];
}

/** Everything that a manifest grants, axis by axis. */
export function grantsOf(permissions: Permissions): readonly Grant[] {
  const { read, write, instructions, connect, env, secrets, run, tools, mcpServers } = permissions;
  const paths = (axis: PathAxis, rules: typeof read): readonly Grant[] =>
    rules.map(({ path, why, optional }) => ({ subject: { axis, path }, why, optional }));
  return [
    ...paths('fs.read', read),
    ...paths('fs.write', write),
    ...connect.flatMap(({ host, ports, why, optional }) =>
      ports.map((port) => ({
        subject: { axis: 'net.connect' as const, host, port },
        why,
        optional,
      })),
    ),
    ...env.map((name) => plain({ axis: 'env.read', name })),
    ...secrets.flatMap(({ source, hosts, why }) => {
      const shown = 'env' in source ? source.env : source.file;
      return hosts.map((host) => plain({ axis: 'secrets', source: shown, host }, why));
    }),
    ...run.map((rule) => plain({ axis: 'exec.run', run: rule }, rule.why)),
    ...tools.map((name) => plain({ axis: 'tools.use', name })),
    ...mcpServers.map((name) => plain({ axis: 'mcp.servers', name })),
    ...paths('agent.instructions', instructions),
    ...flags(permissions),
  ];
}

/** Whether one tool is another one, or that one with a pattern: `Bash` includes `Bash(git *)`. */
function toolIncludes(name: string, other: string): boolean {
  return name === other || other.startsWith(`${name}(`);
}

/** Whether `a` grants everything that `b` does. */
export function includes({ subject: a }: Grant, { subject: b }: Grant): boolean {
  if ('path' in a && 'path' in b) return a.axis === b.axis && pathIncludes(a.path, b.path);
  if (a.axis === 'net.connect' && b.axis === 'net.connect')
    return a.port === b.port && hostIncludes(a.host, b.host);
  if (a.axis === 'secrets' && b.axis === 'secrets')
    return a.source === b.source && hostIncludes(a.host, b.host);
  if (a.axis === 'exec.run' && b.axis === 'exec.run') return runIncludes(a.run, b.run);
  if (a.axis === 'env.read' && b.axis === 'env.read') return envIncludes(a.name, b.name);
  if ('name' in a && 'name' in b) return a.axis === b.axis && toolIncludes(a.name, b.name);
  return a.axis === b.axis;
}

/** An argument as it is told from its neighbours. */
function argumentText(argument: string): string {
  return /^[\w./:=@%+,-]+$/.test(argument) ? argument : JSON.stringify(argument);
}

/** What a grant grants, as the manifest spells it; empty for a flag. */
export function grantText({ subject }: Grant): string {
  switch (subject.axis) {
    case 'fs.read':
    case 'fs.write':
    case 'agent.instructions':
      return subject.path;
    case 'net.connect':
      return `${subject.host}:${subject.port}`;
    case 'secrets':
      return `${subject.source} to ${subject.host}`;
    case 'exec.run':
      return [subject.run.bin, ...subject.run.args.map(argumentText)].join(' ');
    case 'env.read':
    case 'tools.use':
    case 'mcp.servers':
      return subject.name;
    case 'net.listen':
    case 'exec.shell':
    case 'agent.hooks':
    case 'agent.expansions':
    case 'agent.subagents':
    case 'agent.schedule':
      return '';
  }
}
