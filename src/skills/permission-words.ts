/**
 * A manifest as a person reads it before agreeing: made from the manifest alone, never from what the skill says of itself.
 * @module
 */
import { type Axis, type Grant, grantsOf, grantText } from './grants.ts';
import type { PermissionDiff } from './permission-diff.ts';
import { LIMIT_NAMES, type Permissions } from './permissions.ts';
import { riskOf } from './risk-tier.ts';

const HEADINGS: Readonly<Record<Axis, string>> = {
  'fs.read': 'reads files',
  'fs.write': 'writes files',
  'net.connect': 'connects to',
  'net.listen': 'listens for connections from this machine',
  'env.read': 'reads environment variables',
  secrets: 'sends secrets',
  'exec.run': 'runs programs',
  'exec.shell': 'runs any command line in a shell',
  'tools.use': "uses the agent's tools",
  'mcp.servers': 'uses MCP servers',
  'agent.instructions': 'changes files that steer agents',
  'agent.hooks': 'runs hooks: commands that no model decides on',
  'agent.expansions': 'runs commands when its text is loaded',
  'agent.subagents': 'starts other agents',
  'agent.schedule': 'runs by itself at later times',
};

const LIMIT_WORDS = {
  wallSeconds: 'seconds at most',
  memoryMB: 'MB of memory at most',
  processes: 'processes at most',
  writeMB: 'MB written at most',
} as const;

function grantLine(grant: Grant): string {
  const { why, optional } = grant;
  return `    ${grantText(grant)}${optional ? ' (optional)' : ''}${why === undefined ? '' : `: ${why}`}`;
}

/** Grants by axis, in the order of the headings; flags have a heading and nothing below. */
function groupLines(grants: readonly Grant[]): readonly string[] {
  return Object.entries(HEADINGS).flatMap(([axis, heading]) => {
    const group = grants.filter(({ subject }) => subject.axis === axis);
    if (group.length === 0) return [];
    return [`  ${heading}`, ...group.filter((grant) => grantText(grant) !== '').map(grantLine)];
  });
}

/** The lines that a person reads: the tier and its reasons, then everything that is granted. */
export function permissionLines(permissions: Permissions): readonly string[] {
  const { tier, because } = riskOf(permissions);
  const grants = grantsOf(permissions);
  const limits = LIMIT_NAMES.flatMap((name) => {
    const limit = permissions.limits[name];
    return limit === undefined ? [] : [`    ${limit} ${LIMIT_WORDS[name]}`];
  });
  return [
    `risk ${tier}: ${because.join('; ')}`,
    ...(grants.length === 0 ? ['  no permissions'] : groupLines(grants)),
    ...(limits.length === 0 ? [] : ['  within', ...limits]),
    ...(permissions.systems.length === 0 ? [] : [`  on ${permissions.systems.join(', ')}`]),
    '  everything else is not asked for',
  ];
}

/** The lines of a comparison, what is new first. */
export function diffLines({ changes, asksAgain }: PermissionDiff): readonly string[] {
  if (changes.length === 0) {
    return [
      asksAgain ? 'cannot be compared with what was agreed to: ask again' : 'the same permissions',
    ];
  }
  const lines = changes.map(({ kind, axis, text, why, optional }) => {
    const what = text === '' ? axis : `${axis} ${text}`;
    return `${kind === 'widened' ? '+' : '-'} ${what}${optional ? ' (optional)' : ''}${why === undefined ? '' : `: ${why}`}`;
  });
  return [...lines, asksAgain ? 'wider: ask again' : 'narrower: nobody has to be asked'];
}
