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
import { Contents } from '../log/contents.ts';
import { BatchNotes } from '../report/batch-notes.ts';
import { makeReport } from '../report/make-report.ts';
import type { AuditReport } from '../report/report.ts';
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

/** A verdict, and the report of it. */
export interface AuditedHeld {
  readonly verdict: AuditVerdict;
  readonly report: AuditReport;
}

/** What the report says beside what the log says. */
export interface HeldTerms {
  /** Where the log was taken from, for people. */
  readonly source: string;
  /** The program and its version. */
  readonly madeBy: string;
  /** Seconds since 1970. */
  readonly madeAt: number;
}

/**
 * Audits what is held in memory, from nothing, by the rules of every audit.
 * @throws GitkelError `not-found` where there is no log, `environment` for a repository of a form that is not read.
 */
export async function auditHeld(
  crypto: Crypto,
  { files, directories, dir }: HeldLog,
  terms: HeldTerms,
  options: Pick<AuditOptions, 'expectedLog' | 'expectedAids' | 'onBatch'> = {},
): Promise<AuditedHeld> {
  const fs = memoryFiles(files, directories);
  const host = memoryHost(fs, crypto, neverRandom, () => terms.madeAt);
  const notes = new BatchNotes();
  let contents = new Contents();
  const verdict = await auditInPool(host, dir, {
    ...options,
    onChecked: (batch) => notes.add(batch),
    recall: (verified) => {
      contents = verified;
      return { known: false, alarms: [], notes: [] };
    },
  });
  return { verdict, report: makeReport(verdict, { crypto, contents, notes }, terms) };
}
