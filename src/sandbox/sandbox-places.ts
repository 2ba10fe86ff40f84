/**
 * Where things are, outside of a sandbox and inside. All of it is found out before; from here on nothing is looked up.
 * @module
 */

/** Paths inside that are the same in every run. */
export const INSIDE = {
  skill: '/skill',
  workspace: '/workspace',
  tmp: '/tmp',
  home: '/home/agent',
  /** What belongs to the sandbox itself. */
  own: '/run/gitkel',
  limits: '/run/gitkel/prlimit',
  node: '/run/gitkel/node',
  proxy: '/run/gitkel/proxy.sock',
} as const;

/** The port on the loopback inside at which the proxy is reached. */
export const PROXY_PORT = 3128;

/** Something of the machine that is to be seen inside. */
export interface Mount {
  readonly outside: string;
  readonly inside: string;
}

/** A symbolic link inside, as the machine has it: `/bin` to `usr/bin`. */
export interface SystemLink {
  readonly inside: string;
  readonly target: string;
}

/** What stands for a secret inside. */
export interface SecretPlace {
  /** The variable that holds it, or the path at which it is read. */
  readonly source: { readonly env: string } | { readonly file: string };
  /** What the variable holds inside: a stand-in, unless the user gave the value itself away. */
  readonly given: string;
  /** For a file: what is mounted at `inside`. */
  readonly mount: Mount | undefined;
  readonly isExposed: boolean;
}

/** Everything that a sandbox is made of, found on this machine. */
export interface SandboxPlaces {
  /** The directory of the skill's files, exactly those that were verified. */
  readonly skill: string;
  /** Libraries and data of the system, read-only. */
  readonly system: readonly Mount[];
  readonly links: readonly SystemLink[];
  /** Programs by the name that manifests have for them; one that is not on this machine is missing here. */
  readonly programs: ReadonlyMap<string, Mount>;
  /** What each path of the manifest stands for; a path that is not there is missing here. */
  readonly paths: ReadonlyMap<string, readonly Mount[]>;
  /** Files and directories of the workspace that steer agents, or that Git runs: read-only, wherever they are. */
  readonly guarded: readonly Mount[];
  readonly secrets: readonly SecretPlace[];
  /** Variables that the user has, or gave; those that the manifest does not name are left out. */
  readonly environment: ReadonlyMap<string, string>;
  /** The program that sets limits, and for the network: Node, and the socket of the proxy. */
  readonly prlimit: string;
  readonly bridge: { readonly node: string; readonly socket: string } | undefined;
}
