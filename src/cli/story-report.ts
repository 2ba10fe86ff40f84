/**
 * The history of a log for machines: what `log --json` and `show --json` print.
 * @module
 */
import { formatTime } from '../batch/time.ts';
import type { Seal } from '../keri/seal.ts';
import type { RecordStanding } from '../log/record-standing.ts';
import type { BatchStory, EventStory, RecordStory, Signatories } from '../log/story.ts';
import type { OtherStory } from '../log/story-others.ts';
import type { RecordBody } from '../records/record.ts';

/** Who signed one thing, by key index, and who could have and did not. */
interface SignatoriesReport extends Signatories {
  readonly signed: readonly number[];
  readonly unsigned: readonly number[];
}

export interface RecordReport extends RecordStanding {
  readonly said: string;
  readonly issuer: string;
  readonly sn: number;
  readonly path: string;
  readonly body: RecordBody;
  readonly signatures: SignatoriesReport | null;
}

export interface EventReport {
  readonly aid: string;
  readonly sn: number;
  readonly said: string;
  readonly type: string;
  readonly path: string;
  readonly signatures: SignatoriesReport;
  readonly revealed: EventStory['revealed'] | null;
  /** The event that superseded it later, and the batch that brought that. */
  readonly superseded: EventStory['superseded'] | null;
  readonly witnessed: EventStory['witnessed'] | null;
  readonly endorsers: readonly string[];
  readonly seals: readonly Seal[];
  readonly records: readonly RecordReport[];
}

export interface BatchStoryReport {
  readonly position: number;
  readonly commit: string;
  readonly payloadDigest: string;
  /** What the committer says; never a fact. */
  readonly claimedDate: string;
  readonly subject: string;
  readonly committer: {
    readonly aid: string;
    readonly establishment: number;
    readonly keyIndex: number;
    readonly publicKey: string;
  };
  readonly events: readonly EventReport[];
  readonly others: readonly OtherStory[];
}

/** The last second of the year 9999. */
const LAST_DATE = 253_402_300_799;

/** A date as a committer claims it: any number at all. */
export function claimedDate(seconds: number): string {
  return seconds <= LAST_DATE ? formatTime(seconds) : `${seconds} seconds since 1970`;
}

function signatoriesReport(signatories: Signatories): SignatoriesReport {
  const indices = (signed: boolean): readonly number[] =>
    signatories.keys.filter((key) => key.signed === signed).map(({ index }) => index);
  return { ...signatories, signed: indices(true), unsigned: indices(false) };
}

export function recordReport({ record, path, signatories, standing }: RecordStory): RecordReport {
  const { said, issuer, sn, body } = record;
  return {
    said,
    issuer,
    sn,
    path,
    body,
    signatures: signatories === undefined ? null : signatoriesReport(signatories),
    ...standing,
  };
}

export function eventReport({
  event,
  path,
  signatories,
  revealed,
  superseded,
  witnessed,
  endorsers,
  records,
}: EventStory): EventReport {
  const { aid, sn, said, type, seals } = event;
  return {
    aid,
    sn,
    said,
    type,
    path,
    signatures: signatoriesReport(signatories),
    revealed: revealed ?? null,
    superseded: superseded ?? null,
    witnessed: witnessed ?? null,
    endorsers,
    seals,
    records: records.map(recordReport),
  };
}

export function batchStoryReport({
  batch,
  committerKey,
  events,
  others,
}: BatchStory): BatchStoryReport {
  const { position, mark, subject, record } = batch;
  return {
    position,
    commit: mark.commit,
    payloadDigest: mark.payloadDigest,
    claimedDate: claimedDate(mark.claimedSeconds),
    subject,
    committer: { ...record.committer, publicKey: committerKey },
    events: events.map(eventReport),
    others,
  };
}
