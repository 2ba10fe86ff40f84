import { toHex } from '../base/bytes.ts';
import { canonicalBytes } from '../base/canonical-json.ts';
import { digestText } from '../cesr/digest.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { CODE_RULES_VERSION, RULES } from './rules.ts';
import type { TextEngine } from './text-engine.ts';

/** What names a set of rules: another rule, another version or another source is another set. */
export interface Ruleset {
  /** The BLAKE3-256 digest of its canonical list, in CESR's text form. */
  readonly said: string;
  /** SHA-256 of the same bytes, lower-case hexadecimal: what an audit names. */
  readonly sha256: string;
}

/** The rules by which a scan looks, with or without an engine. */
export function rulesetOf(crypto: Crypto, engine: TextEngine | undefined): Ruleset {
  const bytes = canonicalBytes({
    code: CODE_RULES_VERSION,
    rules: RULES.map(({ id, version, severity }) => ({ id, version, severity })),
    sources: (engine?.sources ?? []).map(({ name, text }) => ({ name, text })),
  });
  return {
    said: digestText(crypto, bytes, 'E'),
    sha256: toHex(crypto.digest('sha2-256', bytes)),
  };
}
