import type { Json } from '../base/canonical-json.ts';
import { type PermissionChange, comparePermissions } from './permission-diff.ts';
import { readPermissions } from './parse-permissions.ts';
import { isShell } from './permission-conflicts.ts';
import { isShownText } from './permission-problems.ts';
import { TOOL_NAME } from './permission-rules.ts';
import { PERMISSIONS_SCHEMA, type Permissions } from './permissions.ts';
import { utf8 } from '../base/bytes.ts';
import type { Seen, VisibleUses } from './visible-uses.ts';

/** Names of variables that mostly hold secrets. */
const SECRET = /(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PAT|CREDENTIALS?)$|APIKEY$/i;

/** Characters of a path, and hosts of a secret, that a proposal tells. */
const LONGEST_PATH = 200;
const MOST_HOSTS = 8;

function foundIn(path: string): string {
  const chars = Array.from(path);
  return `found in ${chars.length > LONGEST_PATH ? `${chars.slice(0, LONGEST_PATH).join('')}...` : path}`;
}

function hostRules(hosts: Seen): readonly Json[] {
  return Array.from(hosts, ([host, path]) => ({ host, why: foundIn(path) }));
}

/** Secrets are tied to hosts; where none is seen a variable is one like any other. */
function secretRules({ env, hosts }: VisibleUses): readonly Json[] {
  const names = [...new Set(Array.from(hosts.keys(), (host) => host.replace(/:[0-9]+$/, '')))];
  if (names.length === 0) return [];
  return [...env]
    .filter(([name]) => SECRET.test(name))
    .map(([name, path]) => ({ env: name, hosts: names.slice(0, MOST_HOSTS), why: foundIn(path) }));
}

/** An object of those keys that have something to say. */
function filled(parts: { readonly [key: string]: Json | undefined }): Json | undefined {
  const entries = Object.entries(parts).filter((entry): entry is [string, Json] => {
    const [, value] = entry;
    return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function manifestOf(uses: VisibleUses): Json {
  const { programs, hosts, env, writes, tools, hooks, expansions, mcpServers } = uses;
  const secrets = secretRules(uses);
  const runs = [...programs].map(([bin, path]) => ({ bin, why: foundIn(path) }));
  const readable = [...env.keys()].filter((name) => secrets.length === 0 || !SECRET.test(name));
  const named = tools.filter((tool) => TOOL_NAME.test(tool) && isShownText(tool));
  return (
    filled({
      schema: PERMISSIONS_SCHEMA,
      fs: filled({
        read: programs.size > 0 ? ['${skill}/**', '${workspace}/**'] : [],
        write: writes === undefined ? [] : [{ path: '${workspace}/**', why: foundIn(writes) }],
      }),
      net: filled({ connect: hostRules(hosts) }),
      env: filled({ read: readable }),
      secrets,
      exec: filled({
        run: runs,
        shell: uses.shell || [...programs.keys()].some(isShell),
      }),
      tools: filled({ use: named }),
      mcp: filled({ servers: [...mcpServers.keys()] }),
      agent: filled({ hooks, expansions }),
    }) ?? {}
  );
}

/** A first manifest from what a skill visibly uses, for its author to correct: JSON in lines. */
export function firstPermissions(uses: VisibleUses): Uint8Array {
  return utf8(`${JSON.stringify(manifestOf(uses), null, 2)}\n`);
}

/** Uses that a manifest speaks of in a narrower way than can be seen: with arguments, for other hosts, for some files. */
function isSpokenOf(
  { write, run, secrets }: Permissions,
  { axis, text }: PermissionChange,
): boolean {
  switch (axis) {
    case 'fs.write':
      return write.length > 0;
    case 'exec.run':
      return run.some(({ bin }) => bin === text);
    case 'env.read':
      return secrets.some(({ source }) => 'env' in source && source.env === text);
    case 'secrets':
      return secrets.some(({ source }) => 'env' in source && text.startsWith(`${source.env} to `));
    // Which files are read is not seen at all.
    case 'fs.read':
      return true;
    default:
      return false;
  }
}

/** What a skill visibly uses and its manifest does not have. */
export function undeclaredUses(
  declared: Permissions,
  uses: VisibleUses,
): readonly PermissionChange[] {
  const first = readPermissions(manifestOf(uses));
  if (first.outcome === 'invalid')
    throw new Error(`the first manifest is not valid: ${JSON.stringify(first.problems)}`);
  return comparePermissions(declared, first.permissions).changes.filter(
    (change) => change.kind === 'widened' && !isSpokenOf(declared, change),
  );
}
