/**
 * Evidence of what an import found: an event that is signed as it should be, for a place that another one has.
 * @module
 */
import { utf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { evaluate } from '../keri/evaluate.ts';
import { isRotation } from '../keri/event.ts';
import type { KeyLog } from '../keri/key-log.ts';
import { parseSignedEvent } from '../keri/signatures.ts';
import type { EscrowedMessage } from '../keys/escrow-file.ts';
import { Drafts } from '../log/drafts.ts';
import { buildEvidence, type KelTexts } from '../log/evidence.ts';
import type { Log } from '../log/log.ts';
import { trunkTexts, withDelegators } from './export-stream.ts';

/** That one waiting event is a rival of an event of the log, and the file that proves it. */
export interface FoundRival {
  readonly waiting: EscrowedMessage;
  readonly evidence: Uint8Array;
}

/** The place where a waiting event is refused because another one stands there. */
const RIVAL = 'likely-duplicitous';

/** A KEL as it was before a place. */
function before(kel: KeyLog, sn: number): KeyLog | undefined {
  const state = sn === 0 ? undefined : kel.stateAt(sn - 1);
  if (state === undefined) return undefined;
  return {
    state,
    saidAt: (at) => (at < sn ? kel.saidAt(at) : undefined),
    stateAt: (at) => (at < sn ? kel.stateAt(at) : undefined),
    anchorAt: (at) => (at < sn ? kel.anchorAt(at) : undefined),
  };
}

/**
 * Whether there may be proof: found out without reading the whole KEL, since what proves nothing goes on waiting, and is
 * looked at again with every import.
 */
function mayProve(log: Log, { aid, sn, message }: EscrowedMessage, there: Uint8Array): boolean {
  const { crypto } = log.host;
  const kel = log.contents.kel(aid);
  const one = parseSignedEvent(crypto, there);
  const other = parseSignedEvent(crypto, utf8(message));
  if (kel === undefined || !one.ok || !other.ok) return false;
  // A rotation takes the place of an interaction lawfully.
  if (isRotation(one.signed.event) !== isRotation(other.signed.event)) return false;
  const drafts = new Drafts(log.contents);
  return evaluate(crypto, before(kel, sn), other.signed, drafts).outcome === 'accept';
}

/**
 * The file that proves that an event is a rival of the one that a log has at its place; `undefined` where nothing can be
 * proven: signed by too few, or lawful in the end.
 * @param there the file of the log's event
 * @param other the other event with its attachments
 */
export function rivalEvidence(
  log: Log,
  { aid, sn }: Pick<EscrowedMessage, 'aid' | 'sn'>,
  there: Uint8Array,
  other: Uint8Array,
): Uint8Array | undefined {
  const { crypto } = log.host;
  const kels: readonly KelTexts[] = withDelegators(log, aid).map((one) => ({
    aid: one,
    events: trunkTexts(log, one, one === aid ? sn : undefined),
  }));
  try {
    return buildEvidence(crypto, sn === 0 ? kels.slice(0, -1) : kels, [there, other]);
  } catch (error) {
    if (error instanceof GitkelError && error.code !== 'environment') return undefined;
    throw error;
  }
}

/**
 * The rivals, among what waits, that prove that their controller signed two events for one place; the first ones of them,
 * as many as are proved at once.
 */
export function foundRivals(log: Log, escrow: readonly EscrowedMessage[]): readonly FoundRival[] {
  const found: FoundRival[] = [];
  for (const waiting of escrow) {
    if (found.length === LIMITS.provenAtOnce) break;
    const { escrow: kind, aid, sn } = waiting;
    const there = kind === RIVAL ? log.readEvent(aid, sn) : undefined;
    if (there === undefined || !mayProve(log, waiting, there)) continue;
    const evidence = rivalEvidence(log, waiting, there, utf8(waiting.message));
    if (evidence !== undefined) found.push({ waiting, evidence });
  }
  return found;
}
