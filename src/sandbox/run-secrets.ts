/**
 * The secrets of a run: what stands for them inside, and what the proxy puts in its place.
 * @module
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { fromUtf8, toHex } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Permissions, SecretRule } from '../skills/permissions.ts';
import { findReadPath, type PathRoots } from './find-paths.ts';
import type { ProxySecret } from './proxy-fields.ts';
import type { SecretPlace } from './sandbox-places.ts';

/** What the user says of secrets. */
export interface GivenSecrets {
  /** Values by the name that the manifest has for them: a variable's, or a file's path. */
  readonly values: ReadonlyMap<string, string>;
  /** Names of those whose value itself goes inside. */
  readonly exposed: ReadonlySet<string>;
}

export interface RunSecrets {
  readonly places: readonly SecretPlace[];
  readonly forProxy: readonly ProxySecret[];
}

/** What may stand in a field of a request (RFC 9110, 5.5). */
const FIELD_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const STAND_IN_BYTES = 16;

/** The text of a secret, without the end of its last line. */
export function secretText(path: string): string {
  const { size } = statSync(path);
  const bytes = size > LIMITS.secretBytes ? undefined : new Uint8Array(readFileSync(path));
  const text = bytes === undefined ? undefined : fromUtf8(bytes)?.replace(/\r?\n$/, '');
  if (text !== undefined && text !== '' && FIELD_VALUE.test(text)) return text;
  throw new GitkelError(
    'usage',
    `Cannot use ${quoted(path, 200)} as a secret: it is not one line of text of at most ${LIMITS.secretBytes} bytes`,
    { reason: 'secret-form', hint: 'Name a file that holds the secret and nothing else.' },
  );
}

/** The name by which a manifest has a secret. */
export function secretName({ source }: Pick<SecretRule, 'source'>): string {
  return 'env' in source ? source.env : source.file;
}

/**
 * What becomes of each secret that the manifest declares and the user has. One that the user does not have is left out.
 * @param own a directory of this run, for what stands for files
 */
export function runSecrets(
  { secrets }: Permissions,
  given: GivenSecrets,
  environment: ReadonlyMap<string, string>,
  roots: PathRoots,
  own: { readonly directory: string; readonly random: (length: number) => Uint8Array },
): RunSecrets {
  const places: SecretPlace[] = [];
  const forProxy: ProxySecret[] = [];
  for (const [index, rule] of secrets.entries()) {
    const { source, hosts } = rule;
    const name = secretName(rule);
    const isExposed = given.exposed.has(name);
    const file = 'file' in source ? findReadPath(source.file, roots)[0] : undefined;
    const value =
      given.values.get(name) ??
      ('env' in source
        ? environment.get(source.env)
        : file === undefined
          ? undefined
          : secretText(file.outside));
    if (value === undefined) continue;
    const standIn = `gitkel-stand-in-${toHex(own.random(STAND_IN_BYTES))}`;
    const inside = isExposed ? value : standIn;
    if ('env' in source) places.push({ source, given: inside, mount: undefined, isExposed });
    else if (file !== undefined) {
      const outside = `${own.directory}/secret-${index}`;
      writeFileSync(outside, `${inside}\n`, { mode: 0o600, flag: 'wx' });
      places.push({ source, given: inside, mount: { outside, inside: file.inside }, isExposed });
    }
    if (!isExposed) forProxy.push({ standIn, value, hosts });
  }
  return { places, forProxy };
}
