import { GitkelError, quoted } from '../base/errors.ts';
import type { Host } from '../host/host.ts';
import {
  EVIDENCE_KINDS,
  type EvidenceKind,
  type ForeignEvidence,
} from '../records/skill-import.ts';
import { digestOfFile } from './audit-flags.ts';

const KINDS = EVIDENCE_KINDS.join(', ');

/** `KIND=TEXT` as its two parts. */
function kindAnd(flag: string, text: string): readonly [EvidenceKind, string] {
  const at = text.indexOf('=');
  const kind = EVIDENCE_KINDS.find((one) => one === text.slice(0, Math.max(at, 0)));
  const rest = text.slice(at + 1);
  if (kind !== undefined && rest !== '') return [kind, rest];
  throw new GitkelError('usage', `Cannot read ${flag} ${quoted(text, 200)}`, {
    reason: 'import-evidence',
    hint: `Write KIND=…, where KIND is one of ${KINDS}.`,
  });
}

/**
 * The foreign signatures that a curator names: each a file, and whom it names as its signer.
 * @param files `KIND=FILE`, any number
 * @param signers `KIND=WHO`, one for each kind of file but `oms`
 * @param verifyOms makes evidence of a file that holds a signature by OpenSSF Model Signing
 * @throws GitkelError `usage`, reason `import-evidence`.
 */
export function namedEvidence(
  host: Host,
  files: readonly string[] = [],
  signers: readonly string[] = [],
  verifyOms: (file: string) => ForeignEvidence,
): readonly ForeignEvidence[] {
  const who = new Map(signers.map((text) => kindAnd('--signer', text)));
  return files.map((text) => {
    const [kind, file] = kindAnd('--evidence', text);
    // Who signed it is read from the certificate that was verified, not taken from anybody's word.
    if (kind === 'oms') return verifyOms(file);
    const signer = who.get(kind);
    if (signer !== undefined)
      return { kind, signer, digest: digestOfFile(host, file), note: undefined };
    throw new GitkelError('usage', `Cannot name ${quoted(file)} as evidence without its signer`, {
      reason: 'import-evidence',
      hint: `Say whom it names: --signer ${kind}=WHO`,
    });
  });
}
