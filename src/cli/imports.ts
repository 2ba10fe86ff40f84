/**
 * Imports into a log with the keys and the escrow of a home.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { foundRivals } from '../exchange/found-evidence.ts';
import type { ImportOutcome } from '../exchange/import-outcome.ts';
import type { LogTrunks } from '../exchange/log-trunks.ts';
import { StreamImport } from '../exchange/stream-import.ts';
import { changeEscrow, type EscrowedMessage, readEscrow } from '../keys/escrow-file.ts';
import { keepEvidence, keptEvidence } from '../keys/evidence-files.ts';
import type { Home } from '../keys/home.ts';
import { knownAid } from '../keys/pins.ts';
import { provenBy } from '../exchange/evidence.ts';
import type { Log } from '../log/log.ts';
import { markOf } from '../log/marks.ts';
import { StreamReader } from '../stream/reader.ts';
import { ownCommitters } from './own-committers.ts';
import { afterCommit } from './after-commit.ts';
import { readyToWrite } from './remote.ts';
import type { Session } from './session.ts';
import { sizeOfStream, streamPieces } from './stream-source.ts';

/** Two events of one identifier for one place, and the evidence of that which is kept in the home. */
export interface ProvenRival {
  readonly aid: string;
  readonly sn: number;
  readonly rivals: readonly [string, string];
  /** The SAID of the evidence. */
  readonly evidence: string;
  readonly isNew: boolean;
  /** Whether it would mark nothing in the log, because the rival was made by keys that were rotated out before. */
  readonly late: boolean;
}

export interface HomeImport extends ImportOutcome {
  readonly duplicity: readonly ProvenRival[];
}

/** The log id under which a home keeps what waits for a log. */
export function escrowName(log: Log): string {
  const logId = log.contents.genesis?.logId;
  if (logId !== undefined) return logId;
  throw new GitkelError('refused', 'Cannot look up what waits: the log has no batch yet', {
    reason: 'log-unborn',
    hint: 'Its first batch is that of its founder: gitkel identity create NAME --key NAME',
  });
}

/** Refuses what shows another event than this home has seen or pinned for a place, before it is committed. */
function checkSeen(home: Home, trunks: LogTrunks): void {
  for (const log of trunks.logs) {
    const { aid, sn } = log.state;
    for (const point of knownAid(home, aid)?.points ?? []) {
      const there = point.sn <= sn ? log.saidAt(point.sn) : point.said;
      if (there === point.said || log.isSuperseded(point.said)) continue;
      throw new GitkelError(
        'refused',
        `Cannot import: event ${point.sn} of ${aid} is ${quoted(there)} there, this home has seen ${point.said}`,
        {
          reason: 'aid-conflict',
          hint: 'One of both was forged, or the controller signed two events for one place: ask the controller. What waits here and is forged can be dropped: gitkel escrow drop SAID',
        },
      );
    }
  }
}

/** Keeps the evidence of what rivals an event of the log. */
function keepRivals(
  session: Session,
  log: Log,
  escrow: readonly EscrowedMessage[],
): { readonly proven: readonly ProvenRival[]; readonly keys: ReadonlySet<string> } {
  const { home, host } = session;
  const room = LIMITS.keptEvidence - keptEvidence(home).length;
  const found = room > 0 ? foundRivals(log, escrow).slice(0, room) : [];
  const proven = found.flatMap(({ evidence }) => {
    const duplicity = provenBy(log, evidence);
    const { said, aid, sn } = duplicity;
    const kel = log.contents.kel(aid);
    if (kel === undefined) return [];
    const isNew = keepEvidence(home, said, evidence);
    const { rivals, isLate: late } = markOf(host.crypto, duplicity, kel);
    return [{ aid, sn, rivals, evidence: said, isNew, late }];
  });
  return { proven, keys: new Set(found.map(({ waiting }) => waiting.key)) };
}

/** What waits now: what the import left, but for proven rivals, and what others put there meanwhile. */
async function keepWaiting(
  home: Home,
  logId: string,
  loaded: readonly EscrowedMessage[],
  left: readonly EscrowedMessage[],
): Promise<readonly EscrowedMessage[]> {
  const seen = new Set([...loaded, ...left].map(({ key }) => key));
  return changeEscrow(home, logId, (before) => [
    ...left,
    ...before.filter(({ key }) => !seen.has(key)),
  ]);
}

async function run(
  session: Session,
  log: Log,
  feed: (importing: StreamImport) => Promise<void>,
): Promise<HomeImport> {
  await readyToWrite(session, log);
  const logId = escrowName(log);
  const escrow = readEscrow(session.home, logId);
  const importing = new StreamImport(log, {
    ...ownCommitters(session),
    escrow,
    check: (trunks) => checkSeen(session.home, trunks),
  });
  await feed(importing);
  const outcome = await importing.finish();
  session.settleAbsent(outcome.batches.length > 0);
  const { proven, keys } = keepRivals(session, log, outcome.escrow);
  const left = outcome.escrow.filter(({ key }) => !keys.has(key));
  const waiting = await keepWaiting(session.home, logId, escrow, left);
  if (outcome.batches.length > 0) {
    await afterCommit(session, 'this home does not remember it', async () =>
      session.remember(log.contents),
    );
    const entries = outcome.batches.map(({ commit }) => ({
      action: 'import',
      outcome: 'committed',
      from: commit,
    }));
    await afterCommit(session, 'the journal does not tell of it', async () =>
      session.note(...entries),
    );
  }
  return { ...outcome, escrow: waiting, duplicity: proven };
}

/** Imports a stream, `-` for the standard input, into a log; what cannot be decided yet waits in the home. */
export async function importStream(session: Session, log: Log, file: string): Promise<HomeImport> {
  sizeOfStream(session.host, file);
  return run(session, log, async (importing) => {
    const reader = new StreamReader();
    for await (const piece of streamPieces(session.host, file)) {
      for (const item of reader.push(piece)) {
        importing.take(item);
        if (importing.isDue) await importing.settle();
      }
    }
    for (const item of reader.end()) importing.take(item);
  });
}

/** Imports a stream that is at hand as bytes. */
export async function importBytes(
  session: Session,
  log: Log,
  bytes: Uint8Array,
): Promise<HomeImport> {
  return run(session, log, async (importing) => {
    const reader = new StreamReader();
    for (const item of [...reader.push(bytes), ...reader.end()]) importing.take(item);
  });
}

/** Imports what waits in the home, as far as the log now has what it waited for. */
export async function importWaiting(session: Session, log: Log): Promise<HomeImport> {
  return run(session, log, async () => {});
}
