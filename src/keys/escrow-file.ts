/**
 * What waits in a home for a log: messages that are neither accepted nor refused yet, one file for each log. It is
 * nobody's truth: what is missing is sent again.
 * @module
 */
import { utf8 } from '../base/bytes.ts';
import { type Json, parseCanonical } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { readFileBounded, removeIfPresent, writeFileDurably } from '../host/files.ts';
import type { Home } from './home.ts';
import { documentBytes } from './home-document.ts';
import { escrowPath } from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import { requireDigest } from './key-text.ts';

const FORMAT = 'gitkel-escrow/1';
const LINE_FEED = 0x0a;
/** What canonical JSON makes of the messages at most, and all that stands beside them. */
const FILE_BYTES = 2 * LIMITS.escrowedBytes + 1_024 * LIMITS.escrowed;

/** A message that waits. */
export interface EscrowedMessage {
  /** Names it among all that waits: the SAID of an event, a receipt's kind, event and signature. */
  readonly key: string;
  /** Where it waits, e.g. `out-of-order`, `partially-signed`. */
  readonly escrow: string;
  /** The event that waits, or over which the signature was given; of a registry's event whom it is about. */
  readonly aid: string;
  readonly sn: number;
  readonly said: string;
  /** Somebody else on whom it depends: a delegator, a signer, a registry. */
  readonly on: string | undefined;
  /** Whether a signature of it was verified. */
  readonly isVerified: boolean;
  /** When it came, seconds since 1970 by this machine's clock. */
  readonly since: number;
  /** The exact message with what is attached to it, CESR text; several times where that is more than one has room for. */
  readonly message: string;
}

function toJson({ isVerified, on, ...entry }: EscrowedMessage): Json {
  return { ...entry, verified: isVerified, ...(on === undefined ? {} : { on }) };
}

function parseEntry(value: Json, what: string): EscrowedMessage {
  const labels = ['aid', 'escrow', 'key', 'message', 'said', 'since', 'sn', 'verified'];
  const fields = fieldsOf(value, what, labels, ['on']);
  return {
    key: fields.text('key'),
    escrow: fields.text('escrow'),
    aid: fields.text('aid'),
    sn: fields.integer('sn'),
    said: fields.text('said'),
    on: fields.optionalText('on'),
    isVerified: fields.json('verified') === true,
    since: fields.integer('since'),
    message: fields.text('message'),
  };
}

/**
 * What waits for a log, in the order in which it came.
 * @throws GitkelError `malformed` for a file that is damaged.
 */
export function readEscrow({ host, dir }: Home, logId: string): readonly EscrowedMessage[] {
  requireDigest(logId, 'the log id');
  const path = escrowPath(dir, logId);
  const what = `what waits in ${quoted(path)}`;
  const bytes = readFileBounded(host, path, FILE_BYTES);
  if (bytes === undefined) return [];
  const hint = 'it may be deleted: what waited has to be imported again';
  if (bytes.at(-1) !== LINE_FEED)
    throw malformed('truncated', `Cannot read ${what}: it does not end in a line feed`, { hint });
  const fields = fieldsOf(parseCanonical(bytes.subarray(0, -1), FILE_BYTES, what), what, [
    'format',
    'log',
    'messages',
  ]);
  if (fields.text('format') !== FORMAT || fields.text('log') !== logId)
    throw malformed('escrow', `Cannot read ${what}: it is of another log`, { hint });
  return fields.list('messages').map((entry) => parseEntry(entry, what));
}

/** As bytes, which are more than the characters outside of ASCII. */
function sizeOf({ message }: EscrowedMessage): number {
  return utf8(message).length;
}

/** The messages within bounds: of one identifier and in all, the oldest goes first, one that nobody verified before others. */
export function boundedEscrow(messages: readonly EscrowedMessage[]): readonly EscrowedMessage[] {
  const gone = new Set<EscrowedMessage>();
  const perAid = new Map<string, number>();
  let [count, bytes] = [messages.length, 0];
  for (const one of messages) {
    perAid.set(one.aid, (perAid.get(one.aid) ?? 0) + 1);
    bytes += sizeOf(one);
  }
  const drop = (one: EscrowedMessage): void => {
    gone.add(one);
    perAid.set(one.aid, (perAid.get(one.aid) ?? 0) - 1);
    count--;
    bytes -= sizeOf(one);
  };
  const byWorth = [
    ...messages.filter(({ isVerified }) => !isVerified),
    ...messages.filter(({ isVerified }) => isVerified),
  ];
  for (const one of byWorth) if ((perAid.get(one.aid) ?? 0) > LIMITS.escrowedPerAid) drop(one);
  for (const one of byWorth) {
    if (count <= LIMITS.escrowed && bytes <= LIMITS.escrowedBytes) break;
    if (!gone.has(one)) drop(one);
  }
  return messages.filter((one) => !gone.has(one));
}

/**
 * Changes what waits for a log, within bounds; on the disk when this returns.
 * @returns what waits now
 */
export async function changeEscrow(
  home: Home,
  logId: string,
  change: (before: readonly EscrowedMessage[]) => readonly EscrowedMessage[],
): Promise<readonly EscrowedMessage[]> {
  const { host, dir } = home;
  return withHomeLock(home, 'escrow', () => {
    const before = readEscrow(home, logId);
    const after = boundedEscrow(change(before));
    const value = { format: FORMAT, log: logId, messages: after.map(toJson) };
    if (JSON.stringify(before) === JSON.stringify(after)) return after;
    if (after.length === 0) removeIfPresent(host, escrowPath(dir, logId));
    else writeFileDurably(host, escrowPath(dir, logId), documentBytes(value), 0o600);
    return after;
  });
}
