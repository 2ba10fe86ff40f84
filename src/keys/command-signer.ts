/**
 * Keys that live in a program of the user's choice: a token, a hardware module, a service. Each request is one run of
 * the program: a JSON document on its standard input, its answer as JSON on its standard output, exit code 0.
 * @module
 */
import { type Json, canonicalBytes } from '../base/canonical-json.ts';
import { fromUtf8 } from '../base/bytes.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { decodeStandardBase64, encodeStandardBase64 } from '../base/standard-base64.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import type { Programs } from '../host/host.ts';
import type { Home } from './home.ts';
import { transferableText } from './key-text.ts';
import type { Signer } from './signer.ts';

const FORMAT = 'gitkel-sign/1';
const SIGNATURE_CODE = '0B';
/** Characters of a command that a message shows. */
const SHOWN = 512;

/** Seconds that a command has for one answer, unless told otherwise: a person may have to touch something. */
export const DEFAULT_SECONDS = 60;

/** How a signing command is started. */
export interface SigningCommand {
  /** The program (a path, or a name on the PATH) and its arguments, as they are: there is no shell. */
  readonly command: readonly string[];
  /** Seconds for one answer. */
  readonly seconds: number;
}

/** Why a text or a number cannot be part of a signing command, or `undefined`. */
export function commandProblem({ command, seconds }: SigningCommand): string | undefined {
  if (command[0] === undefined || command[0] === '') return 'it names no program';
  if (command.length > LIMITS.commandArguments)
    return `${command.length} arguments are more than ${LIMITS.commandArguments}`;
  if (command.some((part) => part.length > LIMITS.commandCharacters || part.includes('\0')))
    return `an argument is longer than ${LIMITS.commandCharacters} characters or holds a NUL`;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LIMITS.commandSeconds)
    return `${quoted(seconds)} is not a whole number of seconds from 1 to ${LIMITS.commandSeconds}`;
  return undefined;
}

/** @throws GitkelError `usage`, reason `command`, for what cannot be started as a signing command. */
export function requireCommand(command: SigningCommand): void {
  const problem = commandProblem(command);
  if (problem === undefined) return;
  throw new GitkelError('usage', `Cannot use the signing command: ${problem}`, {
    reason: 'command',
  });
}

/**
 * The public key that a command says it signs for, CESR text `D…`.
 * @throws GitkelError as a signer of {@link commandSigner}; `malformed` for what is no such key.
 */
export async function commandPublicKey(home: Home, command: SigningCommand): Promise<string> {
  const answer = await answerOf(home, command, 'public-key', {});
  const publicKey = textIn(answer, 'publicKey', command);
  if (!/^D[A-Za-z0-9_-]{43}$/.test(publicKey) || publicKey !== transferableText(publicKey))
    throw malformed(
      'command-answer',
      `Cannot use the answer of ${shown(command)}: ${quoted(publicKey)} is not a transferable key`,
    );
  return publicKey;
}

/**
 * A signer that runs a command for each signature. Its answer is not verified here.
 *
 * Signing rejects with a GitkelError: `environment`, reasons `command-not-started`, `command-slow`, `command-failed`;
 * `malformed`, reason `command-answer`.
 * @param publicKey CESR text, `D…` or `B…`
 */
export function commandSigner(home: Home, publicKey: string, command: SigningCommand): Signer {
  const key = transferableText(publicKey);
  return {
    publicKey,
    sign: async (message) => {
      const answer = await answerOf(home, command, 'sign', {
        publicKey: key,
        message: encodeStandardBase64(message),
        purpose: purposeOf(message),
      });
      return signatureIn(textIn(answer, 'signature', command), command);
    },
  };
}

/**
 * What a message is, for a command that shows it to a person. It only says how the message begins: who relies on it has
 * to look into the message.
 */
function purposeOf(message: Uint8Array): 'event' | 'commit' | 'statement' | 'document' {
  const start = new TextDecoder('latin1').decode(message.subarray(0, 16));
  if (start.startsWith('{"v":"KERI')) return 'event';
  if (start.startsWith('SSHSIG')) return 'commit';
  return start.startsWith('DSSEv1 ') ? 'statement' : 'document';
}

function shown({ command }: SigningCommand): string {
  return `the signing command ${quoted(command.join(' '), SHOWN)}`;
}

function failed(
  command: SigningCommand,
  reason: string,
  detail: string,
  hint: string,
): GitkelError {
  const message = `Cannot use ${shown(command)}: ${detail}`;
  return new GitkelError('environment', message, { reason, hint });
}

function programsOf({ host }: Home, command: SigningCommand): Programs {
  if (host.programs !== undefined) return host.programs;
  throw failed(command, 'command-not-started', 'there are no programs here', 'sign on a machine');
}

async function answerOf(
  home: Home,
  command: SigningCommand,
  operation: 'sign' | 'public-key',
  details: { readonly [key: string]: Json },
): Promise<Uint8Array> {
  const [program = '', ...args] = command.command;
  const result = await programsOf(home, command).run({
    program,
    args,
    input: canonicalBytes({ format: FORMAT, operation, ...details }),
    directory: home.dir,
    timeLimit: command.seconds * 1000,
    outputLimit: LIMITS.commandOutputBytes,
  });
  const again = 'what it said stands above; nothing was lost, and the same can be signed again';
  switch (result.outcome) {
    case 'ended':
      if (result.exitCode === 0) return result.output;
      throw failed(command, 'command-failed', `it ended with exit code ${result.exitCode}`, again);
    case 'killed':
      throw failed(command, 'command-failed', `it was ended by ${result.signal}`, again);
    case 'not-started':
      throw failed(
        command,
        'command-not-started',
        `it did not start (${result.detail})`,
        'is it installed and executable? --command names the program alone, --command-arg each argument; gitkel key add with the same name and key sets another command',
      );
    case 'too-slow':
      throw failed(
        command,
        'command-slow',
        `no answer in ${command.seconds} s, it was stopped`,
        'nothing was lost, and the same can be signed again; --command-timeout gives it longer',
      );
    case 'too-much':
      throw malformed(
        'command-answer',
        `Cannot use the answer of ${shown(command)}: more than ${LIMITS.commandOutputBytes} bytes, it was stopped`,
      );
  }
}

/** The one field of an answer: any JSON text of an object that has it and no other. */
function textIn(output: Uint8Array, key: string, command: SigningCommand): string {
  const what = `the answer of ${shown(command)}`;
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse gives nothing else
    const value = JSON.parse(fromUtf8(output) ?? '') as Json;
    return fieldsOf(value, what, [key]).text(key);
  } catch (cause) {
    const said =
      output.length === 0 ? 'it printed nothing' : `it printed ${quoted(beginning(output))}`;
    throw malformed('command-answer', `Cannot use ${what}: ${said}, not {"${key}":…}`, {
      cause,
      hint: 'only the answer may stand on standard output; nothing was lost, and the same can be signed again',
    });
  }
}

function beginning(output: Uint8Array): string {
  return new TextDecoder('latin1').decode(output.subarray(0, 64));
}

/** 64 bytes in standard Base64 with its padding, or in CESR (`0B…`), which has none. */
function signatureIn(text: string, command: SigningCommand): Uint8Array {
  const wrong = (cause?: unknown): GitkelError =>
    malformed(
      'command-answer',
      `Cannot use the answer of ${shown(command)}: ${quoted(text)} is not a signature of Ed25519`,
      { cause, hint: 'Base64 of 64 bytes with padding, or CESR text 0B… is needed' },
    );
  if (text.endsWith('=')) {
    const raw = decodeStandardBase64(text);
    if (raw?.length === 64) return raw;
    throw wrong();
  }
  try {
    const { code, raw } = decodePrimitive(text);
    if (code === SIGNATURE_CODE) return raw;
  } catch (cause) {
    throw wrong(cause);
  }
  throw wrong();
}
