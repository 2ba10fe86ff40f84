/**
 * What the page and its worker tell each other.
 * @module
 */
import type { AuditVerdict } from '../../src/audit/verdict.ts';
import type { AuditReport } from '../../src/report/report.ts';
import type { SignatureSource } from '../../src/page/audit-held.ts';

/** Where a log is. */
export type Source =
  | { readonly kind: 'file'; readonly file: File }
  | { readonly kind: 'url'; readonly url: string };

/** What the page asks for. */
export interface Asked {
  readonly source: Source;
  /** What the log is called in the report. */
  readonly name: string;
  /** What the user knows from elsewhere; empty where nothing. */
  readonly expectedLog: string;
  readonly expectedAids: readonly string[];
  /** Whether signatures are to be verified without the browser's own Ed25519. */
  readonly isNobleOnly: boolean;
}

export type Stage = 'read' | 'fetch' | 'index' | 'verify';

/** What went wrong before there could be a verdict. */
export interface Trouble {
  readonly code: string;
  readonly reason: string | undefined;
  readonly message: string;
  readonly hint: string | undefined;
}

export interface Outcome {
  readonly verdict: AuditVerdict;
  readonly report: AuditReport;
  readonly signatures: SignatureSource;
  /** Milliseconds that verifying took, and all of it with reading and indexing. */
  readonly verifying: number;
  readonly whole: number;
}

/** What the worker tells. */
export type Told =
  | { readonly kind: 'ready'; readonly signatures: SignatureSource }
  | {
      readonly kind: 'progress';
      readonly stage: Stage;
      readonly done: number;
      /** `undefined` while that is not known. */
      readonly total: number | undefined;
    }
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'failed'; readonly trouble: Trouble };
