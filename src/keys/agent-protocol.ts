/**
 * Messages of the SSH agent protocol (draft-ietf-sshm-ssh-agent), as far as listing Ed25519 keys and signing with one
 * needs them. A message is its type in one byte, and then its fields (RFC 4251 section 5); the length before it is the
 * matter of the connection.
 * @module
 */
import { concat, fromUtf8, sameBytes, utf8 } from '../base/bytes.ts';
import { malformed } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';

const FAILURE = 5;
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;

const NO_FLAGS = Uint8Array.of(0, 0, 0, 0);
const KEY_TYPE = sshString(utf8('ssh-ed25519'));
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const KEY_PREFIX = concat(KEY_TYPE, Uint8Array.of(0, 0, 0, KEY_BYTES));
const SIGNATURE_PREFIX = concat(KEY_TYPE, Uint8Array.of(0, 0, 0, SIGNATURE_BYTES));

/** A key that an agent lists. */
export interface AgentKey {
  /** The raw 32 bytes, or `undefined` for a key of another kind than Ed25519. */
  readonly publicKey: Uint8Array | undefined;
  /** `SHA256:` and 43 characters of Base64, as `ssh-add -l` prints it. */
  readonly fingerprint: string;
  readonly comment: string;
}

export type AgentAnswer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

function sshString(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return concat(length, bytes);
}

/** The key as SSH writes it: type and raw key, 51 bytes. */
function keyBlob(publicKey: Uint8Array): Uint8Array {
  return concat(KEY_PREFIX, publicKey);
}

/** What follows a prefix, if exactly that many bytes do. */
function after(prefix: Uint8Array, length: number, bytes: Uint8Array): Uint8Array | undefined {
  const isWhole = bytes.length === prefix.length + length;
  return isWhole && sameBytes(bytes.subarray(0, prefix.length), prefix)
    ? bytes.slice(prefix.length)
    : undefined;
}

/** The fingerprint of a key by its SSH form: SHA-256, Base64 without padding. */
function blobFingerprint(crypto: Crypto, blob: Uint8Array): string {
  const digest = crypto.digest('sha2-256', blob);
  return `SHA256:${btoa(String.fromCharCode(...digest)).replace(/=+$/, '')}`;
}

/** The fingerprint of a raw Ed25519 public key, as `ssh-keygen -l` prints it. */
export function sshFingerprint(crypto: Crypto, publicKey: Uint8Array): string {
  return blobFingerprint(crypto, keyBlob(publicKey));
}

export function identitiesRequest(): Uint8Array {
  return Uint8Array.of(REQUEST_IDENTITIES);
}

/** Asks for a signature over the data itself: of Ed25519 there is no other form. */
export function signRequest(publicKey: Uint8Array, data: Uint8Array): Uint8Array {
  return concat(
    Uint8Array.of(SIGN_REQUEST),
    sshString(keyBlob(publicKey)),
    sshString(data),
    NO_FLAGS,
  );
}

function wrong(detail: string): Error {
  return malformed('agent-answer', `Cannot use the answer of the ssh-agent: ${detail}`);
}

/** Takes fields off the front of a message, each checked against what is left of it. */
class Fields {
  #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
  }

  number(): number {
    if (this.#rest.length < 4) throw wrong('it ends in the middle of a number');
    const value = new DataView(this.#rest.buffer, this.#rest.byteOffset, 4).getUint32(0);
    this.#rest = this.#rest.subarray(4);
    return value;
  }

  string(): Uint8Array {
    const length = this.number();
    if (length > this.#rest.length) throw wrong('a field is longer than the message');
    const value = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return value;
  }

  end(): void {
    if (this.#rest.length > 0) throw wrong(`${this.#rest.length} bytes too many`);
  }
}

/** The fields of an answer of the expected type; `undefined` when the agent says no. */
function fieldsOfAnswer(message: Uint8Array, expected: number): Fields | undefined {
  const type = message[0];
  if (type === FAILURE && message.length === 1) return undefined;
  if (type !== expected) throw wrong(`type ${type ?? 'none'}, not ${expected}`);
  return new Fields(message.subarray(1));
}

/**
 * Reads the answer to {@link identitiesRequest}.
 * @throws GitkelError `malformed`, reason `agent-answer`.
 */
export function parseIdentities(
  crypto: Crypto,
  message: Uint8Array,
): AgentAnswer<readonly AgentKey[]> {
  const fields = fieldsOfAnswer(message, IDENTITIES_ANSWER);
  if (fields === undefined) return { ok: false };
  const count = fields.number();
  if (count > LIMITS.agentKeys) throw wrong(`${count} keys, the limit is ${LIMITS.agentKeys}`);
  const value = Array.from({ length: count }, (): AgentKey => {
    const blob = fields.string();
    const publicKey = after(KEY_PREFIX, KEY_BYTES, blob);
    const comment = fromUtf8(fields.string()) ?? '';
    return { publicKey, fingerprint: blobFingerprint(crypto, blob), comment };
  });
  fields.end();
  return { ok: true, value };
}

/**
 * Reads the answer to {@link signRequest}: the raw 64 bytes, not verified yet.
 * @throws GitkelError `malformed`, reason `agent-answer`.
 */
export function parseSignature(message: Uint8Array): AgentAnswer<Uint8Array> {
  const fields = fieldsOfAnswer(message, SIGN_RESPONSE);
  if (fields === undefined) return { ok: false };
  const value = after(SIGNATURE_PREFIX, SIGNATURE_BYTES, fields.string());
  fields.end();
  if (value === undefined) throw wrong('its signature is not one of Ed25519');
  return { ok: true, value };
}
