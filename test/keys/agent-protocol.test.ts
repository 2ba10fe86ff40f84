import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, toHex, utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import {
  identitiesRequest,
  parseIdentities,
  parseSignature,
  signRequest,
  sshFingerprint,
} from '../../src/keys/agent-protocol.ts';

function number(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

const string = (bytes: Uint8Array): Uint8Array => concat(number(bytes.length), bytes);
const KEY = Uint8Array.from({ length: 32 }, (_, i) => i);
const blobOf = (key: Uint8Array, type = 'ssh-ed25519'): Uint8Array =>
  concat(string(utf8(type)), string(key));

function identities(...keys: readonly (readonly [Uint8Array, string])[]): Uint8Array {
  const list = keys.map(([blob, comment]) => concat(string(blob), string(utf8(comment))));
  return concat(Uint8Array.of(12), number(keys.length), ...list);
}

const signature = (raw: Uint8Array, type = 'ssh-ed25519'): Uint8Array =>
  concat(Uint8Array.of(14), string(concat(string(utf8(type)), string(raw))));

describe('the ssh-agent protocol', () => {
  test('identitiesRequest() and signRequest() are the bytes of the draft', () => {
    expect(toHex(identitiesRequest())).toBe('0b');
    const expected = `0d000000330000000b7373682d6564323535313900000020${toHex(KEY)}0000000361626300000000`;
    expect(toHex(signRequest(KEY, utf8('abc')))).toBe(expected);
  });

  test('sshFingerprint() is SHA-256 over type and key, Base64 without padding', () => {
    const digest = Buffer.from(crypto.digest('sha2-256', blobOf(KEY))).toString('base64');
    expect(sshFingerprint(crypto, KEY)).toBe(`SHA256:${digest.slice(0, 43)}`);
  });

  test('parseIdentities() gives Ed25519 keys, and others by their fingerprint alone', () => {
    const other = blobOf(new Uint8Array(5), 'ssh-rsa');
    const answer = parseIdentities(crypto, identities([blobOf(KEY), 'laptop'], [other, 'old']));
    expect(answer).toMatchObject({
      ok: true,
      value: [
        { publicKey: KEY, fingerprint: sshFingerprint(crypto, KEY), comment: 'laptop' },
        { publicKey: undefined, comment: 'old' },
      ],
    });
    expect(parseIdentities(crypto, identities())).toEqual({ ok: true, value: [] });
  });

  test.each([
    ['a certificate of Ed25519', blobOf(KEY, 'ssh-ed25519-cert-v01@openssh.com')],
    ['a key of 31 bytes', blobOf(KEY.subarray(1))],
    ['a key with a byte after it', concat(blobOf(KEY), Uint8Array.of(0))],
    ['a key on a token', blobOf(KEY, 'sk-ssh-ed25519@openssh.com')],
  ])('parseIdentities() takes %s for no Ed25519 key', (_, blob) => {
    const answer = parseIdentities(crypto, identities([blob, '']));
    expect(answer).toMatchObject({ ok: true, value: [{ publicKey: undefined }] });
  });

  test('parseSignature() gives the 64 bytes', () => {
    const raw = new Uint8Array(64).fill(9);
    expect(parseSignature(signature(raw))).toEqual({ ok: true, value: raw });
  });

  test('both take the answer 5 for a refusal', () => {
    expect(parseSignature(Uint8Array.of(5))).toEqual({ ok: false });
    expect(parseIdentities(crypto, Uint8Array.of(5))).toEqual({ ok: false });
  });

  const whole = identities([blobOf(KEY), 'laptop']);
  test.each([
    ['nothing', new Uint8Array(0)],
    ['another type', concat(Uint8Array.of(14), whole.subarray(1))],
    ['a refusal that goes on', Uint8Array.of(5, 0)],
    ['a cut', whole.subarray(0, -1)],
    ['a byte too many', concat(whole, Uint8Array.of(0))],
    ['fewer keys than it counts', concat(Uint8Array.of(12), number(2), whole.subarray(5))],
    ['a length beyond its end', concat(Uint8Array.of(12), number(1), number(0xffffffff))],
    ['more keys than anyone has', concat(Uint8Array.of(12), number(LIMITS.agentKeys + 1))],
  ])('parseIdentities() refuses %s', (_, bytes) => {
    expect(() => parseIdentities(crypto, bytes)).toThrow(
      expect.objectContaining({ code: 'malformed', reason: 'agent-answer' }),
    );
  });

  test.each([
    ['a signature of 63 bytes', signature(new Uint8Array(63))],
    ['another kind of signature', signature(new Uint8Array(64), 'rsa-sha2-256')],
    ['a byte too many', concat(signature(new Uint8Array(64)), Uint8Array.of(0))],
    ['the answer to another question', whole],
  ])('parseSignature() refuses %s', (_, bytes) => {
    expect(() => parseSignature(bytes)).toThrow(
      expect.objectContaining({ code: 'malformed', reason: 'agent-answer' }),
    );
  });

  test('no answer makes either throw anything but a GitkelError', () => {
    const start = fc.constantFrom([12, 0, 0, 0], [14, 0, 0, 0], [5], []);
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 120 }), (head, tail) => {
        const message = concat(Uint8Array.from(head), tail);
        for (const parse of [
          parseSignature,
          (bytes: Uint8Array) => parseIdentities(crypto, bytes),
        ]) {
          try {
            parse(message);
          } catch (error) {
            expect(error).toBeInstanceOf(GitkelError);
          }
        }
      }),
    );
  });
});
