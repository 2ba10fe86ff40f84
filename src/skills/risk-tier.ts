/**
 * How much harm a skill could do with what it asks for: computed, never declared.
 * @module
 */
import { isPrivatePath, steersAgents } from './permission-path.ts';
import type { Permissions } from './permissions.ts';

/**
 * - `T0` text only: asks for nothing
 * - `T1` reads its own files and the workspace
 * - `T2` runs programs, writes, or reaches the network
 * - `T3` gets secrets, steers agents, runs unasked, or can carry private data away
 */
export type Tier = 'T0' | 'T1' | 'T2' | 'T3';

export interface Risk {
  readonly tier: Tier;
  /** What puts it there, in words for people. */
  readonly because: readonly string[];
}

/** Tools of agents by what they do; a name that is not here may do anything. */
const READING_TOOL = /^(?:Read|Grep|Glob|LS|Skill|TodoRead|TodoWrite|NotebookRead)(?:\(|$)/;
const FETCHING_TOOL = /^(?:WebFetch|WebSearch)(?:\(|$)/;

function highest(permissions: Permissions): readonly string[] {
  const { secrets, agent, instructions, write, read, env, connect, tools } = permissions;
  const readsPrivately = read.some(({ path }) => isPrivatePath(path)) || env.length > 0;
  // What is fetched is written by others, so that who reaches the network reads what they wrote.
  const reachesOut = connect.length > 0 || tools.some((tool) => FETCHING_TOOL.test(tool));
  return [
    ...(secrets.length > 0 ? ['it uses secrets'] : []),
    ...(instructions.length > 0 || write.some(({ path }) => steersAgents(path))
      ? ['it writes to files that steer agents']
      : []),
    ...(agent.hooks ? ['it runs hooks, which no model decides on'] : []),
    ...(agent.expansions ? ['it runs commands when its text is loaded'] : []),
    ...(agent.schedule ? ['it runs by itself at later times'] : []),
    ...(readsPrivately && reachesOut
      ? ['it reads private data, reads what strangers wrote, and reaches the network']
      : []),
  ];
}

function middle(permissions: Permissions): readonly string[] {
  const { connect, listen, run, shell, write, mcpServers, agent, read, env, tools } = permissions;
  return [
    ...(connect.length > 0 || listen === 'loopback' ? ['it uses the network'] : []),
    ...(run.length > 0 || shell ? ['it runs programs'] : []),
    ...(write.length > 0 ? ['it writes files'] : []),
    ...(mcpServers.length > 0 ? ['it uses MCP servers'] : []),
    ...(agent.subagents ? ['it starts other agents'] : []),
    ...(read.some(({ path }) => isPrivatePath(path)) || env.length > 0
      ? ['it reads outside of its workspace']
      : []),
    ...(tools.some((tool) => !READING_TOOL.test(tool))
      ? ['it uses tools that do more than read']
      : []),
  ];
}

/**
 * The risk of what a manifest asks for.
 * @example
 * ```ts
 * import { parsePermissions, riskOf } from 'gitkel';
 *
 * const text = '{"schema":"urn:gitkel:skill-permissions:1","fs":{"write":["${workspace}/notes.md"]}}';
 * const report = parsePermissions(new TextEncoder().encode(text));
 * if (report.outcome !== 'valid') throw new Error('no manifest');
 * const { tier, because } = riskOf(report.permissions);
 * console.log(tier, because[0]); // T2 it writes files
 * ```
 */
export function riskOf(permissions: Permissions): Risk {
  const top = highest(permissions);
  if (top.length > 0) return { tier: 'T3', because: top };
  const acts = middle(permissions);
  if (acts.length > 0) return { tier: 'T2', because: acts };
  return permissions.read.length > 0 || permissions.tools.length > 0
    ? { tier: 'T1', because: ['it reads its own files and the workspace'] }
    : { tier: 'T0', because: ['it asks for nothing'] };
}
