import { GitkelError, quoted } from '../base/errors.ts';
import type { Collected } from '../batch/collected.ts';
import { describeEvent, describeRecord, type OwnKeys } from '../batch/describe.ts';
import { recordSignaturesFor, signaturesFor } from '../batch/sign.ts';
import { shortCode } from '../batch/staged-batch.ts';
import { formatTime } from '../batch/time.ts';
import { listKeys } from '../keys/keystore.ts';
import { confirm } from './confirm.ts';
import { secondEventLines } from './second-events.ts';
import type { Session } from './session.ts';
import { type Background, supersededLines } from './superseded.ts';

export interface ConsentFlags {
  readonly yes?: boolean | undefined;
  readonly expect?: string | undefined;
  readonly anyway?: boolean | undefined;
}

/** The keys of this home, and which of the keys that follow each other is still unused. */
function ownKeys(session: Session): OwnKeys {
  const entries = listKeys(session.home);
  return {
    holds: session.hasKey,
    nextKey: (digest, inUse) => {
      const entry = entries.find((one) => one.digest === digest);
      if (entry === undefined) return undefined;
      const lineage = entries.filter(({ name }) => name === entry.name);
      const lastUsed = lineage.findLastIndex(
        ({ label, publicKey }) =>
          label === 'older' ||
          label === 'current' ||
          (publicKey !== undefined && inUse.includes(publicKey)),
      );
      return lineage.indexOf(entry) > lastUsed ? 'unused' : 'used';
    },
  };
}

/** What committing a batch would do, in words, and what the person is asked for in it. */
function consentLines(
  session: Session,
  collected: Collected,
  { action, asked, background }: Question,
): readonly string[] {
  const { crypto } = session.host;
  const own = ownKeys(session);
  const { id, logId, genesis, expires, reads } = collected.batch;
  return [
    `batch ${id}`,
    `for the log ${logId}`,
    ...reads
      .filter(({ marks }) => marks.length > 0)
      .map(
        ({ aid, marks }) =>
          `WARNING: ${aid} is marked as duplicitous there, by the evidence ${marks.map((said) => quoted(said)).join(', ')}`,
      ),
    ...(genesis === undefined
      ? []
      : [`which it opens, founded by ${genesis.founder}, admission ${genesis.admission}`]),
    ...(expires === undefined ? [] : [`expires ${formatTime(expires)}`]),
    'It would:',
    ...collected.planned.flatMap((planned) =>
      describeEvent(
        crypto,
        planned,
        own,
        collected.planned.filter(({ anchor }) => anchor?.said === planned.event.said),
      ),
    ),
    ...supersededLines(collected, background),
    ...collected.plannedRecords.flatMap((planned) => describeRecord(planned, own)),
    ...asked,
    ...(action === 'sign' ? secondEventLines(session, collected, background) : []),
    `code: ${shortCode(crypto, collected.batch.id)} (compare it with the proposer by voice)`,
  ];
}

function adviceAgainst(session: Session, { batch, withdrawals }: Collected): string | undefined {
  const [withdrawal] = withdrawals;
  if (withdrawal !== undefined) return `it was withdrawn by ${withdrawal.signer}`;
  if (batch.expires !== undefined && batch.expires <= session.host.now())
    return `it expired at ${formatTime(batch.expires)}`;
  return undefined;
}

/** @throws GitkelError `refused` for a batch that was withdrawn or has expired, unless `anyway`. */
export function requireAdvised(
  session: Session,
  collected: Collected,
  action: string,
  anyway: boolean,
): void {
  const advice = adviceAgainst(session, collected);
  if (advice === undefined || anyway) return;
  throw new GitkelError('refused', `Cannot ${action} batch ${collected.batch.id}: ${advice}`, {
    reason: 'advised-against',
    hint: 'That is advice; --anyway overrides it. Signatures that were given stay valid until the place is filled.',
  });
}

/**
 * Makes sure that a key of this home is asked for and that the person agrees to what it would do.
 * @throws GitkelError `refused` when no key of this home stands at a requested index, or `--expect` names another batch.
 */
export async function requireConsent(
  session: Session,
  collected: Collected,
  flags: ConsentFlags,
  { show, background }: Pick<Question, 'show' | 'background'>,
): Promise<void> {
  const { id } = collected.batch;
  requireExpected(id, flags, 'sign');
  const asked = [
    ...signaturesFor(session.host.crypto, collected, session.hasKey),
    ...recordSignaturesFor(collected, session.hasKey),
  ];
  if (asked.length === 0) {
    throw new GitkelError(
      'refused',
      `Cannot sign batch ${id}: no key of this home stands at a requested index`,
      {
        reason: 'not-requested',
        hint: 'After a rotation, only the keys that it establishes sign. Witnesses give receipts: gitkel witness receipt FILE.',
      },
    );
  }
  await requireAgreement(session, collected, flags, {
    action: 'sign',
    asked: [],
    show,
    background,
  });
}

interface Question {
  readonly action: 'sign' | 'receipt';
  /** What the person is asked for in the batch, beside what it would do. */
  readonly asked: readonly string[];
  readonly show: (lines: readonly string[]) => void;
  /** The KELs that the batch builds on. */
  readonly background: Background;
}

/**
 * Makes sure that the person agrees to what a batch would do.
 * @throws GitkelError `refused` when `--expect` names another batch, or the person declines.
 */
export async function requireAgreement(
  session: Session,
  collected: Collected,
  flags: ConsentFlags,
  question: Question,
): Promise<void> {
  const { id } = collected.batch;
  const { action, show } = question;
  requireExpected(id, flags, action);
  requireAdvised(session, collected, action, flags.anyway === true);
  show(consentLines(session, collected, question));
  if (flags.yes === true) {
    if (flags.expect === undefined) {
      throw new GitkelError('usage', `Cannot ${action} unseen: --yes needs --expect BATCH`, {
        hint: `What was shown is --expect ${id}`,
      });
    }
    return;
  }
  const asking = action === 'sign' ? 'Sign this?' : 'Receipt this?';
  if (
    !(await confirm(asking, { action: `${action} batch ${id}`, inScripts: `--yes --expect ${id}` }))
  ) {
    throw new GitkelError(
      'refused',
      `Not ${action === 'sign' ? 'signed' : 'receipted'}: batch ${id}`,
      {
        reason: 'declined',
      },
    );
  }
}

function requireExpected(id: string, { expect }: ConsentFlags, action: string): void {
  if (expect === undefined || expect === id) return;
  throw new GitkelError('refused', `Cannot ${action}: the batch is ${id}, not ${quoted(expect)}`, {
    reason: 'other-batch',
    hint: 'Expect the one that was shown to you and that you agreed to: without --yes it is shown, and asked for.',
  });
}
