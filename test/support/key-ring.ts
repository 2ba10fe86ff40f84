import { type Crypto, seedSigner, type Signer } from '../../src/index.ts';

/** Keys that are the same in every run, made by name: for tests only. */
export class KeyRing {
  readonly #crypto: Crypto;
  readonly #signers = new Map<string, Signer>();

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  /** The public key of that name, in CESR text. */
  key(name: string): string {
    return this.#make(name, 'D');
  }

  /** The identifier of the witness of that name, which is its key. */
  witness(name: string): string {
    return this.#make(name, 'B');
  }

  #make(name: string, code: 'D' | 'B'): string {
    const seed = this.#crypto.digest('sha2-256', new TextEncoder().encode(`test key ${name}`));
    const signer = seedSigner(this.#crypto, seed, code);
    this.#signers.set(signer.publicKey, signer);
    return signer.publicKey;
  }

  /** Whoever holds that key; it must have been made here. */
  signer(publicKey: string): Signer {
    const signer = this.#signers.get(publicKey);
    if (signer === undefined) throw new Error(`nobody here holds the key ${publicKey}`);
    return signer;
  }
}
