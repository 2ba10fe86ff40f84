/**
 * Looks at a run now and then: at what the kernel has no limit for, and at what a trace has to say.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import { diskUseOf } from './disk-use.ts';
import { treeUse } from './process-tree.ts';
import type { LimitEvent } from './run-event.ts';
import { INSIDE } from './sandbox-places.ts';
import type { RunObserver, SandboxPlan } from './sandbox-plan.ts';
import { growingLines } from './trace-file.ts';

type Limit = LimitEvent['limit'];

export interface RunWatch {
  readonly allowed: (limit: Limit) => number;
  /** The last look, when all processes are gone. */
  readonly last: () => void;
  /** Whether the trace tells that the command began; false where there is no trace. */
  readonly hasBegun: () => boolean;
  readonly stop: () => void;
}

const MEGABYTE = 1_048_576;
/** Milliseconds between two looks; a look at the disk comes after so many times of what the last one took. */
const INTERVAL = 200;
const REST = 10;
/** Milliseconds that a timer can wait: 24 days. */
const LONGEST_TIMER = 0x7fff_ffff;
/** What the sandbox's own programs may take beside the command: the bridge and its threads. */
const OWN_MB = 256;

/**
 * Begins to watch.
 * @param init the first process inside, as soon as it is known
 * @param reached ends the run
 */
export function runWatch(
  { limits, measured, tools, traceFile, permissions }: SandboxPlan,
  { traceLine }: RunObserver,
  init: () => number | undefined,
  reached: (limit: Limit) => void,
): RunWatch {
  let hasBegun = false;
  const tell = (line: string): void => {
    // What comes before is how the sandbox itself is made.
    hasBegun ||= line.includes(`execve("${INSIDE.limits}", ["${INSIDE.limits}", "--data=`);
    if (hasBegun) traceLine?.(line);
  };
  const trace = tools.strace === undefined ? undefined : growingLines(traceFile, tell);
  const allowedMemory =
    (limits.memoryMB + (permissions.connect.length > 0 ? OWN_MB : 0)) * MEGABYTE;
  const allowedDisk = measured.before + limits.writeMB * MEGABYTE;
  let nextDisk = 0;
  const lookAtDisk = (): void => {
    const now = performance.now();
    if (measured.paths.length === 0 || now < nextDisk) return;
    if (diskUseOf(measured.paths, allowedDisk) > allowedDisk) reached('writeMB');
    const after = performance.now();
    nextDisk = after + (after - now) * REST;
  };
  const look = (): void => {
    const pid = init();
    const use = pid === undefined ? undefined : treeUse(pid);
    if (use !== undefined && use.memoryBytes > allowedMemory) reached('memoryMB');
    if (trace?.look() === false) reached('traceBytes');
    lookAtDisk();
  };
  const interval = setInterval(look, INTERVAL);
  const wall = setTimeout(
    () => reached('wallSeconds'),
    Math.min(limits.wallSeconds * 1_000, LONGEST_TIMER),
  );
  const allowed = (limit: Limit): number =>
    limit === 'traceBytes' ? LIMITS.runTraceBytes : limits[limit];
  return {
    allowed,
    last: () => {
      trace?.last();
    },
    hasBegun: () => hasBegun,
    stop: () => {
      clearInterval(interval);
      clearTimeout(wall);
      trace?.close();
    },
  };
}
