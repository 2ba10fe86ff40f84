import type { Permissions } from '../skills/permissions.ts';
import type { FilteredProcessor } from './call-filter.ts';
import type { RunEvent } from './run-event.ts';
import type { RunLimits } from './run-limits.ts';
import type { SandboxPlaces } from './sandbox-places.ts';

/** Programs outside that a sandbox is made with, by full path. */
export interface SandboxTools {
  readonly bwrap: string;
  readonly setpriv: string;
  readonly prlimit: string;
  /** Absent where system calls are not traced. */
  readonly strace: string | undefined;
  /** For which the filter of system calls is. */
  readonly processor: FilteredProcessor;
}

/** The user as whom all of it is started, where this process is root: inside nobody is root outside. */
export interface RunUser {
  readonly uid: number;
  readonly gid: number;
}

/** A run that was decided on: everything that it needs was found, and nothing has been started. */
export interface SandboxPlan {
  readonly permissions: Permissions;
  readonly places: SandboxPlaces;
  readonly limits: RunLimits;
  /** As inside; never empty. */
  readonly command: readonly string[];
  readonly tools: SandboxTools;
  readonly user: RunUser | undefined;
  /** What may be written and lies on a disk, outside, and the bytes that it takes before the run. */
  readonly measured: { readonly paths: readonly string[]; readonly before: number };
  /** A file that does not exist yet, in a directory of this run; used where `tools.strace` is there. */
  readonly traceFile: string;
}

/** Who is told what happens in a run. */
export interface RunObserver {
  readonly event: (event: RunEvent) => void;
  /** What the command prints, no more than its limit. */
  readonly output: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
  /**
   * One line of the trace of system calls, as strace writes it, without its end; told in order, from the one by which the
   * command is started under its limits.
   */
  readonly traceLine?: ((line: string) => void) | undefined;
}
