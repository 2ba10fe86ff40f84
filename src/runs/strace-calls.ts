/**
 * What a system call of a trace means: which file, which program, which address.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import { askedNames } from './dns-question.ts';
import { type Cwd, placed, type Reading } from './placed-path.ts';
import type { SystemCall } from './strace-line.ts';
import { quotedText, splitArguments } from './strace-text.ts';
import type { TracedLinks } from './traced-links.ts';
import type { FileUse, NetFamily, TracedNet, TraceEvent } from './trace-event.ts';

/** What was read of a call; `undefined`: it could not be read. */
export type CallMeaning = readonly TraceEvent[] | undefined;

/** A call that failed since it named nothing: there is nothing to tell of. */
function namedNothing({ call }: Reading): boolean {
  const { error } = call.result;
  return error === 'EFAULT' || error === 'EBADF' || error === 'ENAMETOOLONG';
}

function fileEvent({ pid, call }: Reading, use: FileUse, path: string | undefined): CallMeaning {
  return path === undefined
    ? undefined
    : [{ kind: 'file', pid, use, path, error: call.result.error }];
}

function opened(
  reading: Reading,
  directory: string | undefined,
  path: string | undefined,
  flags = '',
): CallMeaning {
  const { call } = reading;
  const named = new Set(flags.match(/O_[A-Z]+/g));
  // Nothing can be read or written through it.
  if (named.has('O_PATH')) return [];
  if (!/O_(?:RDONLY|WRONLY|RDWR)|0x[0-9a-f]/.test(flags)) return undefined;
  const at = call.result.path ?? placed(reading, directory, path, 'follow');
  if (named.has('O_CREAT') || named.has('O_TMPFILE')) return fileEvent(reading, 'create', at);
  const isWritten = ['O_WRONLY', 'O_RDWR', 'O_TRUNC', 'O_APPEND'].some((flag) => named.has(flag));
  if (isWritten) return fileEvent(reading, 'write', at);
  return fileEvent(reading, named.has('O_DIRECTORY') ? 'list' : 'read', at);
}

/** Two meanings of one call; none where one of them cannot be read. */
function both(first: CallMeaning, second: CallMeaning): CallMeaning {
  return first === undefined || second === undefined ? undefined : [...first, ...second];
}

/** A link: it is made in one place, and leads to another. */
function linked(
  reading: Reading,
  argument: string | undefined,
  path: string | undefined,
): CallMeaning {
  const target = quotedText(argument ?? '');
  if (path === undefined || target === undefined || target.isCut) return undefined;
  const { error } = reading.call.result;
  if (error !== undefined && error !== '?') return fileEvent(reading, 'link', path);
  if (!reading.links.made(path, target.text)) return undefined;
  const to = reading.links.followed(path, true);
  return both(fileEvent(reading, 'link', path), fileEvent(reading, 'target', to));
}

/** Remembers links that have another name now. */
function remembered({ call, links }: Reading, from: string, to: string): boolean {
  const { error } = call.result;
  if (error !== undefined && error !== '?') return true;
  const isSwapped = call.args.some((arg) => arg.includes('RENAME_EXCHANGE'));
  return links.moved(from, to) && (!isSwapped || links.moved(to, from));
}

function fileCall(reading: Reading): CallMeaning {
  const { call } = reading;
  const [a, b, c, d] = call.args;
  const one = (use: FileUse, path: string | undefined): CallMeaning =>
    fileEvent(reading, use, path);
  const two = (use: FileUse, from: string | undefined, to: string | undefined): CallMeaning =>
    from !== undefined && to !== undefined && !remembered(reading, from, to)
      ? undefined
      : both(one(use === 'link' ? 'read' : 'rename', from), one(use, to));
  switch (call.name) {
    case 'open':
      return opened(reading, undefined, a, b);
    case 'openat':
    case 'openat2':
      return opened(reading, a, b, c);
    case 'creat':
      return one('create', call.result.path ?? placed(reading, undefined, a, 'follow'));
    case 'truncate':
      return one('write', placed(reading, undefined, a, 'follow'));
    case 'mkdir':
      return one('make-directory', placed(reading, undefined, a));
    case 'mkdirat':
      return one('make-directory', placed(reading, a, b));
    case 'mknod':
      return one('create', placed(reading, undefined, a));
    case 'mknodat':
      return one('create', placed(reading, a, b));
    case 'rmdir':
    case 'unlink':
      return one('remove', placed(reading, undefined, a));
    case 'unlinkat':
      return one('remove', placed(reading, a, b));
    case 'rename':
      return two('rename', placed(reading, undefined, a), placed(reading, undefined, b));
    case 'renameat':
    case 'renameat2':
      return two('rename', placed(reading, a, b), placed(reading, c, d));
    case 'link':
      return two('link', placed(reading, undefined, a), placed(reading, undefined, b));
    case 'linkat':
      return two('link', placed(reading, a, b), placed(reading, c, d));
    case 'symlink':
      return linked(reading, a, placed(reading, undefined, b));
    case 'symlinkat':
      return linked(reading, a, placed(reading, b, c));
    case 'chmod':
      return one('mode', placed(reading, undefined, a, 'follow'));
    case 'fchmodat':
      return one('mode', placed(reading, a, b, 'follow'));
    default:
      return undefined;
  }
}

/** The arguments of a program, no more than are told. */
function programArguments(
  list: string,
): { readonly args: readonly string[]; readonly isCut: boolean } | undefined {
  if (list === 'NULL' || /^0x[0-9a-f]+$/.test(list)) return { args: [], isCut: list !== 'NULL' };
  if (!list.startsWith('[')) return undefined;
  const split = splitArguments(list, 1);
  if (split === undefined || split.end !== list.length) return undefined;
  let isCut = split.args.length > LIMITS.traceArguments;
  const args: string[] = [];
  for (const item of split.args.slice(0, LIMITS.traceArguments)) {
    if (item === '...' || /^0x[0-9a-f]+$/.test(item)) {
      isCut = true;
      continue;
    }
    const quoted = quotedText(item);
    if (quoted === undefined || !['', '...'].includes(quoted.rest.trim())) return undefined;
    isCut ||= quoted.isCut || quoted.text.length > LIMITS.traceArgumentCharacters;
    args.push(quoted.text.slice(0, LIMITS.traceArgumentCharacters));
  }
  return { args, isCut };
}

function execCall(reading: Reading): CallMeaning {
  const { pid, call } = reading;
  const isAt = call.name === 'execveat';
  const [a, b, c] = call.args;
  const list = programArguments((isAt ? c : b) ?? '');
  const program = placed(reading, isAt ? a : undefined, isAt ? b : a, 'follow');
  if (list === undefined || program === undefined) return undefined;
  return [{ kind: 'exec', pid, program, ...list, error: call.result.error }];
}

interface Address {
  readonly family: NetFamily;
  readonly address: string;
  readonly port: number;
}

/** Reads the address of a socket; `null` for one that leads nowhere outside of the kernel, or says that there is none. */
function readAddress(text: string): Address | null | undefined {
  if (text === 'NULL' || /^\{sa_family=AF_(?:UNSPEC|NETLINK)\b/.test(text)) return null;
  const [, port4, four] =
    /^\{sa_family=AF_INET, sin_port=htons\(([0-9]{1,5})\), sin_addr=inet_addr\("([0-9.]{7,15})"\)\}$/.exec(
      text,
    ) ?? [];
  if (four !== undefined) return { family: 'inet', address: four, port: Number(port4) };
  const [, port6, six] =
    /^\{sa_family=AF_INET6, sin6_port=htons\(([0-9]{1,5})\), (?:sin6_flowinfo=htonl\([0-9a-fx]+\), )?inet_pton\(AF_INET6, "([0-9a-f:.]{2,45})"/.exec(
      text,
    ) ?? [];
  if (six !== undefined) return { family: 'inet6', address: six, port: Number(port6) };
  const [head, abstract = ''] = /^\{sa_family=AF_UNIX(?:, sun_path=(@?)(?="))?/.exec(text) ?? [];
  if (head !== undefined) {
    const path = quotedText(text.slice(head.length));
    const name = (path?.text ?? '').replace(/\0+$/, '');
    return { family: 'unix', address: `${abstract}${name}`, port: 0 };
  }
  const [, family] = /^\{sa_family=(AF_[A-Z0-9]{1,20}|0x[0-9a-f]{1,4})\b/.exec(text) ?? [];
  return family === undefined ? undefined : { family: 'other', address: family, port: 0 };
}

function inside(list: string): readonly string[] | undefined {
  return splitArguments(list, 1)?.args;
}

/** The addresses in messages, `msg_name=…` of each. Texts that are sent hold none: they stand in quotes. */
function messageAddresses(text: string, isMany: boolean): readonly string[] | undefined {
  const heads = isMany
    ? inside(text)?.map((one) => inside(one)?.[0]?.replace(/^msg_hdr=/, ''))
    : [text];
  if (heads === undefined) return undefined;
  const names = heads.map((head) =>
    head?.startsWith('{') === true
      ? inside(head)
          ?.find((field) => field.startsWith('msg_name='))
          ?.slice('msg_name='.length)
      : undefined,
  );
  return names.flatMap((name) => name ?? []);
}

function netEvents(
  { pid, call }: Reading,
  use: TracedNet['use'],
  texts: readonly string[],
): CallMeaning {
  const events: TraceEvent[] = [];
  // What is not done at once is under way.
  const { error } = call.result;
  for (const text of texts) {
    const address = readAddress(text);
    if (address === undefined) return undefined;
    if (address !== null)
      events.push({
        kind: 'net',
        pid,
        use,
        ...address,
        error: error === 'EINPROGRESS' ? undefined : error,
      });
  }
  return events;
}

function netCall(reading: Reading): CallMeaning {
  const { pid, call } = reading;
  const [, second = '', , , fifth = 'NULL'] = call.args;
  const hosts = call.name.startsWith('send') ? askedNames(second) : [];
  const asked = hosts.map((host): TraceEvent => ({ kind: 'lookup', pid, host }));
  switch (call.name) {
    case 'connect':
    case 'bind':
      return netEvents(reading, call.name, [second]);
    case 'sendto':
      return both(asked, netEvents(reading, 'send', [fifth]));
    default: {
      const addresses = messageAddresses(second, call.name === 'sendmmsg');
      return both(
        asked,
        addresses === undefined ? undefined : netEvents(reading, 'send', addresses),
      );
    }
  }
}

/** What a call means, made in a working directory. */
export function callMeaning(
  pid: number,
  call: SystemCall,
  cwd: Cwd,
  links: TracedLinks,
): CallMeaning {
  const reading = { pid, call, cwd, links };
  const meaning = call.name.startsWith('exec')
    ? execCall(reading)
    : /^(?:connect|bind|send)/.test(call.name)
      ? netCall(reading)
      : call.name === 'io_uring_setup'
        ? call.result.error === undefined
          ? [{ kind: 'blind' as const, pid, call: call.name }]
          : []
        : fileCall(reading);
  return meaning ?? (namedNothing(reading) ? [] : undefined);
}
