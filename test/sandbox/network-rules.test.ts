/** Which connections a manifest allows, and to which addresses. */
import { describe, expect, test } from 'vitest';
import { addressKind } from '../../src/sandbox/address-range.ts';
import { decideTarget, mayReach, readTarget } from '../../src/sandbox/net-decision.ts';
import type { HostRule } from '../../src/skills/permissions.ts';

function rule(host: string, ...ports: readonly number[]): HostRule {
  return { host, ports: ports.length === 0 ? [443] : ports, why: undefined, optional: false };
}

describe('addressKind()', () => {
  test.each([
    ['93.184.216.34', 'public'],
    ['2606:2800:220:1::1', 'public'],
    ['127.0.0.1', 'local'],
    ['10.1.2.3', 'local'],
    ['172.31.255.255', 'local'],
    ['172.32.0.0', 'public'],
    ['192.168.0.1', 'local'],
    ['100.64.0.1', 'local'],
    ['::1', 'local'],
    ['fd00::1', 'local'],
    ['::ffff:127.0.0.1', 'local'],
    ['::ffff:7f00:1', 'local'],
    ['::ffff:169.254.169.254', 'special'],
    ['169.254.169.254', 'special'],
    ['0.0.0.0', 'special'],
    ['224.0.0.1', 'special'],
    ['255.255.255.255', 'special'],
    ['::', 'special'],
    ['fe80::1', 'special'],
    ['fe80::1%eth0', 'special'],
    ['64:ff9b::7f00:1', 'special'],
    ['2002:7f00:1::', 'special'],
    ['no address', 'special'],
  ])('%s is %s', (address, kind) => {
    expect(addressKind(address)).toBe(kind);
  });
});

describe('readTarget()', () => {
  test.each([
    ['api.example.com:443', { host: 'api.example.com', port: 443 }],
    ['API.Example.com:443', { host: 'api.example.com', port: 443 }],
    ['[::1]:80', { host: '[::1]', port: 80 }],
  ])('reads %s', (text, target) => {
    expect(readTarget(text)).toEqual(target);
  });

  test.each([
    'api.example.com',
    'api.example.com.:443',
    'api.example.com:0',
    'api.example.com:65536',
    '*.example.com:443',
    'user@api.example.com:443',
    '0x7f000001:80',
    '2130706433:80',
    '127.1:80',
    '127.0.0.01:80',
    '[::0:1]:80',
    'api.example.com:443/path',
    ':443',
    '',
  ])('refuses %j', (text) => {
    expect(readTarget(text)).toBeUndefined();
  });
});

describe('decideTarget()', () => {
  const rules = [
    rule('api.example.com'),
    rule('*.files.example.org', 443, 8443),
    rule('127.0.0.1', 80),
  ];

  test.each([
    ['api.example.com', 443, true],
    ['a.files.example.org', 8443, true],
    ['127.0.0.1', 80, true],
    ['api.example.com', 80, 'port-not-declared'],
    ['files.example.org', 443, 'not-declared'],
    ['evil-api.example.com', 443, 'not-declared'],
    ['api.example.com.evil.net', 443, 'not-declared'],
    ['127.0.0.2', 80, 'address-not-declared'],
  ])('%s:%i comes to %s', (host, port, wanted) => {
    const decision = decideTarget(rules, { host, port });
    expect(decision.allowed || decision.refused).toBe(wanted);
  });
});

describe('mayReach()', () => {
  test('a name of the Internet does not lead to this machine by its public address', () => {
    const own = ['127.0.0.1', '8.8.4.4', '2600::1'];
    for (const address of ['8.8.4.4', '2600::1', '::ffff:8.8.4.4'])
      expect([address, mayReach(rule('api.example.com'), address, own)]).toEqual([address, false]);
    expect(mayReach(rule('api.example.com'), '8.8.8.8', own)).toBe(true);
    expect(mayReach(rule('localhost'), '8.8.4.4', own)).toBe(true);
    expect(mayReach(rule('8.8.4.4'), '8.8.4.4', own)).toBe(true);
  });

  test.each([
    ['api.example.com', '93.184.216.34', true],
    ['api.example.com', '127.0.0.1', false],
    ['api.example.com', '10.0.0.1', false],
    ['api.example.com', '169.254.169.254', false],
    ['localhost', '127.0.0.1', true],
    ['db.internal', '10.0.0.1', true],
    ['db.internal', '169.254.169.254', false],
    ['*.corp.internal', '10.0.0.1', true],
    ['169.254.169.254', '169.254.169.254', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['[::1]', '::1', true],
  ])('%s to %s: %s', (host, address, wanted) => {
    expect(mayReach(rule(host), address)).toBe(wanted);
  });
});
