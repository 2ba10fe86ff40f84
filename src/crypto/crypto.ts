/** Digest algorithms by the names that CESR's code tables give them, and SHA-1 for Git's object ids. */
export type DigestAlgorithm =
  | 'blake3-256'
  | 'blake3-512'
  | 'blake2b-256'
  | 'blake2b-512'
  | 'blake2s-256'
  | 'sha3-256'
  | 'sha3-512'
  | 'sha2-256'
  | 'sha2-512'
  | 'sha1';

/**
 * Ed25519 and digests. Two implementations, `nativeCrypto` and `portableCrypto`, pass one contract suite and accept
 * exactly the same signatures: cofactorless verification, S < L, neither a small-order or non-canonical public key nor
 * a small-order or non-canonical R.
 */
export interface Crypto {
  readonly name: 'native' | 'portable';
  digest(algorithm: DigestAlgorithm, data: Uint8Array): Uint8Array;
  /** Whether 32 bytes are a canonical encoding of a point that is not of small order. */
  isPublicKey(publicKey: Uint8Array): boolean;
  /** The 32-byte public key of a 32-byte seed (RFC 8032 section 5.1.5). */
  publicKey(seed: Uint8Array): Uint8Array;
  /** The 64-byte signature of a message (RFC 8032 section 5.1.6). */
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /** What signs messages with a seed, as {@link sign} does: the seed is taken in once, and held as long as this lives. */
  signing(seed: Uint8Array): (message: Uint8Array) => Uint8Array;
  /** False for anything but a valid signature; never throws for the bytes of a peer. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** Other threads for signatures; `undefined` where there are none. They are started when there is something to do. */
  threads?(): SignatureThreads | undefined;
}

/** Threads that verify Ed25519 signatures while this one goes on. End them when done. */
export interface SignatureThreads {
  /** Tells that so many signatures are to come, at least: whether it pays to start threads need not be found out then. */
  announce(signatures: number): void;
  /**
   * Takes over the signature (64 bytes) of a message by a key (32 bytes), both sound encodings of points; `false` when all
   * threads have enough to do.
   */
  offer(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** Whether it is known by now of all that was taken over whether it holds. */
  readonly areDone: boolean;
  /** Whether all threads live, and none found a signature that does not hold. */
  readonly areWell: boolean;
  end(): void;
}
