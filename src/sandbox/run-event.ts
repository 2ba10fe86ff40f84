/**
 * What is told of a run while it happens. Whoever keeps a log of runs writes each of these down as it comes.
 * @module
 */

/** From where something is known: the proxy sees every connection that it is asked for, a trace sees system calls. */
export type RunSource = 'proxy' | 'trace';

/** What enforces the manifest. */
export type SandboxBackend = 'bwrap' | 'none';

/** Why a connection was refused, or did not come about. */
export const NET_REFUSALS = [
  'not-declared',
  'port-not-declared',
  'address-not-declared',
  'private-address',
  'not-resolved',
  'not-connected',
  'malformed-request',
  'too-many-connections',
] as const;
export type NetRefusal = (typeof NET_REFUSALS)[number];

/** What a run may use up. */
export const RUN_LIMITS = [
  'wallSeconds',
  'memoryMB',
  'processes',
  'writeMB',
  'traceBytes',
] as const;

/** A file was opened, made, changed, renamed or removed, or that was tried. */
export interface FileEvent {
  readonly kind: 'file';
  readonly source: 'trace';
  readonly access: 'read' | 'write' | 'remove';
  /** As seen inside. */
  readonly path: string;
  /** The name of the error, `EROFS` for one; `undefined` where it was done. */
  readonly error: string | undefined;
}

/** A program was started, or that was tried. */
export interface ExecEvent {
  readonly kind: 'exec';
  readonly source: 'trace';
  readonly program: string;
  readonly args: readonly string[];
  readonly error: string | undefined;
}

/** A connection that the proxy was asked for. */
export interface NetEvent {
  readonly kind: 'net';
  readonly source: 'proxy';
  /** A name or an address, as it was asked for. */
  readonly host: string;
  readonly port: number;
  /** `undefined` for what was let through. */
  readonly refused: NetRefusal | undefined;
  /** The method of a request that the proxy could read; `CONNECT` for a tunnel. */
  readonly method: string | undefined;
  /** Whether the value of a secret was put into the request, in place of what stands for it inside. */
  readonly secret?: true;
}

/** A connection that was tried without the proxy: there is no network to which it could lead. */
export interface DirectNetEvent {
  readonly kind: 'net';
  readonly source: 'trace';
  readonly host: string;
  readonly port: number;
  /** The name of the error; `undefined` for one to the loopback inside. */
  readonly error: string | undefined;
}

/** A process got a way to work past what is traced: what it did then nobody saw. */
export interface BlindEvent {
  readonly kind: 'blind';
  readonly source: 'trace';
  /** The system call. */
  readonly call: string;
}

/** A limit was reached; the run was ended by it, unless it is one that the kernel refuses single calls by. */
export interface LimitEvent {
  readonly kind: 'limit';
  readonly limit: (typeof RUN_LIMITS)[number];
  readonly allowed: number;
}

/** A stream printed more than is passed on; what came later was thrown away. */
export interface OutputTruncatedEvent {
  readonly kind: 'output-truncated';
  readonly stream: 'stdout' | 'stderr';
  /** Bytes that were passed on. */
  readonly passed: number;
}

/** Something that steers agents was made in the workspace, where the manifest does not allow it; it was moved aside. */
export interface MovedAsideEvent {
  readonly kind: 'file';
  readonly source: 'workspace';
  readonly access: 'write';
  readonly path: string;
  readonly error: 'moved-aside';
}

/** How the command ended. */
export type RunEnd =
  | { readonly why: 'ended'; readonly exitCode: number }
  | { readonly why: 'killed'; readonly signal: string }
  | { readonly why: 'limit'; readonly limit: LimitEvent['limit'] }
  | { readonly why: 'interrupted' };

export interface ExitEvent {
  readonly kind: 'exit';
  readonly end: RunEnd;
}

/** Everything that happens in a run: after the exit comes only what is moved aside then. */
export type RunEvent =
  | FileEvent
  | MovedAsideEvent
  | ExecEvent
  | NetEvent
  | DirectNetEvent
  | BlindEvent
  | LimitEvent
  | OutputTruncatedEvent
  | ExitEvent;

/** What is known before a run starts; the first line of its log. */
export interface RunStart {
  readonly skill: string;
  /** SAID of the manifest of the files that run. */
  readonly manifest: string;
  /** The release that was verified; `undefined` where nobody released it, or nobody looked. */
  readonly release: string | undefined;
  /** What `skill verify` said, or `not-verified` where it was told not to ask. */
  readonly state: string;
  /** SAIDs over the permissions as canonical JSON, and over the command. */
  readonly permissions: string;
  readonly command: string;
  /** The digest of the policy by which it was verified. */
  readonly policy: string | undefined;
  readonly sandbox: SandboxBackend;
  readonly sources: readonly RunSource[];
}
