import type { FindSigner } from '../batch/prepared-commit.ts';
import type { EscrowedMessage } from '../keys/escrow-file.ts';
import type { FiledBatch } from './commit-files.ts';
import type { ImportedAid } from './import-tally.ts';
import type { LogTrunks } from './log-trunks.ts';

export interface ImportOptions {
  readonly findSigner: FindSigner;
  /** AIDs whose keys may sign the commits, beside those that are imported. */
  readonly committers: readonly string[];
  /** What waits for this log, the oldest first. */
  readonly escrow: readonly EscrowedMessage[];
  /** Is asked before each commit, with the identifiers that it changes; throws when something speaks against it. */
  readonly check?: (trunks: LogTrunks) => void;
}

/** A message that was not accepted, or whose kind is none of a log. */
export interface NamedMessage {
  /** The byte of the stream at which it starts. */
  readonly offset: number;
  readonly name: string | undefined;
  readonly said: string | undefined;
  readonly outcome: 'escrowed' | 'rejected' | 'set-aside' | 'unreadable';
  readonly reason: string | undefined;
  readonly detail: string | undefined;
}

/** What an import came to. */
export interface ImportOutcome {
  readonly batches: readonly FiledBatch[];
  /** The identifiers that were named, and where each stands now. */
  readonly aids: readonly ImportedAid[];
  /** The first of the messages that were not accepted, as many as are named one by one. */
  readonly messages: readonly NamedMessage[];
  /** How many messages there were of each outcome; `nothing-new`: what the log has already. */
  readonly counts: Readonly<Record<NamedMessage['outcome'] | 'accepted' | 'nothing-new', number>>;
  /** What waits now. */
  readonly escrow: readonly EscrowedMessage[];
}
