/**
 * Ranges of addresses, by what they are for (RFC 6890 and the registries of special-purpose addresses).
 * @module
 */
import { BlockList, isIP } from 'node:net';

function ranges(
  v4: readonly (readonly [string, number])[],
  v6: readonly (readonly [string, number])[],
): BlockList {
  const list = new BlockList();
  for (const [net, bits] of v4) list.addSubnet(net, bits, 'ipv4');
  for (const [net, bits] of v6) list.addSubnet(net, bits, 'ipv6');
  return list;
}

/** The machine itself, and networks that belong to whoever runs it. */
const LOCAL = ranges(
  [
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
  ],
  [
    ['::1', 128],
    ['fc00::', 7],
  ],
);

/** Addresses at which no server of the Internet is: link-local ones (metadata of clouds), multicast, reserved ones. */
const NEVER = ranges(
  [
    ['0.0.0.0', 8],
    ['169.254.0.0', 16],
    ['192.0.0.0', 24],
    ['198.18.0.0', 15],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ],
  [
    ['::', 128],
    ['64:ff9b::', 96],
    ['64:ff9b:1::', 48],
    ['fe80::', 10],
    ['fec0::', 10],
    ['ff00::', 8],
    ['2002::', 16],
    ['2001::', 32],
  ],
);

export type AddressKind = 'public' | 'local' | 'special';

/** An IPv4 address that is written as one of IPv6 (RFC 4291, 2.5.5.2), as `URL` spells it. */
function mapped(address: string): string | undefined {
  const { hostname } = new URL(`http://[${address}]/`);
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(hostname) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const number = Number.parseInt(high, 16) * 0x1_0000 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.');
}

/** What an address is for; what is none is `special`. */
export function addressKind(address: string): AddressKind {
  const plain = address.split('%')[0] ?? '';
  const version = isIP(plain);
  if (version === 0) return 'special';
  const inner = version === 6 ? mapped(plain) : undefined;
  if (inner !== undefined) return addressKind(inner);
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (NEVER.check(plain, family)) return 'special';
  return LOCAL.check(plain, family) ? 'local' : 'public';
}
