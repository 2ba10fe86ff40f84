/**
 * The page that audits and one log, on the loopback. Whoever knows the address may read both; nobody may write.
 * @module
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { utf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { onDisk, shownPath, systemTrouble } from '../host/files.ts';

const ADDRESS = '127.0.0.1';
const BUNDLE = 'log.bundle';
/** Tells the page to fetch that at once. */
const SHOW_LOG = '?log';
/** The files of the page, and what they are. */
const FILES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'worker.js': 'text/javascript; charset=utf-8',
};
/** Beside what the page says of itself: nobody may put it into a frame, or read it from another origin. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; worker-src 'self'; connect-src 'self' https: http:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;
const TEN_SECONDS = 10_000;
const MOST_CONNECTIONS = 64;

export interface ServedPage {
  /** Where the page shows the log. */
  readonly url: string;
  readonly port: number;
  readonly close: () => Promise<void>;
}

export interface PageTerms {
  /** The directory of the built page. */
  readonly from: string;
  /** What nobody guesses: letters and digits. */
  readonly token: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** The log as a bundle, as it is now. */
  readonly bundle: () => Uint8Array;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array;
}

const TEXT = 'text/plain; charset=utf-8';

function words(status: number, text: string): Answer {
  return { status, type: TEXT, body: utf8(`${text}\n`) };
}

function bundleAnswer(bundle: () => Uint8Array): Answer {
  try {
    return { status: 200, type: 'application/octet-stream', body: bundle() };
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return words(409, error.message);
  }
}

/** The files of the page, read once. */
type PageFiles = ReadonlyMap<string, Answer>;

function pageFiles(from: string): PageFiles {
  return new Map(
    Object.entries(FILES).map(([name, type]) => {
      const file = path.join(from, name);
      const body = onDisk(`Cannot serve the page: ${shownPath(file)}`, () => readFileSync(file));
      return [name, { status: 200, type, body }];
    }),
  );
}

/** The answer to a request; a name that another site made point here is told by its `Host` (DNS rebinding). */
function answerTo(
  { method, url, headers }: IncomingMessage,
  { token, bundle }: PageTerms,
  files: PageFiles,
  port: number,
): Answer {
  if (headers.host !== `${ADDRESS}:${port}`) return words(421, 'This is not the host you mean.');
  if (method !== 'GET' && method !== 'HEAD') return words(405, 'Only GET and HEAD.');
  const prefix = `/${token}/`;
  if (url?.startsWith(prefix) !== true) return words(404, 'Nothing is here.');
  const rest = url.slice(prefix.length);
  const name = rest === '' || rest === SHOW_LOG ? 'index.html' : rest;
  if (name === BUNDLE) return bundleAnswer(bundle);
  return files.get(name) ?? words(404, 'Nothing is here.');
}

function respond(response: ServerResponse, method: string | undefined, answer: Answer): void {
  const { status, type, body } = answer;
  const more = status === 405 ? { allow: 'GET, HEAD' } : {};
  response.writeHead(status, {
    ...HEADERS,
    ...more,
    'content-type': type,
    'content-length': body.length,
  });
  response.end(method === 'HEAD' ? undefined : body);
}

async function listening(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(systemTrouble(`Cannot listen on ${ADDRESS}, port ${port}`, error) ?? error),
    );
    server.listen(port, ADDRESS, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server has a port');
  return address.port;
}

/**
 * Serves the page and a log to this machine.
 * @throws GitkelError `environment` when the port is taken or may not be used, or a file of the page is missing.
 */
export async function servePage(terms: PageTerms): Promise<ServedPage> {
  const files = pageFiles(terms.from);
  const server = createServer({ headersTimeout: TEN_SECONDS, requestTimeout: TEN_SECONDS });
  server.maxConnections = MOST_CONNECTIONS;
  const port = await listening(server, terms.port);
  server.on('request', (request, response) => {
    respond(response, request.method, answerTo(request, terms, files, port));
  });
  return {
    url: `http://${ADDRESS}:${port}/${terms.token}/${SHOW_LOG}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
