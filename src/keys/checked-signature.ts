import { GitkelError } from '../base/errors.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { Signer } from './signer.ts';

/**
 * A signer's signature over a message, verified: signers are other people's programs.
 * @param publicKey the key that has to have signed, CESR text `D…` or `B…`
 * @param action what it is for, as a message begins: `Cannot sign event 1 of E…`
 * @returns the raw 64 bytes
 * @throws GitkelError `refused`, reason `bad-signature`, and what the signer rejects with.
 */
export async function checkedSignature(
  crypto: Crypto,
  signer: Signer,
  publicKey: string,
  message: Uint8Array,
  action: string,
): Promise<Uint8Array> {
  const raw = await signer.sign(message);
  if (crypto.verify(decodePrimitive(publicKey).raw, message, raw)) return raw;
  throw new GitkelError(
    'refused',
    `${action}: the signer of ${publicKey} returned a wrong signature`,
    {
      reason: 'bad-signature',
      hint: 'it was not used; does the signer hold that key? the same can be signed again',
    },
  );
}

/** The same signer, but it rejects rather than give a signature that does not verify. */
export function checkedSigner(crypto: Crypto, signer: Signer): Signer {
  return {
    publicKey: signer.publicKey,
    sign: async (message) =>
      checkedSignature(crypto, signer, signer.publicKey, message, 'Cannot use the signature'),
  };
}
