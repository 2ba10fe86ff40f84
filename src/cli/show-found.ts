/**
 * One thing of a log, in full: a batch, an event or a record.
 * @module
 */
import { fromUtf8 } from '../base/bytes.ts';
import { quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { expectationLine } from '../audit/expectations.ts';
import { type WireState, wireState } from '../keri/state.ts';
import type { FileEntry } from '../log/batch-record.ts';
import { actingFor, type ActingFor } from '../log/involvement.ts';
import type { Log } from '../log/log.ts';
import { type Found, lookUp } from '../log/lookup.ts';
import { batchReader } from '../log/read-batch.ts';
import { type BatchStory, type EventStory, type RecordStory, tellBatch } from '../log/story.ts';
import { harmless } from './output.ts';
import type { ShownNames } from './shown-names.ts';
import {
  batchStoryLines,
  eventWords,
  recordWords,
  signatoryLines,
  standingLine,
  stateLines,
  supersededLines,
  witnessLines,
} from './story-lines.ts';
import {
  batchStoryReport,
  type BatchStoryReport,
  claimedDate,
  eventReport,
  type EventReport,
  recordReport,
  type RecordReport,
} from './story-report.ts';

/** Where an event or a record stands. */
interface Place {
  readonly log: string;
  readonly position: number;
  readonly commit: string;
  readonly claimedDate: string;
}

export type ShownThing =
  | ({
      readonly kind: 'batch';
      readonly log: string;
      readonly prior: string;
      readonly files: readonly FileEntry[];
      /** `gitkel.json`, exactly; in batch 0 only. */
      readonly genesis: string | null;
    } & BatchStoryReport)
  | ({
      readonly kind: 'event';
      /** The event as it was signed: its UTF-8 bytes are the bytes. */
      readonly event: string;
      /** What stands behind it in its file, CESR text. */
      readonly attachments: string;
      readonly state: WireState;
      readonly actingFor: readonly ActingFor[];
      readonly expect: string;
    } & Place &
      EventReport)
  | ({
      readonly kind: 'record';
      /** The record's file, exactly: with its signatures. */
      readonly file: string;
      /** The event that seals it. */
      readonly sealedBy: { readonly aid: string; readonly sn: number; readonly said: string };
      /** The key state of its issuer at that event. */
      readonly state: WireState;
    } & Place &
      RecordReport);

/** What was found: for machines, and in lines for people. */
export interface Shown {
  readonly thing: ShownThing;
  readonly lines: readonly string[];
}

/** Long enough for every text in a file of a log, escaped. */
const WHOLE = 12 * LIMITS.fileBytes;

function textOf(bytes: Uint8Array): string {
  const text = fromUtf8(bytes);
  if (text === undefined) throw new Error('events and records of a log are UTF-8 text');
  return text;
}

function placeOf({ batch: { position, mark, record } }: BatchStory): Place {
  return {
    log: record.logId,
    position,
    commit: mark.commit,
    claimedDate: claimedDate(mark.claimedSeconds),
  };
}

function placeLine({ position, commit, claimedDate: date }: Place): string {
  return `  in batch ${position}, commit ${commit}, claimed date ${date}`;
}

function showBatch(story: BatchStory, names: ShownNames): Shown {
  const { batch, genesis } = story;
  const { logId, prior, files } = batch.record;
  return {
    thing: {
      kind: 'batch',
      log: logId,
      prior,
      files,
      genesis: genesis === undefined ? null : textOf(genesis.bytes),
      ...batchStoryReport(story),
    },
    lines: [
      ...batchStoryLines(story, names),
      `  payload ${batch.mark.payloadDigest}, after ${prior}`,
      ...files.map(({ path, size, digest }) => `  add ${path} (${size} bytes, ${digest})`),
    ],
  };
}

function actingLine({ controller, name, linked, why }: ActingFor, names: ShownNames): string {
  return `  ${linked ? 'acts' : 'does NOT act'} for ${names.aid(controller)}, whose device ${quoted(name)} it is: ${why}`;
}

function showEvent(log: Log, story: BatchStory, told: EventStory, names: ShownNames): Shown {
  const { event, attachments, signatories, revealed, records } = told;
  const place = placeOf(story);
  const { after: state } = told;
  const acting = actingFor(log.contents, event.aid, place.position);
  const expect = expectationLine(event.aid, event.sn, event.said);
  const thing: ShownThing = {
    kind: 'event',
    ...place,
    ...eventReport(told),
    event: textOf(event.bytes),
    attachments,
    state: wireState(state),
    actingFor: acting,
    expect,
  };
  const lines = [
    `event ${event.said}`,
    `  ${eventWords(event, names)}`,
    placeLine(place),
    ...supersededLines(told).map((line) => `  ${line}`),
    ...signatoryLines(signatories, names).map((line) => `  ${line}`),
    ...witnessLines(told).map((line) => `  ${line}`),
    ...(revealed === undefined
      ? []
      : [
          `  revealed prior next key ${revealed.indices.join(', ')} of ${revealed.size} (prior threshold ${revealed.threshold})`,
        ]),
    ...event.seals.map((seal) => `  seal ${quoted(seal, WHOLE)}`),
    ...records.map(
      ({ record }) =>
        `  seals the ${record.body.type} ${record.said}: ${recordWords(record, names)}`,
    ),
    ...acting.map((one) => actingLine(one, names)),
    'key state then:',
    ...stateLines(state, names).map((line) => `  ${line}`),
    'word for word:',
    `  ${harmless(textOf(event.bytes))}`,
    expect,
  ];
  return { thing, lines };
}

function showRecord(
  story: BatchStory,
  sealing: EventStory,
  told: RecordStory,
  names: ShownNames,
): Shown {
  const { record, bytes, signatories, standing } = told;
  const { issuer, sn } = record;
  const place = placeOf(story);
  const { after: state } = sealing;
  const { said } = sealing.event;
  const signed =
    signatories === undefined
      ? []
      : signatoryLines(signatories, names).map(
          (line) => `  of ${names.aid(signatories.aid)}: ${line}`,
        );
  const lines = [
    `${record.body.type} ${record.said}`,
    `  ${recordWords(record, names)}`,
    placeLine(place),
    `  sealed by event ${sn} of ${names.aid(issuer)}: ${said}`,
    ...signed,
    `  ${standingLine(standing)}`,
    'key state of the issuer then:',
    ...stateLines(state, names).map((line) => `  ${line}`),
    'word for word:',
    `  ${harmless(textOf(record.bytes))}`,
  ];
  const thing: ShownThing = {
    kind: 'record',
    ...place,
    ...recordReport(told),
    file: textOf(bytes),
    sealedBy: { aid: issuer, sn, said },
    state: wireState(state),
  };
  return { thing, lines };
}

function show(log: Log, story: BatchStory, found: Found, names: ShownNames): Shown | undefined {
  switch (found.kind) {
    case 'batch':
      return showBatch(story, names);
    case 'event': {
      const event = story.events.find(({ event: { said } }) => said === found.said);
      return event === undefined ? undefined : showEvent(log, story, event, names);
    }
    case 'record': {
      for (const sealing of story.events) {
        const told = sealing.records.find(({ record: { said } }) => said === found.said);
        if (told !== undefined) return showRecord(story, sealing, told, names);
      }
      return undefined;
    }
  }
}

/**
 * Finds what a text names in a log and shows it.
 * @throws GitkelError `not-found`, `usage` when several things begin so.
 */
export function showFound(log: Log, text: string, names: ShownNames): Shown {
  const found = lookUp(log.contents, text);
  const story = tellBatch(log.host.crypto, log.contents, batchReader(log)(found.position));
  const shown = show(log, story, found, names);
  if (shown === undefined) throw new Error('what is looked up in a batch is in it');
  return shown;
}
