import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { toHex, utf8 } from '../../src/base/bytes.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import type { Home } from '../../src/keys/home.ts';
import type { Host, ProgramCall, ProgramOutcome } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import {
  commandPublicKey,
  commandSigner,
  requireCommand,
  type SigningCommand,
} from '../../src/keys/command-signer.ts';
import { addExternalKey } from '../../src/keys/external-keys.ts';
import { findSigner } from '../../src/keys/find-signer.ts';
import { openHome } from '../../src/keys/home.ts';
import { signerContract } from '../contract/signer.ts';
import { errorOf, freshHome, inMemory } from './homes.ts';

vi.setConfig({ testTimeout: 60_000 });

const PROGRAM = path.resolve(import.meta.dirname, '../support/command-signer.mjs');
const SEED = new Uint8Array(32).fill(5);
const { crypto } = nodeHost();
const KEY = encodePrimitive({ code: 'D', raw: crypto.publicKey(SEED) });
const NEXT = encodePrimitive({ code: 'E', raw: new Uint8Array(32).fill(6) });
const MESSAGE = utf8('an event');

async function unasked(): Promise<string> {
  throw new Error('a passphrase was asked for');
}

describe('a signing command', () => {
  let dir = '';
  let home: Home | undefined;

  beforeAll(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'gitkel-command-'));
    writeFileSync(path.join(dir, 'seed'), toHex(SEED));
    home = openHome(nodeHost(), path.join(dir, 'home'));
  });
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  function itsHome(): Home {
    if (home === undefined) throw new Error('a home is there only while a test runs');
    return home;
  }

  function command(fate: string, seconds = 60): SigningCommand {
    return { command: [process.execPath, PROGRAM, path.join(dir, 'seed'), fate], seconds };
  }

  async function signWith(fate: string, seconds?: number): Promise<Uint8Array> {
    return commandSigner(itsHome(), KEY, command(fate, seconds)).sign(MESSAGE);
  }

  signerContract(
    'findSigner() of a signing command',
    async () => {
      const named = { publicKey: KEY, external: { kind: 'command', ...command('well') } } as const;
      const own = openHome(nodeHost(), path.join(dir, `home-${Math.random()}`));
      await addExternalKey(own, 'vault', named, { digest: NEXT });
      const signer = await findSigner(own, KEY, unasked);
      if (signer === undefined) throw new Error('the key was not found');
      return { signer, crypto };
    },
    6,
  );

  test('commandPublicKey() asks the command', async () => {
    expect(await commandPublicKey(itsHome(), command('well'))).toBe(KEY);
  });

  test('commandSigner() takes a signature in CESR as well as in Base64', async () => {
    expect(crypto.verify(crypto.publicKey(SEED), MESSAGE, await signWith('cesr'))).toBe(true);
    expect(crypto.verify(crypto.publicKey(SEED), MESSAGE, await signWith('well'))).toBe(true);
  });

  test('commandSigner() starts a command that never sees the passphrase', async () => {
    process.env['GITKEL_PASSPHRASE'] = 'secret';
    try {
      expect(await signWith('wants-no-passphrase')).toHaveLength(64);
    } finally {
      delete process.env['GITKEL_PASSPHRASE'];
    }
  });

  test.each([
    ['hangs', 'environment', 'command-slow', 'no answer in 1 s'],
    ['forks', 'environment', 'command-slow', 'no answer in 1 s'],
  ])('commandSigner() stops a command that %s', async (fate, code, reason, words) => {
    const error = await errorOf(() => signWith(fate, 1));
    expect(error).toMatchObject({ code, reason });
    expect(String(error)).toContain(words);
  });

  test.each([
    ['dies', 'environment', 'command-failed', 'SIGKILL'],
    ['fails', 'environment', 'command-failed', 'exit code 3'],
    ['says-nothing', 'malformed', 'command-answer', 'it printed nothing'],
    ['raves', 'malformed', 'command-answer', String.raw`not {\"signature\"\u001b[2J`],
    ['talks', 'malformed', 'command-answer', 'it printed'],
    ['floods', 'malformed', 'command-answer', 'more than 4096 bytes'],
    ['short', 'malformed', 'command-answer', 'is not a signature of Ed25519'],
  ])('commandSigner() tells of a command that %s', async (fate, code, reason, words) => {
    const error = await errorOf(() => signWith(fate));
    expect(error).toMatchObject({ code, reason });
    expect(String(error)).toContain(words);
    expect(await signWith('well')).toHaveLength(64);
  });

  test('findSigner() rejects a signature that does not verify', async () => {
    const own = openHome(nodeHost(), path.join(dir, 'home-lies'));
    const named = { publicKey: KEY, external: { kind: 'command', ...command('lies') } } as const;
    await addExternalKey(own, 'vault', named, { digest: NEXT });
    const signer = await findSigner(own, KEY, unasked);
    const error = await errorOf(() => signer?.sign(MESSAGE));
    expect(error).toMatchObject({ code: 'refused', reason: 'bad-signature' });
  });
});

describe('what a signing command is asked and may answer', () => {
  const signing: SigningCommand = { command: ['signer', 'a b'], seconds: 7 };

  function homeOf(outcome: ProgramOutcome): { home: Home; calls: ProgramCall[] } {
    const calls: ProgramCall[] = [];
    const { host } = inMemory();
    const withPrograms: Host = {
      ...host,
      programs: {
        agentSocket: undefined,
        ask: () => Promise.reject(new Error('no agent is to be asked')),
        run: async (call) => {
          calls.push(call);
          return outcome;
        },
      },
    };
    return { home: freshHome({ host: withPrograms, root: '/ground' }), calls };
  }

  const printed = (text: string): ProgramOutcome => ({
    outcome: 'ended',
    exitCode: 0,
    output: utf8(text),
  });

  test('the request is one line of canonical JSON; the limits are those of the key', async () => {
    const { home, calls } = homeOf(printed('{}'));
    await errorOf(() => commandSigner(home, `B${KEY.slice(1)}`, signing).sign(MESSAGE));
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      program: 'signer',
      args: ['a b'],
      directory: home.dir,
      timeLimit: 7_000,
    });
    expect(new TextDecoder().decode(calls[0]?.input)).toBe(
      `{"format":"gitkel-sign/1","message":"YW4gZXZlbnQ=","operation":"sign","publicKey":"${KEY}","purpose":"document"}`,
    );
  });

  test.each([
    ['event', '{"v":"KERI10JSON0000fb_","t":"icp"}'],
    ['commit', 'SSHSIG\0\0\0\u0003git'],
    ['statement', 'DSSEv1 28 application/vnd.in-toto+json 2 {}'],
    ['document', '{"batch":"E"}'],
    ['document', ''],
  ])('the purpose says %s', async (purpose, message) => {
    const { home, calls } = homeOf(printed(''));
    await errorOf(() => commandSigner(home, KEY, signing).sign(utf8(message)));
    expect(JSON.parse(new TextDecoder().decode(calls[0]?.input))).toMatchObject({ purpose });
  });

  test.each([
    ['no JSON', 'signature'],
    ['a list', '["x"]'],
    ['null', 'null'],
    ['a number', '{"signature":1}'],
    ['another field', '{"signed":"x"}'],
    ['two documents', '{"signature":"x"}{"signature":"x"}'],
    ['an empty text', '{"signature":""}'],
    ['Base64 without padding', `{"signature":"${'A'.repeat(86)}"}`],
    ['Base64 of 63 bytes', `{"signature":"${'A'.repeat(84)}"}`],
    ['Base64 with another ending', `{"signature":"${'A'.repeat(85)}B=="}`],
    ['a key', `{"signature":"${KEY}"}`],
  ])('commandSigner() refuses %s', async (_, output) => {
    const { home } = homeOf(printed(output));
    const error = await errorOf(() => commandSigner(home, KEY, signing).sign(MESSAGE));
    expect(error).toMatchObject({ code: 'malformed', reason: 'command-answer' });
  });

  test('commandPublicKey() refuses what is no transferable key', async () => {
    for (const publicKey of [`B${KEY.slice(1)}`, NEXT, KEY.slice(1), ''])
      expect(
        await errorOf(() =>
          commandPublicKey(homeOf(printed(JSON.stringify({ publicKey }))).home, signing),
        ),
      ).toMatchObject({ code: 'malformed' });
  });

  test('commandSigner() tells of a command that is not there, and of a host without programs', async () => {
    const { home } = homeOf({ outcome: 'not-started', detail: 'ENOENT' });
    for (const one of [home, freshHome(inMemory())]) {
      const error = await errorOf(() => commandSigner(one, KEY, signing).sign(MESSAGE));
      expect(error).toMatchObject({ code: 'environment', reason: 'command-not-started' });
    }
  });

  test.each([
    ['no program', [], 60],
    ['an empty program', [''], 60],
    ['a NUL', ['a', 'b\0'], 60],
    ['too many arguments', Array.from({ length: 65 }, () => 'a'), 60],
    ['an argument that is too long', ['a', 'b'.repeat(4_097)], 60],
    ['no time', ['a'], 0],
    ['too much time', ['a'], 3_601],
    ['part of a second', ['a'], 1.5],
  ])('requireCommand() refuses %s', (_, command, seconds) => {
    expect(() => requireCommand({ command, seconds })).toThrow(
      expect.objectContaining({ code: 'usage', reason: 'command' }),
    );
  });
});
