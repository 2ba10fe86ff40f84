/**
 * What a trace of system calls says that the processes of a run did, or tried.
 * @module
 */
import type { BlindEvent, DirectNetEvent, ExecEvent, FileEvent } from '../sandbox/run-event.ts';

/** What was done to a file or a directory. */
export type FileUse =
  | 'read'
  /** The names in a directory were read. */
  | 'list'
  /** A symbolic link was made that leads there. */
  | 'target'
  | 'write'
  | 'create'
  | 'make-directory'
  | 'remove'
  | 'rename'
  | 'link'
  | 'mode';

/** Whether a use changes nothing. */
export function isRead(use: FileUse): boolean {
  return use === 'read' || use === 'list' || use === 'target';
}

export interface TracedFile {
  readonly kind: 'file';
  readonly pid: number;
  readonly use: FileUse;
  /** A full path as inside, without `.` and `..`; links are followed where the system told where they lead. */
  readonly path: string;
  /** The name of the error, `?` where the process ended before it was told; `undefined` for what was done. */
  readonly error: string | undefined;
}

export interface TracedExec {
  readonly kind: 'exec';
  readonly pid: number;
  readonly program: string;
  readonly args: readonly string[];
  /** Whether arguments, or parts of them, are left out. */
  readonly isCut: boolean;
  readonly error: string | undefined;
}

export type NetFamily = 'inet' | 'inet6' | 'unix' | 'other';

export interface TracedNet {
  readonly kind: 'net';
  readonly pid: number;
  readonly use: 'connect' | 'send' | 'bind';
  readonly family: NetFamily;
  /** An address; a path, or a name that begins with `@`, for `unix`; the name of the family for `other`. */
  readonly address: string;
  /** 0 where the family has none. */
  readonly port: number;
  readonly error: string | undefined;
}

/** A name that was asked for past the proxy (RFC 1035). */
export interface TracedLookup {
  readonly kind: 'lookup';
  readonly pid: number;
  readonly host: string;
}

/** A process got a way to work past what is traced. */
export interface TracedBlind {
  readonly kind: 'blind';
  readonly pid: number;
  /** The system call. */
  readonly call: string;
}

export type TraceEvent = TracedFile | TracedExec | TracedNet | TracedLookup | TracedBlind;

/** As the log of a run has it; `undefined` for what has no place there. */
export function runEventOf(
  event: TraceEvent,
): FileEvent | ExecEvent | DirectNetEvent | BlindEvent | undefined {
  const source = 'trace';
  switch (event.kind) {
    case 'file': {
      const { use, path, error } = event;
      const access = isRead(use) ? 'read' : use === 'remove' ? use : 'write';
      return { kind: 'file', source, access, path, error };
    }
    case 'exec': {
      const { program, args, error } = event;
      return { kind: 'exec', source, program, args, error };
    }
    case 'net': {
      const { use, family, address, port, error } = event;
      if (use === 'bind' || family === 'unix') return undefined;
      return { kind: 'net', source, host: address, port, error };
    }
    case 'lookup':
      return { kind: 'net', source, host: event.host, port: 53, error: undefined };
    case 'blind':
      return { kind: 'blind', source, call: event.call };
  }
}
