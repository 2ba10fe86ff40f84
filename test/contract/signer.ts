import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodePrimitive } from '../../src/cesr/primitive.ts';
import type { Crypto } from '../../src/crypto/crypto.ts';
import type { Signer } from '../../src/keys/signer.ts';

/** What every signer keeps to, wherever its key lives; `numRuns` messages are tried. */
export function signerContract(
  name: string,
  make: () => Promise<{ readonly signer: Signer; readonly crypto: Crypto }>,
  numRuns = 20,
): void {
  test(`${name} bears the canonical text of a sound Ed25519 key`, async () => {
    const { signer, crypto } = await make();
    const { code, raw } = decodePrimitive(signer.publicKey);
    expect(['D', 'B']).toContain(code);
    expect(crypto.isPublicKey(raw)).toBe(true);
  });

  test(`${name} signs every message so that its key verifies it`, async () => {
    const { signer, crypto } = await make();
    const { raw } = decodePrimitive(signer.publicKey);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (message) => {
        const signature = await signer.sign(message);
        expect(signature).toHaveLength(64);
        expect(crypto.verify(raw, message, signature)).toBe(true);
        expect(crypto.verify(raw, Uint8Array.of(...message, 1), signature)).toBe(false);
      }),
      { numRuns },
    );
  });

  test(`${name} signs several messages at once, each as its own`, async () => {
    const { signer, crypto } = await make();
    const { raw } = decodePrimitive(signer.publicKey);
    const messages = [1, 2, 3, 4].map((byte) => Uint8Array.of(byte));
    const signatures = await Promise.all(messages.map((message) => signer.sign(message)));
    for (const [i, signature] of signatures.entries()) {
      expect(crypto.verify(raw, messages[i] ?? new Uint8Array(0), signature)).toBe(true);
    }
  });
}
