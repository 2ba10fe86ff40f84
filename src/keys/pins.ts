/**
 * What this home has verified or pinned, and the alarms that a log raises against it: a log that went back or forked, an
 * identifier that shows another event for a place that was seen before.
 * @module
 */
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { namesIn } from '../host/files.ts';
import type { Home } from './home.ts';
import { readDocument, writeDocument } from './home-document.ts';
import { aidOfFile, homeFolder, pinPath, seenAidPath, seenLogPath } from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import { requireDigest } from './key-text.ts';
import { type LogPin, logPinOf } from './log-pins.ts';
import { isAid } from './names.ts';
import {
  type KnownLog,
  type RememberedEvent,
  type SeenAid,
  mergeSeen,
  readSeenAid,
  readSeenLog,
  writeSeenAid,
  writeSeenLog,
} from './seen.ts';

const PIN_FORMAT = 'gitkel-pin/1';
const LONGEST_PATH = 4_096;

/** An event of an identifier: where it stands and what it is. */
export interface EventPoint {
  readonly aid: string;
  /** Sequence number. */
  readonly sn: number;
  readonly said: string;
}

/** An event to remember. Give the last one of each identifier and all of its establishment events. */
export interface SeenEvent extends EventPoint {
  readonly establishment?: boolean | undefined;
}

/** The furthest point of an identifier that is known. */
export interface KnownAid extends EventPoint {
  /** Whether the user pinned it. */
  readonly pinned: boolean;
  /** Ids of the logs that it was verified in. */
  readonly sources: readonly string[];
  /** All points that are remembered or pinned, by rising sequence number. */
  readonly points: readonly { readonly sn: number; readonly said: string }[];
}

/** A log as it is now, for `checkAgainst`. */
export interface LogLookup {
  /** Number of the last batch. */
  readonly position: number;
  /** Digest of the signed payload of a batch, CESR text. */
  digestAt(position: number): string | undefined;
  /** The identifiers that are compared. */
  readonly aids: ReadonlyMap<string, AidLookup>;
}

export interface AidLookup {
  /** Sequence number of the last event. */
  readonly sn: number;
  /** The SAID of the event that is in force at a sequence number. */
  saidAt(sn: number): string | undefined;
  /** Whether the log itself shows that an event for a place was superseded by the recovery rotation of its owner. */
  isSuperseded?(sn: number, said: string): boolean;
}

/** What does not fit to what was known. `aid-behind` is information (the log is stale there), the others are alarms. */
export interface Alarm {
  readonly reason: 'log-rolled-back' | 'log-forked' | 'aid-conflict' | 'aid-behind';
  readonly aid: string | undefined;
  /** In words, for people. */
  readonly detail: string;
}

/**
 * Remembers what was verified in a log. Call it when `checkAgainst` raised no alarm.
 * @throws GitkelError `refused`, reason `log-forked` or `log-rolled-back`, rather than forgetting what a log was.
 */
export async function remember(
  home: Home,
  log: KnownLog,
  aids: Iterable<SeenEvent>,
): Promise<void> {
  const events = byAid(aids);
  await withHomeLock(home, 'seen', () => {
    const before = readSeenLog(home, log.logId);
    // Whether an earlier batch is still the same was for `checkAgainst` to see.
    const digestAt = (n: number): string | undefined =>
      n === log.position ? log.payloadDigest : before?.payloadDigest;
    const [alarm] = logAlarms(home, before, log.position, digestAt);
    if (alarm !== undefined)
      throw new GitkelError('refused', alarm.detail, { reason: alarm.reason });
    mergeAll(home, log.logId, events);
    if (before?.position !== log.position) writeSeenLog(home, log);
  });
}

function byAid(seen: Iterable<SeenEvent>): ReadonlyMap<string, readonly RememberedEvent[]> {
  const events = new Map<string, RememberedEvent[]>();
  for (const { aid, sn, said, establishment = false } of seen) {
    requirePoint({ aid, sn, said });
    const list = events.get(aid) ?? [];
    list.push({ sn, said, establishment });
    events.set(aid, list);
  }
  return events;
}

function mergeAll(
  home: Home,
  logId: string,
  events: ReadonlyMap<string, readonly RememberedEvent[]>,
): void {
  for (const [aid, list] of events) {
    const seen = readSeenAid(home, aid);
    const merged = mergeSeen(seen, aid, logId, list);
    if (!sameSeen(seen, merged)) writeSeenAid(home, merged);
  }
}

/** Remembers KELs that were verified outside of their log, e.g. in the export of a batch for it. */
export async function rememberAids(
  home: Home,
  logId: string,
  aids: Iterable<SeenEvent>,
): Promise<void> {
  const events = byAid(aids);
  await withHomeLock(home, 'seen', () => mergeAll(home, logId, events));
}

/** How far a log was verified; `undefined` for a log that this home does not know. */
export function knownLog(home: Home, logId: string): KnownLog | undefined {
  return readSeenLog(home, logId);
}

/**
 * Pins an identifier: the user vouches that it is the one meant, and that this event is its. Replaces an earlier pin.
 * @throws GitkelError `malformed` when it is no AID or no SAID.
 */
export function pinAid({ host, dir }: Home, { aid, sn, said }: EventPoint): void {
  requirePoint({ aid, sn, said });
  writeDocument(host, pinPath(dir, aid), { aid, format: PIN_FORMAT, said, sn });
}

/** The pin of an identifier, if there is one. */
export function pinOf({ host, dir }: Home, aid: string): EventPoint | undefined {
  const what = `the pin in ${quoted(pinPath(dir, aid))}`;
  const value = readDocument(host, pinPath(dir, aid), what);
  if (value === undefined) return undefined;
  const fields = fieldsOf(value, what, ['aid', 'format', 'said', 'sn']);
  const pin: EventPoint = {
    aid: fields.text('aid'),
    sn: fields.integer('sn'),
    said: fields.text('said'),
  };
  if (fields.text('format') !== PIN_FORMAT || pin.aid !== aid) {
    throw malformed('pin', `Cannot read ${what}: it does not fit together`);
  }
  requirePoint(pin);
  return pin;
}

/** The identifiers that are pinned, sorted. */
export function pinnedAids({ host, dir }: Home): readonly string[] {
  return namesIn(host, homeFolder(dir, 'pins'))
    .map(aidOfFile)
    .filter((aid) => aid !== undefined);
}

/** What is known of an identifier over all logs; `undefined` when nothing is. */
export function knownAid(home: Home, aid: string): KnownAid | undefined {
  if (!isAid(aid)) throw malformed('aid', `Cannot look up ${quoted(aid)}: it is not an AID`);
  const seen = readSeenAid(home, aid);
  const pin = pinOf(home, aid);
  const points = [...(seen?.events ?? []), ...(pin === undefined ? [] : [pin])]
    .map(({ sn, said }) => ({ sn, said }))
    .toSorted((a, b) => a.sn - b.sn);
  const last = points.at(-1);
  if (last === undefined) return undefined;
  return { aid, ...last, pinned: pin !== undefined, sources: seen?.logs ?? [], points };
}

/**
 * Compares a verified log with what this home knows of it and of its identifiers.
 * @returns what does not fit, nothing when all does
 */
export function checkAgainst(home: Home, logId: string, lookup: LogLookup): readonly Alarm[] {
  const log = readSeenLog(home, logId);
  const alarms: Alarm[] = [
    ...logAlarms(home, log, lookup.position, (n) => lookup.digestAt(n)),
    ...pinAlarms(logPinOf(home, logId), lookup),
  ];
  for (const [aid, now] of [...lookup.aids].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const known = knownAid(home, aid);
    if (known !== undefined) alarms.push(...aidAlarms(home, known, now));
  }
  return alarms;
}

/** What does not fit to a pinned log; nobody but the user ends that, by pinning it anew. */
function pinAlarms(pin: LogPin | undefined, lookup: LogLookup): readonly Alarm[] {
  if (pin === undefined || lookup.digestAt(pin.position) === pin.payloadDigest) return [];
  const where = `the log ${quoted(pin.logId)}`;
  return lookup.position < pin.position
    ? [
        {
          reason: 'log-rolled-back',
          aid: undefined,
          detail: `${where} ends at batch ${lookup.position}, but was pinned at batch ${pin.position}`,
        },
      ]
    : [
        {
          reason: 'log-forked',
          aid: undefined,
          detail: `batch ${pin.position} of ${where} is not the one that was pinned`,
        },
      ];
}

function logAlarms(
  { dir }: Home,
  log: KnownLog | undefined,
  position: number,
  digestAt: (position: number) => string | undefined,
): readonly Alarm[] {
  if (log === undefined) return [];
  const forget = `if that is explained, delete ${quoted(seenLogPath(dir, log.logId), LONGEST_PATH)}`;
  const where = `the log ${quoted(log.logId)}`;
  if (position < log.position) {
    const detail = `${where} ends at batch ${position}, but was verified up to batch ${log.position} before; ${forget}`;
    return [{ reason: 'log-rolled-back', aid: undefined, detail }];
  }
  if (digestAt(log.position) === log.payloadDigest) return [];
  const detail = `batch ${log.position} of ${where} is not the one that was verified before; ${forget}`;
  return [{ reason: 'log-forked', aid: undefined, detail }];
}

function aidAlarms({ dir }: Home, { aid, points }: KnownAid, now: AidLookup): readonly Alarm[] {
  const trunk = points.filter(({ sn, said }) => now.isSuperseded?.(sn, said) !== true);
  const conflict = trunk.find(({ sn, said }) => sn <= now.sn && now.saidAt(sn) !== said);
  if (conflict !== undefined) {
    const detail =
      `the identifier ${quoted(aid)} has the event ${quoted(now.saidAt(conflict.sn))} at sequence number ` +
      `${conflict.sn}, where ${quoted(conflict.said)} was verified or pinned before; if that is explained, delete ` +
      `${quoted(seenAidPath(dir, aid), LONGEST_PATH)} or pin it anew`;
    return [{ reason: 'aid-conflict', aid, detail }];
  }
  const last = trunk.at(-1);
  if (last === undefined || last.sn <= now.sn) return [];
  const detail = `the identifier ${quoted(aid)} is at sequence number ${now.sn} here, but ${last.sn} is known`;
  return [{ reason: 'aid-behind', aid, detail }];
}

function requirePoint({ aid, sn, said }: EventPoint): void {
  if (!isAid(aid)) throw malformed('aid', `Cannot remember ${quoted(aid)}: it is not an AID`);
  if (!Number.isSafeInteger(sn) || sn < 0) {
    throw malformed(
      'sequence-number',
      `Cannot remember ${quoted(aid)} at ${quoted(sn)}: no sequence number`,
    );
  }
  requireDigest(said, 'the SAID');
}

function sameSeen(a: SeenAid | undefined, b: SeenAid): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}
