import { auditInPool, type AuditOptions } from '../audit/audit.ts';
import type { AuditVerdict } from '../audit/verdict.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { portableCrypto } from '../crypto/portable.ts';
import {
  answersAsKnown,
  type SubtleVerification,
  WebVerification,
} from '../crypto/web-verification.ts';
import { memoryHost } from '../host/memory.ts';
import { memoryFiles } from '../host/memory-files.ts';
import type { HeldLog } from './held-log.ts';

/** What verifies signatures: JavaScript alone, or the browser's own Ed25519 with it. */
export type SignatureSource = 'noble' | 'webcrypto';

/** Digests in JavaScript; signatures by the browser where that gives every known answer, and is not declined. */
export async function pageCrypto(
  subtle: SubtleVerification | undefined,
  isDeclined: boolean,
): Promise<{ readonly crypto: Crypto; readonly signatures: SignatureSource }> {
  if (isDeclined || subtle === undefined || !(await answersAsKnown(subtle)))
    return { crypto: portableCrypto, signatures: 'noble' };
  return {
    crypto: { ...portableCrypto, threads: () => new WebVerification(subtle) },
    signatures: 'webcrypto',
  };
}

function neverRandom(): never {
  throw new Error('an audit needs no randomness');
}

/**
 * Audits what is held in memory, from nothing, by the rules of every audit.
 * @param now whole seconds since 1970-01-01T00:00:00Z
 * @throws GitkelError `not-found` where there is no log, `environment` for a repository of a form that is not read.
 */
export async function auditHeld(
  crypto: Crypto,
  { files, directories, dir }: HeldLog,
  now: () => number,
  options: AuditOptions = {},
): Promise<AuditVerdict> {
  const host = memoryHost(memoryFiles(files, directories), crypto, neverRandom, now);
  return auditInPool(host, dir, options);
}
