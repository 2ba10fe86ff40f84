/**
 * The one interface by which anything is signed: an event, a commit, a contribution.
 *
 * Law: for every message, `verify(publicKey, message, await sign(message))` holds, or `sign` rejects. Callers verify
 * what comes back before they use it. A signer may live on another machine, be slow, or ask a person.
 */
export interface Signer {
  /** The Ed25519 public key in CESR text (`D…` or `B…`). */
  readonly publicKey: string;
  /** The raw 64-byte signature of the message. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}
