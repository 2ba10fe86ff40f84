/**
 * SSH signatures as Git uses them (OpenSSH PROTOCOL.sshsig): Ed25519, namespace `git`, SHA-512, nothing else.
 * @module
 */
import { concat, utf8 } from '../base/bytes.ts';
import { malformed, quoted } from '../base/errors.ts';
import { decodeStandardBase64, encodeStandardBase64 } from '../base/standard-base64.ts';
import type { Crypto } from '../crypto/crypto.ts';

const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** Magic, version, and the lengths and type before the raw key. */
const PUBLIC_KEY_OFFSET = 33;
const COLUMNS = 70;
const LINES = new RegExp(`.{1,${COLUMNS}}`, 'g');
const FIRST_LINE = '-----BEGIN SSH SIGNATURE-----';
const LAST_LINE = '-----END SSH SIGNATURE-----';

const MAGIC = utf8('SSHSIG');
const VERSION = Uint8Array.of(0, 0, 0, 1);
const NAMESPACE = sshString(utf8('git'));
const RESERVED = sshString(new Uint8Array());
const HASH = sshString(utf8('sha512'));
const KEY_TYPE = sshString(utf8('ssh-ed25519'));

/** A length as four bytes, most significant first, then the bytes (RFC 4251 section 5). */
function sshString(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return concat(length, bytes);
}

/** A signature of 64 zeros by a key of 32: what all of them have in common, and where. */
const BLOB = concat(
  MAGIC,
  VERSION,
  sshString(concat(KEY_TYPE, sshString(new Uint8Array(PUBLIC_KEY_BYTES)))),
  NAMESPACE,
  RESERVED,
  HASH,
  sshString(concat(KEY_TYPE, sshString(new Uint8Array(SIGNATURE_BYTES)))),
);
const SIGNATURE_OFFSET = BLOB.length - SIGNATURE_BYTES;
const SIGNED_HEAD = concat(MAGIC, NAMESPACE, RESERVED, HASH, Uint8Array.of(0, 0, 0, 64));

/** The key as OpenSSH writes it: type and raw key, 51 bytes. */
function publicKeyBlob(publicKey: Uint8Array): Uint8Array {
  if (publicKey.length !== PUBLIC_KEY_BYTES)
    throw new Error(`a public key of ${publicKey.length} bytes`);
  return concat(KEY_TYPE, sshString(publicKey));
}

/** What the key signs for a payload (a commit without its signature): 95 bytes. */
export function sshSignedData(crypto: Crypto, payload: Uint8Array): Uint8Array {
  return concat(SIGNED_HEAD, crypto.digest('sha2-512', payload));
}

/** The armored signature as ssh-keygen writes it: 70 columns, LF after every line, the last too. */
export function armor(publicKey: Uint8Array, signature: Uint8Array): string {
  if (publicKey.length !== PUBLIC_KEY_BYTES)
    throw new Error(`a public key of ${publicKey.length} bytes`);
  if (signature.length !== SIGNATURE_BYTES)
    throw new Error(`a signature of ${signature.length} bytes`);
  const blob = Uint8Array.from(BLOB);
  blob.set(publicKey, PUBLIC_KEY_OFFSET);
  blob.set(signature, SIGNATURE_OFFSET);
  const lines = encodeStandardBase64(blob).match(LINES) ?? [];
  return `${[FIRST_LINE, ...lines, LAST_LINE].join('\n')}\n`;
}

export interface SshSignature {
  /** The raw 32-byte Ed25519 key. */
  readonly publicKey: Uint8Array;
  /** The raw 64-byte signature of {@link sshSignedData}. */
  readonly signature: Uint8Array;
}

const ARMOR = armor(new Uint8Array(PUBLIC_KEY_BYTES), new Uint8Array(SIGNATURE_BYTES));

/** The characters between the first line and the last one; `undefined` unless they stand in lines as {@link armor} breaks them. */
function armoredText(text: string): string | undefined {
  if (text.length !== ARMOR.length) return undefined;
  if (!text.startsWith(`${FIRST_LINE}\n`) || !text.endsWith(`\n${LAST_LINE}\n`)) return undefined;
  let joined = '';
  const end = text.length - LAST_LINE.length - 2;
  for (let at = FIRST_LINE.length + 1; at < end; at += COLUMNS + 1) {
    const line = text.slice(at, Math.min(at + COLUMNS, end));
    if (line.includes('\n') || (at + COLUMNS < end && text[at + COLUMNS] !== '\n'))
      return undefined;
    joined += line;
  }
  return joined;
}

/** Whether a blob is one of a signature by an Ed25519 key, whatever key and signature it holds. */
function isBlob(blob: Uint8Array): boolean {
  if (blob.length !== BLOB.length) return false;
  const keyEnd = PUBLIC_KEY_OFFSET + PUBLIC_KEY_BYTES;
  for (let at = 0; at < SIGNATURE_OFFSET; at++) {
    if (blob[at] !== BLOB[at] && (at < PUBLIC_KEY_OFFSET || at >= keyEnd)) return false;
  }
  return true;
}

/** Reads an armored signature; `undefined` unless it is byte for byte what {@link armor} writes. Verifies nothing. */
export function parseArmor(text: string): SshSignature | undefined {
  const base64 = armoredText(text);
  if (base64 === undefined) return undefined;
  const blob = decodeStandardBase64(base64);
  if (blob === undefined || !isBlob(blob)) return undefined;
  const keyEnd = PUBLIC_KEY_OFFSET + PUBLIC_KEY_BYTES;
  const publicKey = new Uint8Array(blob.subarray(PUBLIC_KEY_OFFSET, keyEnd));
  return { publicKey, signature: new Uint8Array(blob.subarray(SIGNATURE_OFFSET)) };
}

/**
 * One line of an `allowed_signers` file (ssh-keygen(1)) that lets a key sign Git objects under a name. No validity
 * window: commit dates are the signer's own claim.
 * @throws GitkelError `malformed` for a name that the file's syntax would read as something else.
 */
export function allowedSignersLine(principal: string, publicKey: Uint8Array): string {
  if (!/^[A-Za-z0-9_.@:+/=-]+$/.test(principal)) {
    throw malformed(
      'principal',
      `Cannot write ${quoted(principal)} to allowed_signers: it is no plain name`,
    );
  }
  const key = encodeStandardBase64(publicKeyBlob(publicKey));
  return `${principal} namespaces="git" ssh-ed25519 ${key}\n`;
}
