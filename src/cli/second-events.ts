/**
 * Second events for a place: what a person is told before a key of theirs signs one (KERI, "Duplicity").
 * @module
 */
import { batchState } from '../batch/batches.ts';
import type { Collected } from '../batch/collected.ts';
import { dropBatch } from '../batch/mailbox.ts';
import { type OpenSignature, signaturesFor } from '../batch/sign.ts';
import type { StagedBatch } from '../batch/staged-batch.ts';
import { formatTime } from '../batch/time.ts';
import { transferableText } from '../keys/key-text.ts';
import { type SignedEvent, signedAt } from '../keys/signed-memory.ts';
import type { Log } from '../log/log.ts';
import { requireAgreed } from './agreed.ts';
import { displayed } from './output.ts';
import type { Session } from './session.ts';
import { readableBatches } from './staged-rivals.ts';
import { type Background, backgroundOfLog, mayReplace } from './superseded.ts';
import { fitted, screenOf } from './terminal-text.ts';

/** An event that a key of this home is asked to sign, and the one that it signed for the same place before. */
interface SecondEvent {
  readonly open: OpenSignature;
  readonly first: SignedEvent;
}

/** What keys of this home signed for the place of an event, other than that event. */
function signedInstead(session: Session, open: OpenSignature): readonly SignedEvent[] {
  const publicKey = transferableText(open.publicKey);
  const own = signedAt(session.home, open.aid, open.sn).filter(
    (one) => one.publicKey === publicKey,
  );
  return own.some(({ said }) => said === open.said) ? [] : own;
}

function secondEvents(
  session: Session,
  collected: Collected,
  background: Background,
): readonly SecondEvent[] {
  return signaturesFor(session.host.crypto, collected, session.hasKey).flatMap((open) =>
    signedInstead(session, open)
      .filter(({ said }) => !mayReplace(collected, background, open, said))
      .map((first) => ({ open, first })),
  );
}

/** The batch that is staged here with an event that this home signed for a place. */
export function stagedWith(
  session: Session,
  log: Log,
  open: OpenSignature,
): StagedBatch | undefined {
  const signed = new Set(signedInstead(session, open).map(({ said }) => said));
  return readableBatches(log).find(({ events }) => events.some(({ said }) => signed.has(said)));
}

const CONSEQUENCE =
  '  Whoever has both signatures can prove duplicity against the identifier, to anybody and for ever. Go on only if nobody else will ever see the first one.';

/** What signing a batch would make proof of duplicity out of, in words; nothing where no place was signed for before. */
export function secondEventLines(
  session: Session,
  collected: Collected,
  background: Background,
): readonly string[] {
  const seconds = secondEvents(session, collected, background);
  if (seconds.length === 0) return [];
  return [
    'WARNING: this would sign a second event for a place:',
    ...seconds.flatMap(({ open: { aid, sn, said }, first }) => [
      `  event ${sn} of ${aid}`,
      `    signed on ${formatTime(first.at)}: ${first.said}`,
      `    to be signed now: ${said}`,
      `    both by the key ${first.publicKey}`,
    ]),
    CONSEQUENCE,
  ];
}

function tellPerson(...lines: readonly string[]): void {
  const shown = fitted(lines.map(displayed), screenOf(process.stderr, process));
  process.stderr.write(shown.map((line) => `${line}\n`).join(''));
}

interface SecondsFlags {
  readonly stage?: boolean | undefined;
  /** As that of {@link rememberOpen}. */
  readonly supersede?: boolean | string | undefined;
  readonly yes?: boolean | undefined;
}

/**
 * Says which second events for a place `--supersede` would have signed, and asks for it; where no place was signed for
 * before, there is nothing to ask. A batch that was staged just now, and is not to be signed then, is dropped: nobody has
 * signed it.
 * @throws GitkelError `refused`, reason `declined`, after a no; `usage`, reason `unattended`, where nobody can be asked.
 */
export async function agreeOrDrop(
  session: Session,
  log: Log,
  batch: StagedBatch,
  { stage = false, supersede = false, yes = false }: SecondsFlags,
  isNew: boolean,
): Promise<void> {
  if (stage || yes || supersede === false) return;
  const found = batchState(log, batch);
  if (found.state !== 'open' && found.state !== 'complete') return;
  const lines = secondEventLines(session, found.collected, backgroundOfLog(log));
  if (lines.length === 0) return;
  const action = `sign batch ${batch.id}, a second event for a place`;
  const question = 'Sign the second one all the same?';
  try {
    await requireAgreed({ action, lines, question }, { yes }, tellPerson);
  } catch (error) {
    if (isNew) await dropBatch(log, batch.id);
    throw error;
  }
}
