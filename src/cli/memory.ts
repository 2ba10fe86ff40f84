import type { Memory } from '../audit/audit.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import type { Home } from '../keys/home.ts';
import { logPinPath } from '../keys/home-layout.ts';
import { adoptRotation, listKeys } from '../keys/keystore.ts';
import { logPinOf, pinnedLogAt } from '../keys/log-pins.ts';
import { listNames } from '../keys/names.ts';
import {
  type AidLookup,
  checkAgainst,
  knownLog,
  pinnedAids,
  remember,
  type SeenEvent,
} from '../keys/pins.ts';
import type { KnownLog } from '../keys/seen.ts';
import type { Contents } from '../log/contents.ts';
import { addressesOf } from '../log/freshness.ts';
import type { Log } from '../log/log.ts';
import { rememberContents } from '../log/resume.ts';
import { upstreamOf } from '../log/upstream.ts';
import type { VerifiedMemory } from '../log/verified-memory.ts';
import { takesPart } from './taking-part.ts';

/** Characters of a path that a message quotes. */
const LONGEST_PATH = 4_096;

/**
 * What this home knows of the log, compared with what was verified in it now.
 * @param among the AIDs that are compared, beside those that are pinned
 */
export function recall(home: Home, contents: Contents, among: Iterable<string>): Memory {
  const logId = contents.genesis?.logId;
  if (logId === undefined) return { known: false, alarms: [], notes: [] };
  const pinned = pinnedAids(home).filter((aid) => contents.kel(aid) !== undefined);
  const found = checkAgainst(home, logId, {
    position: contents.batches - 1,
    digestAt: (position) => contents.batchAt(position)?.payloadDigest,
    aids: lookups(contents, new Set([...among, ...pinned])),
  });
  return {
    known:
      knownLog(home, logId) !== undefined ||
      logPinOf(home, logId) !== undefined ||
      pinned.length > 0,
    alarms: found
      .filter(({ reason }) => reason !== 'aid-behind')
      .map(({ reason, detail, aid }) => ({
        reason,
        detail,
        ...(aid === undefined ? {} : { aid }),
      })),
    notes: found
      .filter(({ reason }) => reason === 'aid-behind')
      .map(({ detail }) => `stale: ${detail}`),
  };
}

function lookups(contents: Contents, aids: Iterable<string>): ReadonlyMap<string, AidLookup> {
  return new Map(
    Array.from(aids).flatMap((aid) => {
      const kel = contents.kel(aid);
      if (kel === undefined) return [];
      const lookup: AidLookup = {
        sn: kel.state.sn,
        saidAt: (sn) => kel.saidAt(sn),
        isSuperseded: (sn, said) => kel.isDisputed(sn, said),
      };
      return [[aid, lookup] as const];
    }),
  );
}

/** Whether the home knows the log: then it has seen all that the verified memory holds of it. */
function isKnown(home: Home, { genesis }: Contents): boolean {
  return genesis !== undefined && knownLog(home, genesis.logId) !== undefined;
}

/** The AIDs of which this home may not have seen all. */
function unseenAids(home: Home, contents: Contents): readonly string[] {
  return isKnown(home, contents) ? contents.touched : contents.aids;
}

/** What this home knows of contents that verified, compared as far as it has not seen them. */
export function recallNow(home: Home, contents: Contents): Memory {
  return recall(home, contents, unseenAids(home, contents));
}

/**
 * What this home knows of an open log. Another process of this home may have written to it, and remembered that, since
 * the log was read: so it is read again before it counts as one that went back.
 */
export function recallOpen(home: Home, log: Log): Memory {
  for (;;) {
    const { batches } = log.contents;
    const found = recallNow(home, log.contents);
    const misplaced = misplacedAlarms(home, log.contents, addressesOf(log));
    const memory = { ...found, alarms: [...misplaced, ...found.alarms] };
    if (!memory.alarms.some(({ reason }) => reason === 'log-rolled-back')) return memory;
    log.refresh();
    if (log.contents.batches <= batches) return memory;
  }
}

/** The error for a log that does not fit to what this home knows of it. */
export function alarmError(
  log: Log,
  { reason, detail }: Pick<Memory['alarms'][number], 'reason' | 'detail'>,
): GitkelError {
  return new GitkelError('refused', `Cannot use this log: ${detail}`, {
    reason,
    hint:
      reason === 'log-rolled-back' && upstreamOf(log) !== undefined
        ? 'If that was another copy of it, take over what the upstream has: gitkel pull'
        : 'Compare it with the copy that you verified before; do not write to it.',
  });
}

/** That at one of the addresses of a log another one is pinned. */
export function misplacedAlarms(
  home: Home,
  { genesis }: Contents,
  addresses: readonly string[],
): Memory['alarms'] {
  if (genesis === undefined) return [];
  return addresses.flatMap((address) => {
    const pin = pinnedLogAt(home, address);
    if (pin === undefined || pin.logId === genesis.logId) return [];
    const file = quoted(logPinPath(home.dir, pin.logId), LONGEST_PATH);
    const detail = `at ${quoted(address, 512)} is the log ${genesis.logId}, where ${pin.logId} is pinned; if that is explained, delete ${file}`;
    return [{ reason: 'pinned-elsewhere', detail }];
  });
}

/** What this home may not have seen of the log. */
function unseenEvents(home: Home, contents: Contents): readonly SeenEvent[] {
  const isPartlySeen = isKnown(home, contents);
  return unseenAids(home, contents).flatMap((aid) => {
    const kel = contents.kel(aid);
    if (kel === undefined) return [];
    const unseen = isPartlySeen ? kel.newEstablishments : kel.establishments;
    const establishments = unseen.map(({ state: { sn, said } }) => ({
      aid,
      sn,
      said,
      establishment: true,
    }));
    const { sn, said } = kel.state;
    return establishments.at(-1)?.sn === sn
      ? establishments
      : [...establishments, { aid, sn, said }];
  });
}

/**
 * Remembers a log that verified and raised no alarm: how far it went, where each AID stood, and last what need not be
 * verified again. Keys of this home that a rotation made current are labelled so.
 */
export async function rememberLog(
  home: Home,
  memory: VerifiedMemory,
  contents: Contents,
): Promise<void> {
  const { genesis, lastBatch } = contents;
  if (genesis === undefined || lastBatch === undefined) return;
  const mark = {
    logId: genesis.logId,
    position: contents.batches - 1,
    payloadDigest: lastBatch.payloadDigest,
  };
  if (knownLog(home, genesis.logId)?.payloadDigest !== mark.payloadDigest)
    await rememberUnlessBehind(home, mark, contents);
  await adoptRotation(home, ownCurrentKeys(home, contents));
  await rememberContents(memory, contents);
}

/** Where another process of this home has seen more of the log since it was compared, that is what stays remembered. */
async function rememberUnlessBehind(home: Home, mark: KnownLog, contents: Contents): Promise<void> {
  try {
    await remember(home, mark, unseenEvents(home, contents));
  } catch (error) {
    if (!(error instanceof GitkelError) || error.reason !== 'log-rolled-back') throw error;
  }
}

/** Keys of this home that are current in identities in which it takes part. */
function ownCurrentKeys(home: Home, contents: Contents): readonly string[] {
  const own = new Set(listKeys(home).map(({ publicKey }) => publicKey));
  const named = listNames(home).map(({ aid }) => aid);
  return [...new Set([...contents.touched, ...named])].flatMap((aid) => {
    const kel = contents.kel(aid);
    const keys = kel?.state.publicKeys.filter((key) => own.has(key)) ?? [];
    if (kel === undefined || keys.length === 0) return [];
    const sns = kel.establishments.map(({ state }) => state.sn);
    return takesPart(home, aid, sns) ? keys : [];
  });
}
