/**
 * What waits for a person: staged batches, keys whose rotation is under way, the log.
 * @module
 */
import { counted } from '../base/counted.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { type BatchState, batchState, requireBatch } from '../batch/batches.ts';
import type { Collected } from '../batch/collected.ts';
import { batchIds } from '../batch/mailbox.ts';
import { recordSignaturesFor, signaturesFor } from '../batch/sign.ts';
import { formatTime } from '../batch/time.ts';
import { madeRotation } from '../keys/keystore.ts';
import { readLineages } from '../keys/lineage.ts';
import { signedAt } from '../keys/signed-memory.ts';
import { subjectOf } from '../log/batch-record.ts';
import type { Log } from '../log/log.ts';
import { unpushed } from '../sync/batch-push.ts';
import type { Look } from '../sync/look.ts';
import { remoteOf } from '../sync/remote.ts';
import { harmless } from './output.ts';
import type { Session } from './session.ts';
import { readableBatches } from './staged-rivals.ts';

/** One thing that waits, and what to type next. */
export interface Waiting {
  readonly kind:
    | 'sign'
    /** Something of a batch is here that the upstream had not when it was last asked. */
    | 'push'
    /** Something is at the upstream that was not looked at here; none of it was verified. */
    | 'pull'
    | 'commit'
    | 'others'
    | 'prune'
    | 'restage'
    | 'rotation'
    | 'unreadable'
    | 'escrow';
  /** The staged batch, or `null` for a key and for imports. */
  readonly batch: string | null;
  /** The name of the key, or `null` for anything else. */
  readonly key: string | null;
  readonly what: string;
  readonly detail: readonly string[];
  readonly next: string;
}

type Collecting = Extract<BatchState, { collected: Collected }>;

function batchWaiting(
  kind: Waiting['kind'],
  batch: string,
  what: string,
  next: string,
  detail: readonly string[] = [],
): Waiting {
  return { kind, batch, key: null, what, detail: detail.map(harmless), next };
}

/** What a batch would do, in a few words. */
function deeds({ batch: { events, genesis, records } }: BatchState): string {
  return subjectOf(events, genesis !== undefined, records);
}

/** How many signatures of this home's keys a batch asks for and lacks. */
function unsignedByUs({ host, hasKey }: Session, { collected }: Collecting): number {
  const given = new Set(
    collected.contributions.flatMap(({ signatures, records }) => [
      ...signatures.map(({ event, signature }) => `${event} ${signature.index}`),
      ...records.map(({ record, index }) => `${record} ${index}`),
    ]),
  );
  return [
    ...signaturesFor(host.crypto, collected, hasKey).map(({ said, index }) => `${said} ${index}`),
    ...recordSignaturesFor(collected, hasKey).map(({ record, index }) => `${record} ${index}`),
  ].filter((place) => !given.has(place)).length;
}

/** Events of other batches that this home signed for places of this one: it will refuse to sign a second one. */
function rivals({ home }: Session, { batch }: BatchState): readonly string[] {
  return batch.events.flatMap(({ aid, sn, said }) =>
    signedAt(home, aid, sn)
      .filter((signed) => signed.said !== said)
      .map((signed) => `this home signed ${signed.said} for event ${sn} of ${aid} before`),
  );
}

/** What the upstream of a log had of its batches when it was last asked. */
type Mailbox = ((id: string) => number) | undefined;

function mailboxOf(log: Log): Mailbox {
  const remote = log.publishes ? remoteOf(log) : undefined;
  return remote === undefined ? undefined : (id) => unpushed(log, remote, id);
}

function waitsForOthers(state: Collecting, mailbox: Mailbox): Waiting {
  const { batch, missing } = state;
  const what = `waits for others: ${deeds(state)}`;
  if (mailbox === undefined)
    return batchWaiting(
      'others',
      batch.id,
      what,
      `gitkel batch export ${batch.id} -o batch.json`,
      missing,
    );
  return mailbox(batch.id) > 0
    ? batchWaiting('push', batch.id, what, `gitkel batch push ${batch.id}`, missing)
    : batchWaiting('others', batch.id, what, 'gitkel sync', missing);
}

function collecting(session: Session, state: Collecting, mailbox: Mailbox): Waiting {
  const { batch, missing } = state;
  const { id } = batch;
  const [withdrawal] = state.collected.withdrawals;
  switch (state.state) {
    case 'withdrawn':
      return batchWaiting('prune', id, `withdrawn: ${deeds(state)}`, 'gitkel batch prune', [
        `by ${withdrawal?.signer ?? ''}: ${withdrawal?.reason ?? ''}`,
      ]);
    case 'expired':
      return batchWaiting(
        'prune',
        id,
        `expired at ${formatTime(batch.expires ?? 0)}: ${deeds(state)}`,
        'gitkel batch prune',
      );
    case 'complete':
      return batchWaiting(
        'commit',
        id,
        `complete: ${deeds(state)}`,
        mailbox === undefined ? `gitkel batch commit ${id}` : 'gitkel sync',
      );
    case 'open': {
      const own = unsignedByUs(session, state);
      if (own > 0) {
        const detail = [...missing, ...rivals(session, state)];
        const what = `asks for your signature: ${deeds(state)}`;
        return batchWaiting('sign', id, what, `gitkel batch sign ${id}`, detail);
      }
      return waitsForOthers(state, mailbox);
    }
  }
}

function waitingOf(session: Session, state: BatchState, mailbox: Mailbox): Waiting {
  const { id } = state.batch;
  switch (state.state) {
    case 'committed':
      return batchWaiting(
        'prune',
        id,
        `committed as batch ${state.position}: ${deeds(state)}`,
        'gitkel batch prune',
      );
    case 'conflict': {
      const isFree = state.taken.length < state.batch.events.length;
      return batchWaiting(
        isFree ? 'restage' : 'prune',
        id,
        `conflict: ${deeds(state)}`,
        isFree ? `gitkel batch restage ${id}` : 'gitkel batch prune',
        [state.detail],
      );
    }
    default:
      return collecting(session, state, mailbox);
  }
}

/** What each staged batch of a log waits for. One that cannot be read is told of, too. */
export function waitingBatches(session: Session, log: Log): readonly Waiting[] {
  const mailbox = mailboxOf(log);
  return batchIds(log).map((id) => {
    try {
      return waitingOf(session, batchState(log, requireBatch(log, id)), mailbox);
    } catch (error) {
      if (!(error instanceof GitkelError) || error.code === 'environment') throw error;
      return batchWaiting('unreadable', id, 'cannot be read', `gitkel batch show ${id}`, [
        error.message,
      ]);
    }
  });
}

/** Something at the upstream that is not of one batch. */
function there(what: string, next: string): Waiting {
  return { kind: 'pull', batch: null, key: null, what, detail: [], next };
}

/** What a look at the upstream of a log showed that is not here. */
export function waitingThere(look: Look): readonly Waiting[] {
  if (look.outcome === 'unreachable') return [];
  const shown = look.unseen.slice(0, LIMITS.unseenShown);
  const batches = shown.map(({ batch, request, contributions }) => {
    const parts = [
      ...(request ? ['a staged batch'] : []),
      ...(contributions === 0 ? [] : [counted(contributions, 'contribution')]),
    ].join(' and ');
    return batchWaiting('pull', batch, `at the upstream, not verified: ${parts}`, 'gitkel sync');
  });
  const others = look.unseen.length - shown.length;
  return [
    ...(look.moved
      ? [there('the upstream has another last batch than this copy', 'gitkel pull')]
      : []),
    ...(look.absent
      ? [there('the upstream does not have this log: not yet, or not any more', 'gitkel sync')]
      : []),
    ...batches,
    ...(others === 0
      ? []
      : [
          there(
            `at the upstream, not verified: ${counted(others, 'more batch', 'more batches')}`,
            'gitkel sync',
          ),
        ]),
  ];
}

/** Keys whose rotation card was made, and whose rotation neither a staged batch nor a verified log has shown yet. */
export function waitingKeys(session: Session, log: Log | undefined): readonly Waiting[] {
  const staged = log === undefined ? [] : readableBatches(log);
  return readLineages(session.home).flatMap((lineage): readonly Waiting[] => {
    const { name, current } = lineage;
    const card = madeRotation(session.home, lineage, current);
    if (card === undefined) return [];
    const batch = staged.find(({ events }) =>
      events.some((event) => 'publicKeys' in event && event.publicKeys.includes(card.publicKey)),
    );
    // What there is to do about a staged batch is told with that.
    return batch !== undefined
      ? []
      : [
          {
            kind: 'rotation',
            batch: null,
            key: name,
            what: `the rotation of the key ${name} is not in a log yet`,
            detail: [`from ${card.priorPublicKey} to ${card.publicKey}`],
            next: `gitkel key next ${name}`,
          },
        ];
  });
}
