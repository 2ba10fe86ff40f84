/** Keys that follow from labels, and identities of one of them. */
import { countThreshold, nativeCrypto, nextDigest, seedSigner } from '../../dist/src/index.js';

export function signerOf(label) {
  const seed = nativeCrypto.digest('sha2-256', new TextEncoder().encode(label));
  return seedSigner(nativeCrypto, seed);
}

/** The operation that creates the identity of a label. */
export function inception(label) {
  const threshold = countThreshold(1);
  return {
    kind: 'create',
    publicKeys: [signerOf(label).publicKey],
    threshold,
    nextDigests: [nextDigest(nativeCrypto, signerOf(`next ${label}`).publicKey)],
    nextThreshold: threshold,
  };
}
