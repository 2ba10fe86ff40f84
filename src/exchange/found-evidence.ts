/**
 * Evidence of what an import found: an event that is signed as it should be, for a place that another one has.
 * @module
 */
import { utf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import type { EscrowedMessage } from '../keys/escrow-file.ts';
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
    // Signed by too few, or lawful in the end: it proves nothing, and goes on waiting.
    if (error instanceof GitkelError && error.code !== 'environment') return undefined;
    throw error;
  }
}

/** The rivals, among what waits, that prove that their controller signed two events for one place. */
export function foundRivals(log: Log, escrow: readonly EscrowedMessage[]): readonly FoundRival[] {
  return escrow.flatMap((waiting) => {
    const { escrow: kind, aid, sn } = waiting;
    const there = kind === RIVAL ? log.readEvent(aid, sn) : undefined;
    const evidence = there === undefined ? undefined : evidenceOf(log, waiting, there);
    return evidence === undefined ? [] : [{ waiting, evidence }];
  });
}
