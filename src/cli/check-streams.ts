import { setImmediate } from 'node:timers/promises';
import { deferred, type Deferred } from '../crypto/deferred.ts';
import type { Host } from '../host/host.ts';
import type { OutcomeWord } from '../stream/outcome.ts';
import { type StreamItem, StreamReader } from '../stream/reader.ts';
import { StreamValidator, type TakenMessage } from '../stream/stream-validator.ts';
import { sizeOfStream, streamPieces } from './stream-source.ts';

/** What became of one message of a file. */
export interface CheckedMessage {
  readonly file: string;
  /** The byte at which the message starts, or at which the file cannot be read any further. */
  readonly offset: number;
  readonly name?: string | undefined;
  readonly said?: string | undefined;
  readonly outcome: OutcomeWord | 'stream-error' | 'incomplete';
  readonly reason?: string | undefined;
  readonly detail?: string | undefined;
  readonly escrow?: string | undefined;
}

export interface StreamCheck {
  readonly messages: readonly CheckedMessage[];
  readonly stream: StreamValidator;
  /** Events that were accepted, also later. */
  readonly accepted: number;
  /** Whether there were events and each of them was accepted, at once or later. */
  readonly isAccepted: boolean;
}

export interface CheckOptions {
  /** Is told now and then how many bytes are read, where it is known of how many. */
  readonly onBytes?: (done: number, total: number) => void;
}

/** One run through the files with one fresh validator. */
class Check {
  readonly #host: Host;
  readonly #files: readonly string[];
  readonly #later: Deferred | undefined;
  readonly #onBytes: (done: number) => void;
  readonly #stream: StreamValidator;
  readonly #messages: CheckedMessage[] = [];
  /** SAIDs of events that waited when they came, as long as they were not accepted. */
  readonly #waiting = new Set<string>();
  #accepted = 0;
  #refused = 0;
  #bytes = 0;

  constructor(
    host: Host,
    files: readonly string[],
    onBytes: (done: number) => void,
    later?: Deferred,
  ) {
    this.#host = host;
    this.#files = files;
    this.#onBytes = onBytes;
    this.#later = later;
    this.#stream = new StreamValidator(later?.crypto ?? host.crypto);
  }

  /** What the files come to; `undefined` as soon as a signature does not hold that was taken to hold. */
  async run(): Promise<StreamCheck | undefined> {
    for (const file of this.#files) {
      const reader = new StreamReader();
      for await (const piece of streamPieces(this.#host, file)) {
        this.#bytes += piece.length;
        this.#onBytes(this.#bytes);
        for (const item of reader.push(piece)) this.#take(file, item);
        // Ctrl-C is heard, and threads can say that they failed.
        if (this.#later !== undefined) await setImmediate();
        if (this.#later?.allHold === false) return undefined;
      }
      for (const item of reader.end()) this.#take(file, item);
    }
    if ((await this.#later?.settle()) === false) return undefined;
    return {
      messages: this.#messages,
      stream: this.#stream,
      accepted: this.#accepted,
      isAccepted: this.#accepted > 0 && this.#refused === 0 && this.#waiting.size === 0,
    };
  }

  #take(file: string, item: StreamItem): void {
    if (item.kind === 'error') {
      const { offset, reason, detail, isCutOff } = item;
      const outcome = isCutOff ? 'incomplete' : 'stream-error';
      this.#messages.push({ file, offset, outcome, reason, detail });
      return;
    }
    const taken = this.#stream.take(item);
    this.#count(taken);
    const { name, said, outcome, reason, detail, escrows } = taken;
    const { offset } = item;
    const escrow = escrows.length === 0 ? undefined : escrows.join(' ');
    this.#messages.push({ file, offset, name, said, outcome, reason, detail, escrow });
  }

  #count({ said, isEvent, outcome, reason, resolved }: TakenMessage): void {
    if (isEvent && outcome === 'accepted') this.#accepted++;
    // What is set aside and may be an event of an identifier was not accepted either.
    const isSetAside = isEvent && outcome === 'no-change' && reason !== undefined;
    if (outcome === 'rejected' || isSetAside) this.#refused++;
    if (isEvent && said !== undefined) {
      if (outcome === 'escrowed') this.#waiting.add(said);
      else this.#waiting.delete(said);
    }
    for (const each of resolved) {
      this.#accepted++;
      this.#waiting.delete(each);
    }
  }
}

async function runThenEnd(check: Check, later: Deferred): Promise<StreamCheck | undefined> {
  try {
    return await check.run();
  } finally {
    later.end();
  }
}

/**
 * Feeds files in their order, `-` for the standard input, to one fresh validator that owns nothing. A file that cannot be
 * read to its end ends there; the others are read all the same.
 *
 * Signatures are verified on other threads where there are some, as if each held; where one does not, that counts for
 * nothing, and all is done again signature by signature. What can be read only once is verified so at once.
 * @throws GitkelError `environment` when a file cannot be opened, `not-found` when it is not there.
 */
export async function checkStreams(
  host: Host,
  files: readonly string[],
  options: CheckOptions = {},
): Promise<StreamCheck> {
  const sizes = files.map((file) => sizeOfStream(host, file));
  const isReadTwice = sizes.every((size) => size !== undefined);
  const total = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  const onBytes = (done: number): void => {
    if (isReadTwice) options.onBytes?.(done, total);
  };
  const later = isReadTwice ? deferred(host.crypto) : undefined;
  const sooner = later && (await runThenEnd(new Check(host, files, onBytes, later), later));
  const check = sooner ?? (await new Check(host, files, onBytes).run());
  if (check === undefined) throw new Error('every signature was verified where it was read');
  return check;
}
