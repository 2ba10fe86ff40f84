import { fromUtf8, sameBytes, utf8 } from '../base/bytes.ts';
import { canonicalBytes, type Json, parseCanonical } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import { dummy } from '../cesr/said.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type KeyEvent, parseEvent } from '../keri/event.ts';
import { type Genesis, parseGenesis } from '../log/genesis.ts';
import { type ReadMark, readSetJson } from './read-set.ts';
import { parseRecord, type UnsignedRecord } from '../records/record.ts';
import { isRecordType } from '../records/record-type.ts';
import { formatTime, parseTime } from './time.ts';

/** What a batch is made of, before it has an id. */
export interface BatchParts {
  readonly logId: string;
  /** Only in a batch that opens a log. */
  readonly genesis: Genesis | undefined;
  /** Unsigned; in the order in which they are folded. */
  readonly events: readonly KeyEvent[];
  /** Unsigned; each names the event that seals it. */
  readonly records: readonly UnsignedRecord[];
  /** Who may sign what, as `requestsJson` writes it. */
  readonly requests: readonly Json[];
  readonly reads: readonly ReadMark[];
  /** Seconds since 1970 after which honest tools no longer sign it. */
  readonly expires: number | undefined;
}

/** A staged batch: bytes fixed, unsigned, immutable. Its id is the SAID of its canonical JSON. */
export interface StagedBatch extends BatchParts {
  readonly id: string;
  readonly bytes: Uint8Array;
}

const FORMAT = 'gitkel-batch/1';

function textOf(bytes: Uint8Array): string {
  const text = fromUtf8(bytes);
  if (text === undefined)
    throw malformed('not-utf8', 'Cannot stage an event that is not UTF-8 text');
  return text;
}

function documentOf(id: string, parts: BatchParts): Json {
  return {
    d: id,
    events: parts.events.map((event) => textOf(event.bytes)),
    format: FORMAT,
    log: parts.logId,
    reads: readSetJson(parts.reads),
    requests: parts.requests,
    ...(parts.records.length === 0
      ? {}
      : {
          records: parts.records.map(({ body, bytes }) => ({
            text: textOf(bytes),
            type: body.type,
          })),
        }),
    ...(parts.expires === undefined ? {} : { expires: formatTime(parts.expires) }),
    ...(parts.genesis === undefined ? {} : { genesis: textOf(parts.genesis.bytes) }),
  };
}

/** What stands before the id: its name sorts before all others. */
const BEFORE_ID = '{"d":"';

/** Fixes the bytes and the id of a batch. */
export function encodeStagedBatch(crypto: Crypto, parts: BatchParts): StagedBatch {
  const unnamed = canonicalBytes(documentOf(dummy('E'), parts));
  const id = digestText(crypto, unnamed);
  const bytes = new Uint8Array(unnamed);
  bytes.set(utf8(id), BEFORE_ID.length);
  return { ...parts, id, bytes };
}

function parseReads(list: readonly Json[]): readonly ReadMark[] {
  return list.map((item) => {
    const fields = fieldsOf(item, 'a read mark', ['aid', 'establishment'], ['marks']);
    const marks = fields.has('marks') ? fields.texts('marks') : [];
    if (fields.has('marks') && marks.length === 0)
      throw malformed('batch-reads', 'Cannot read the batch: a list of marks is empty');
    const establishment = fieldsOf(fields.json('establishment'), 'a read mark', ['said', 'sn']);
    return {
      aid: fields.text('aid'),
      establishment: { sn: establishment.integer('sn'), said: establishment.text('said') },
      marks,
    };
  });
}

function parseEvents(crypto: Crypto, texts: readonly string[]): readonly KeyEvent[] {
  if (texts.length === 0 || texts.length > LIMITS.filesPerBatch) {
    throw malformed('batch-events', `Cannot read the batch: it has ${texts.length} events`);
  }
  return texts.map((text) => {
    const parsed = parseEvent(crypto, utf8(text));
    if (!parsed.ok)
      throw malformed(parsed.reason, `Cannot read an event of the batch: ${parsed.detail}`);
    return parsed.event;
  });
}

/** A batch that opens a log is for that log, and holds the inception of its founder and nothing else. */
function checkOpening({ logId, genesis, events }: BatchParts): void {
  if (genesis === undefined) return;
  const [founder, ...others] = events;
  if (genesis.logId !== logId) {
    throw malformed(
      'log-id',
      `Cannot read the batch: it says that it is for the log ${quoted(logId)}, its gitkel.json is ${genesis.logId}`,
    );
  }
  if (founder?.type !== 'icp' || founder.aid !== genesis.founder || others.length > 0) {
    throw malformed(
      'genesis-founder',
      `Cannot read the batch: it opens a log and does not hold just the inception of its founder ${quoted(genesis.founder)}`,
    );
  }
}

function parseRecords(
  crypto: Crypto,
  list: readonly Json[],
  events: number,
): readonly UnsignedRecord[] {
  if (events + list.length > LIMITS.filesPerBatch) {
    throw malformed(
      'batch-records',
      `Cannot read the batch: it has ${events} events and ${list.length} records`,
    );
  }
  return list.map((item) => {
    const fields = fieldsOf(item, 'a record of the batch', ['text', 'type']);
    const type = fields.text('type');
    if (!isRecordType(type))
      throw malformed(
        'record-type',
        `Cannot read the batch: the record type ${quoted(type)} is unknown`,
      );
    return parseRecord(crypto, type, utf8(fields.text('text')));
  });
}

/**
 * Reads a staged batch: canonical JSON, every event parsed exactly, the id computed again. Whether its requests and its
 * read set are right depends on the log: see `checkStaged`.
 * @throws GitkelError `malformed`.
 */
export function parseStagedBatch(crypto: Crypto, bytes: Uint8Array): StagedBatch {
  const fields = fieldsOf(
    parseCanonical(bytes, LIMITS.batchFileBytes, 'the batch'),
    'the batch',
    ['d', 'events', 'format', 'log', 'reads', 'requests'],
    ['expires', 'genesis', 'records'],
  );
  if (fields.text('format') !== FORMAT) {
    throw malformed(
      'batch-format',
      `Cannot read the batch: format ${quoted(fields.text('format'))}, this version reads "${FORMAT}"`,
    );
  }
  const [expires, genesis] = [fields.optionalText('expires'), fields.optionalText('genesis')];
  if (decodePrimitive(fields.text('log')).code !== 'E') {
    throw malformed(
      'log-id',
      `Cannot read the batch: its log ${quoted(fields.text('log'))} is no log id`,
    );
  }
  const events = parseEvents(crypto, fields.texts('events'));
  const batch = encodeStagedBatch(crypto, {
    logId: fields.text('log'),
    genesis: genesis === undefined ? undefined : parseGenesis(crypto, utf8(genesis)),
    events,
    records: fields.has('records')
      ? parseRecords(crypto, fields.list('records'), events.length)
      : [],
    requests: fields.list('requests'),
    reads: parseReads(fields.list('reads')),
    expires: expires === undefined ? undefined : parseTime(expires),
  });
  if (batch.id !== fields.text('d') || !sameBytes(batch.bytes, bytes)) {
    throw malformed(
      'said',
      `Cannot read the batch: its digest is not its id ${quoted(fields.text('d'))}`,
    );
  }
  checkOpening(batch);
  return batch;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether two JSON values are the same, in whatever order the keys of objects stand. */
export function sameJson(a: Json, b: Json): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (isList(a) || isList(b))
    return (
      isList(a) &&
      isList(b) &&
      a.length === b.length &&
      a.every((item, at) => sameJson(item, b[at] ?? null))
    );
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key] ?? null, b[key] ?? null))
  );
}

/**
 * A code of 100 bits for two people to compare by voice, long enough that nobody finds two batches with the same:
 * five bits of each of the first 20 bytes of the BLAKE3-256 of the batch id's text, in Crockford's base 32, in groups of
 * four.
 */
export function shortCode(crypto: Crypto, batch: string): string {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  const digest = crypto.digest('blake3-256', utf8(batch));
  const code = [...digest.subarray(0, 20)].map((byte) => alphabet.charAt(byte % 32)).join('');
  return [0, 4, 8, 12, 16].map((at) => code.slice(at, at + 4)).join('-');
}
