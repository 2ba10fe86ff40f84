import { toHex } from '../base/bytes.ts';
import type { Crypto } from '../crypto/crypto.ts';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

/** A Git object: what it is and its content, without the header. */
export interface GitObject {
  readonly type: ObjectType;
  readonly bytes: Uint8Array;
}

/** An object to be stored, and its id where that is computed already. */
export interface NewObject extends GitObject {
  readonly oid?: string;
}

/** Whether a text is one of Git's four object types. */
export function isObjectType(text: string): text is ObjectType {
  return text === 'commit' || text === 'tree' || text === 'blob' || text === 'tag';
}

/** Whether a text is an object id: 40 lower-case hexadecimal digits, not all zero. */
export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text) && !/^0+$/.test(text);
}

/** Objects are copied to here to be hashed; it saves an allocation for nearly all of them. */
const scratch = new Uint8Array(8_192);

/** The object with its header: what is hashed, and what a loose object holds deflated. Valid until the next call. */
function framed(type: ObjectType, bytes: Uint8Array): Uint8Array {
  const header = `${type} ${bytes.length}\0`;
  const length = header.length + bytes.length;
  const frame = length > scratch.length ? new Uint8Array(length) : scratch.subarray(0, length);
  for (let at = 0; at < header.length; at++) frame[at] = header.charCodeAt(at);
  frame.set(bytes, header.length);
  return frame;
}

/** The id of an object as it stands in trees: SHA-1 of header and content, 20 bytes. */
export function objectIdBytes(crypto: Crypto, type: ObjectType, bytes: Uint8Array): Uint8Array {
  return crypto.digest('sha1', framed(type, bytes));
}

/** The id of an object: SHA-1 of header and content, 40 lower-case hexadecimal digits. */
export function objectId(crypto: Crypto, type: ObjectType, bytes: Uint8Array): string {
  return toHex(objectIdBytes(crypto, type, bytes));
}

/** As {@link objectId}, unless the id is known. */
export function idOf(crypto: Crypto, { oid, type, bytes }: NewObject): string {
  return oid ?? objectId(crypto, type, bytes);
}
