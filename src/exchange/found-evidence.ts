/**
 * Evidence of what an import found: an event that is signed as it should be, for a place that another one has.
 * @module
 */
import { utf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { parseSignedEvent, progress } from '../keri/signatures.ts';
import type { EscrowedMessage } from '../keys/escrow-file.ts';
import { buildEvidence, type KelTexts } from '../log/evidence.ts';
import type { Log } from '../log/log.ts';
import { trunkTexts, withDelegators } from './export-stream.ts';

/** Waiting events that are rivals of an event of the log for its place, and the file that proves it of one of them. */
export interface FoundRival {
  /** All that wait for the place. */
  readonly waiting: readonly EscrowedMessage[];
  readonly evidence: Uint8Array;
}

/** The place where a waiting event is refused because another one stands there. */
const RIVAL = 'likely-duplicitous';

/** Whether a waiting event follows on the log's trunk and is signed by enough: to prove that takes a replay. */
function mayProve(log: Log, { aid, sn, message }: EscrowedMessage): boolean {
  const { crypto } = log.host;
  const kel = log.contents.kel(aid);
  const parsed = parseSignedEvent(crypto, utf8(message));
  if (kel === undefined || !parsed.ok) return false;
  const { event, attachments } = parsed.signed;
  if ('prior' in event && event.prior !== kel.saidAt(sn - 1)) return false;
  const done = progress(crypto, event, sn === 0 ? undefined : kel.stateAt(sn - 1), attachments);
  return done.thresholdMet && done.priorThresholdMet !== false && done.witnessesMet;
}

function evidenceOf(
  log: Log,
  { aid, sn, message }: EscrowedMessage,
  there: Uint8Array,
): Uint8Array | undefined {
  const { crypto } = log.host;
  const kels: readonly KelTexts[] = withDelegators(log, aid).map((one) => ({
    aid: one,
    events: trunkTexts(log, one, one === aid ? sn : undefined),
  }));
  try {
    return buildEvidence(crypto, sn === 0 ? kels.slice(0, -1) : kels, [there, utf8(message)]);
  } catch (error) {
    // Lawful in the end, or not approved: it proves nothing, and goes on waiting.
    if (error instanceof GitkelError && error.code !== 'environment') return undefined;
    throw error;
  }
}

/** Rivals by the places that they claim. */
function byPlace(
  escrow: readonly EscrowedMessage[],
): Iterable<readonly [EscrowedMessage, ...EscrowedMessage[]]> {
  const places = new Map<string, [EscrowedMessage, ...EscrowedMessage[]]>();
  for (const waiting of escrow) {
    if (waiting.escrow !== RIVAL) continue;
    const place = `${waiting.aid} ${waiting.sn}`;
    const others = places.get(place);
    if (others === undefined) places.set(place, [waiting]);
    else others.push(waiting);
  }
  return places.values();
}

/**
 * The rivals, among what waits, that prove that their controller signed two events for one place: one for each place, and
 * at most `LIMITS.provenRivals`, since whoever signs two events can sign any number of them.
 */
export function* foundRivals(
  log: Log,
  escrow: readonly EscrowedMessage[],
): Generator<FoundRival, void> {
  let tried = 0;
  for (const waiting of byPlace(escrow)) {
    const there = log.readEvent(waiting[0].aid, waiting[0].sn);
    if (there === undefined) continue;
    for (const one of waiting) {
      if (!mayProve(log, one)) continue;
      if (tried++ === LIMITS.provenRivals) return;
      const evidence = evidenceOf(log, one, there);
      if (evidence === undefined) continue;
      yield { waiting, evidence };
      break;
    }
  }
}
