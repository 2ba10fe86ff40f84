/**
 * A secret of this machine by which it tells what it wrote itself from what came from elsewhere.
 * @module
 */
import { concat, toHex } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { readFileBounded, statOf } from '../host/files.ts';
import type { Home } from './home.ts';
import { machineKeyPath } from './home-layout.ts';
import { replaceUnsynced } from './unsynced-file.ts';

const KEY_BYTES = 32;
/** Bytes that SHA-256 takes at a time. */
const BLOCK_BYTES = 64;

/** The key of this home; `undefined` when there is none, or others could have read it: then it vouches for nothing. */
export function readMachineKey({ host, dir }: Home): Uint8Array | undefined {
  const path = machineKeyPath(dir);
  try {
    const stats = statOf(host, path);
    if (stats === undefined || (stats.mode & 0o077) !== 0) return undefined;
    const key = readFileBounded(host, path, KEY_BYTES, { links: 'refuse' });
    return key?.length === KEY_BYTES ? key : undefined;
  } catch (error) {
    if (error instanceof GitkelError) return undefined;
    throw error;
  }
}

/** Makes a key. What was vouched for by an earlier one counts for nothing from then on. */
export function makeMachineKey({ host, dir }: Home): Uint8Array {
  const key = host.random(KEY_BYTES);
  replaceUnsynced(host, machineKeyPath(dir), key);
  return key;
}

/** HMAC-SHA-256 (RFC 2104) in hexadecimal. */
export function authenticator(crypto: Crypto, key: Uint8Array, bytes: Uint8Array): string {
  const padded = (byte: number): Uint8Array =>
    Uint8Array.from({ length: BLOCK_BYTES }, (_, index) => (key[index] ?? 0) ^ byte);
  const inner = crypto.digest('sha2-256', concat(padded(0x36), bytes));
  return toHex(crypto.digest('sha2-256', concat(padded(0x5c), inner)));
}
