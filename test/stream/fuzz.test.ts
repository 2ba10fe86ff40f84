/** Damaged streams: whatever bytes come, nothing is thrown, all ends, and nothing is accepted that nobody signed. */
import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { decodePrimitive } from '../../src/cesr/primitive.ts';
import type { IndexedSignature } from '../../src/cesr/signature.ts';
import type { KeyEvent } from '../../src/keri/event.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { streamReport } from '../../src/stream/stream-report.ts';
import { StreamValidator } from '../../src/stream/stream-validator.ts';
import { scenariosOf } from '../keri/scenarios.ts';
import { cutAt, readChunks } from './streams.ts';

const LONG = Number(process.env['GITKEL_LONG'] ?? 1);
const RUNS = LONG > 1 ? 5_000 * LONG : 300;

vi.setConfig({ testTimeout: 120_000 * LONG });

const streams = [
  'kel_valid_multisig.json',
  'kel_valid_witness.json',
  'kel_delegation.json',
  'kel_recovery.json',
  'tel.json',
]
  .flatMap(scenariosOf)
  .map((scenario) => scenario as typeof scenario & { readonly stream?: string })
  .map(({ stream = '' }) => utf8(stream))
  .filter(({ length }) => length > 0 && length < 20_000);

/** Whether a signature is by one of these keys, told without what is tested. */
function isSigned(event: KeyEvent, keys: readonly string[], signature: IndexedSignature): boolean {
  const x = decodePrimitive(keys[signature.index] ?? '').raw;
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(x).toString('base64url') },
    format: 'jwk',
  });
  return verify(null, event.bytes, key, signature.raw);
}

/** The SAIDs of all that is accepted; of a key event, only if somebody signed it. */
function acceptedIn(chunks: readonly Uint8Array[]): ReadonlySet<string> {
  const accepted = new Set<string>();
  const stream = new StreamValidator(crypto, {
    accepted: (event, { controllerSignatures: [first] }, { state }) => {
      expect(first !== undefined && isSigned(event, state.publicKeys, first)).toBe(true);
      accepted.add(event.said);
    },
  });
  for (const item of readChunks(chunks)) if (item.kind === 'message') stream.take(item);
  const { tel = {} } = streamReport(stream);
  for (const { state, credentials } of Object.values(tel)) {
    accepted.add(state.d);
    for (const { d } of Object.values(credentials)) accepted.add(d);
  }
  return accepted;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Every SAID of an event as it stands in a sound stream: nobody signed any other one. */
const genuine = new Set(
  streams.flatMap((stream) => [...text(stream).matchAll(/"d":"([\w-]{44})"/g)].map(([, d]) => d)),
);

const stream = fc.constantFrom(...streams);
const place = fc.nat(20_000);

const damaged = fc.oneof(
  fc.tuple(stream, place).map(([bytes, at]) => bytes.subarray(0, at % bytes.length)),
  fc.tuple(stream, place, place).map(([bytes, at, length]) => {
    const from = at % bytes.length;
    const piece = bytes.subarray(from, from + (length % 2_000));
    return concat(bytes.subarray(0, from), piece, bytes.subarray(from));
  }),
  fc
    .tuple(stream, fc.array(fc.tuple(place, fc.nat(7)), { minLength: 1, maxLength: 4 }))
    .map(([bytes, flips]) => {
      const copy = bytes.slice();
      for (const [at, bit] of flips)
        copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ (1 << bit);
      return copy;
    }),
  fc
    .tuple(stream, stream, place, place)
    .map(([a, b, from, to]) => concat(a.subarray(0, from % a.length), b.subarray(to % b.length))),
  fc.tuple(stream, stream).map(([a, b]) => {
    const messages = [a, b].flatMap((bytes) => cutAt(bytes, starts(bytes)));
    return concat(...messages.toReversed());
  }),
  // The signatures of one event behind another one.
  fc.tuple(stream, stream, fc.nat(8), fc.nat(8)).map(([a, b, n, m]) => {
    const [one = a, other = b] = [cutAt(a, starts(a)).at(n), cutAt(b, starts(b)).at(m)];
    const [body = one] = cutAt(one, [bodyEnd(one)]);
    return concat(body, other.subarray(bodyEnd(other)));
  }),
  fc.uint8Array({ maxLength: 400 }),
);

function starts(bytes: Uint8Array): readonly number[] {
  return [...text(bytes).matchAll(/\{"v":"/g)].map(({ index }) => index);
}

function bodyEnd(bytes: Uint8Array): number {
  const size = /^\{"v":"KERI10JSON([0-9a-f]{6})_/.exec(text(bytes))?.[1] ?? '0';
  return Number.parseInt(size, 16);
}

describe('a damaged stream', () => {
  it('is read to its end or its first error, and nobody is believed who did not sign', () => {
    expect(streams.length).toBeGreaterThan(60);
    fc.assert(
      fc.property(damaged, fc.array(fc.nat(), { maxLength: 4 }), (bytes, places) => {
        const accepted = acceptedIn(cutAt(bytes, places));
        expect([...accepted].filter((said) => !genuine.has(said))).toEqual([]);
      }),
      LONG > 1 ? { numRuns: RUNS } : { numRuns: RUNS, seed: 5 },
    );
  });

  it('was sound before: all of it is accepted', () => {
    const count = streams.map((bytes) => acceptedIn([bytes]).size).reduce((sum, n) => sum + n, 0);
    expect(count).toBeGreaterThan(250);
  });
});
