import type { Crypto } from '../crypto/crypto.ts';
import { quoted } from '../base/errors.ts';
import type { HomeLegacy } from '../keys/home-legacy.ts';
import { parseCertificate } from '../oms/certificate.ts';

/** What becomes of skills that nobody released, as results tell of it. */
export interface ShownLegacy {
  readonly mode: HomeLegacy['mode'];
  readonly roots: readonly {
    readonly kind: 'oms';
    readonly sha256: string;
    /** Whom the certificate names. */
    readonly subject: string;
    /** Names or SAIDs of criteria. */
    readonly criteria: readonly string[];
  }[];
}

export function shownLegacy(crypto: Crypto, { mode, roots }: HomeLegacy): ShownLegacy {
  return {
    mode,
    roots: roots.map(({ kind, sha256, certificate, criteria }) => ({
      kind,
      sha256,
      subject: parseCertificate(crypto, certificate).subjectText,
      criteria,
    })),
  };
}

/** The same for people. */
export function legacyLinesOf(crypto: Crypto, legacy: HomeLegacy | undefined): readonly string[] {
  if (legacy === undefined) return ['skills that nobody released are refused'];
  const { mode, roots } = shownLegacy(crypto, legacy);
  return [
    `skills that nobody released: ${mode}`,
    ...roots.map(
      ({ kind, sha256, subject, criteria }) =>
        `  ${kind} root ${sha256} ${quoted(subject, 200)}: ${criteria.length === 0 ? 'meets no criterion' : criteria.join(', ')}`,
    ),
  ];
}
