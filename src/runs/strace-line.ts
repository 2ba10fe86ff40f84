/**
 * One line of a trace as `strace -f -q -y --seccomp-bpf --pidns-translation -o FILE` writes it (strace 5.9 or later). Exact: what
 * has another form is told as unread.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import { readDescriptor, splitArguments } from './strace-text.ts';

/** What a system call came to. */
export interface CallResult {
  /** `undefined` where the process ended before it was told. */
  readonly value: number | undefined;
  /** The name of the error, `EROFS` for one; `?` where nobody knows. */
  readonly error: string | undefined;
  /** What a descriptor that was returned is open on. */
  readonly path: string | undefined;
  /** The process that was made, by the number that the trace has for it. */
  readonly child: number | undefined;
}

/** A system call that is over. */
export interface SystemCall {
  readonly name: string;
  readonly args: readonly string[];
  readonly result: CallResult;
}

/** What a line says. */
export type StraceLine =
  | { readonly kind: 'call'; readonly pid: number; readonly call: SystemCall }
  /** A call began; other processes are told of before its end. */
  | { readonly kind: 'begun'; readonly pid: number; readonly text: string }
  | {
      readonly kind: 'resumed';
      readonly pid: number;
      readonly name: string;
      readonly rest: string;
      /** Whether that is not its end either. */
      readonly isOpen: boolean;
    }
  /** A thread became its whole process (`execve`): the call goes on under another number. */
  | { readonly kind: 'moved'; readonly pid: number; readonly to: number; readonly text: string }
  | { readonly kind: 'ended'; readonly pid: number }
  /** Something about a process that changes nothing here: a signal, another mode. */
  | { readonly kind: 'other' }
  | { readonly kind: 'unread' };

const UNREAD: StraceLine = { kind: 'unread' };
const UNFINISHED = ' <unfinished ...>';
const OTHER_NUMBER = /^([0-9]{1,10}) \/\* ([0-9]{1,10}) in strace's PID NS \*\/$/;

function readResult(text: string): CallResult | undefined {
  const none = { value: undefined, error: undefined, path: undefined, child: undefined };
  const [failed, error] =
    /^(?:-1|\?) (E[A-Z0-9]{1,30}|ERESTART[A-Z_]{1,30})(?: \([^()]{0,200}\))?(?: \([A-Z]+\))?$/.exec(
      text,
    ) ?? [];
  if (failed !== undefined) return { ...none, value: -1, error };
  // The last form is what strace makes of the end of `execve` in a thread.
  if (text === '?' || text === '? <unavailable>' || /^-1 \(errno [0-9]{1,20}\)$/.test(text))
    return { ...none, error: '?' };
  const [, inside, outside] = OTHER_NUMBER.exec(text) ?? [];
  if (inside !== undefined) return { ...none, value: Number(inside), child: Number(outside) };
  const returned = readDescriptor(text);
  if (returned?.number !== undefined && returned.number >= 0)
    return { ...none, value: returned.number, path: returned.path, child: returned.number };
  return /^0x[0-9a-f]{1,16}$/.test(text) ? { ...none, value: Number(text) } : undefined;
}

/** Reads a call that is whole: its name, what is in its brackets, and what it came to. */
export function readCall(text: string): SystemCall | undefined {
  const [head, name] = /^([a-z_][a-z0-9_]{0,40})\(/.exec(text) ?? [];
  if (head === undefined || name === undefined) return undefined;
  const split = splitArguments(text, head.length);
  if (split === undefined) return undefined;
  const [equals] = /^ += /.exec(text.slice(split.end)) ?? [];
  if (equals === undefined) return undefined;
  const result = readResult(text.slice(split.end + equals.length));
  if (result === undefined) return undefined;
  const args = split.args.map((arg) => arg.replace(/ ?<unfinished \.\.\.>$/, ''));
  return { name, args, result };
}

function readSpecial(pid: number, text: string): StraceLine {
  if (
    /^\+\+\+ (?:exited with [0-9]{1,3}|killed by SIG[A-Z0-9_+]+(?: \(core dumped\))?) \+\+\+$/.test(
      text,
    )
  )
    return { kind: 'ended', pid };
  const isOther =
    /^--- .* ---$/s.test(text) ||
    /^\+\+\+ superseded by execve in pid [0-9]{1,10} \+\+\+$/.test(text);
  return isOther ? { kind: 'other' } : UNREAD;
}

/** Reads one line, without its end. */
export function readStraceLine(line: string): StraceLine {
  if (line.length > LIMITS.traceLineCharacters) return UNREAD;
  if (/^(?:[0-9]{1,10} +)?\[ Process PID=[0-9]{1,10} runs in [a-z0-9 ]{1,40} mode\. \]$/.test(line))
    return { kind: 'other' };
  const [, digits, text = ''] = /^([0-9]{1,10}) +(.*)$/s.exec(line) ?? [];
  if (digits === undefined) return UNREAD;
  const pid = Number(digits);
  if (text.startsWith('+++ ') || text.startsWith('--- ')) return readSpecial(pid, text);
  const [, name, rest] = /^<\.\.\. ([a-z_][a-z0-9_]{0,40}) resumed>(.*)$/s.exec(text) ?? [];
  if (name !== undefined && rest !== undefined) {
    const isOpen = rest.endsWith(UNFINISHED.trimStart());
    const kept = isOpen ? rest.slice(0, -UNFINISHED.length) : rest;
    return { kind: 'resumed', pid, name, rest: kept, isOpen };
  }
  const [, before, to] = /^(.*) <pid changed to ([0-9]{1,10}) \.\.\.>$/s.exec(text) ?? [];
  if (before !== undefined) return { kind: 'moved', pid, to: Number(to), text: before };
  if (text.endsWith(UNFINISHED))
    return { kind: 'begun', pid, text: text.slice(0, -UNFINISHED.length) };
  const call = readCall(text);
  return call === undefined ? UNREAD : { kind: 'call', pid, call };
}
