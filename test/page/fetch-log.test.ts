/** What servers answer to the page: a log, or what is wrong. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { portableCrypto } from '../../src/crypto/portable.ts';
import { encodePack } from '../../src/git/pack-writer.ts';
import { flushPacket, packetAt, packetLine } from '../../src/git/pkt-line.ts';
import { fetchBounded } from '../../src/page/fetch-bounded.ts';
import { fetchedLog } from '../../src/page/fetch-log.ts';
import { git, gitTestEnvironment, temporaryDirectory } from '../git/support.ts';
import { serve } from '../support/git-server.ts';
import { reasonOf } from '../support/thrown.ts';

const OID = 'a'.repeat(40);
const { pack: PACK } = encodePack(portableCrypto, [{ type: 'blob', bytes: utf8('hello') }]);

async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const fetched = async (url: string): ReturnType<typeof fetchedLog> =>
  fetchedLog(portableCrypto, url, () => {});

const REFS = concat(
  packetLine('# service=git-upload-pack\n'),
  flushPacket(),
  packetLine(`${OID} HEAD\0side-band-64k symref=HEAD:refs/heads/log ofs-delta\n`),
  packetLine(`${OID} refs/heads/log\n`),
  packetLine(`${OID} refs/gitkel/batch/x\n`),
  packetLine(`${OID} refs/tags/v1^{}\n`),
  flushPacket(),
);
const NAK = packetLine('NAK\n');

function banded(band: number, bytes: Uint8Array): Uint8Array {
  const head = utf8((bytes.length + 5).toString(16).padStart(4, '0'));
  return concat(head, Uint8Array.of(band), bytes);
}

/** A server that lists these refs, and answers this to what is asked for. */
async function gitServer(refs: Uint8Array, answer: Uint8Array): Promise<string> {
  return answering(({ method }, response) => {
    response.end(method === 'GET' ? refs : answer);
  });
}

describe('fetchedLog()', () => {
  test('fetches what stock git serves, its branches and its HEAD', async () => {
    const root = temporaryDirectory();
    git(root, ['init', '-q', '-b', 'trunk', 'work']);
    const work = join(root, 'work');
    writeFileSync(join(work, 'file'), 'content');
    git(work, ['add', 'file']);
    git(work, ['commit', '-q', '-m', 'first']);
    git(root, ['clone', '-q', '--bare', 'work', 'log.git']);
    const { files, dir } = await fetched(`${await serve(root)}/log.git/`);
    const text = (name: string): string => new TextDecoder().decode(files.get(`${dir}/${name}`));
    expect(text('HEAD')).toBe('ref: refs/heads/trunk\n');
    expect(text('packed-refs')).toContain(`${git(work, ['rev-parse', 'HEAD'])} refs/heads/trunk\n`);
    for (const [name, bytes] of files) {
      if (/\.(?:pack|idx)$/.test(name))
        writeFileSync(join(root, name.split('/').at(-1) ?? ''), bytes);
    }
    execFileSync('git', ['verify-pack', 'pack-of-the-source.idx'], {
      cwd: root,
      env: gitTestEnvironment(),
    });
  });

  test('takes a pack from a side band, and branches alone', async () => {
    const answer = concat(NAK, banded(2, utf8('Counting\n')), banded(1, PACK), flushPacket());
    const { files, dir } = await fetched(await gitServer(REFS, answer));
    const text = (name: string): string => new TextDecoder().decode(files.get(`${dir}/${name}`));
    expect(text('HEAD')).toBe('ref: refs/heads/log\n');
    expect(text('packed-refs').split('\n').slice(1)).toEqual([`${OID} refs/heads/log`, '']);
  });

  test.each([
    ['a web page', utf8('<!doctype html>'), NAK, 'no-git-server'],
    ['a list that is cut off', REFS.subarray(0, REFS.length - 4), NAK, 'no-git-server'],
    ['no branch', concat(REFS.subarray(0, 34), flushPacket()), NAK, 'no-git-server'],
    ['no answer', REFS, new Uint8Array(), 'no-git-server'],
    ['an error', REFS, packetLine('ERR access denied\n'), 'no-git-server'],
    ['an error in the side band', REFS, concat(NAK, banded(3, utf8('died'))), 'no-git-server'],
    ['an answer that is cut off', REFS, concat(NAK, banded(1, PACK)), 'no-git-server'],
    [
      'half a pack',
      REFS,
      concat(NAK, banded(1, PACK.subarray(0, 20)), flushPacket()),
      'pack-damaged',
    ],
    ['no pack', REFS, concat(NAK, flushPacket()), 'pack-damaged'],
  ])('refuses a server that sends %s', async (_, refs, answer, reason) => {
    const url = await gitServer(refs, answer);
    expect(await reasonOf(async () => fetched(url))).toBe(reason);
  });

  test('refuses URLs of other kinds, and such with a password', async () => {
    for (const url of [
      'file:///etc/passwd',
      'javascript:alert(1)',
      'log.bundle',
      'https://a:b@x.example/',
    ]) {
      expect(await reasonOf(async () => fetched(url))).toBe('remote-url');
    }
  });

  test('tells a refusal, a silence and a web page in place of a file', async () => {
    const refusing = await answering((_, response) => response.writeHead(403).end());
    expect(await reasonOf(async () => fetched(`${refusing}/x.bundle`))).toBe('http-status');
    const html = await answering((_, response) => response.end('<html>'));
    expect(await reasonOf(async () => fetched(`${html}/x.zip`))).toBe('no-git-server');
    expect(await reasonOf(async () => fetched('http://127.0.0.1:9/x.zip'))).toBe('cors');
  });
});

test('fetchBounded() ends what sends too much, or nothing more', async () => {
  const much = await answering((_, response) => response.end(new Uint8Array(2_000)));
  const bounds = { bytes: 1_000, silence: 50 };
  const from = async (url: string): Promise<string> =>
    reasonOf(async () => fetchBounded(url, {}, () => {}, bounds));
  expect(await from(much)).toBe('too-large');
  expect(await from(await answering(() => {}))).toBe('remote-silent');
  expect(await from(await answering((_, response) => response.write('x')))).toBe('remote-silent');
});

test('packetAt() reads lines and flushes, and nothing that is cut off or none', () => {
  expect(packetAt(packetLine('hi'), 0)).toEqual({ kind: 'line', bytes: utf8('hi'), next: 6 });
  expect(packetAt(flushPacket(), 0)).toEqual({ kind: 'flush', next: 4 });
  for (const text of ['', '000', '0001', '0003', '0006h', 'zzzz', '-001', '+007abc', ' 005x'])
    expect(packetAt(utf8(text), 0)).toBeUndefined();
});
