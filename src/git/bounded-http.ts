/**
 * HTTP as isomorphic-git asks for it, within bounds: it holds what a server sends in memory, and waits for as long as that
 * takes.
 * @module
 */
import { type GitHttpRequest, type GitHttpResponse, request } from 'isomorphic-git/http/node';
import { LIMITS } from '../base/limits.ts';

const TEN_MINUTES = 600_000;

/** How much a server may send, in bytes, and how long it may take, in milliseconds. */
export interface HttpBounds {
  readonly bytes: number;
  readonly silence: number;
  readonly whole: number;
}

/** What ends a request that goes beyond its bounds. */
class Patience {
  readonly #aborting = new AbortController();
  readonly #bounds: HttpBounds;
  readonly #end: NodeJS.Timeout;
  #bytes = 0;

  constructor(bounds: HttpBounds) {
    this.#bounds = bounds;
    this.#end = setTimeout(() => this.#abort(`it took more than ${bounds.whole} ms`), bounds.whole);
  }

  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  #abort(why: string): void {
    this.#aborting.abort(new Error(why));
  }

  /** Counts what came. */
  take(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#bounds.bytes) return;
    this.#abort(`it sent more than ${this.#bounds.bytes} bytes`);
    this.signal.throwIfAborted();
  }

  /** Waits for a step, and no longer than allowed. */
  async within<T>(step: Promise<T>): Promise<T> {
    const { signal } = this;
    const { silence } = this.#bounds;
    const timer = setTimeout(() => this.#abort(`nothing came for ${silence} ms`), silence);
    let onAbort: (() => void) | undefined;
    const ended = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      signal.addEventListener('abort', onAbort);
    });
    try {
      return await Promise.race([step, ended]);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    }
  }

  done(): void {
    clearTimeout(this.#end);
  }

  /** Ends the request, wherever it is. */
  close(): void {
    this.done();
    this.#aborting.abort(new Error('nobody waits for it any more'));
  }
}

async function* boundedBody(
  body: AsyncIterableIterator<Uint8Array>,
  patience: Patience,
): AsyncIterableIterator<Uint8Array> {
  try {
    for (;;) {
      const { value, done } = await patience.within(Promise.resolve(body.next()));
      if (done === true) return;
      patience.take(value.byteLength);
      yield value;
    }
  } finally {
    patience.done();
  }
}

/** A client for requests within bounds. Close it when done: an answer that nobody reads on would keep the process alive. */
export interface BoundedHttp {
  readonly request: (asked: GitHttpRequest) => Promise<GitHttpResponse>;
  readonly close: () => void;
}

/** A client whose requests fail where a server sends too much, or takes too long. */
export function boundedHttp(
  bounds: HttpBounds = {
    bytes: LIMITS.fetchAllocation,
    silence: LIMITS.remoteSilence,
    whole: TEN_MINUTES,
  },
): BoundedHttp {
  const asking: Patience[] = [];
  return {
    close: () => {
      for (const patience of asking.splice(0)) patience.close();
    },
    request: async (asked) => {
      const patience = new Patience(bounds);
      asking.push(patience);
      try {
        const answer = await patience.within(request({ ...asked, signal: patience.signal }));
        if (answer.body === undefined) {
          patience.done();
          return answer;
        }
        return { ...answer, body: boundedBody(answer.body, patience) };
      } catch (error) {
        patience.done();
        throw error;
      }
    },
  };
}
