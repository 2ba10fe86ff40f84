import { concat, fromUtf8 } from '../base/bytes.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';

/** Called with the bytes that came so far. */
export type OnBytes = (received: number) => void;

export interface FetchBounds {
  readonly bytes: number;
  /** Milliseconds without anything new. */
  readonly silence: number;
}

/** What a page has to go by when a request fails: browsers tell pages nothing more. */
function unreachable(url: string, cause: unknown): GitkelError {
  return new GitkelError(
    'environment',
    `Cannot fetch ${quoted(url, 512)}: the browser got no answer that it may show to this page`,
    {
      reason: 'cors',
      hint: 'Either nobody answers there, or the server does not allow pages of other origins to read it (CORS: Access-Control-Allow-Origin). Clone it yourself, and drop the file that `git bundle create log.bundle --all` makes.',
      cause,
    },
  );
}

/** Bytes of what a server says of an error that are shown. */
const SHOWN_WORDS = 512;

/** What a server says of an error where that is a little plain text, not a web page. */
async function wordsOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const isText = response.headers.get('content-type')?.startsWith('text/plain') === true;
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let isOver = !isText; !isOver && length < SHOWN_WORDS;) {
    const { value, done } = await reader.read();
    isOver = done;
    if (value !== undefined) parts.push(value);
    length += value?.length ?? 0;
  }
  // What else it sends is not waited for.
  await reader.cancel();
  const text = fromUtf8(concat(...parts).subarray(0, SHOWN_WORDS))?.trim() ?? '';
  return text === '' ? '' : `: ${quoted(text, SHOWN_WORDS)}`;
}

async function badStatus(url: string, response: Response): Promise<GitkelError> {
  const { status } = response;
  return new GitkelError(
    'environment',
    `Cannot fetch ${quoted(url, 512)}: the server answered ${status}${await wordsOf(response)}`,
    {
      reason: 'http-status',
      hint:
        status === 401 || status === 403
          ? 'The page sends no passwords: name a URL that everybody may read.'
          : 'Check the URL: for a repository, the one that `git clone` takes.',
    },
  );
}

/** Ends a request in which nothing new came for too long. */
class Patience {
  readonly #aborting = new AbortController();
  readonly #silence: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(silence: number) {
    this.#silence = silence;
    this.again();
  }

  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  again(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#aborting.abort(), this.#silence);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

async function bodyOf(
  url: string,
  response: Response,
  limit: number,
  onChunk: OnBytes,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let received = 0;
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return concat(...parts);
    received += value.length;
    if (received > limit) {
      await reader.cancel();
      throw malformed(
        'too-large',
        `Cannot fetch ${quoted(url, 512)}: it sends more than ${limit} bytes`,
      );
    }
    parts.push(value);
    onChunk(received);
  }
}

/**
 * What a server answers to a request without credentials, within bounds.
 * @throws GitkelError `environment` (`cors`, `http-status`, `remote-silent`), `malformed` (`too-large`).
 */
export async function fetchBounded(
  url: string,
  request: RequestInit,
  onBytes: OnBytes = () => {},
  bounds: FetchBounds = { bytes: LIMITS.pageBytes, silence: LIMITS.pageSilence },
): Promise<Uint8Array> {
  const patience = new Patience(bounds.silence);
  const { signal } = patience;
  try {
    const response = await fetch(url, {
      ...request,
      signal,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
    if (!response.ok) throw await badStatus(url, response);
    return await bodyOf(url, response, bounds.bytes, (received) => {
      patience.again();
      onBytes(received);
    });
  } catch (error) {
    if (error instanceof GitkelError) throw error;
    if (!signal.aborted) throw unreachable(url, error);
    throw new GitkelError(
      'environment',
      `Cannot fetch ${quoted(url, 512)}: nothing came for ${bounds.silence} ms`,
      { reason: 'remote-silent' },
    );
  } finally {
    patience.end();
  }
}
