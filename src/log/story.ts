/**
 * What happened in a batch: which events and records, who signed them, and who could have signed and did not. Pure.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isRotation, type KeyEvent } from '../keri/event.ts';
import { parseSignedEvent, progress, signingKeys } from '../keri/signatures.ts';
import type { KeyState } from '../keri/state.ts';
import { type Threshold, thresholdText } from '../keri/threshold.ts';
import { signerOf, type UnsignedRecord } from '../records/record.ts';
import { parseRecordFile } from '../records/record-file.ts';
import type { DisputedEvent } from './accepted-event.ts';
import type { Contents } from './contents.ts';
import type { AddedFile } from './folding.ts';
import { type Genesis, parseGenesis } from './genesis.ts';
import { stateAt } from './history.ts';
import { type LogPath, parsePath } from './layout.ts';
import { recordStanding, type RecordStanding } from './record-standing.ts';
import { signatureNames } from './signature-names.ts';
import { type OtherStory, tellOther } from './story-others.ts';
import type { CommittedBatch } from './read-batch.ts';

/** A key that could sign, and whether it did. */
interface KeyPart {
  readonly index: number;
  readonly publicKey: string;
  readonly signed: boolean;
}

/** Who signed one thing, of all who could. */
export interface Signatories {
  /** The AID whose keys these are. */
  readonly aid: string;
  /** In the command line's form: `2`, `1/2,1/4,1/4`. */
  readonly threshold: string;
  readonly keys: readonly KeyPart[];
}

/** A record of a batch, who signed it beside its seal, and whether it counts as of the log's last batch. */
export interface RecordStory {
  readonly record: UnsignedRecord;
  readonly path: string;
  readonly bytes: Uint8Array;
  /** `undefined` for a record that is sealed only. */
  readonly signatories: Signatories | undefined;
  readonly standing: RecordStanding;
}

/** An event of a batch, who signed it, and the records that it seals. */
export interface EventStory {
  readonly event: KeyEvent;
  readonly path: string;
  /** What is attached to the event's bytes in its file, CESR text. */
  readonly attachments: string;
  /** The key state before it; `undefined` before an inception. */
  readonly before: KeyState | undefined;
  /** The key state after it. */
  readonly after: KeyState;
  /** The event that superseded it later, and the batch that brought that; `undefined` while it is in the trunk. */
  readonly superseded: DisputedEvent['by'] | undefined;
  readonly signatories: Signatories;
  /** Of a rotation: which prior next digests were revealed, of how many, and the threshold over them. */
  readonly revealed:
    | { readonly threshold: string; readonly indices: readonly number[]; readonly size: number }
    | undefined;
  /** Which witnesses receipted it, of how many, and how many have to; `undefined` where there are none. */
  readonly witnessed:
    | { readonly threshold: number; readonly indices: readonly number[]; readonly size: number }
    | undefined;
  /** Others who endorse it. */
  readonly endorsers: readonly string[];
  readonly records: readonly RecordStory[];
}

/** One batch, told. */
export interface BatchStory {
  readonly batch: CommittedBatch;
  /** Present in batch 0. */
  readonly genesis: Genesis | undefined;
  /** The committer's key, CESR text. */
  readonly committerKey: string;
  readonly events: readonly EventStory[];
  /** What it adds beside. */
  readonly others: readonly OtherStory[];
}

function signatories(
  aid: string,
  threshold: Threshold,
  keys: readonly string[],
  signed: readonly number[],
): Signatories {
  return {
    aid,
    threshold: thresholdText(threshold),
    keys: keys.map((publicKey, index) => ({ index, publicKey, signed: signed.includes(index) })),
  };
}

/** A batch that was verified holds what it holds; anything else is no trouble of the reader's but a bug. */
function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a verified batch does not fold');
  return value;
}

interface Telling {
  readonly crypto: Crypto;
  readonly contents: Contents;
  readonly position: number;
  /** Of each AID, the key state after its last event of this batch so far. */
  readonly last: Map<string, KeyState>;
}

/** The key state of an AID before the file that is told now. */
function stateNow({ contents, position, last }: Telling, aid: string): KeyState | undefined {
  const kel = contents.kel(aid);
  if (kel === undefined) return undefined;
  return last.get(aid) ?? stateAt(kel, { position: position - 1 })?.state;
}

function tellEvent(
  telling: Telling,
  { path, bytes }: AddedFile,
  { ordinal }: Extract<LogPath, { kind: 'event' }>,
): EventStory {
  const { crypto, contents, last } = telling;
  const parsed = parseSignedEvent(crypto, bytes);
  if (!parsed.ok)
    throw new GitkelError('refused', `Cannot read ${path}: ${parsed.detail}`, {
      reason: parsed.reason,
    });
  const { event, attachments } = parsed.signed;
  const kel = required(contents.kel(event.aid));
  const place = kel.placeOfFile(ordinal);
  const before = kel.stateBefore(place);
  const after = required(kel.stateOfAccepted(place));
  const done = progress(crypto, event, before, attachments);
  const threshold = event.type === 'ixn' ? required(before).threshold : event.threshold;
  last.set(event.aid, after);
  return {
    event,
    path,
    attachments: new TextDecoder().decode(bytes.subarray(event.bytes.length)),
    before,
    after,
    superseded:
      kel.saidAt(event.sn) === event.said
        ? undefined
        : kel.disputed.find(({ said }) => said === event.said)?.by,
    signatories: signatories(event.aid, threshold, signingKeys(event, before), done.indices),
    revealed:
      isRotation(event) && before !== undefined
        ? {
            threshold: thresholdText(before.nextThreshold),
            indices: done.priorIndices,
            size: before.nextDigests.length,
          }
        : undefined,
    witnessed:
      after.witnesses.length === 0
        ? undefined
        : {
            threshold: done.witnessThreshold,
            indices: done.witnessIndices,
            size: after.witnesses.length,
          },
    endorsers: signatureNames(attachments).endorsers,
    records: [],
  };
}

function tellRecord(
  telling: Telling,
  { path, bytes }: AddedFile,
  { type }: Extract<LogPath, { kind: 'record' }>,
): RecordStory {
  const { record, signatures } = parseRecordFile(telling.crypto, type, bytes);
  const signer = signerOf(record);
  const standing = recordStanding(telling.contents, record);
  if (signer === undefined) return { record, path, bytes, signatories: undefined, standing };
  const { threshold, publicKeys } = required(stateNow(telling, signer));
  return {
    record,
    path,
    bytes,
    standing,
    signatories: signatories(
      signer,
      threshold,
      publicKeys,
      signatures.map(({ index }) => index),
    ),
  };
}

function committerKeyOf(
  contents: Contents,
  { position, record: { committer } }: CommittedBatch,
): string {
  const kel = required(contents.kel(committer.aid));
  return required(stateAt(kel, { position })?.state.publicKeys[committer.keyIndex]);
}

/**
 * Tells what a batch of a verified log did. `contents` is what that log holds.
 * @example
 * ```ts
 * import { batchReader, nativeCrypto, nodeHost, openLog, tellBatch } from 'gitkel';
 *
 * const log = openLog(nodeHost(), 'team-log');
 * const story = tellBatch(nativeCrypto, log.contents, batchReader(log)(0));
 * console.log(story.events.map(({ event }) => event.type).join()); // icp
 * ```
 */
export function tellBatch(crypto: Crypto, contents: Contents, batch: CommittedBatch): BatchStory {
  const telling: Telling = { crypto, contents, position: batch.position, last: new Map() };
  let genesis: Genesis | undefined;
  const events: EventStory[] = [];
  const records: RecordStory[] = [];
  const others: OtherStory[] = [];
  for (const file of batch.files) {
    const path = required(parsePath(crypto, file.path));
    switch (path.kind) {
      case 'genesis':
        genesis = parseGenesis(crypto, file.bytes);
        break;
      case 'event':
        events.push(tellEvent(telling, file, path));
        break;
      case 'record':
        records.push(tellRecord(telling, file, path));
        break;
      case 'proof':
      case 'status':
      case 'credential':
      case 'evidence':
        others.push(tellOther(crypto, file, path));
        break;
    }
  }
  const sealedBy = ({ aid, sn }: KeyEvent): readonly RecordStory[] =>
    records.filter(({ record }) => record.issuer === aid && record.sn === sn);
  return {
    batch,
    genesis,
    committerKey: committerKeyOf(contents, batch),
    events: events.map((told) => ({ ...told, records: sealedBy(told.event) })),
    others,
  };
}
