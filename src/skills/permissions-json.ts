import type { Json } from '../base/canonical-json.ts';
import {
  AGENT_FLAGS,
  type HostRule,
  LIMIT_NAMES,
  type PathRule,
  PERMISSIONS_SCHEMA,
  type Permissions,
  type RunRule,
  type SecretRule,
} from './permissions.ts';

/** The port that a host is reached at where none is named. */
const HTTPS = 443;

/** An object of those keys that have something to say; `undefined` for none. */
function filled(parts: { readonly [key: string]: Json | undefined }): Json | undefined {
  const entries = Object.entries(parts).filter((entry): entry is [string, Json] => {
    const [, value] = entry;
    return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function noteJson({ why, optional }: PathRule | HostRule): { readonly [key: string]: Json } {
  return { ...(why === undefined ? {} : { why }), ...(optional ? { optional } : {}) };
}

function pathJson(rule: PathRule): Json {
  const note = noteJson(rule);
  return Object.keys(note).length === 0 ? rule.path : { path: rule.path, ...note };
}

/** A rule of which nothing was said has one port, as text has. */
function hostJson(rule: HostRule): Json {
  const { host, ports, why } = rule;
  const [port = HTTPS] = ports;
  const isUsual = ports.length === 1 && port === HTTPS;
  if (why === undefined) return isUsual ? host : `${host}:${port}`;
  return { host, ...(isUsual ? {} : { ports: [...ports] }), ...noteJson(rule) };
}

function secretJson({ source, hosts, why }: SecretRule): Json {
  return { ...source, hosts: [...hosts], why };
}

function runJson({ bin, args, why }: RunRule): Json {
  if (args.length === 0 && why === undefined) return bin;
  return {
    bin,
    ...(args.length === 0 ? {} : { args: [...args] }),
    ...(why === undefined ? {} : { why }),
  };
}

/** Permissions as the JSON of a manifest, in the fewest words; read again it is the same permissions. */
export function permissionsJson(permissions: Permissions): Json {
  const { read, write, connect, listen, env, secrets, run, shell, tools, mcpServers } = permissions;
  const { instructions, agent, limits, systems } = permissions;
  const flags = Object.fromEntries(AGENT_FLAGS.map((name) => [name, agent[name]]));
  return {
    schema: PERMISSIONS_SCHEMA,
    ...Object.fromEntries(
      Object.entries({
        fs: filled({ read: read.map(pathJson), write: write.map(pathJson) }),
        net: filled({
          connect: connect.map(hostJson),
          listen: listen === 'none' ? undefined : listen,
        }),
        env: filled({ read: [...env] }),
        secrets: secrets.length === 0 ? undefined : secrets.map(secretJson),
        exec: filled({ run: run.map(runJson), shell }),
        tools: filled({ use: [...tools] }),
        mcp: filled({ servers: [...mcpServers] }),
        agent: filled({ instructions: instructions.map(pathJson), ...flags }),
        limits: filled(Object.fromEntries(LIMIT_NAMES.map((name) => [name, limits[name]]))),
        platform: filled({ os: [...systems] }),
      }).filter((entry): entry is [string, Json] => entry[1] !== undefined),
    ),
  };
}
