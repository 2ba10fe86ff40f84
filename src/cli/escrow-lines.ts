import { timeWords } from '../batch/time.ts';
import type { EscrowedMessage } from '../keys/escrow-file.ts';

/** What machines read of something that waits. */
export interface EscrowReport {
  readonly escrow: string;
  readonly aid: string;
  readonly sn: number;
  readonly said: string;
  /** In words. */
  readonly waitsFor: string;
  /** When it came, seconds since 1970. */
  readonly since: number;
}

function waitsFor({ escrow, aid, sn, on }: EscrowedMessage): string {
  const somebody = on === undefined ? '' : ` ${on}`;
  switch (escrow) {
    case 'out-of-order':
      return sn === 0 ? `events of ${aid}` : `event ${sn - 1} of ${aid}, and those before it`;
    case 'partially-signed':
      return `more signatures of the keys of ${aid}`;
    case 'partially-witnessed':
      return `more receipts of the witnesses of ${aid}`;
    case 'partially-delegated':
      return `the approval of the delegator${somebody} of ${aid}`;
    case 'likely-duplicitous':
      return `nothing that is known: another event stands at place ${sn} of ${aid}`;
    case 'unverified-trans-receipt':
      return `event ${sn} of ${aid}, and the keys of${somebody} that signed it`;
    case 'unverified-witness-receipt':
    case 'unverified-nontrans-receipt':
      return `event ${sn} of ${aid}`;
    case 'credential-unissued':
      return 'an event of the log that issues this credential';
    case 'tel-out-of-order':
      return `events of the registry${somebody} before it`;
    case 'tel-anchorless':
      return `an event of the issuer that seals event ${sn} of ${aid}`;
    case 'tel-partially-witnessed':
      return `more signatures of the backers of the registry${somebody}`;
    default:
      return 'what is not known';
  }
}

export function escrowReport(entry: EscrowedMessage): EscrowReport {
  const { escrow, aid, sn, said, since } = entry;
  return { escrow, aid, sn, said, waitsFor: waitsFor(entry), since };
}

/** One line on something that waits. */
export function escrowLine(entry: EscrowedMessage): string {
  const { escrow, said, since } = entry;
  return `${said} ${escrow} since ${timeWords(since)}, waits for ${waitsFor(entry)}`;
}
