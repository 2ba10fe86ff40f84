/**
 * Which connections a manifest allows, by name and port, and to which addresses. Pure: nothing is resolved here.
 * @module
 */
import { BlockList, isIP } from 'node:net';
import { hostIncludes, isLocalName, parsePermissionHost } from '../skills/permission-host.ts';
import type { HostRule } from '../skills/permissions.ts';
import { addressKind } from './address-range.ts';
import type { NetRefusal } from './run-event.ts';

/** Where a connection is to go. */
export interface Target {
  /** In the one spelling of manifests; IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
}

export type NetDecision =
  | { readonly allowed: true; readonly rule: HostRule }
  | { readonly allowed: false; readonly refused: NetRefusal };

/** Reads `host:port`, as `CONNECT` has it; `undefined` for any spelling that somebody could read as another host. */
export function readTarget(authority: string, otherwise?: number): Target | undefined {
  const parsed = parsePermissionHost(authority.toLowerCase(), true);
  if (!parsed.ok || parsed.host.includes('*')) return undefined;
  const port = parsed.port ?? otherwise;
  return port === undefined ? undefined : { host: parsed.host, port };
}

/** The address that a target is, without brackets; `undefined` for a name. */
export function literalAddress(host: string): string | undefined {
  const plain = host.startsWith('[') ? host.slice(1, -1) : host;
  return isIP(plain) === 0 ? undefined : plain;
}

/** Whether the manifest has a target. */
export function decideTarget(rules: readonly HostRule[], { host, port }: Target): NetDecision {
  const named = rules.filter((rule) => hostIncludes(rule.host, host));
  const rule = named.find(({ ports }) => ports.includes(port));
  if (rule !== undefined) return { allowed: true, rule };
  if (named.length > 0) return { allowed: false, refused: 'port-not-declared' };
  const isAddress = literalAddress(host) !== undefined;
  return { allowed: false, refused: isAddress ? 'address-not-declared' : 'not-declared' };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

function isOneOf(addresses: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const one of addresses) if (isIP(one) !== 0) list.addAddress(one, familyOf(one));
  return list.check(address, familyOf(address));
}

/**
 * Whether a connection for a rule may go to an address: a name of the Internet leads to no address of the local network,
 * whatever its owner lets it resolve to, nor to this machine by an address that it has in the Internet, and only an address
 * that is declared itself to one for special purposes.
 * @param ownAddresses of this machine
 */
export function mayReach(
  { host }: HostRule,
  address: string,
  ownAddresses: readonly string[] = [],
): boolean {
  if (literalAddress(host) !== undefined) return literalAddress(host) === address;
  switch (addressKind(address)) {
    case 'public':
      return !isOneOf(ownAddresses, address) || isLocalName(host.replace(/^\*\./, ''));
    case 'local':
      return isLocalName(host.replace(/^\*\./, ''));
    case 'special':
      return false;
  }
}
