/**
 * Reads `skill.permissions.json`. Everything that is not understood is refused: a key with a typing error would silently
 * ask for more or for less.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { LIMITS } from '../base/limits.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { checkRulesTogether } from './permission-conflicts.ts';
import { type PermissionProblems, permissionProblems } from './permission-problems.ts';
import {
  envRule,
  hostRule,
  list,
  namesOf,
  pathRule,
  runRule,
  secretRule,
  TOOL_NAME,
} from './permission-rules.ts';
import {
  AGENT_FLAGS,
  type Limit,
  LIMIT_NAMES,
  PERMISSIONS_FILE,
  PERMISSIONS_SCHEMA,
  type PermissionProblem,
  type Permissions,
  SYSTEMS,
  type System,
} from './permissions.ts';

export type PermissionsReport =
  | { readonly outcome: 'valid'; readonly permissions: Permissions }
  | { readonly outcome: 'invalid'; readonly problems: readonly PermissionProblem[] };

function readLimits(problems: PermissionProblems, value: Json | undefined): Permissions['limits'] {
  const limits = problems.object(value, 'limits', LIMIT_NAMES);
  const read = (name: Limit): number | undefined => {
    const limit = limits[name];
    if (limit === undefined) return undefined;
    if (
      typeof limit === 'number' &&
      Number.isInteger(limit) &&
      limit > 0 &&
      limit <= LIMITS.permissionLimit
    )
      return limit;
    problems.add('limit', `limits.${name}`, 'a whole number above 0 is expected');
    return undefined;
  };
  return {
    wallSeconds: read('wallSeconds'),
    memoryMB: read('memoryMB'),
    processes: read('processes'),
    writeMB: read('writeMB'),
  };
}

function readListen(problems: PermissionProblems, value: Json | undefined): Permissions['listen'] {
  if (value === undefined || value === 'none') return 'none';
  if (value !== 'loopback') problems.add('type', 'net.listen', '"none" or "loopback" is expected');
  return 'loopback';
}

function readSystems(problems: PermissionProblems, value: Json | undefined): readonly System[] {
  const os = problems.object(value, 'platform', ['os'])['os'];
  return list(problems, os, 'platform.os', (_, item, at) => {
    const system = SYSTEMS.find((name) => name === item);
    if (system === undefined) problems.add('type', at, `one of ${SYSTEMS.join(', ')} is expected`);
    return system;
  });
}

const TOP_KEYS = [
  'schema',
  'fs',
  'net',
  'env',
  'secrets',
  'exec',
  'tools',
  'mcp',
  'agent',
  'limits',
  'platform',
];

function readAll(problems: PermissionProblems, value: Json): Permissions {
  const top = problems.object(value, '', TOP_KEYS);
  if (top['schema'] !== PERMISSIONS_SCHEMA)
    problems.add('schema', 'schema', `"${PERMISSIONS_SCHEMA}" is expected`);
  const fs = problems.object(top['fs'], 'fs', ['read', 'write']);
  const net = problems.object(top['net'], 'net', ['connect', 'listen']);
  const exec = problems.object(top['exec'], 'exec', ['run', 'shell']);
  const agent = problems.object(top['agent'], 'agent', [
    'instructions',
    ...AGENT_FLAGS,
    'selfUpdate',
  ]);
  const flag = (name: (typeof AGENT_FLAGS)[number]): boolean =>
    problems.flag(agent[name], `agent.${name}`);
  if (problems.flag(agent['selfUpdate'], 'agent.selfUpdate'))
    problems.add(
      'self-update',
      'agent.selfUpdate',
      'a skill does not change itself: release a new version',
    );
  const tools = problems.object(top['tools'], 'tools', ['use'])['use'];
  const servers = problems.object(top['mcp'], 'mcp', ['servers'])['servers'];
  const env = problems.object(top['env'], 'env', ['read'])['read'];
  return {
    read: list(problems, fs['read'], 'fs.read', pathRule('read')),
    write: list(problems, fs['write'], 'fs.write', pathRule('write')),
    connect: list(problems, net['connect'], 'net.connect', hostRule),
    listen: readListen(problems, net['listen']),
    env: list(problems, env, 'env.read', envRule),
    secrets: list(problems, top['secrets'], 'secrets', secretRule),
    run: list(problems, exec['run'], 'exec.run', runRule),
    shell: problems.flag(exec['shell'], 'exec.shell'),
    tools: namesOf(problems, tools, 'tools.use', TOOL_NAME),
    mcpServers: namesOf(problems, servers, 'mcp.servers', /^[A-Za-z0-9][\w.-]*$/),
    instructions: list(problems, agent['instructions'], 'agent.instructions', pathRule('write')),
    agent: {
      hooks: flag('hooks'),
      expansions: flag('expansions'),
      subagents: flag('subagents'),
      schedule: flag('schedule'),
    },
    limits: readLimits(problems, top['limits']),
    systems: readSystems(problems, top['platform']),
  };
}

/** Reads a manifest that was parsed as JSON; tells every problem, at most `LIMITS.skillProblems`. */
export function readPermissions(value: Json): PermissionsReport {
  const problems = permissionProblems();
  const permissions = readAll(problems, value);
  if (problems.list.length === 0) checkRulesTogether(problems, permissions);
  return problems.list.length > 0
    ? { outcome: 'invalid', problems: problems.list }
    : { outcome: 'valid', permissions };
}

/**
 * Reads the bytes of a manifest.
 * @throws GitkelError `malformed` for what is no JSON with one meaning.
 */
export function parsePermissions(bytes: Uint8Array): PermissionsReport {
  return readPermissions(
    parseStrictJson(bytes, LIMITS.permissionsBytes, `a permission manifest (${PERMISSIONS_FILE})`),
  );
}
