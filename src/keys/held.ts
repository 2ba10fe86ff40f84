/**
 * How a home gets at the secret of a key: from a key file, through another program, or not at all.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { commandProblem, type SigningCommand } from './command-signer.ts';

/** The secret is in another program, which signs with it and never shows it. */
export type ExternalKey =
  | { readonly kind: 'ssh-agent' }
  | ({ readonly kind: 'command' } & SigningCommand);

export type Held =
  | {
      readonly kind: 'file';
      /** Absolute path of the directory outside of the home that its file was put into, if any. */
      readonly directory: string | undefined;
    }
  | ExternalKey
  /** Nobody told this home where: known by its card, or from a backup without its secret. */
  | { readonly kind: 'elsewhere' };

/** The fields by which a document tells how a key is held. */
export const HELD_FIELDS = ['command', 'directory', 'held', 'seconds'] as const;

/** Those fields; a key file in the home needs none. */
export function heldFields(held: Held): { readonly [key: string]: Json } {
  switch (held.kind) {
    case 'file':
      return held.directory === undefined ? {} : { directory: held.directory };
    case 'command':
      return { command: held.command, held: held.kind, seconds: held.seconds };
    case 'ssh-agent':
    case 'elsewhere':
      return { held: held.kind };
  }
}

/**
 * Reads exactly what {@link heldFields} gives beside the `others`.
 * @throws GitkelError `malformed`.
 */
export function parseHeld(value: Json, what: string, others: readonly string[]): Held {
  const loose = fieldsOf(value, what, others, HELD_FIELDS);
  const kind = loose.optionalText('held');
  switch (kind) {
    case undefined:
      return {
        kind: 'file',
        directory: fieldsOf(value, what, others, ['directory']).optionalText('directory'),
      };
    case 'ssh-agent':
    case 'elsewhere':
      fieldsOf(value, what, [...others, 'held']);
      return { kind };
    case 'command':
      return parseCommand(value, what, others);
    default:
      throw malformed('field', `Cannot read ${what}: a key that is held as ${quoted(kind)}`);
  }
}

function parseCommand(value: Json, what: string, others: readonly string[]): Held {
  const fields = fieldsOf(value, what, [...others, 'command', 'held', 'seconds']);
  const command = { command: fields.texts('command'), seconds: fields.integer('seconds') };
  const problem = commandProblem(command);
  if (problem === undefined) return { kind: 'command', ...command };
  throw malformed('field', `Cannot read ${what}: the signing command is wrong: ${problem}`);
}
