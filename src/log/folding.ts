import { GitkelError } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { Decision } from '../keri/evaluate.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { UnsignedRecord } from '../records/record.ts';
import type { AddedProof, AddedProofFile, Contents } from './contents.ts';
import { Drafts } from './drafts.ts';
import type { Genesis } from './genesis.ts';
import type { Mark, Marks } from './marks.ts';
import type { Proofs } from './proofs.ts';
import type { RecordBook } from './record-book.ts';
import type { AcceptedStatus, RegistryBook } from './registry-book.ts';

/** A file that a batch adds. */
export interface AddedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Why a batch cannot stand where it was folded; `path` names the file. */
export interface FoldRefusal {
  readonly ok: false;
  readonly path: string;
  readonly reason: string;
  readonly detail: string;
  /** What the event evaluated to, when that is why. */
  readonly decision?: Exclude<Decision, { outcome: 'accept' }>;
}

export function refuse(path: string, reason: string, detail: string): FoldRefusal {
  return { ok: false, path, reason, detail };
}

/** Reads what a file holds; what cannot be read refuses the batch. */
export function readOrRefuse<T>(
  path: string,
  fallbackReason: string,
  read: () => T,
): { readonly value: T } | FoldRefusal {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return refuse(path, error.reason ?? fallbackReason, error.message);
  }
}

/** A batch that is being folded: what the log holds, and what the files before have added. */
export class Folding {
  readonly crypto: Crypto;
  readonly contents: Contents;
  readonly drafts: Drafts;
  readonly events: KeyEvent[] = [];
  readonly records: UnsignedRecord[] = [];
  readonly proofs: AddedProof[] = [];
  readonly proofFiles: AddedProofFile[] = [];
  readonly statuses: AcceptedStatus[] = [];
  /** SAIDs of credentials whose bodies the batch adds. */
  readonly credentials: string[] = [];
  readonly evidence: Mark[] = [];
  genesis: Genesis | undefined;
  /** The first record that does not follow on the event which it names, or on another record of that. */
  astray: UnsignedRecord | undefined;
  #book: RecordBook | undefined;
  #proofs: Proofs | undefined;
  #registries: RegistryBook | undefined;
  #marks: Marks | undefined;

  constructor(crypto: Crypto, contents: Contents) {
    this.crypto = crypto;
    this.contents = contents;
    this.drafts = new Drafts(contents);
  }

  /** The records of the log and of the batch so far. */
  get book(): RecordBook {
    this.#book ??= this.contents.records.copy();
    return this.#book;
  }

  /** Who has proved the events of the log, and of the batch so far, beside those who did at first. */
  get known(): Proofs {
    this.#proofs ??= this.contents.proofs.copy();
    return this.#proofs;
  }

  /** The registries of the log and of the batch so far. */
  get registries(): RegistryBook {
    this.#registries ??= this.contents.registries.copy((aid, sn) =>
      this.drafts.log(aid)?.saidAt(sn),
    );
    return this.#registries;
  }

  /** What evidence there is, in the log and in the batch so far. */
  get marks(): Marks {
    this.#marks ??= this.contents.marks.copy();
    return this.#marks;
  }

  /** Takes down that somebody has proved an event. */
  prove(said: string, signer: string): void {
    this.known.add(said, signer, this.contents.batches);
    this.proofs.push({ said, signer });
  }
}
