/**
 * Backups of keys: an armored age file under a passphrase, so that any age tool opens it; in it one document, canonical
 * JSON and a line feed, with the keys of a name in their order and the seeds of those that are backed up.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { documentBytes, parseDocument } from './home-document.ts';
import { isName } from './key-name.ts';
import { nextDigestOf, publicKeyText, requirePublicKey, seedBytes, seedText } from './key-text.ts';
import { requireFitting, witnessField } from './lineage.ts';
import { decryptText, encryptText, namedWorkFactor } from './seed-encryption.ts';

const FORMAT = 'gitkel-backup/1';
const WHAT = 'the backup';

export interface BackupKey {
  /** CESR text `D…`. */
  readonly publicKey: string;
  /** The 32 bytes of its secret, where that is backed up. */
  readonly seed: Uint8Array | undefined;
}

export interface Backup {
  readonly name: string;
  /** In the order in which they follow each other. */
  readonly keys: readonly BackupKey[];
  /** Which of `keys` is current. */
  readonly current: number;
  /** Digest of the key that follows the last of `keys`, where no more than that is known. */
  readonly nextDigest: string | undefined;
  /** Whether its one key is that of a witness. */
  readonly isWitness?: boolean | undefined;
}

/** The bytes of a backup's file. */
export async function encodeBackup(
  { name, keys, current, nextDigest, isWitness = false }: Backup,
  passphrase: string,
  workFactor: number,
): Promise<Uint8Array> {
  const document: Json = {
    current,
    format: FORMAT,
    keys: keys.map(({ publicKey, seed }) =>
      seed === undefined ? { publicKey } : { publicKey, seed: seedText(seed) },
    ),
    name,
    ...(nextDigest === undefined ? {} : { nextDigest }),
    ...(isWitness ? { witness: true } : {}),
  };
  const text = new TextDecoder().decode(documentBytes(document));
  return utf8(`${(await encryptText(text, passphrase, workFactor)).trimEnd()}\n`);
}

/**
 * Opens a backup and checks all of it: every seed is that of its public key.
 * @param passphrase asked for once it is clear that the file is a backup under one
 * @throws GitkelError `refused`, reason `passphrase`; `malformed`.
 */
export async function openBackup(
  crypto: Crypto,
  bytes: Uint8Array,
  passphrase: () => Promise<string>,
): Promise<Backup> {
  if (bytes.length > LIMITS.homeFileBytes) {
    throw malformed(
      'too-large',
      `Cannot read ${WHAT}: ${bytes.length} bytes, the limit is ${LIMITS.homeFileBytes}`,
    );
  }
  const armored = fromUtf8(bytes) ?? '';
  const workFactor = await namedWorkFactor(armored, WHAT);
  const text = await decryptText(armored, await passphrase(), workFactor, WHAT);
  if (text !== undefined) return parseBackup(crypto, text);
  throw new GitkelError(
    'refused',
    `Cannot open ${WHAT}: wrong passphrase, or the file is damaged`,
    {
      reason: 'passphrase',
      hint: 'try again with the passphrase that the backup was made with',
    },
  );
}

function parseBackup(crypto: Crypto, text: string): Backup {
  const value = parseDocument(utf8(text), LIMITS.homeFileBytes, WHAT);
  const fields = fieldsOf(
    value,
    WHAT,
    ['current', 'format', 'keys', 'name'],
    ['nextDigest', 'witness'],
  );
  if (fields.text('format') !== FORMAT) {
    throw malformed(
      'format',
      `Cannot read ${WHAT}: format ${quoted(fields.text('format'))} is unknown`,
      { hint: `this version reads ${FORMAT}` },
    );
  }
  const backup: Backup = {
    name: fields.text('name'),
    keys: fields.list('keys').map((key) => parseKey(crypto, key)),
    current: fields.integer('current'),
    nextDigest: fields.optionalText('nextDigest'),
    ...witnessField(fields, WHAT),
  };
  requireFitting(backup, WHAT);
  if (!isName(backup.name))
    throw malformed('field', `Cannot read ${WHAT}: ${quoted(backup.name)} is not a name`);
  if (backup.keys.some((key) => nextDigestOf(crypto, key.publicKey) === backup.nextDigest))
    throw malformed('lineage', `Cannot read ${WHAT}: its next key is among the others`);
  return backup;
}

function parseKey(crypto: Crypto, value: Json): BackupKey {
  const fields = fieldsOf(value, WHAT, ['publicKey'], ['seed']);
  const publicKey = fields.text('publicKey');
  requirePublicKey(publicKey, WHAT);
  const text = fields.optionalText('seed');
  if (text === undefined) return { publicKey, seed: undefined };
  const seed = seedBytes(text, WHAT);
  if (publicKeyText(crypto.publicKey(seed)) === publicKey) return { publicKey, seed };
  throw malformed(
    'key-mismatch',
    `Cannot use ${WHAT}: the secret of ${quoted(publicKey)} belongs to another key`,
  );
}
