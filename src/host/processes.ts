/**
 * Names for processes under which a lock can be left, so that others can tell for certain that its holder is gone.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Processes } from './host.ts';

/** `<boot id>.<process id namespace>.<pid>.<start>`: a number that is used again is told by when it started. */
const EXACT_NAME = /^([0-9a-f-]{36})\.([0-9]+)\.([1-9][0-9]{0,9})\.([0-9]{1,20})$/;
/** `m-<machine>.<pid>.<moment>`, where nothing better is to be had. */
const PORTABLE_NAME = /^(m-[0-9a-f]{16})\.([1-9][0-9]{0,9})\.([0-9]{1,20})$/;

/** The namespace of process ids that Linux starts in; that of a container is another one. */
const FIRST_NAMESPACE = String(0xefff_fffc);

/** Reads a small file of the system; `undefined` when it is not to be had. */
export type SystemFile = (path: string) => string | undefined;

function systemFile(path: string): string | undefined {
  try {
    return path.endsWith('/ns/pid') ? readlinkSync(path) : readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

interface ProcessState {
  readonly state: string;
  readonly start: string;
  /** The name of its program, at most 15 characters. */
  readonly program: string;
  readonly parent: string;
}

/** State, parent and start time of a process (proc(5), `/proc/<pid>/stat`, fields 3, 4 and 22). */
function processState(read: SystemFile, pid: string): ProcessState | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name of the program stands in parentheses and may hold anything, parentheses and blanks too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent, start] = [fields[0], fields[1], fields[19]];
  const program = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
  return state === undefined || parent === undefined || start === undefined
    ? undefined
    : { state, start, program, parent };
}

/** Whether no process has that number now; false when that cannot be told. */
function isFree(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function exactProcesses(
  read: SystemFile,
  boot: string,
  namespace: string,
  [pid, start]: readonly [pid: string, start: string],
): Processes {
  return {
    self: `${boot}.${namespace}.${pid}.${start}`,
    isDead(name) {
      const [, itsBoot, itsNamespace, itsPid, itsStart] = EXACT_NAME.exec(name) ?? [];
      // Another boot may be another machine on a shared disk, another namespace a container: nothing is certain there.
      if (itsBoot !== boot || itsNamespace !== namespace || itsPid === undefined) return false;
      const found = processState(read, itsPid);
      if (found === undefined) return isFree(Number(itsPid));
      return found.start !== itsStart || found.state === 'Z' || found.state === 'X';
    },
    isOfOtherBoot(name) {
      const [, itsBoot, itsNamespace] = EXACT_NAME.exec(name) ?? [];
      // A container may be shown a boot of its own although it runs on the same system, systemd-nspawn(1) for one.
      const areOutside = namespace === FIRST_NAMESPACE && itsNamespace === FIRST_NAMESPACE;
      return areOutside && itsBoot !== boot;
    },
  };
}

function portableProcesses(
  pid = process.pid,
  moment = Math.round(performance.timeOrigin),
): Processes {
  const machine = `m-${createHash('sha256').update(hostname()).digest('hex').slice(0, 16)}`;
  return {
    self: `${machine}.${pid}.${moment}`,
    isDead(name) {
      const [, itsMachine, itsPid] = PORTABLE_NAME.exec(name) ?? [];
      // A number in use may be that of a later process: then it is not certain, and the lock is left alone.
      return itsMachine === machine && itsPid !== undefined && isFree(Number(itsPid));
    },
  };
}

/** The processes of this machine as the one with that number sees them; `undefined` where `/proc` does not tell enough. */
function processesOf(read: SystemFile, pid: string): Processes | undefined {
  const boot = read('/proc/sys/kernel/random/boot_id')?.trim();
  const namespace = /^pid:\[([0-9]+)\]$/.exec(read('/proc/self/ns/pid') ?? '')?.[1];
  const start = processState(read, pid)?.start;
  if (boot === undefined || namespace === undefined || start === undefined) return undefined;
  const processes = exactProcesses(read, boot, namespace, [pid, start]);
  return EXACT_NAME.test(processes.self) ? processes : undefined;
}

/**
 * The processes of this machine: exact where `/proc` tells boot, process id namespace and start times, otherwise by
 * process id alone, which finds fewer of the dead but never takes a living process for one.
 */
export function systemProcesses(read: SystemFile = systemFile): Processes {
  return processesOf(read, String(process.pid)) ?? portableProcesses();
}

/** Shells and hook managers that may stand between Git and a hook. */
const LONGEST_WAY_UP = 16;

/** Whether a program is Git and does what calls hooks: `git hook run` ends before that does. */
function callsHooks(read: SystemFile, pid: string, program: string): boolean {
  if (!/^git(?:$|-)/.test(program)) return false;
  return read(`/proc/${pid}/cmdline`)?.split('\0')[1] !== 'hook';
}

/**
 * The processes of this machine as the Git that runs this process as a hook sees them: what is left locked under its name
 * ends with it. `undefined` when no Git is found above this process. Where `/proc` tells nothing, that is the parent.
 */
export function callingGit(
  read: SystemFile = systemFile,
  parent = process.ppid,
): Processes | undefined {
  if (processesOf(read, String(process.pid)) === undefined) return portableProcesses(parent, 0);
  let pid = String(parent);
  for (let steps = 0; steps < LONGEST_WAY_UP; steps++) {
    const found = processState(read, pid);
    if (found === undefined) return undefined;
    if (callsHooks(read, pid, found.program)) return processesOf(read, pid);
    pid = found.parent;
  }
  return undefined;
}
