import { LIMITS } from '../base/limits.ts';
import type { StreamError } from '../stream/reader.ts';
import type { TakenMessage } from '../stream/stream-validator.ts';
import type { ImportOutcome, NamedMessage } from './import-outcome.ts';

/** What became of the body of a credential. */
export type BodyOutcome = 'accepted' | 'nothing-new' | 'escrowed';

/** The body of a credential that no event issues so far, and one that none does in the end. */
const UNISSUED = {
  outcome: 'escrowed',
  reason: 'credential-unissued',
  detail: undefined,
} as const;
const UNASKED = {
  outcome: 'set-aside',
  reason: 'credential-unasked',
  detail: 'no event of the log issues this credential',
} as const;

/** What an import tells of the messages of its stream: the number of each outcome, and those that were not accepted. */
export class ToldMessages {
  readonly #messages: NamedMessage[] = [];
  readonly #counts = {
    accepted: 0,
    'nothing-new': 0,
    escrowed: 0,
    rejected: 0,
    'set-aside': 0,
    unreadable: 0,
  };

  name(message: NamedMessage): void {
    this.#counts[message.outcome]++;
    if (this.#messages.length < LIMITS.namedMessages) this.#messages.push(message);
  }

  unreadable({ offset, reason, detail }: StreamError): void {
    const nothing = { name: undefined, said: undefined };
    this.name({ ...nothing, offset, outcome: 'unreadable', reason, detail });
  }

  /** @param body what became of it if it is the body of a credential */
  take(offset: number, taken: TakenMessage, body: BodyOutcome | undefined): void {
    const { name, said, reason, detail, isEvent } = taken;
    const outcome = body ?? taken.outcome;
    switch (outcome) {
      case 'accepted':
      case 'nothing-new':
        this.#counts[outcome]++;
        return;
      case 'no-change':
        if ((isEvent && reason === undefined) || name === 'rct') this.#counts['nothing-new']++;
        else this.name({ offset, name, said, outcome: 'set-aside', reason, detail });
        return;
      case 'escrowed':
      case 'rejected':
        this.name({
          offset,
          name,
          said,
          reason,
          detail,
          outcome,
          ...(body === undefined ? {} : UNISSUED),
        });
    }
  }

  /**
   * The counts and the messages at the end, without those that had to wait and wait no longer. A body that nobody issued
   * is set aside.
   * @param waiting SAIDs of what waits
   */
  summary(
    waiting: ReadonlySet<string>,
    isIssued: (credential: string) => boolean,
  ): Pick<ImportOutcome, 'messages' | 'counts'> {
    const counts = { ...this.#counts };
    const messages = this.#messages.flatMap((message): readonly NamedMessage[] => {
      const { outcome, name, said = '' } = message;
      if (outcome !== 'escrowed' || waiting.has(said)) return [message];
      const isUnasked = name === 'credential' && !isIssued(said);
      counts.escrowed--;
      counts[isUnasked ? 'set-aside' : 'accepted']++;
      return isUnasked ? [{ ...message, ...UNASKED }] : [];
    });
    return { messages, counts };
  }
}
