import { LIMITS } from '../base/limits.ts';

/** The body of a credential as a stream carried it. */
export interface CredentialBody {
  readonly said: string;
  readonly bytes: Uint8Array;
  /** The byte of the stream at which it starts. */
  readonly offset: number;
}

/** Bodies of credentials that nobody has issued so far, bounded. */
export class CredentialBodies {
  readonly #bodies = new Map<string, CredentialBody>();
  #bytes = 0;

  /** In the order in which they came. */
  get all(): readonly CredentialBody[] {
    return [...this.#bodies.values()];
  }

  get(said: string): CredentialBody | undefined {
    return this.#bodies.get(said);
  }

  /** Keeps a body, as long as there is room. */
  put(body: CredentialBody): void {
    if (this.#bytes + body.bytes.length > LIMITS.waitingTelBytes) return;
    this.#bodies.set(body.said, body);
    this.#bytes += body.bytes.length;
  }

  remove({ said, bytes }: CredentialBody): void {
    if (this.#bodies.delete(said)) this.#bytes -= bytes.length;
  }
}
