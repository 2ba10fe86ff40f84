/**
 * The fields of a request as they are passed on: by the proxy, between what is inside and a host.
 * @module
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { hostIncludes } from '../skills/permission-host.ts';

/** What stands for a value inside, and where it may go. */
export interface ProxySecret {
  readonly standIn: string;
  readonly value: string;
  readonly hosts: readonly string[];
}

/** Fields that are between two neighbours only (RFC 9110, 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The fields of a message that are for the other end. */
export function passable(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = new Set((headers.connection ?? '').toLowerCase().split(/[ \t]*,[ \t]*/));
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || HOP_BY_HOP.has(name) || named.has(name) ? [] : [[name, value]],
    ),
  );
}

/** Puts values in the place of what stands for them, for hosts that they are declared for. */
export function withSecrets(
  headers: Record<string, string | string[]>,
  secrets: readonly ProxySecret[],
  host: string,
): { readonly headers: Record<string, string | string[]>; readonly isReplaced: boolean } {
  const own = secrets.filter(({ hosts }) => hosts.some((rule) => hostIncludes(rule, host)));
  let isReplaced = false;
  const replaced = (text: string): string =>
    own.reduce((done, { standIn, value }) => {
      if (!done.includes(standIn)) return done;
      isReplaced = true;
      return done.replaceAll(standIn, () => value);
    }, text);
  const all = Object.entries(headers).map(([name, value]) => [
    name,
    typeof value === 'string' ? replaced(value) : value.map(replaced),
  ]);
  return { headers: Object.fromEntries(all), isReplaced };
}

/**
 * How the end of a request's body is told (RFC 9112, 6.3), whatever the method: without it a body would be read as one more
 * request, to whatever host it names. `undefined` for a request without a body.
 */
export function framingOf({ headers }: IncomingMessage): Record<string, string> | undefined {
  if (headers['transfer-encoding'] !== undefined) return { 'transfer-encoding': 'chunked' };
  const length = headers['content-length'];
  return length === undefined ? undefined : { 'content-length': length };
}
