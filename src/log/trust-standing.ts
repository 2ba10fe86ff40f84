/**
 * How audits, vouches, imports and exemptions stand: whether they count for whom they name, and what takes them back.
 * Days are not looked at: whoever asks has a clock, a log has none.
 * @module
 */
import { type Acting, authorityOf, claimStanding } from './acting.ts';
import { STATEMENT_CAPABILITIES } from './capabilities.ts';
import type { Contents } from './contents.ts';
import type { RevokeEntry } from './revoke-book.ts';
import { liftedStanding } from './releases.ts';
import { retractedWords, retractionOf } from './retraction.ts';
import type { TrustEntry } from './trust-entry.ts';

/** How a statement stands as of the last batch. */
export interface TrustStanding extends Omit<Acting, 'reason'> {
  readonly reason: Acting['reason'] | 'lifted' | 'retracted';
  /** What takes it back, in the same name, and is in force. */
  readonly retraction: RevokeEntry | undefined;
}

/** Whether it counts, whatever was taken back. An audit that failed stays in force when it is superseded, until it is lifted. */
function claimOf({ records }: Contents, entry: TrustEntry): Omit<TrustStanding, 'retraction'> {
  const { said, type, issuer, position } = entry;
  const controller = entry.controller === issuer ? undefined : entry.controller;
  const claim = { said, issuer, controller, position };
  const capability = STATEMENT_CAPABILITIES[type];
  const stays = entry.type === 'audit' && entry.result === 'fail';
  if (!stays) return claimStanding(records, claim, capability);
  return liftedStanding(records, said, authorityOf(records, claim, capability));
}

/** How an audit, a vouch, an import or an exemption of a log stands as of its last batch. */
export function statementStanding(contents: Contents, entry: TrustEntry): TrustStanding {
  const claim = claimOf(contents, entry);
  const retraction = claim.counts ? retractionOf(contents.records, entry) : undefined;
  if (retraction === undefined) return { ...claim, retraction };
  return {
    ...claim,
    counts: false,
    reason: 'retracted',
    why: retractedWords(retraction),
    retraction,
  };
}
