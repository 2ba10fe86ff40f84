import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { decodePrimitive, encodePrimitive } from '../../src/cesr/primitive.ts';
import type { Host, Programs, SocketCall, SocketOutcome } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import { systemPrograms } from '../../src/host/programs.ts';
import { addExternalKey } from '../../src/keys/external-keys.ts';
import { findSigner, hasKey } from '../../src/keys/find-signer.ts';
import { openHome } from '../../src/keys/home.ts';
import { agentPublicKey, agentSigner } from '../../src/keys/ssh-agent.ts';
import { signerContract } from '../contract/signer.ts';
import { hasSshAgent, SshAgent } from '../support/ssh-agent.ts';
import { errorOf, freshHome, inMemory } from './homes.ts';

vi.setConfig({ testTimeout: 60_000 });

const KEY = encodePrimitive({
  code: 'D',
  raw: nodeHost().crypto.publicKey(new Uint8Array(32).fill(4)),
});
const NEXT = encodePrimitive({ code: 'E', raw: new Uint8Array(32).fill(6) });

async function unasked(): Promise<string> {
  throw new Error('a passphrase was asked for');
}

/** A host whose agent answers as told, each answer once. */
function hostOf(...answers: readonly SocketOutcome[]): { host: Host; asked: SocketCall[] } {
  const asked: SocketCall[] = [];
  const programs: Programs = {
    agentSocket: '/run/agent',
    run: () => Promise.reject(new Error('no program is to run')),
    ask: async (call) => {
      asked.push(call);
      return answers[asked.length - 1] ?? { outcome: 'closed' };
    },
  };
  return { host: { ...inMemory().host, programs }, asked };
}

const answered = (...bytes: readonly number[]): SocketOutcome => ({
  outcome: 'answered',
  answer: Uint8Array.from(bytes),
});
const NO_KEYS = answered(12, 0, 0, 0, 0);

describe('an agent that does not do what it should', () => {
  test.each([
    [
      { outcome: 'not-connected', detail: 'ECONNREFUSED' },
      'environment',
      'agent-gone',
      'ECONNREFUSED',
    ],
    [{ outcome: 'closed' }, 'environment', 'agent-gone', 'closed the connection'],
    [{ outcome: 'too-slow' }, 'environment', 'agent-slow', 'no answer in 120 s'],
    [{ outcome: 'too-much' }, 'malformed', 'agent-answer', 'more than'],
    [answered(), 'malformed', 'agent-answer', 'type none'],
    [answered(14, 0), 'malformed', 'agent-answer', 'in the middle'],
  ] as const)('agentSigner() tells %j apart', async (outcome, code, reason, words) => {
    const { host, asked } = hostOf(outcome);
    const error = await errorOf(() => agentSigner(host, KEY).sign(utf8('an event')));
    expect(error).toMatchObject({ code, reason });
    expect(String(error)).toContain(words);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ path: '/run/agent', timeLimit: 120_000 });
  });

  test('agentSigner() tells a locked agent by the keys that it no longer shows', async () => {
    const { host } = hostOf(answered(5), NO_KEYS);
    const error = await errorOf(() => agentSigner(host, KEY).sign(utf8('an event')));
    expect(error).toMatchObject({ code: 'not-found', reason: 'agent-key' });
    expect(Reflect.get(Object(error), 'hint')).toContain('ssh-add -X');
  });

  test('agentSigner() tells a refusal of a key that the agent holds', async () => {
    const blob = concat(
      Uint8Array.of(0, 0, 0, 11),
      utf8('ssh-ed25519'),
      Uint8Array.of(0, 0, 0, 32),
      decodePrimitive(KEY).raw,
    );
    const { host } = hostOf(
      answered(5),
      answered(12, 0, 0, 0, 1, 0, 0, 0, 51, ...blob, 0, 0, 0, 0),
    );
    const error = await errorOf(() => agentSigner(host, KEY).sign(utf8('an event')));
    expect(error).toMatchObject({ code: 'refused', reason: 'agent-refused' });
  });

  test('agentPublicKey() tells an agent that will not list its keys', async () => {
    const { host } = hostOf(answered(5));
    const error = await errorOf(() => agentPublicKey(host, `SHA256:${'A'.repeat(43)}`));
    expect(error).toMatchObject({ code: 'refused', reason: 'agent-refused' });
  });

  test('agentSigner() sends nothing that is too large for an agent', async () => {
    const { host, asked } = hostOf();
    const error = await errorOf(() => agentSigner(host, KEY).sign(new Uint8Array(262_144)));
    expect(error).toMatchObject({ code: 'refused', reason: 'too-large' });
    expect(asked).toEqual([]);
  });

  test('findSigner() rejects a signature of the agent that does not verify', async () => {
    const raw = new Uint8Array(64).fill(1);
    const { host } = hostOf(
      answered(14, 0, 0, 0, 83, 0, 0, 0, 11, ...utf8('ssh-ed25519'), 0, 0, 0, 64, ...raw),
    );
    const home = freshHome({ host, root: '/ground' });
    await addExternalKey(
      home,
      'alice',
      { publicKey: KEY, external: { kind: 'ssh-agent' } },
      { digest: NEXT },
    );
    expect(hasKey(home, KEY)).toBe(true);
    const signer = await findSigner(home, KEY, unasked);
    const error = await errorOf(() => signer?.sign(utf8('an event')));
    expect(error).toMatchObject({ code: 'refused', reason: 'bad-signature' });
    expect(String(error)).toContain(KEY);
  });

  test.each(['', 'SHA256:', 'MD5:00', `SHA256:${'A'.repeat(44)}`, `sha256:${'A'.repeat(43)}`])(
    'agentPublicKey() refuses the fingerprint %j without asking',
    async (fingerprint) => {
      const { host, asked } = hostOf();
      const error = await errorOf(() => agentPublicKey(host, fingerprint));
      expect(error).toMatchObject({ code: 'usage', reason: 'fingerprint' });
      expect(asked).toEqual([]);
    },
  );

  test('without SSH_AUTH_SOCK, or on a host without programs, there is no agent', async () => {
    const { host } = inMemory();
    const unset = { ...host, programs: systemPrograms({ SSH_AUTH_SOCK: '' }) };
    for (const one of [host, unset]) {
      const error = await errorOf(() => agentSigner(one, KEY).sign(utf8('an event')));
      expect(error).toMatchObject({ code: 'environment', reason: 'agent-gone' });
      expect(String(error)).toContain('SSH_AUTH_SOCK is not set');
    }
  });
});

describe.skipIf(!hasSshAgent)('a real ssh-agent (skipped where OpenSSH is not installed)', () => {
  let agent: SshAgent | undefined;
  let host: Host = nodeHost();

  beforeAll(async () => {
    agent = await SshAgent.start();
    host = nodeHost({ programs: systemPrograms(agent.env) });
  });
  afterAll(async () => {
    await agent?.stop();
  });

  function running(): SshAgent {
    if (agent === undefined) throw new Error('the agent is not running');
    return agent;
  }

  signerContract('findSigner() of a key in ssh-agent', async () => {
    const { fingerprint } = await running().newKey();
    const home = openHome(host, `${running().dir}/home-${fingerprint.replaceAll(/\W/g, '')}`);
    const publicKey = await agentPublicKey(host, fingerprint);
    await addExternalKey(
      home,
      'alice',
      { publicKey, external: { kind: 'ssh-agent' } },
      { digest: NEXT },
    );
    const signer = await findSigner(home, publicKey, unasked);
    if (signer === undefined) throw new Error('the key was not found');
    return { signer, crypto: host.crypto };
  });

  test('agentPublicKey() finds the key of exactly that fingerprint', async () => {
    const [first, second] = [await running().newKey(), await running().newKey()];
    for (const { fingerprint, publicKey } of [first, second])
      expect(decodePrimitive(await agentPublicKey(host, fingerprint)).raw).toEqual(publicKey);
    const near = `${first.fingerprint.slice(0, -1)}${first.fingerprint.endsWith('A') ? 'E' : 'A'}`;
    const error = await errorOf(() => agentPublicKey(host, near));
    expect(error).toMatchObject({ code: 'not-found', reason: 'agent-key' });
    expect(Reflect.get(Object(error), 'hint')).toContain('ssh-add');
  });

  test('agentPublicKey() refuses a key of another kind', async () => {
    const { fingerprint } = await running().newKey('ecdsa');
    const error = await errorOf(() => agentPublicKey(host, fingerprint));
    expect(error).toMatchObject({ code: 'usage', reason: 'key-kind' });
  });

  test('a key that was taken away, a locked agent: clear errors, and it signs again afterwards', async () => {
    const key = await running().newKey('ed25519', 'evil\u001b[2J');
    const publicKey = await agentPublicKey(host, key.fingerprint);
    const sign = async (): Promise<Uint8Array> =>
      agentSigner(host, publicKey).sign(utf8('an event'));
    expect(host.crypto.verify(key.publicKey, utf8('an event'), await sign())).toBe(true);
    await running().lock();
    expect(await errorOf(sign)).toMatchObject({ code: 'not-found', reason: 'agent-key' });
    await running().unlock();
    expect(await sign()).toHaveLength(64);
    const other = await running().newKey('ed25519', 'other\u001b[2J');
    await running().removeKey(key);
    const gone = await errorOf(sign);
    expect(gone).toMatchObject({ code: 'not-found', reason: 'agent-key' });
    expect(String(Reflect.get(Object(gone), 'hint'))).not.toContain('\u001b');
    await running().removeKey(other);
  });

  test('an agent that has ended is said to be gone', async () => {
    const short = await SshAgent.start();
    const { fingerprint } = await short.newKey();
    const itsHost = nodeHost({ programs: systemPrograms(short.env) });
    const publicKey = await agentPublicKey(itsHost, fingerprint);
    await short.stop();
    const error = await errorOf(() => agentSigner(itsHost, publicKey).sign(utf8('an event')));
    expect(error).toMatchObject({ code: 'environment', reason: 'agent-gone' });
    expect(String(error)).toContain(short.socket);
  });
});
