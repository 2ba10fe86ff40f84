/**
 * What `pre-receive` approved, written down for the transactions by which the same Git process moves the refs then: these
 * need not judge again what has not changed since.
 * @module
 */
import { join } from 'node:path';
import type { Json } from '../base/canonical-json.ts';
import { GitkelError, malformed } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { isObjectId } from '../git/object.ts';
import { makeDirectory, namesIn, readFileBounded, removeIfPresent } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { isGone, ownMark } from '../host/owner-mark.ts';
import { documentBytes, parseDocument } from '../keys/home-document.ts';
import { replaceUnsynced } from '../keys/unsynced-file.ts';
import { approvalsDirectory, heldDirectory } from './hook-name.ts';

/** A ref that moves from one object to another; `undefined` stands for none. */
export interface RefMove {
  readonly ref: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Moves of refs that were judged well, and what they were judged by. */
export interface Approval {
  readonly moves: readonly RefMove[];
  /** The commit of the log, with what was pushed to it. */
  readonly log: string | undefined;
  /** The tips of the default branch by whose policy the moves were judged: before the push, and as the push leaves it. */
  readonly defaultTips: readonly (string | undefined)[];
  /** The day on which they were judged, in days since 1970-01-01, UTC: what others said of a skill ends by days. */
  readonly day: number;
  /** Whether the log decided anything: moves that touch neither skills nor the policy stand whatever is in it. */
  readonly isByLog: boolean;
}

const WHAT = 'what was approved';
const VERSION = 2;

/** A text that no other move has. */
export function moveKey({ ref, from, to }: RefMove): string {
  return `${from ?? ''} ${to ?? ''} ${ref}`;
}

function approvalPath(host: Host, commonDir: string): string {
  const directory = approvalsDirectory(commonDir);
  return join(directory, ownMark(host, commonDir));
}

/**
 * Writes down what was approved for a Git process.
 * @param host as that process sees it
 */
export function writeApproval(host: Host, commonDir: string, approval: Approval): void {
  makeDirectory(host, approvalsDirectory(commonDir), 0o700);
  const value = {
    day: approval.day,
    defaultTips: approval.defaultTips.map((tip) => tip ?? null),
    isByLog: approval.isByLog,
    log: approval.log ?? null,
    moves: approval.moves.map(({ ref, from, to }) => [ref, from ?? null, to ?? null]),
    version: VERSION,
  };
  replaceUnsynced(host, approvalPath(host, commonDir), documentBytes(value));
}

function objectOrNone(value: Json | undefined): string | undefined {
  if (value === null) return undefined;
  if (typeof value === 'string' && isObjectId(value)) return value;
  throw malformed('approval', `Cannot read ${WHAT}: an object id is expected`);
}

function parseMove(value: Json): RefMove {
  const [ref, from, to] = Array.isArray(value) ? (value as readonly Json[]) : [];
  if (typeof ref !== 'string')
    throw malformed('approval', `Cannot read ${WHAT}: a ref is expected`);
  return { ref, from: objectOrNone(from), to: objectOrNone(to) };
}

function truth(fields: Fields, key: string): boolean {
  const value = fields.json(key);
  if (typeof value === 'boolean') return value;
  throw malformed('approval', `Cannot read ${WHAT}: "${key}" must be true or false`);
}

function parseApproval(bytes: Uint8Array): Approval {
  const value = parseDocument(bytes, LIMITS.hookApprovalBytes, WHAT);
  const fields = fieldsOf(value, WHAT, [
    'day',
    'defaultTips',
    'isByLog',
    'log',
    'moves',
    'version',
  ]);
  if (fields.integer('version') !== VERSION)
    throw malformed('approval', `Cannot read ${WHAT}: another version of gitkel wrote it`);
  return {
    moves: fields.list('moves').map(parseMove),
    log: objectOrNone(fields.json('log')),
    defaultTips: fields.list('defaultTips').map(objectOrNone),
    day: fields.integer('day'),
    isByLog: truth(fields, 'isByLog'),
  };
}

/**
 * What was approved for a Git process; `undefined` when nothing was, or what is there cannot be read: then it is judged anew.
 * @param host as that process sees it
 */
export function readApproval(host: Host, commonDir: string): Approval | undefined {
  try {
    const path = approvalPath(host, commonDir);
    const bytes = readFileBounded(host, path, LIMITS.hookApprovalBytes, { links: 'refuse' });
    return bytes === undefined ? undefined : parseApproval(bytes);
  } catch (error) {
    if (error instanceof GitkelError) return undefined;
    throw error;
  }
}

/** Clears away what was approved and held for processes that are gone, and what they left half written. */
export function sweepApprovals(host: Host, commonDir: string): void {
  for (const directory of [approvalsDirectory(commonDir), heldDirectory(commonDir)]) {
    for (const name of namesIn(host, directory)) {
      const mark = name.replace(/\.[0-9a-f]{16}\.tmp$/, '');
      if (isGone(host, commonDir, mark)) removeIfPresent(host, join(directory, name));
    }
  }
}
