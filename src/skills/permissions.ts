/**
 * What a skill may do, as its publisher declares it in `skill.permissions.json`. Whatever is not listed is denied.
 * @module
 */

/** The file at a skill's root that declares its permissions; the digest covers it. */
export const PERMISSIONS_FILE = 'skill.permissions.json';

/** What the file says it is. */
export const PERMISSIONS_SCHEMA = 'urn:gitkel:skill-permissions:1';

/** What every rule may say about itself. */
export interface RuleNote {
  /** For the person who is asked; `undefined` where nothing was said. */
  readonly why: string | undefined;
  /** Whether the skill works when this is denied. */
  readonly optional: boolean;
}

/** Files or directories: `${skill}`, `${workspace}`, `${tmp}`, `${home}` or `/` first; `/**` at the end for all below. */
export interface PathRule extends RuleNote {
  readonly path: string;
}

export interface HostRule extends RuleNote {
  /** Lower case; `*.` at the start stands for every name below. */
  readonly host: string;
  /** TCP ports; 443 where none is named. */
  readonly ports: readonly number[];
}

/** A value that leaves the machine towards these hosts only. */
export interface SecretRule {
  readonly source: { readonly env: string } | { readonly file: string };
  readonly hosts: readonly string[];
  readonly why: string;
}

/** A program, by name; with arguments only when its own begin with them. */
export interface RunRule {
  readonly bin: string;
  readonly args: readonly string[];
  readonly why: string | undefined;
}

export type AgentFlag = 'hooks' | 'expansions' | 'subagents' | 'schedule';
export const AGENT_FLAGS = ['hooks', 'expansions', 'subagents', 'schedule'] as const;

export type Limit = 'wallSeconds' | 'memoryMB' | 'processes' | 'writeMB';
export const LIMIT_NAMES = ['wallSeconds', 'memoryMB', 'processes', 'writeMB'] as const;

export type System = 'linux' | 'darwin' | 'win32';
export const SYSTEMS = ['linux', 'darwin', 'win32'] as const;

/** A manifest that was read: every rule is in its one spelling, and none says what another one says. */
export interface Permissions {
  readonly read: readonly PathRule[];
  readonly write: readonly PathRule[];
  readonly connect: readonly HostRule[];
  readonly listen: 'none' | 'loopback';
  /** Names of environment variables; `PREFIX_*` for all that begin so. */
  readonly env: readonly string[];
  readonly secrets: readonly SecretRule[];
  readonly run: readonly RunRule[];
  readonly shell: boolean;
  /** Tools of the agent, as in `allowed-tools`. */
  readonly tools: readonly string[];
  readonly mcpServers: readonly string[];
  /** Files that steer agents. */
  readonly instructions: readonly PathRule[];
  readonly agent: Readonly<Record<AgentFlag, boolean>>;
  /** `undefined` is no limit of the skill's own. */
  readonly limits: Readonly<Record<Limit, number | undefined>>;
  /** Empty: wherever it is installed. */
  readonly systems: readonly System[];
}

export type PermissionReason =
  | 'schema'
  | 'type'
  | 'unknown-key'
  | 'too-many-rules'
  | 'text'
  | 'path-form'
  | 'path-dots'
  | 'path-variable'
  | 'path-glob'
  | 'path-too-wide'
  | 'host-form'
  | 'host-url'
  | 'host-wildcard'
  | 'host-suffix'
  | 'host-local'
  | 'host-port'
  | 'env-name'
  | 'env-wildcard'
  | 'secret-source'
  | 'secret-hosts'
  | 'secret-exposed'
  | 'program'
  | 'shell'
  | 'wildcard'
  | 'self-update'
  | 'limit'
  | 'duplicate'
  | 'contradiction';

/** Why a manifest is refused. */
export interface PermissionProblem {
  readonly reason: PermissionReason;
  /** Where, e.g. `net.connect[0].host`; empty for the whole. */
  readonly at: string;
  readonly detail: string;
}
