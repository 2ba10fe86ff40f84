/**
 * Seeds under a passphrase, in the age format (age-encryption.org/v1, scrypt recipient), armored: any age tool opens
 * them.
 * @module
 */
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';

/** Base-2 logarithm of scrypt's N: one try costs 256 MiB and about a second or two. */
export const DEFAULT_WORK_FACTOR = 18;

/** @throws GitkelError `usage` for a work factor that scrypt cannot run with, or that is out of bounds. */
export function requireWorkFactor(workFactor: number): void {
  if (isWorkFactor(workFactor)) return;
  throw new GitkelError(
    'usage',
    `Cannot use ${quoted(workFactor)} as work factor: a whole number from 1 to ${LIMITS.scryptWorkFactor} is needed`,
  );
}

export function isWorkFactor(workFactor: number): boolean {
  return Number.isInteger(workFactor) && workFactor >= 1 && workFactor <= LIMITS.scryptWorkFactor;
}

/** The armored age file of a text. */
export async function encryptText(
  text: string,
  passphrase: string,
  workFactor: number,
): Promise<string> {
  const { armor, Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(workFactor);
  return armor.encode(await encrypter.encrypt(text));
}

/**
 * The work factor that an armored age file names in its header.
 * @throws GitkelError `malformed` when it is not a file under a passphrase, or names more than this machine is to spend.
 */
export async function namedWorkFactor(armored: string, what: string): Promise<number> {
  const [, , , digits = ''] = stanzaOf(await bytesOf(armored, what), what);
  const workFactor = /^[1-9][0-9]?$/.test(digits) ? Number(digits) : 0;
  if (isWorkFactor(workFactor)) return workFactor;
  throw wrong(what, `its work factor ${quoted(digits)} is out of bounds`);
}

/**
 * The text of an armored age file, or `undefined` for a wrong passphrase or a damaged file: age cannot tell which.
 * @param workFactor what the file must name, so that reading costs no more than was recorded
 * @throws GitkelError `malformed` when it is not such a file.
 */
export async function decryptText(
  armored: string,
  passphrase: string,
  workFactor: number,
  what: string,
): Promise<string | undefined> {
  const { Decrypter } = await import('age-encryption');
  const bytes = await bytesOf(armored, what);
  if (stanzaOf(bytes, what)[3] !== String(workFactor))
    throw wrong(what, 'its work factor is not what the secret was made with');
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return await decrypter.decrypt(bytes, 'text');
  } catch {
    return undefined;
  }
}

function wrong(what: string, detail: string): GitkelError {
  return malformed('age', `Cannot read ${what}: ${detail}`);
}

async function bytesOf(armored: string, what: string): Promise<Uint8Array> {
  const { armor } = await import('age-encryption');
  try {
    return armor.decode(armored);
  } catch {
    throw wrong(what, 'its secret is not an armored age file');
  }
}

/** The words of the stanza that says how an age file is locked: `->`, `scrypt`, salt, work factor. */
function stanzaOf(bytes: Uint8Array, what: string): readonly string[] {
  const [version, stanza = ''] = headerStart(bytes).split('\n');
  const words = stanza.split(' ');
  const isScrypt = stanza.startsWith('-> scrypt ') && words.length === 4;
  if (version === 'age-encryption.org/v1' && isScrypt) return words;
  throw wrong(what, 'its secret is not under a passphrase');
}

/** The first two lines of an age file with a scrypt recipient fit into 64 bytes. */
function headerStart(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 64));
}
