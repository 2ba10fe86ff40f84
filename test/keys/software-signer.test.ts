import { describe, expect, test } from 'vitest';
import { fromHex } from '../../src/base/bytes.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { portableCrypto } from '../../src/crypto/portable.ts';
import { seedSigner } from '../../src/keys/software-signer.ts';
import { signerContract } from '../contract/signer.ts';
import vectors from '../vectors/lowlevel/keys.json' with { type: 'json' };

describe.each([
  ['native', nativeCrypto],
  ['portable', portableCrypto],
])('seedSigner() on %s crypto', (_, crypto) => {
  signerContract('seedSigner()', async () => ({
    crypto,
    signer: seedSigner(crypto, new Uint8Array(32).fill(7)),
  }));

  test('seedSigner() bears the public key that the vectors give for the seed', () => {
    for (const row of vectors.keys) {
      const seed = fromHex(row.seed_hex) ?? new Uint8Array(0);
      const signer = seedSigner(crypto, seed, row.transferable ? 'D' : 'B');
      expect(signer.publicKey).toBe(row.public_qb64);
    }
    expect(vectors.keys.length).toBeGreaterThan(0);
  });
});
