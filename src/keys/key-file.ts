/**
 * One key, one file: canonical JSON with the public key, the name it was made under, and the seed as an age file under a
 * passphrase, or plain where the owner chose that.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { toHex } from '../base/bytes.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { Host } from '../host/host.ts';
import {
  discard,
  errnoOf,
  fsyncDirectory,
  onDisk,
  shownPath,
  statOf,
  writeFileDurably,
  writeNewFile,
} from '../host/files.ts';
import { requirePrivate } from './home.ts';
import { documentBytes, readDocument } from './home-document.ts';
import { keyFilePath, temporaryPath } from './home-layout.ts';
import { isName } from './key-name.ts';
import { publicKeyText, requirePublicKey, seedBytes, seedText } from './key-text.ts';
import {
  decryptText,
  DEFAULT_WORK_FACTOR,
  encryptText,
  isWorkFactor,
  requireWorkFactor,
} from './seed-encryption.ts';

const FORMAT = 'gitkel-key/1';
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** The secret of a key as its file keeps it. */
type StoredSeed =
  | { readonly protection: 'plain'; readonly seed: string }
  | { readonly protection: 'passphrase'; readonly age: string; readonly workFactor: number };

export interface KeyFile {
  readonly name: string;
  /** CESR text `D…`. */
  readonly publicKey: string;
  readonly secret: StoredSeed;
}

/** How a new key is kept. */
export interface Protection {
  /** `undefined` keeps the seed plain. */
  readonly passphrase: string | undefined;
  /** Base-2 logarithm of scrypt's N. */
  readonly workFactor: number;
}

/**
 * How keys are to be kept, checked.
 * @param workFactor 18 unless told
 * @throws GitkelError `usage` for an empty passphrase, reason `passphrase`, or a work factor out of bounds.
 */
export function protectionOf({
  passphrase,
  workFactor = DEFAULT_WORK_FACTOR,
}: {
  readonly passphrase: string | undefined;
  readonly workFactor?: number | undefined;
}): Protection {
  requireWorkFactor(workFactor);
  if (passphrase === '') {
    throw new GitkelError('usage', 'Cannot keep keys under a passphrase: it is empty', {
      reason: 'passphrase',
      hint: 'give a passphrase, or say --no-passphrase to keep the keys plain',
    });
  }
  return { passphrase, workFactor };
}

/** The file of a seed, its secret protected as asked. */
export async function sealKey(
  crypto: Crypto,
  name: string,
  seed: Uint8Array,
  { passphrase, workFactor }: Protection,
): Promise<KeyFile> {
  const publicKey = publicKeyText(crypto.publicKey(seed));
  const text = seedText(seed);
  if (passphrase === undefined)
    return { name, publicKey, secret: { protection: 'plain', seed: text } };
  const age = await encryptText(text, passphrase, workFactor);
  return { name, publicKey, secret: { protection: 'passphrase', age, workFactor } };
}

/**
 * The 32-byte seed of a key.
 * @param passphrase not used for a plain seed
 * @throws GitkelError `refused`, reason `passphrase`, when the passphrase is wrong; `malformed` when the seed is not
 * that of the public key.
 */
export async function unsealKey(
  crypto: Crypto,
  file: KeyFile,
  passphrase: () => Promise<string>,
): Promise<Uint8Array> {
  const what = `the key ${quoted(file.publicKey)}`;
  const text = await secretText(file, passphrase, what);
  const seed = seedBytes(text, what);
  if (publicKeyText(crypto.publicKey(seed)) !== file.publicKey) {
    throw malformed(
      'key-mismatch',
      `Cannot use ${what}: the secret in its file belongs to another key`,
    );
  }
  return seed;
}

async function secretText(
  { name, publicKey, secret }: KeyFile,
  passphrase: () => Promise<string>,
  what: string,
): Promise<string> {
  if (secret.protection === 'plain') return secret.seed;
  const text = await decryptText(secret.age, await passphrase(), secret.workFactor, what);
  if (text !== undefined) return text;
  throw new GitkelError(
    'refused',
    `Cannot unlock the key ${quoted(publicKey)} of ${quoted(name)}: wrong passphrase, or its file is damaged`,
    { reason: 'passphrase', hint: 'try again with the passphrase that this key was made with' },
  );
}

/**
 * Writes the file of a key; it is on the disk, whole and readable by its owner alone, when this returns. A call that is
 * cut off leaves no part of it at its place.
 * @throws GitkelError `environment` with reason `eexist` rather than replacing a file, with reason
 * `home-permissions` where the file system cannot keep it private.
 */
export function writeKeyFile(host: Host, directory: string, file: KeyFile): void {
  const path = keyFilePath(directory, file.publicKey);
  const temporary = temporaryPath(directory, toHex(host.random(8)));
  try {
    writeNewFile(host, temporary, keyFileBytes(file), 0o600);
    requirePrivate(host, temporary, 0o600);
    putInPlace(host, temporary, path);
  } finally {
    discard(host, temporary);
  }
  fsyncDirectory(host, directory);
}

/** Gives a file its place unless something is there. */
function putInPlace(host: Host, temporary: string, path: string): void {
  onDisk(`Cannot write ${shownPath(path)}`, () => {
    try {
      host.fs.linkSync(temporary, path);
    } catch (error) {
      // File systems of sticks and cards have no hard links; there, looking first has to do.
      if (!NO_LINKS.has(errnoOf(error) ?? '') || statOf(host, path) !== undefined) throw error;
      host.fs.renameSync(temporary, path);
    }
  });
}

/**
 * Replaces the file of a key by another form of it; after a crash either form is there in full.
 * @throws GitkelError `environment`.
 */
export function replaceKeyFile(host: Host, directory: string, file: KeyFile): void {
  writeFileDurably(host, keyFilePath(directory, file.publicKey), keyFileBytes(file), 0o600);
}

/**
 * The file of a key in a directory, or `undefined` when it is not there.
 * @throws GitkelError `environment`, reason `home-permissions`, when others can read it; `malformed` when it is damaged
 * or holds another key.
 */
export function readKeyFile(host: Host, directory: string, publicKey: string): KeyFile | undefined {
  const path = keyFilePath(directory, publicKey);
  const what = `the key file ${quoted(path)}`;
  const value = readDocument(host, path, what);
  if (value === undefined) return undefined;
  requirePrivate(host, path, 0o600);
  const file = fromJson(value, what);
  if (file.publicKey === publicKey) return file;
  throw malformed('key-mismatch', `Cannot use ${what}: it holds the key ${quoted(file.publicKey)}`);
}

/** The bytes of a key's file. */
export function keyFileBytes(file: KeyFile): Uint8Array {
  return documentBytes(toJson(file));
}

/** A key as the question for its passphrase names it. */
export function keyLabel({ name, publicKey }: KeyFile): string {
  return `${name} (${publicKey.slice(0, 12)}...)`;
}

function toJson({ name, publicKey, secret }: KeyFile): Json {
  return secret.protection === 'plain'
    ? { format: FORMAT, name, publicKey, seed: secret.seed }
    : { age: secret.age, format: FORMAT, name, publicKey, workFactor: secret.workFactor };
}

function fromJson(value: Json, what: string): KeyFile {
  const fields = fieldsOf(
    value,
    what,
    ['format', 'name', 'publicKey'],
    ['age', 'seed', 'workFactor'],
  );
  if (fields.text('format') !== FORMAT) {
    throw malformed(
      'format',
      `Cannot read ${what}: format ${quoted(fields.text('format'))} is unknown`,
      {
        hint: `this version reads ${FORMAT}`,
      },
    );
  }
  const name = fields.text('name');
  const publicKey = fields.text('publicKey');
  requirePublicKey(publicKey, what);
  if (!isName(name)) throw malformed('field', `Cannot read ${what}: ${quoted(name)} is not a name`);
  const seed = fields.optionalText('seed');
  const age = fields.optionalText('age');
  if (seed !== undefined && age === undefined) {
    fieldsOf(value, what, ['format', 'name', 'publicKey', 'seed']);
    seedBytes(seed, what);
    return { name, publicKey, secret: { protection: 'plain', seed } };
  }
  fieldsOf(value, what, ['age', 'format', 'name', 'publicKey', 'workFactor']);
  const workFactor = fields.integer('workFactor');
  if (!isWorkFactor(workFactor)) {
    throw malformed(
      'field',
      `Cannot read ${what}: work factor ${quoted(workFactor)} is out of bounds`,
    );
  }
  return {
    name,
    publicKey,
    secret: { protection: 'passphrase', age: fields.text('age'), workFactor },
  };
}
