import type { Collected } from '../batch/collected.ts';
import type { VerifiedExport } from '../batch/export-file.ts';
import { fateLines, isSupersededBy } from '../batch/superseded.ts';
import type { OpenSignature } from '../batch/sign.ts';
import type { KeyEvent } from '../keri/event.ts';
import { parseSignedEvent } from '../keri/signatures.ts';
import type { Home } from '../keys/home.ts';
import { rememberSigning } from '../keys/signed-memory.ts';
import type { Log } from '../log/log.ts';

/** The KELs that a batch builds on, out of a log or an export, as far as superseding goes. */
export interface Background {
  /** The event of a trunk at a sequence number. */
  eventAt(aid: string, sn: number): KeyEvent | undefined;
  /** Whether an event was superseded before. */
  isSuperseded(aid: string, sn: number, said: string): boolean;
}

export function backgroundOfLog(log: Log): Background {
  return {
    eventAt: (aid, sn) => {
      const bytes = log.readEvent(aid, sn);
      const parsed = bytes && parseSignedEvent(log.host.crypto, bytes);
      return parsed?.ok === true ? parsed.signed.event : undefined;
    },
    isSuperseded: (aid, sn, said) => log.contents.kel(aid)?.isDisputed(sn, said) === true,
  };
}

export function backgroundOfExport({ kels }: VerifiedExport): Background {
  return {
    eventAt: (aid, sn) => kels.get(aid)?.events[sn],
    isSuperseded: (aid, sn, said) => kels.get(aid)?.isSuperseded(sn, said) === true,
  };
}

/** What becomes of the events that a batch supersedes, line by line. */
export function supersededLines(
  { batch, planned }: Collected,
  background: Background,
): readonly string[] {
  const lifted = new Set(
    batch.records.flatMap(({ body }) => (body.type === 'lift' ? body.records : [])),
  );
  return planned.flatMap(({ event: { aid }, supersedes }) => {
    if (supersedes === undefined) return [];
    const { from, to } = supersedes;
    return Array.from({ length: to - from + 1 }, (_, at) =>
      background.eventAt(aid, from + at),
    ).flatMap((event) => (event === undefined ? [] : fateLines(event, batch.logId, lifted)));
  });
}

/** Whether an event of a batch may stand at a place for which another one was signed: that was superseded, or is by the batch. */
export function mayReplace(
  collected: Collected,
  background: Background,
  { aid, sn }: Pick<OpenSignature, 'aid' | 'sn'>,
  said: string,
): boolean {
  const kel = {
    saidAt: (at: number) => background.eventAt(aid, at)?.said,
    isSuperseded: (at: number, one: string) => background.isSuperseded(aid, at, one),
  };
  return isSupersededBy(collected, kel, { aid, sn, said });
}

/**
 * Records durably that a key of this home signs an event of a batch. It may have signed another one for the place if that
 * was superseded, or is by the batch.
 * @param supersede whether it may have in any case; an AID where it may have of that one alone
 * @throws GitkelError `refused`, reason `already-signed`.
 */
export async function rememberOpen(
  home: Home,
  collected: Collected,
  background: Background,
  open: OpenSignature,
  supersede: boolean | string,
): Promise<void> {
  await rememberSigning(home, {
    ...open,
    supersede: supersede === true || supersede === open.aid,
    isSuperseded: (said) => mayReplace(collected, background, open, said),
  });
}
