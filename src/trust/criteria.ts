/**
 * What a skill may be judged by: texts, each known by the digest of its words, some implying others.
 * @module
 */
import type { Crypto } from '../crypto/crypto.ts';

/** A criterion as it is written down. */
export interface CriterionDefinition {
  readonly name: string;
  readonly text: string;
  /** Names, or SAIDs, of the criteria that are met wherever this one is. */
  readonly implies: readonly string[];
}

export interface Criterion {
  /** BLAKE3-256 of the UTF-8 text, in CESR. */
  readonly said: string;
  readonly name: string;
  readonly text: string;
  /** SAIDs of all that is met wherever it is: itself, what it implies, and so on. */
  readonly covers: ReadonlySet<string>;
  /** Whether no audit can meet it, since it is found out by computing. */
  readonly isComputed: boolean;
}

/** Criteria by their SAIDs. */
export type Criteria = ReadonlyMap<string, Criterion>;

/** The SAID of a criterion's text: BLAKE3-256 of its UTF-8 bytes, in CESR. */
export type CriterionSaid = (crypto: Crypto, text: string) => string;
