import { LIMITS } from '../base/limits.ts';
import type { Permissions } from '../skills/permissions.ts';

/** What one run may take. */
export interface RunLimits {
  readonly wallSeconds: number;
  /** Of all its processes together. */
  readonly memoryMB: number;
  /** Processes and threads at the same time. */
  readonly processes: number;
  /** What it may add to the workspace, and to each directory in memory. */
  readonly writeMB: number;
  /** Bytes of each output stream that are passed on. */
  readonly outputBytes: number;
}

/** The limits of a run: those of the manifest, and where it names none, those that every run has. */
export function runLimits({ limits }: Permissions): RunLimits {
  return {
    wallSeconds: limits.wallSeconds ?? LIMITS.runSeconds,
    memoryMB: limits.memoryMB ?? LIMITS.runMemoryMB,
    processes: limits.processes ?? LIMITS.runProcesses,
    writeMB: limits.writeMB ?? LIMITS.runWriteMB,
    outputBytes: LIMITS.runOutputBytes,
  };
}
