/**
 * Skills that no publisher who may has released, and what is known of them.
 * @module
 */
import type { Crypto } from '../crypto/crypto.ts';
import type { OmsRoot } from '../oms/verify-oms.ts';
import type { LegacyClass, LegacyMode, LegacyPolicy } from '../trust/legacy.ts';
import type { TrustPolicy } from '../trust/trust-policy.ts';

/** How whoever judges skills treats those that nobody released here. */
export interface LegacyTrust {
  readonly crypto: Crypto;
  readonly policy: LegacyPolicy;
  /** Whom it trusts and what it asks for beside a release: audits count by the view of that alone. */
  readonly trust: TrustPolicy;
  /** The certificates of its roots, as far as they are at hand. */
  readonly roots: readonly OmsRoot[];
  /** AIDs whose imports and exemptions count whatever they are trusted for: maintainers. */
  readonly maintainers: readonly string[];
  /** Seconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  /** Who has to let a skill in as well: the home of whoever names a policy, where that says what becomes of such skills. */
  readonly within?: LegacyTrust | undefined;
}

/** A signature of others that holds. */
export interface HeldSignature {
  readonly kind: 'oms';
  /** SHA-256 of the DER of the pinned root, and of the file with the signature; lower-case hexadecimal. */
  readonly root: string;
  readonly file: string;
  /** Whom the signer's certificate names; of any characters. */
  readonly signer: string;
}

/** An exemption that lets a skill in. */
export interface HeldExemption {
  readonly said: string;
  readonly controller: string;
  readonly reason: string;
  readonly owner: string;
  /** The first day on which it holds no more, as `2026-11-21`, and in how many days that is. */
  readonly expires: string;
  readonly daysLeft: number;
}

/** As what a skill is judged that no publisher who may has released. */
export interface LegacyVerdict {
  readonly class: LegacyClass;
  readonly mode: LegacyMode;
  readonly signature?: HeldSignature | undefined;
  /** The exemption that decided; only where the skill is let in by one. */
  readonly exemption?: HeldExemption | undefined;
  /** The SAID of the import that decided, likewise. */
  readonly import?: string | undefined;
}
