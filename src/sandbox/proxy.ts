/**
 * The one way out of a sandbox: an HTTP proxy on a local socket that lets through what the manifest has (RFC 9110, 9.3.6 for
 * tunnels). It connects to the very address that it looked at, so that no name can lead elsewhere in between.
 * @module
 */
import { lookup } from 'node:dns/promises';
import { closeSync, constants, openSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { basename, dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import { LIMITS } from '../base/limits.ts';
import type { HostRule } from '../skills/permissions.ts';
import { decideTarget, literalAddress, mayReach, readTarget, type Target } from './net-decision.ts';
import { framingOf, passable, type ProxySecret, withSecrets } from './proxy-fields.ts';
import type { NetEvent, NetRefusal } from './run-event.ts';

export interface ProxyTerms {
  readonly connect: readonly HostRule[];
  readonly secrets: readonly ProxySecret[];
  readonly event: (event: NetEvent) => void;
  /** Told what is sent to a host, as far as it can be seen: heads and bodies of requests, and what goes through tunnels. */
  readonly sent?: SentData | undefined;
}

/** @param port 0 where none was named */
export type SentData = (host: string, port: number, bytes: Uint8Array) => void;

export interface Proxy {
  readonly close: () => Promise<void>;
}

/** Milliseconds that a host has to take a connection. */
const CONNECT_WAIT = 30_000;
const HTTP_PORT = 80;

type Reached = { readonly socket: Socket } | { readonly refused: NetRefusal };

async function connected(address: string, port: number): Promise<Socket | undefined> {
  const socket = connect({ host: address, port, allowHalfOpen: true });
  return new Promise((resolve) => {
    const give = (result: Socket | undefined): void => {
      clearTimeout(timer);
      if (result === undefined) socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => give(undefined), CONNECT_WAIT);
    socket.once('connect', () => give(socket));
    socket.on('error', () => give(undefined));
  });
}

async function addressesOf({ host }: Target): Promise<readonly string[]> {
  const literal = literalAddress(host);
  if (literal !== undefined) return [literal];
  try {
    return (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}

/** Connects to a target, if it may be reached: to the first of its addresses that answers. */
async function reach(rules: readonly HostRule[], target: Target): Promise<Reached> {
  const decision = decideTarget(rules, target);
  if (!decision.allowed) return { refused: decision.refused };
  const addresses = await addressesOf(target);
  if (addresses.length === 0) return { refused: 'not-resolved' };
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const ownAddresses = own.map(({ address }) => address);
  const allowed = addresses.filter((address) => mayReach(decision.rule, address, ownAddresses));
  if (allowed.length === 0) return { refused: 'private-address' };
  for (const address of allowed) {
    const socket = await connected(address, target.port);
    if (socket !== undefined) return { socket };
  }
  return { refused: 'not-connected' };
}

const REFUSALS: Readonly<Record<NetRefusal, readonly [status: number, words: string]>> = {
  'not-declared': [403, 'net.connect of this skill does not name the host'],
  'port-not-declared': [403, 'net.connect of this skill does not name the port'],
  'address-not-declared': [403, 'net.connect of this skill does not name the address'],
  'private-address': [403, 'the name leads into a local network, and is no name of one'],
  'not-resolved': [502, 'the name has no address'],
  'not-connected': [502, 'the host does not answer'],
  'malformed-request': [400, 'the request names no host in a spelling that has one meaning'],
  'too-many-connections': [503, 'there are too many connections'],
};

function refusalText(refused: NetRefusal): string {
  return `gitkel: refused (${refused}): ${REFUSALS[refused][1]}\n`;
}

/** Copies both ways until either side ends. */
function join(a: Duplex, b: Duplex): void {
  a.on('error', () => b.destroy());
  b.on('error', () => a.destroy());
  a.on('close', () => b.destroy());
  b.on('close', () => a.destroy());
  a.pipe(b);
  b.pipe(a);
}

/** What a request for another host says: its whole address (RFC 9112, 3.2.2). */
function plainTarget(url: string): (Target & { readonly path: string }) | undefined {
  const [, authority = '', rest = ''] = /^http:\/\/([^/?#@]+)([/?][^#]*)?$/i.exec(url) ?? [];
  const target = readTarget(authority, HTTP_PORT);
  if (target === undefined) return undefined;
  return { ...target, path: rest.startsWith('/') ? rest : `/${rest}` };
}

interface Counted {
  now: number;
  all: number;
}

function mayBegin(counted: Counted): boolean {
  counted.all++;
  return counted.now <= LIMITS.runConnections && counted.all <= LIMITS.runConnectionsInAll;
}

/** What a request says before its body, as far as it can hold anything. */
function headText({ method = '', url = '', rawHeaders }: IncomingMessage): Uint8Array {
  return Buffer.from([method, url, ...rawHeaders].join(' '), 'latin1');
}

async function tunnel(
  { connect: rules, event, sent }: ProxyTerms,
  counted: Counted,
  asked: IncomingMessage,
  [inside, head]: readonly [Duplex, Buffer],
): Promise<void> {
  const { url = '' } = asked;
  const target = readTarget(url);
  const reached: Reached =
    target === undefined
      ? { refused: 'malformed-request' }
      : mayBegin(counted)
        ? await reach(rules, target)
        : { refused: 'too-many-connections' };
  const refused = 'refused' in reached ? reached.refused : undefined;
  const { host, port } = target ?? { host: url.slice(0, 300), port: 0 };
  event({ kind: 'net', source: 'proxy', host, port, refused, method: 'CONNECT' });
  sent?.(host, port, headText(asked));
  if ('refused' in reached) {
    const text = refusalText(reached.refused);
    inside.end(
      `HTTP/1.1 ${REFUSALS[reached.refused][0]} Refused\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
    );
    return;
  }
  if (inside.destroyed) {
    reached.socket.destroy();
    return;
  }
  inside.write('HTTP/1.1 200 Connection established\r\n\r\n');
  if (head.length > 0) reached.socket.write(head);
  if (sent !== undefined) {
    sent(host, port, head);
    inside.on('data', (part: Buffer) => sent(host, port, part));
  }
  join(inside, reached.socket);
}

function forward(
  { socket }: { readonly socket: Socket },
  asked: IncomingMessage,
  answer: ServerResponse,
  { path, headers }: { readonly path: string; readonly headers: Record<string, string | string[]> },
): void {
  const framing = framingOf(asked);
  const onward = request({
    createConnection: () => socket,
    method: asked.method,
    path,
    headers: { ...headers, ...framing, connection: 'close' },
    setHost: false,
    maxHeaderSize: LIMITS.requestHeadBytes,
  });
  onward.on('response', (response) => {
    answer.writeHead(response.statusCode ?? 502, passable(response.headers));
    response.pipe(answer);
    response.on('error', () => answer.destroy());
  });
  onward.on('error', () => answer.destroy());
  answer.on('close', () => socket.destroy());
  asked.on('error', () => onward.destroy());
  if (framing === undefined) onward.end();
  else asked.pipe(onward);
}

async function plain(
  { connect: rules, secrets, event, sent }: ProxyTerms,
  counted: Counted,
  asked: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const { url = '', method } = asked;
  const target = plainTarget(url);
  const reached: Reached =
    target === undefined
      ? { refused: 'malformed-request' }
      : mayBegin(counted)
        ? await reach(rules, target)
        : { refused: 'too-many-connections' };
  const { host, port } = target ?? { host: url.slice(0, 300), port: 0 };
  const told = { kind: 'net', source: 'proxy', host, port, method } as const;
  if (sent !== undefined) {
    sent(host, port, headText(asked));
    asked.on('data', (part: Buffer) => sent(host, port, part));
  }
  if ('refused' in reached || target === undefined) {
    const refused = 'refused' in reached ? reached.refused : 'malformed-request';
    event({ ...told, refused });
    answer.writeHead(REFUSALS[refused][0], { 'content-type': 'text/plain', connection: 'close' });
    answer.end(refusalText(refused));
    return;
  }
  // The field says where the request goes, and nothing else.
  const given = { ...passable(asked.headers), host: port === HTTP_PORT ? host : `${host}:${port}` };
  // What is sent so comes back (RFC 9110, 9.3.8).
  const own = method === 'TRACE' ? [] : secrets;
  const { headers, isReplaced } = withSecrets(given, own, host);
  event({ ...told, refused: undefined, ...(isReplaced ? { secret: true } : {}) });
  forward(reached, asked, answer, { path: target.path, headers });
}

/**
 * Listens on a local socket until it is closed.
 * @param path where the socket is made
 */
export async function startProxy(path: string, terms: ProxyTerms): Promise<Proxy> {
  const sockets = new Set<Duplex>();
  const counted: Counted = { now: 0, all: 0 };
  const server = createServer({ maxHeaderSize: LIMITS.requestHeadBytes });
  server.on('connection', (socket) => {
    sockets.add(socket);
    counted.now++;
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      counted.now--;
    });
  });
  server.on('connect', (asked, inside, head) => {
    inside.on('error', () => {});
    tunnel(terms, counted, asked, [inside, head]).catch(() => inside.destroy());
  });
  server.on('request', (asked, answer) => {
    plain(terms, counted, asked, answer).catch(() => answer.destroy());
  });
  server.on('clientError', (_, socket) => {
    const told = { kind: 'net', source: 'proxy', host: '', port: 0, method: undefined } as const;
    terms.event({ ...told, refused: 'malformed-request' });
    socket.destroy();
  });
  // The name of a socket has 107 bytes (unix(7)), and directories may have longer ones.
  const directory = openSync(dirname(path), constants.O_DIRECTORY);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(`/proc/self/fd/${directory}/${basename(path)}`, resolve);
  });
  return {
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      closeSync(directory);
    },
  };
}
