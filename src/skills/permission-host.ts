/**
 * Hosts in permission manifests: names, ports, and wildcards that belong to one owner.
 * @module
 */
import { getPublicSuffix } from 'tldts';
import type { PermissionReason } from './permissions.ts';

export type ParsedHost =
  | { readonly ok: true; readonly host: string; readonly port: number | undefined }
  | { readonly ok: false; readonly reason: PermissionReason; readonly detail: string };

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const LONGEST_NAME = 253;
const HIGHEST_PORT = 65_535;

function refused(reason: PermissionReason, detail: string): ParsedHost & { readonly ok: false } {
  return { ok: false, reason, detail };
}

/** Four decimal numbers without leading zeros: the one spelling of an IPv4 address. */
function isIpv4(host: string): boolean {
  const parts = host.split('.');
  return (
    parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)
  );
}

/** Whether a name is one that some resolver takes for an address: its last part is a number of some kind. */
function looksNumeric(host: string): boolean {
  return /^(?:[0-9]+|0x[0-9a-f]*)$/.test(host.split('.').at(-1) ?? '');
}

/** An address in brackets, in the one spelling that URLs have (RFC 5952). */
function isIpv6(host: string): boolean {
  return /^\[[0-9a-f:.]{2,45}\]$/.test(host) && URL.canParse(`http://${host}/`)
    ? new URL(`http://${host}/`).hostname === host
    : false;
}

/** Whether a name, `localhost` for one, means something else in every local network. */
export function isLocalName(host: string): boolean {
  return !host.includes('.') || /(?:^|\.)(?:localhost|local|internal|lan|home\.arpa)$/.test(host);
}

function nameProblem(name: string): ParsedHost | undefined {
  if (
    name === '' ||
    name.length > LONGEST_NAME ||
    !name.split('.').every((label) => LABEL.test(label))
  ) {
    return refused(
      'host-form',
      'a host is written in lower case, in ASCII (xn--…), without a dot at its end',
    );
  }
  return undefined;
}

function needsWhy(): ParsedHost {
  return refused('host-local', 'for an address or a name of the local network say why');
}

/** A wildcard has to stay with one owner: below a registered name, not below what registries give to anybody. */
function wildcardProblem(base: string, hasWhy: boolean): ParsedHost | undefined {
  const problem = nameProblem(base);
  if (problem !== undefined) return problem;
  if (looksNumeric(base)) return refused('host-wildcard', 'addresses have no names below them');
  if (!base.includes('.') || getPublicSuffix(base, { allowPrivateDomains: true }) === base)
    return refused('host-suffix', `anybody can have a name below ${base}`);
  return isLocalName(base) && !hasWhy ? needsWhy() : undefined;
}

function plainProblem(host: string, hasWhy: boolean): ParsedHost | undefined {
  const isAddress = isIpv4(host) || isIpv6(host);
  if (!isAddress && looksNumeric(host))
    return refused('host-form', 'it is an odd spelling of an address');
  const problem = isAddress ? undefined : nameProblem(host);
  if (problem !== undefined || hasWhy || (!isAddress && !isLocalName(host))) return problem;
  return needsWhy();
}

/** Reads `host` or `host:port`. Addresses and local names need a reason. */
export function parsePermissionHost(text: string, hasWhy: boolean): ParsedHost {
  if (/[/@?#\\]/.test(text))
    return refused('host-url', 'it is no host: give a name like api.example.com, not a URL');
  const [, host = '', digits] = /^(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?$/.exec(text) ?? [];
  if (host === '') return refused('host-form', 'no host is named');
  if (host === '*') return refused('host-wildcard', 'it stands for every host');
  const base = host.startsWith('*.') ? host.slice(2) : undefined;
  if (host.includes('*') && (base === undefined || base.includes('*')))
    return refused('host-wildcard', 'a wildcard stands only at the start, as in *.example.com');
  const problem = base === undefined ? plainProblem(host, hasWhy) : wildcardProblem(base, hasWhy);
  if (problem !== undefined) return problem;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && !isPort(port)) return refused('host-port', 'ports are 1 to 65535');
  return { ok: true, host, port };
}

export function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= HIGHEST_PORT;
}

/** Whether every host that `other` stands for is one that `host` stands for. */
export function hostIncludes(host: string, other: string): boolean {
  if (host === other) return true;
  return host.startsWith('*.') && other.endsWith(host.slice(1));
}
