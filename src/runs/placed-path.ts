/**
 * The paths that calls of a trace name.
 * @module
 */
import type { SystemCall } from './strace-line.ts';
import { quotedText, readDescriptor } from './strace-text.ts';
import type { TracedLinks } from './traced-links.ts';

/** The working directory of the process that made a call; `undefined` where nobody knows it. */
export type Cwd = string | undefined;

/** A call, with what is known of whoever made it. */
export interface Reading {
  readonly pid: number;
  readonly call: SystemCall;
  readonly cwd: Cwd;
  readonly links: TracedLinks;
}

/** A path through the descriptors of a process, or its working directory: where it leads is not known from its name. */
const THROUGH_PROCESS =
  /^\/(?:proc\/(?:self|thread-self|[0-9]{1,10})(?:\/task\/[0-9]{1,10})?\/(?:fd|cwd|map_files)(?:\/|$)|dev\/(?:fd\/|std(?:in|out|err)$))/;
/** Where programs print to; what that is may belong to somebody else. */
const OWN_STREAM =
  /^\/(?:proc\/(?:self|[0-9]{1,10})\/fd\/[012]|dev\/(?:fd\/[012]|std(?:in|out|err)))$/;

/** Whether the last part of a path is followed where it is a link. */
type Last = 'follow' | 'keep';

/**
 * The full path that two arguments name: a directory (its descriptor), and a path from there. Of a call that failed, nobody
 * knows where a path leads that goes through a descriptor.
 */
export function placed(
  reading: Reading,
  directory: string | undefined,
  argument: string | undefined,
  last: Last = 'keep',
): string | undefined {
  const { error } = reading.call.result;
  const named = namedPath(reading, directory, argument);
  if (named === undefined) return undefined;
  const path = reading.links.followed(named, last === 'follow');
  const isHidden = error !== undefined && THROUGH_PROCESS.test(path);
  return isHidden && !(OWN_STREAM.test(path) && error !== 'EROFS') ? undefined : path;
}

function namedPath(
  { cwd }: Reading,
  directory: string | undefined,
  argument = '',
): string | undefined {
  const quoted = quotedText(argument);
  if (quoted === undefined || quoted.isCut || quoted.rest !== '') return undefined;
  const { text } = quoted;
  if (text.startsWith('/')) return text;
  const descriptor = directory === undefined ? undefined : readDescriptor(directory);
  if (directory !== undefined && descriptor === undefined) return undefined;
  const base = descriptor?.path ?? (descriptor?.number === undefined ? cwd : undefined);
  return base === undefined ? undefined : `${base}/${text}`;
}
