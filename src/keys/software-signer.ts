import { encodePrimitive } from '../cesr/primitive.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { Signer } from './signer.ts';

/**
 * A signer with the key in memory.
 * @param seed the 32 bytes of RFC 8032; held as long as the signer lives
 * @param code the form of the public key: `D` (can be rotated) or `B` (cannot)
 */
export function seedSigner(crypto: Crypto, seed: Uint8Array, code: 'D' | 'B' = 'D'): Signer {
  const sign = crypto.signing(seed);
  return {
    publicKey: encodePrimitive({ code, raw: crypto.publicKey(seed) }),
    sign: async (message) => sign(message),
  };
}
