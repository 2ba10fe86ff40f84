import path from 'node:path';
import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { parseCard } from '../keys/card.ts';
import {
  commandPublicKey,
  DEFAULT_SECONDS,
  requireCommand,
  type SigningCommand,
} from '../keys/command-signer.ts';
import type { NamedKey, PromisedKey } from '../keys/external-keys.ts';
import { agentPublicKey } from '../keys/ssh-agent.ts';
import { inputFile, parsedFile } from './input.ts';
import type { Session } from './session.ts';

/** The flags that say which program signs with a key, and which key follows it. */
export const externalFlags = {
  'ssh-agent': Flags.string({
    helpGroup: 'EXTERNAL SIGNER',
    helpValue: 'FINGERPRINT',
    summary: 'The key is in your ssh-agent: SHA256:… as ssh-add -l prints it.',
  }),
  command: Flags.string({
    helpGroup: 'EXTERNAL SIGNER',
    helpValue: 'CMD',
    summary: 'This program signs; it is started without a shell.',
  }),
  'command-arg': Flags.string({
    helpGroup: 'EXTERNAL SIGNER',
    helpValue: 'ARG',
    multiple: true,
    multipleNonGreedy: true,
    dependsOn: ['command'],
    summary: 'An argument of it; may stand several times.',
  }),
  'command-timeout': Flags.integer({
    helpGroup: 'EXTERNAL SIGNER',
    helpValue: 'SECONDS',
    dependsOn: ['command'],
    summary: `How long it may take for an answer; ${DEFAULT_SECONDS} seconds unless told.`,
  }),
  'public-key': Flags.string({
    helpGroup: 'EXTERNAL SIGNER',
    helpValue: 'KEY',
    dependsOn: ['command'],
    summary: 'The public key that it signs for (D…); else it is asked.',
  }),
  'next-card': Flags.string({
    helpGroup: 'EXTERNAL SIGNER',
    helpValue: 'FILE',
    summary: 'The key that follows is the one of this card.',
  }),
  'next-ssh-agent': Flags.string({
    helpGroup: 'EXTERNAL SIGNER',
    helpValue: 'FINGERPRINT',
    summary: 'The key that follows is this one in your ssh-agent.',
  }),
  'next-public-key': Flags.string({
    helpGroup: 'EXTERNAL SIGNER',
    helpValue: 'KEY',
    summary: 'The key that follows is this one (D…).',
  }),
  'next-digest': Flags.string({
    helpGroup: 'EXTERNAL SIGNER',
    helpValue: 'DIGEST',
    summary: 'The key that follows is the one of this digest (E…).',
  }),
};

export interface ExternalFlags {
  readonly 'ssh-agent'?: string | undefined;
  readonly command?: string | undefined;
  readonly 'command-arg'?: readonly string[] | undefined;
  readonly 'command-timeout'?: number | undefined;
  readonly 'public-key'?: string | undefined;
  readonly 'next-card'?: string | undefined;
  readonly 'next-ssh-agent'?: string | undefined;
  readonly 'next-public-key'?: string | undefined;
  readonly 'next-digest'?: string | undefined;
}

const NEXT_FLAGS = ['next-card', 'next-ssh-agent', 'next-public-key', 'next-digest'] as const;

/** A path stays what it means now, wherever the command is started later; a bare name is looked up on the PATH then. */
function commandOf(program: string, flags: ExternalFlags): SigningCommand {
  const isPath = program.includes('/') || program.includes(path.sep);
  return {
    command: [isPath ? path.resolve(program) : program, ...(flags['command-arg'] ?? [])],
    seconds: flags['command-timeout'] ?? DEFAULT_SECONDS,
  };
}

/**
 * The key that the flags name and the program that signs with it; `undefined` when they name none.
 * @throws GitkelError `usage` when they name two, and what the program fails with.
 */
export async function namedKey(
  session: Session,
  flags: ExternalFlags,
): Promise<NamedKey | undefined> {
  const { 'ssh-agent': fingerprint, command: program } = flags;
  if (fingerprint !== undefined && program !== undefined) {
    throw new GitkelError(
      'usage',
      'Cannot use both --ssh-agent and --command: one program signs with a key',
    );
  }
  if (fingerprint !== undefined) {
    return {
      publicKey: await agentPublicKey(session.host, fingerprint),
      external: { kind: 'ssh-agent' },
    };
  }
  if (program === undefined) return undefined;
  const command = commandOf(program, flags);
  requireCommand(command);
  const publicKey = flags['public-key'] ?? (await commandPublicKey(session.home, command));
  return { publicKey, external: { kind: 'command', ...command } };
}

/**
 * The following key that the flags name; `undefined` when they name none.
 * @throws GitkelError `usage` when they name two, or a rotation card; `not-found`, `malformed` for the card; as
 * `agentPublicKey`.
 */
export async function promisedKey(
  session: Session,
  flags: ExternalFlags,
): Promise<PromisedKey | undefined> {
  const {
    'next-card': file,
    'next-ssh-agent': fingerprint,
    'next-public-key': publicKey,
    'next-digest': digest,
  } = flags;
  const [first, second] = NEXT_FLAGS.filter((flag) => flags[flag] !== undefined);
  if (second !== undefined)
    throw new GitkelError('usage', `Cannot use both --${first} and --${second}: one key follows`);
  if (fingerprint !== undefined) {
    return {
      publicKey: await agentPublicKey(session.host, fingerprint),
      external: { kind: 'ssh-agent' },
    };
  }
  if (publicKey !== undefined) return { publicKey };
  if (digest !== undefined) return { digest };
  return file === undefined ? undefined : cardKey(session, file);
}

function cardKey(session: Session, file: string): PromisedKey {
  const card = parsedFile(file, 'card', () =>
    parseCard(inputFile(session.host, file, LIMITS.cardBytes)),
  );
  if (card.kind === 'inception') return { publicKey: card.publicKey };
  throw new GitkelError(
    'usage',
    `Cannot take the next key from ${quoted(file)}: it is a rotation card, its key is revealed`,
    {
      hint: 'Give the output of `gitkel key show NAME`.',
    },
  );
}
