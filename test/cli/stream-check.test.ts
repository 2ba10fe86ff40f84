/** `gitkel stream check` on the recorded scenarios: in-process, and the binary once for each of its exits. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { checkStreams } from '../../src/cli/check-streams.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import type { Host } from '../../src/host/host.ts';
import { answeredLater } from '../support/answered-later.ts';
import { nodeHost } from '../../src/host/node.ts';
import { streamReport } from '../../src/stream/stream-report.ts';
import { scenariosOf, stepBytes } from '../keri/scenarios.ts';
import { BINARY, runProgram } from '../support/binary.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gitkel-stream-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, ...parts: readonly Uint8Array[]): string {
  const file = path.join(folder, name);
  writeFileSync(file, Buffer.concat(parts));
  return file;
}

function stepsOf(file: string, id: string): readonly Uint8Array[] {
  const scenario = scenariosOf(file).find((each) => each.id === id);
  if (scenario === undefined) throw new Error(`${id} is missing`);
  return scenario.steps.map(stepBytes);
}

const tel = stepsOf('tel.json', 'tel-no-backers');

/** The host, with a count of the signatures that were verified on this thread and on others. */
function countingHost(): { readonly host: Host; readonly count: { here: number; there: number } } {
  const count = { here: 0, there: 0 };
  const crypto = {
    ...nativeCrypto,
    verify: (...signed: Parameters<typeof nativeCrypto.verify>) => {
      count.here++;
      return nativeCrypto.verify(...signed);
    },
    threads: () => {
      const threads = answeredLater().threads?.();
      if (threads === undefined) throw new Error('it has threads');
      return Object.create(threads, {
        offer: {
          value: (...signed: Parameters<typeof nativeCrypto.verify>) => {
            count.there++;
            return threads.offer(...signed);
          },
        },
      });
    },
  };
  return { host: { ...nodeHost(), crypto }, count };
}

describe('checkStreams()', () => {
  it('feeds files in their order to one validator, with the signatures on other threads', async () => {
    const files = [written('1', ...tel.slice(0, 3)), written('2', ...tel.slice(3))];
    const { host, count } = countingHost();
    const { messages, accepted, isAccepted, stream } = await checkStreams(host, files);
    expect(messages.map(({ outcome }) => outcome)).toEqual(Array(7).fill('accepted'));
    expect(messages.map(({ name }) => name)).toEqual('icp ixn vcp ixn iss ixn rev'.split(' '));
    const sizes = tel.map(({ length }) => length);
    expect(messages.slice(0, 4).map(({ file, offset }) => [file, offset])).toEqual([
      [files[0], 0],
      [files[0], sizes[0]],
      [files[0], (sizes[0] ?? 0) + (sizes[1] ?? 0)],
      [files[1], 0],
    ]);
    expect([accepted, isAccepted]).toEqual([7, true]);
    expect(streamReport(stream).escrows).toEqual({});
    expect(count).toEqual({ here: 0, there: 4 });
  });

  it('comes to the same in another order, when all is there', async () => {
    const file = written('reversed', ...tel.toReversed());
    const { messages, accepted, isAccepted } = await checkStreams(nodeHost(), [file]);
    expect(messages.slice(0, 3)).toMatchObject([
      { name: 'rev', outcome: 'escrowed', escrow: 'tel-out-of-order' },
      { name: 'ixn', outcome: 'escrowed', escrow: 'out-of-order' },
      { name: 'iss', outcome: 'escrowed', escrow: 'tel-out-of-order' },
    ]);
    expect([accepted, isAccepted]).toEqual([7, true]);
  });

  it('verifies again, one by one, when a signature does not hold', async () => {
    const [first = new Uint8Array(), ...others] = tel;
    const damaged = Uint8Array.from(first);
    damaged[damaged.length - 10] = damaged[damaged.length - 10] === 0x41 ? 0x42 : 0x41;
    const { host, count } = countingHost();
    const file = written('damaged', damaged, ...others);
    const { messages, isAccepted } = await checkStreams(host, [file]);
    expect(messages[0]).toMatchObject({ outcome: 'rejected', reason: 'no-valid-signature' });
    expect(messages.slice(1).map(({ outcome }) => outcome)).not.toContain('accepted');
    expect(isAccepted).toBe(false);
    expect(count.here).toBeGreaterThan(0);
  });

  it('goes on with the next file where one cannot be read any further', async () => {
    const [first = new Uint8Array(), ...others] = tel;
    const cut = written('cut', first, (others[0] ?? first).subarray(0, 50));
    const whole = written('whole', ...others);
    const { messages } = await checkStreams(nodeHost(), [cut, whole]);
    expect(messages[1]).toMatchObject({ file: cut, offset: first.length, outcome: 'incomplete' });
    expect(messages.slice(2).map(({ outcome }) => outcome)).toEqual(Array(6).fill('accepted'));
  });

  it('does not call nothing whole', async () => {
    const check = await checkStreams(nodeHost(), [written('empty')]);
    expect(check).toMatchObject({ messages: [], accepted: 0, isAccepted: false });
  });

  it('does not call whole what goes on in a form that is not read', async () => {
    const cbor = utf8('\u00a1avKERI10CBOR000028_'.padEnd(0x28, '-'));
    const later = Buffer.concat([Buffer.from([0xa1]), cbor.subarray(2)]);
    const check = await checkStreams(nodeHost(), [written('8', ...tel), written('9', later)]);
    expect(check.messages.at(-1)).toMatchObject({ reason: 'unsupported-serialization' });
    expect(check.isAccepted).toBe(false);
  });

  it('takes an event that comes again for what it is', async () => {
    const check = await checkStreams(nodeHost(), [written('twice', ...tel, ...tel)]);
    expect(check.messages.slice(7).map(({ outcome }) => outcome)).toEqual(
      Array(7).fill('no-change'),
    );
    expect(check).toMatchObject({ accepted: 7, isAccepted: true });
  });

  it('names a file that is not there, and one that is no file', async () => {
    await expect(checkStreams(nodeHost(), [path.join(folder, 'nothing')])).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(checkStreams(nodeHost(), [folder])).rejects.toMatchObject({
      reason: 'not-a-file',
    });
  });
});

describe('gitkel stream check', () => {
  it('prints a line for each message and what all comes to; exit 0', async () => {
    const file = written('tel.cesr', ...tel);
    const { exitCode, stdout, stderr } = await runProgram(BINARY, ['stream', 'check', file]);
    expect([exitCode, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(0, 7).every((line) => line.startsWith(`ok  ${file}:`))).toBe(true);
    expect(lines.at(-2)).toMatch(/^registry E[\w-]{43}: 1 credential, 1 revoked$/);
    expect(lines.at(-1)).toBe('7 events accepted of 1 identity; nothing waits');
  });

  it('reads the standard input, and prints JSON; exit 1 while something waits', async () => {
    const input = Buffer.concat(tel.slice(0, -2).toReversed().slice(0, -1));
    const ran = await runProgram(BINARY, ['stream', 'check', '-', '--json'], { input });
    expect([ran.exitCode, ran.stderr]).toEqual([1, '']);
    const { messages, aids, escrows } = JSON.parse(ran.stdout) as {
      readonly messages: readonly Readonly<Record<string, unknown>>[];
      readonly aids: unknown;
      readonly escrows: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;
    };
    expect(messages[0]).toEqual({
      file: '-',
      offset: 0,
      said: expect.stringMatching(/^E/),
      outcome: 'escrowed',
      reason: 'out-of-order',
      escrow: 'tel-out-of-order',
    });
    expect(aids).toEqual({});
    expect(Object.keys(escrows).toSorted()).toEqual([
      'out-of-order',
      'tel-anchorless',
      'tel-out-of-order',
    ]);
    expect(escrows['out-of-order']?.[0]).toEqual({
      pre: expect.stringMatching(/^E/),
      sn: '2',
      value: expect.stringMatching(/^E/),
    });
  });

  it('says where a stream cannot be read; exit 3', async () => {
    const [first = new Uint8Array()] = tel;
    const file = written('bad.cesr', first, Buffer.from('\n\n'));
    const ran = await runProgram(BINARY, ['stream', 'check', file]);
    expect(ran.exitCode).toBe(3);
    expect(ran.stdout).toContain(`NO  ${file}:${first.length} stream-error: `);
  });
});
