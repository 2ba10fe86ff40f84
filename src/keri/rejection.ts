/** The rules by which an event is refused, each named once; `docs/divergences.md` says where they are ours alone. */
export type RejectReason =
  // The message as bytes.
  | 'too-large'
  | 'version-string'
  | 'size'
  | 'not-utf8'
  | 'not-canonical-json'
  | 'unsupported-ilk'
  | 'fields'
  | 'said'
  | 'prefix'
  | 'attachments'
  // Its fields.
  | 'sequence-number'
  | 'prior'
  | 'threshold'
  | 'threshold-zero'
  | 'threshold-size'
  | 'next-threshold'
  | 'next-threshold-zero'
  | 'next-threshold-size'
  | 'keys'
  | 'key-code'
  | 'key-point'
  | 'duplicate-key'
  | 'next-digests'
  | 'duplicate-next-digest'
  | 'witnesses'
  | 'witness-code'
  | 'duplicate-witness'
  | 'witness-threshold'
  | 'traits'
  | 'seals'
  | 'non-transferable-content'
  | 'delegator'
  // What it does to the key state before it.
  | 'wrong-aid'
  | 'prior-mismatch'
  | 'non-transferable'
  | 'abandoned'
  | 'establishment-only'
  | 'witness-cuts'
  | 'witness-adds'
  | 'duplicity'
  | 'seal-source'
  | 'stale-receipt'
  | 'delegated'
  | 'not-delegated'
  | 'do-not-delegate'
  | 'delegation-depth'
  // Who signed it.
  | 'signature-index'
  | 'no-valid-signature';

/** An event that is refused: by which rule, and a sentence about it. */
export interface Rejection {
  readonly ok: false;
  readonly reason: RejectReason;
  readonly detail: string;
}

export function rejection(reason: RejectReason, detail: string): Rejection {
  return { ok: false, reason, detail };
}
