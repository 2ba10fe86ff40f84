/**
 * Ed25519 of the Web Cryptography API (Secure Curves), which answers later: signatures are handed to it while an audit
 * goes on.
 * @module
 */
import { fromHex, toHex, utf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import type { SignatureThreads } from './crypto.ts';

const ALGORITHM = 'Ed25519';
/** Signatures that wait for an answer; others are verified by whoever asks. */
const MOST_WAITING = 4_096;

/** The part of `crypto.subtle` that verifies. */
export interface SubtleVerification<Key = unknown> {
  importKey(
    format: 'raw',
    key: Uint8Array<ArrayBuffer>,
    algorithm: string,
    extractable: boolean,
    uses: ['verify'],
  ): Promise<Key>;
  verify(
    algorithm: string,
    key: Key,
    signature: Uint8Array<ArrayBuffer>,
    message: Uint8Array<ArrayBuffer>,
  ): Promise<boolean>;
}

interface Answer {
  readonly key: string;
  readonly message: string;
  readonly signature: string;
  readonly holds: boolean;
}

/**
 * What an implementation has to answer before it is used: where those in use differ, it is to hold with the portable one.
 * Keys and R that are not canonical or of small order are refused before it is asked.
 */
export const KNOWN_ANSWERS: readonly Answer[] = [
  {
    // RFC 8032, section 7.1, test 3.
    key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    holds: true,
  },
  {
    // The same, with one bit of R changed.
    key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6391d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    holds: false,
  },
  {
    // S is not below the order of the base point.
    key: '439590c13d5ef3c5bf238c299af8e7f647ac7493334e90503223b8d36961a841',
    message: toHex(utf8('verify me')),
    signature:
      '2f18a54007ccc69d9ed7c2d8e6fa1c767c48ac873225dcbf9be355c778affebbff2f5ee94b138c3207dfb025de48fa84a71f5a6d7975266d25067d0f9647fa1c',
    holds: false,
  },
  {
    // The key has a component of order 8 that the hash leaves: only the equation with the cofactor holds.
    key: '9fb2c1f2715756b6c669e837e85d5292231d1eb856fe2a4eff9e7282cfb48553',
    message: toHex(utf8('verify me')),
    signature:
      '2103849a6412b577a26b5088f04a99cab078f91f09fd45829114665289e40a068c30f65e887a75ccfedf7cd102b793e2cf3af6062c63980ea2e24a5b2eb25d00',
    holds: false,
  },
  {
    // The same key; here the hash takes the component away.
    key: '9fb2c1f2715756b6c669e837e85d5292231d1eb856fe2a4eff9e7282cfb48553',
    message: toHex(utf8('verify me')),
    signature:
      '24a9726a576abc73617d5e8f52a38a73104bb706bc500e4a6c14015aadcd25bff9c0359cbdba73f61fb9459c58537fa5e4400dc8c32ffb896fd3fee6c4b3650c',
    holds: true,
  },
  {
    // R has such a component.
    key: '40aab5ab433d7a96c81269df2e4ef326fd3e40141c68b06c1cdc9c48d71807c5',
    message: toHex(utf8('verify me')),
    signature:
      'bcc3115d6515804f7aad1ddd2dd8568195d9d7c96a829577a9fd69a1572bd1635383a9ef5a9c36ca4dd488aee728b4e614a8c6351596fd3a859242e8e6024e09',
    holds: false,
  },
];

/** A copy in memory of its own: what is verified later must not change until then. */
function kept(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function ofHex(hex: string): Uint8Array<ArrayBuffer> {
  return kept(fromHex(hex) ?? new Uint8Array());
}

/** Whether an implementation is there, and gives every known answer. */
export async function answersAsKnown(subtle: SubtleVerification | undefined): Promise<boolean> {
  if (subtle === undefined) return false;
  try {
    for (const { key, message, signature, holds } of KNOWN_ANSWERS) {
      const imported = await subtle.importKey('raw', ofHex(key), ALGORITHM, false, ['verify']);
      const verdict = await subtle.verify(ALGORITHM, imported, ofHex(signature), ofHex(message));
      if (verdict !== holds) return false;
    }
    return true;
  } catch {
    // The algorithm is not there, or has no such keys: an engine says so in its own words.
    return false;
  }
}

/** Verifies through the Web Cryptography API. For an implementation that {@link answersAsKnown}. */
export class WebVerification implements SignatureThreads {
  readonly #subtle: SubtleVerification;
  #keys = new Map<string, Promise<unknown>>();
  #waiting = 0;
  #areWell = true;
  #isEnded = false;

  constructor(subtle: SubtleVerification) {
    this.#subtle = subtle;
  }

  get areDone(): boolean {
    return this.#waiting === 0;
  }

  get areWell(): boolean {
    return this.#areWell;
  }

  announce(): void {}

  offer(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    if (this.#waiting >= MOST_WAITING || this.#isEnded) return false;
    this.#waiting++;
    void this.#verify(kept(publicKey), kept(message), kept(signature));
    return true;
  }

  end(): void {
    this.#isEnded = true;
  }

  async #verify(
    publicKey: Uint8Array<ArrayBuffer>,
    message: Uint8Array<ArrayBuffer>,
    signature: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    try {
      const key = await this.#imported(publicKey);
      if (!(await this.#subtle.verify(ALGORITHM, key, signature, message))) this.#areWell = false;
    } catch {
      // A key that it does not take: whoever asked finds out by itself.
      this.#areWell = false;
    } finally {
      this.#waiting--;
    }
  }

  async #imported(publicKey: Uint8Array<ArrayBuffer>): Promise<unknown> {
    const name = toHex(publicKey);
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    if (this.#keys.size >= LIMITS.cachedKeys) this.#keys = new Map();
    const imported = this.#subtle.importKey('raw', publicKey, ALGORITHM, false, ['verify']);
    this.#keys.set(name, imported);
    return imported;
  }
}
