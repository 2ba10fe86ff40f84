/**
 * What is kept out of logs of runs: values of secrets and of variables, and what addresses and arguments carry them in.
 * @module
 */
import { toHex, utf8 } from '../base/bytes.ts';
import { isUnicode } from '../base/canonical-json.ts';
import { LIMITS } from '../base/limits.ts';
import { encodeStandardBase64 } from '../base/standard-base64.ts';
import type { RunEvent } from '../sandbox/run-event.ts';

/** What stands in the place of what is secret. */
const HIDDEN = '[hidden]';
/** Characters from which on a variable's value is looked for: shorter ones are words of many texts. */
const LEAST_VALUE = 8;
/** Characters of the beginning of a secret that are hidden at the end of a text, which may have been cut there. */
const LEAST_BEGINNING = 4;

/** Gives a text without what is secret. */
export type Redaction = (text: string) => string;

/** A value as it stands in texts of others, too: percent-encoded, in base64, in hexadecimal. */
function spellings(value: string): readonly string[] {
  const bytes = utf8(value);
  const encoded = isUnicode(value) ? [encodeURIComponent(value)] : [];
  const long =
    value.length < LEAST_VALUE
      ? []
      : [encodeStandardBase64(bytes).replace(/=+$/, ''), toHex(bytes)];
  return [value, ...encoded, ...long];
}

/** Where the beginning of a secret stands at the end of a text. */
function cutPlace(text: string, secret: string): number | undefined {
  const most = Math.min(text.length, secret.length - 1);
  for (let length = most; length >= LEAST_BEGINNING; length--)
    if (text.endsWith(secret.slice(0, length))) return text.length - length;
  return undefined;
}

/** What is looked for: everywhere, and by its beginning at the end of a text. */
interface Hidden {
  readonly values: readonly string[];
  readonly secrets: readonly string[];
}

function withoutValues(text: string, { values, secrets }: Hidden): string {
  let rest = text;
  for (const value of values) rest = rest.replaceAll(value, HIDDEN);
  for (const value of secrets) {
    const place = cutPlace(rest, value);
    if (place !== undefined) rest = `${rest.slice(0, place)}${HIDDEN}`;
  }
  return rest;
}

/** What follows the path of an address, and who is named in it (RFC 3986, 3.2.1, 3.4, 3.5). */
const AFTER_PATH = /(\b[A-Za-z][A-Za-z0-9+.-]{0,31}:\/\/[^\s?#"'<>]{0,4096})[?#][^\s"'<>]*/g;
const USER = /(\b[A-Za-z][A-Za-z0-9+.-]{0,31}:\/\/)[^\s/?#"'<>@]{1,1024}@/g;
/** Settings of variables, fields of requests and options by whose names a secret is to be expected. */
const VARIABLE = /^([A-Z_][A-Z0-9_]{1,127}=)[^]+$/;
const FIELD = /\b(authorization|proxy-authorization|cookie|x-api-key)(\s{0,8}:)[^]*/i;
const OPTION = /^(--?[a-z-]{0,64}(?:password|passwd|token|secret|api-?key)[a-z-]{0,64}=)[^]+$/i;

function withoutForms(text: string): string {
  return text
    .replaceAll(AFTER_PATH, `$1?${HIDDEN}`)
    .replaceAll(USER, `$1${HIDDEN}@`)
    .replace(VARIABLE, `$1${HIDDEN}`)
    .replace(OPTION, `$1${HIDDEN}`)
    .replace(FIELD, `$1$2 ${HIDDEN}`);
}

/** Words of many texts, and paths: without them a log would tell nothing. */
function isTold(value: string): boolean {
  return value.length < LEAST_VALUE || value.startsWith('/');
}

/**
 * Hides the values of secrets, and those of variables that are neither short nor paths, wherever they stand, and what addresses, settings of variables and fields of
 * requests carry, whatever that is.
 */
export function redaction(secrets: readonly string[], variables: readonly string[]): Redaction {
  const values = [
    ...secrets.filter((value) => value !== '').flatMap(spellings),
    ...variables.filter((value) => !isTold(value)),
  ];
  // What holds another one is looked for first.
  const hidden: Hidden = {
    values: [...new Set(values)].toSorted((one, other) => other.length - one.length),
    secrets,
  };
  return (text) => withoutForms(withoutValues(text, hidden));
}

/** A text of bounded length that JSON can hold; where half of a character came in, U+FFFD stands for it. */
function cut(text: string, most: number): string {
  const short = text.length <= most ? text : `${text.slice(0, most - 3)}...`;
  return short.replaceAll(/\p{Surrogate}/gu, '\u{fffd}');
}

/** The arguments of a command as a log shows them. */
export function harmlessArguments(args: readonly string[], hide: Redaction): readonly string[] {
  const shown = args
    .slice(0, LIMITS.runArguments)
    .map((text) => cut(hide(text), LIMITS.runArgumentCharacters));
  const more = args.length - shown.length;
  return more > 0 ? [...shown.slice(0, -1), `... and ${more + 1} more`] : shown;
}

/** Methods that are longer than any that is known, or no words, are some text of the one who asks. */
function methodOf(method: string | undefined): string | undefined {
  return method === undefined || /^[A-Z-]{1,32}$/.test(method) ? method : HIDDEN;
}

/** An event as a log shows it. */
export function harmlessEvent(event: RunEvent, hide: Redaction): RunEvent {
  const path = (text: string): string => cut(hide(text), LIMITS.runPathCharacters);
  switch (event.kind) {
    case 'file':
      return { ...event, path: path(event.path) };
    case 'exec':
      return {
        ...event,
        program: path(event.program),
        args: harmlessArguments(event.args, hide),
      };
    case 'net':
      return event.source === 'trace'
        ? { ...event, host: path(event.host) }
        : { ...event, host: path(event.host), method: methodOf(event.method) };
    case 'blind':
    case 'limit':
    case 'output-truncated':
    case 'exit':
      return event;
  }
}
