/**
 * What this machine verified: how far each log, and which events of each identifier, over all logs. It can be deleted at
 * any time, and then protects from nothing until it has grown again.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { readFileBounded } from '../host/files.ts';
import type { Home } from './home.ts';
import { documentBytes, parseDocument, readDocument, writeDocument } from './home-document.ts';
import { seenAidPath, seenLogPath } from './home-layout.ts';
import { requireDigest } from './key-text.ts';
import { replaceUnsynced } from './unsynced-file.ts';

/** How far a log was verified. */
export interface KnownLog {
  readonly logId: string;
  /** Number of the last verified batch. */
  readonly position: number;
  /** Digest of that batch's signed payload, CESR text. */
  readonly payloadDigest: string;
}

/** An event of an identifier that was verified. */
export interface RememberedEvent {
  /** Sequence number. */
  readonly sn: number;
  readonly said: string;
  /** Whether it is an establishment event: these are kept longest. */
  readonly establishment: boolean;
}

/** What was seen of one identifier. */
export interface SeenAid {
  readonly aid: string;
  /** Ids of the logs that it was verified in, the latest last. */
  readonly logs: readonly string[];
  /** By rising sequence number, one for each. */
  readonly events: readonly RememberedEvent[];
}

const LOG_FORMAT = 'gitkel-seen-log/1';
const AID_FORMAT = 'gitkel-seen-aid/1';
const DELETE_IT = 'it may be deleted: gitkel then learns anew what it verifies';

export function readSeenLog({ host, dir }: Home, logId: string): KnownLog | undefined {
  requireDigest(logId, 'the log id');
  const what = `what was seen of the log in ${quoted(seenLogPath(dir, logId))}`;
  const value = readDocument(host, seenLogPath(dir, logId), what);
  if (value === undefined) return undefined;
  const fields = fieldsOf(value, what, ['format', 'logId', 'payloadDigest', 'position']);
  const log: KnownLog = {
    logId: fields.text('logId'),
    position: fields.integer('position'),
    payloadDigest: fields.text('payloadDigest'),
  };
  requireFit(fields.text('format') === LOG_FORMAT && log.logId === logId, what);
  return log;
}

export function writeSeenLog(
  { host, dir }: Home,
  { logId, position, payloadDigest }: KnownLog,
): void {
  requireDigest(logId, 'the log id');
  writeDocument(host, seenLogPath(dir, logId), {
    format: LOG_FORMAT,
    logId,
    payloadDigest,
    position,
  });
}

export function readSeenAid({ host, dir }: Home, aid: string): SeenAid | undefined {
  const path = seenAidPath(dir, aid);
  const what = `what was seen of the identifier in ${quoted(path)}`;
  const bytes = readFileBounded(host, path, LIMITS.homeFileBytes);
  // Written without waiting for the disk: empty after a loss of power, which is to have seen nothing.
  if (bytes === undefined || bytes.length === 0) return undefined;
  const value = parseDocument(bytes, LIMITS.homeFileBytes, what);
  const fields = fieldsOf(value, what, ['aid', 'events', 'format', 'logs']);
  const seen: SeenAid = {
    aid: fields.text('aid'),
    logs: fields.texts('logs'),
    events: fields.list('events').map((event) => parseEvent(event, what)),
  };
  const rising = seen.events.every(
    (event, i) => i === 0 || event.sn > (seen.events[i - 1]?.sn ?? 0),
  );
  requireFit(fields.text('format') === AID_FORMAT && seen.aid === aid && rising, what);
  return seen;
}

export function writeSeenAid({ host, dir }: Home, { aid, logs, events }: SeenAid): void {
  const list = events.map(({ establishment, said, sn }) => ({ establishment, said, sn }));
  const value = { aid, events: list, format: AID_FORMAT, logs };
  replaceUnsynced(host, seenAidPath(dir, aid), documentBytes(value));
}

/**
 * What was seen, and now more of it. An event that replaces another one superseded it and everything after it (KERI,
 * "Superseding recovery").
 */
export function mergeSeen(
  before: SeenAid | undefined,
  aid: string,
  logId: string,
  events: readonly RememberedEvent[],
): SeenAid {
  const old = before?.events ?? [];
  const saids = new Map(events.map(({ sn, said }) => [sn, said]));
  const cut =
    old.find(({ sn, said }) => saids.has(sn) && saids.get(sn) !== said)?.sn ??
    Number.POSITIVE_INFINITY;
  const bySn = new Map(old.filter(({ sn }) => sn < cut).map((event) => [event.sn, event]));
  for (const event of events) {
    const establishment = event.establishment || bySn.get(event.sn)?.establishment === true;
    bySn.set(event.sn, { ...event, establishment });
  }
  const logs = [...(before?.logs ?? []).filter((log) => log !== logId), logId];
  return {
    aid,
    logs: logs.slice(-LIMITS.rememberedLogs),
    events: thinned([...bySn.values()].toSorted((a, b) => a.sn - b.sn)),
  };
}

/** Within bounds: establishment events before others, later ones before earlier ones, and always the last. */
function thinned(events: readonly RememberedEvent[]): readonly RememberedEvent[] {
  const surplus = events.length - LIMITS.rememberedEvents;
  if (surplus <= 0) return events;
  const order = events.toSorted((a, b) => rank(a, events) - rank(b, events) || a.sn - b.sn);
  const dropped = new Set(order.slice(0, surplus));
  return events.filter((event) => !dropped.has(event));
}

function rank(event: RememberedEvent, events: readonly RememberedEvent[]): number {
  if (event === events.at(-1)) return 2;
  return event.establishment ? 1 : 0;
}

function parseEvent(value: Json, what: string): RememberedEvent {
  const fields = fieldsOf(value, what, ['establishment', 'said', 'sn']);
  const establishment = fields.json('establishment');
  requireFit(typeof establishment === 'boolean', what);
  return {
    sn: fields.integer('sn'),
    said: fields.text('said'),
    establishment: establishment === true,
  };
}

function requireFit(fits: boolean, what: string): void {
  if (!fits)
    throw malformed('seen', `Cannot read ${what}: it does not fit together`, { hint: DELETE_IT });
}
