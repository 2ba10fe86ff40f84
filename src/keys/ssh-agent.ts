/**
 * Keys that live in the user's ssh-agent: it signs the bytes of an event or a commit itself, and the secret never
 * reaches this process.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import type { Host, Programs } from '../host/host.ts';
import {
  type AgentKey,
  identitiesRequest,
  parseIdentities,
  parseSignature,
  signRequest,
  sshFingerprint,
} from './agent-protocol.ts';
import { publicKeyText } from './key-text.ts';
import type { Signer } from './signer.ts';

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;

interface Agent {
  readonly programs: Programs;
  readonly socket: string;
}

function gone(detail: string): GitkelError {
  return new GitkelError('environment', `Cannot reach the ssh-agent: ${detail}`, {
    reason: 'agent-gone',
    hint: 'start one with eval "$(ssh-agent)" and add the key with ssh-add FILE; SSH_AUTH_SOCK must name its socket',
  });
}

function agentOf({ programs }: Host): Agent {
  if (programs?.agentSocket === undefined) throw gone('SSH_AUTH_SOCK is not set');
  return { programs, socket: programs.agentSocket };
}

/** One message to the agent and its answer, on a connection of its own. */
async function exchange({ programs, socket }: Agent, request: Uint8Array): Promise<Uint8Array> {
  const { agentWait: timeLimit, agentMessageBytes: answerLimit } = LIMITS;
  const result = await programs.ask({ path: socket, request, timeLimit, answerLimit });
  switch (result.outcome) {
    case 'answered':
      return result.answer;
    case 'not-connected':
      throw gone(`${result.detail} at ${quoted(socket, LIMITS.commandCharacters)}`);
    case 'closed':
      throw gone('it closed the connection before it had answered');
    case 'too-slow':
      throw new GitkelError(
        'environment',
        `Cannot wait for the ssh-agent: no answer in ${timeLimit / 1000} s`,
        {
          reason: 'agent-slow',
          hint: 'does it wait for you to confirm, or to touch a token? try again',
        },
      );
    case 'too-much':
      throw new GitkelError(
        'malformed',
        `Cannot use the answer of the ssh-agent: more than ${answerLimit} bytes`,
        { reason: 'agent-answer' },
      );
  }
}

async function keysIn(host: Host, agent: Agent): Promise<readonly AgentKey[]> {
  const answer = parseIdentities(host.crypto, await exchange(agent, identitiesRequest()));
  if (answer.ok) return answer.value;
  throw new GitkelError('refused', 'Cannot list the keys of the ssh-agent: it refused', {
    reason: 'agent-refused',
    hint: 'is it locked? unlock it with ssh-add -X',
  });
}

/** Why a key cannot be used that the agent does not list. */
function notListed(fingerprint: string, keys: readonly AgentKey[]): GitkelError {
  const what = `Cannot use the key ${fingerprint}: the ssh-agent`;
  if (keys.length === 0) {
    return new GitkelError('not-found', `${what} shows no keys`, {
      reason: 'agent-key',
      hint: 'it is locked (unlock it with ssh-add -X), or the key is not in it (add it with ssh-add FILE)',
    });
  }
  const listed = keys.map((key) => `${key.fingerprint} ${quoted(key.comment)}`).slice(0, 8);
  return new GitkelError('not-found', `${what} does not hold it`, {
    reason: 'agent-key',
    hint: `add it with ssh-add FILE; there are ${listed.join(', ')}`,
  });
}

/**
 * The public key of a fingerprint that the user's ssh-agent holds, in CESR text `D…`.
 * @param fingerprint `SHA256:…`, exactly as `ssh-add -l` prints it
 * @throws GitkelError `usage` for no such fingerprint, or for a key of another kind than Ed25519; `not-found`, reason
 * `agent-key`; `environment`, reasons `agent-gone` and `agent-slow`; `malformed`, reason `agent-answer`.
 */
export async function agentPublicKey(host: Host, fingerprint: string): Promise<string> {
  if (!FINGERPRINT.test(fingerprint)) {
    throw new GitkelError('usage', `Cannot use the fingerprint ${quoted(fingerprint)}`, {
      reason: 'fingerprint',
      hint: 'give it as ssh-add -l prints it: SHA256: and 43 characters',
    });
  }
  const keys = await keysIn(host, agentOf(host));
  const found = keys.find((key) => key.fingerprint === fingerprint);
  if (found === undefined) throw notListed(fingerprint, keys);
  if (found.publicKey !== undefined) return publicKeyText(found.publicKey);
  throw new GitkelError('usage', `Cannot use the key ${fingerprint}: it is not an Ed25519 key`, {
    reason: 'key-kind',
    hint: 'make one with ssh-keygen -t ed25519',
  });
}

/**
 * A signer whose key is in the user's ssh-agent. Whether it is there is seen when it signs.
 * @param publicKey CESR text, `D…` or `B…`
 */
export function agentSigner(host: Host, publicKey: string): Signer {
  const { raw } = decodePrimitive(publicKey);
  return {
    publicKey,
    sign: async (message) => {
      const request = signRequest(raw, message);
      if (request.length > LIMITS.agentMessageBytes) {
        throw new GitkelError(
          'refused',
          `Cannot sign with the ssh-agent: ${message.length} bytes are more than it takes in one message`,
          { reason: 'too-large', hint: 'let a co-signer whose key is elsewhere sign it' },
        );
      }
      const agent = agentOf(host);
      const answer = parseSignature(await exchange(agent, request));
      if (answer.ok) return answer.value;
      throw await whyNot(host, agent, raw);
    },
  };
}

/** The agent does not say why it refuses; what it lists tells more. */
async function whyNot(host: Host, agent: Agent, raw: Uint8Array): Promise<GitkelError> {
  const fingerprint = sshFingerprint(host.crypto, raw);
  const keys = await keysIn(host, agent);
  if (!keys.some((key) => key.fingerprint === fingerprint)) return notListed(fingerprint, keys);
  return new GitkelError(
    'refused',
    `Cannot sign with the key ${fingerprint}: the ssh-agent holds it and refuses`,
    {
      reason: 'agent-refused',
      hint: 'was the question declined, or does the key need a token? try again',
    },
  );
}
