import { expect, test } from 'vitest';
import { localDirectory } from '../../src/cli/remote-copy.ts';
import { remoteAddress, remotePlace, shownAddress } from '../../src/git/remote-address.ts';
import { reasonOf } from '../support/thrown.ts';

test.each([
  ['/srv/log.git', { kind: 'directory', dir: '/srv/log.git' }],
  ['../log', { kind: 'directory', dir: '/home/ada/log' }],
  ['file:///srv/a%20b', { kind: 'directory', dir: '/srv/a b' }],
  ['https://example.org/log.git', { kind: 'url', url: 'https://example.org/log.git' }],
  ['git@example.org:team/log', { kind: 'url', url: 'git@example.org:team/log' }],
])('remotePlace() tells what %s is', (url, place) => {
  expect(remotePlace(url, '/home/ada/base')).toEqual(place);
});

test.each(['ext::sh -c id', 'file://other/srv', 'ftp://example.org/log', '', 'fd::17'])(
  'remotePlace() refuses %s',
  async (url) => {
    expect(await reasonOf(() => remotePlace(url, '/home/ada'))).toBe('remote-url');
  },
);

test.each([
  ['https://ada:secret@example.org/log/', 'https://example.org/log'],
  ['https://token@example.org/log', 'https://example.org/log'],
  ['ssh://git:secret@example.org/log', 'ssh://git@example.org/log'],
  ['git@example.org:log', 'git@example.org:log'],
  ['/srv/log//', '/srv/log'],
  ['/srv/./x/../log', '/srv/log'],
])('remoteAddress() keeps no secret of %s', (url, address) => {
  expect(remoteAddress(remotePlace(url, '/'))).toBe(address);
});

test.each(['file://other/srv', 'file://%zz', 'file:///srv/%'])(
  'localDirectory() refuses %s as an address',
  async (url) => {
    expect(await reasonOf(() => localDirectory(url))).toBe('remote-url');
    expect(localDirectory('file:///srv/a%20b')).toBe('/srv/a b');
  },
);

test('shownAddress() hides the password, and is printable', () => {
  expect(shownAddress('https://ada:secret@example.org/\u0007')).toBe(
    String.raw`"https://ada@example.org/\u0007"`,
  );
});
