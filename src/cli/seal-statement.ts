/**
 * How commands state something about skills: shown in words, sealed by whoever states it.
 * @module
 */
import { describeStatement } from '../batch/describe-statement.ts';
import { withCriterionNames } from './criterion.ts';
import { STATEMENT_CAPABILITIES } from '../log/capabilities.ts';
import type { Log } from '../log/log.ts';
import type { TrustBody } from '../log/trust-entry.ts';
import { type Publisher, requireAuthority } from '../skills/new-release.ts';
import { type Proposal, propose, type ProposeFlags } from './propose.ts';
import { sealedRecord } from './sealed-record.ts';
import type { Session } from './session.ts';
import { publisherOf } from './skill-publisher.ts';

/** What commands that state something end with. */
export type StatedProposal = Proposal & {
  readonly type: TrustBody['type'];
  /** The SAID of the statement's record; `null` where another batch came first. */
  readonly statement: string | null;
  /** In whose name it is. */
  readonly controller: string;
};

/**
 * Who states something, and in whose name; asked before anything else is.
 * @throws GitkelError `refused` where that one may not.
 */
export function speakerOf(
  session: Session,
  log: Log,
  type: TrustBody['type'],
  flags: { readonly as: string; readonly for?: string | undefined },
): Publisher {
  const capability = STATEMENT_CAPABILITIES[type];
  const speaker = publisherOf(session, log, flags, capability);
  requireAuthority(log.contents, speaker, ACTIONS[type], capability);
  return speaker;
}

const ACTIONS: Readonly<Record<TrustBody['type'], string>> = {
  audit: 'seal this audit',
  vouch: 'seal this vouch',
  import: 'seal this import',
  exemption: 'seal this exemption',
};

/** Seals a statement; `show` is told what it says, line by line, before anything is signed. */
export async function sealStatement(
  session: Session,
  { issuer }: Pick<Publisher, 'issuer'>,
  body: TrustBody,
  flags: ProposeFlags,
  show: (lines: readonly string[]) => void,
): Promise<StatedProposal> {
  show(withCriterionNames(session, describeStatement(body, issuer)));
  const proposal = await propose(session, [{ kind: 'seal', aid: issuer, bodies: [body] }], flags);
  return {
    ...proposal,
    type: body.type,
    statement: sealedRecord(await session.log(), proposal) ?? null,
    controller: body.controller ?? issuer,
  };
}
