import type { Json } from '../base/canonical-json.ts';
import { dayNumber } from '../base/day.ts';
import { malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { runDay } from '../base/run-id.ts';
import {
  inTotoPayload,
  PLACE_KEYS,
  placeJson,
  readController,
  readInToto,
  readPlace,
  saidField,
  type Subject,
} from './in-toto.ts';
import type { RecordHead } from './record-head.ts';
import { readWord } from './skill-statement.ts';

/** What enforced the permissions of a run; `none` where nothing did. */
export const RUN_SANDBOXES = ['bwrap', 'none'] as const;
export type RunSandbox = (typeof RUN_SANDBOXES)[number];

/** From where a run was seen, in the order in which they are listed. */
export const RUN_SOURCES = ['proxy', 'trace'] as const;
export type SealedSource = (typeof RUN_SOURCES)[number];

/** The log of one run, by its digests. */
export interface SealedRun {
  /** The name of the run, which says the day on which it began. */
  readonly id: string;
  /** SHA-256 of the file of its log, lower-case hexadecimal. */
  readonly sha256: string;
  /** The digest of its last line, on which all others depend. */
  readonly head: string;
  readonly lines: number;
  /** SAID of the manifest of the files that ran. */
  readonly manifest: string;
  readonly release: string | undefined;
  readonly sandbox: RunSandbox;
  readonly sources: readonly SealedSource[];
}

/** Days in UTC as `2026-11-21`, both included. */
export interface RunPeriod {
  readonly from: string;
  readonly until: string;
  /** Runs in it that are left out, by their names in order: their logs are not whole. */
  readonly except: readonly string[];
}

/** An operator fixes what the logs of runs say, without saying what that is. */
export interface RunRecord {
  readonly type: 'run-record';
  /** By their names, each once. */
  readonly runs: readonly SealedRun[];
  /** The issuer says that beside what it sealed before, and what it leaves out by name, there were no other runs in it; `undefined` where it does not say so. */
  readonly period: RunPeriod | undefined;
  /** The controller in whose name a device issues it, if any. */
  readonly controller: string | undefined;
}

const PREDICATE_TYPE = 'urn:gitkel:run-record:1';
const WHAT = 'a run record';

function runJson({ id, head, lines, manifest, release, sandbox, sources }: SealedRun): Json {
  return {
    head,
    id,
    lines,
    manifest,
    ...(release === undefined ? {} : { release }),
    sandbox,
    sources,
    started: runDay(id) ?? '',
  };
}

function periodJson({ from, until, except }: RunPeriod): Json {
  return { ...(except.length === 0 ? {} : { except }), from, until };
}

/** The payload of the DSSE envelope of a run record; its subjects are the files of the logs. */
export function runRecordPayload(
  head: RecordHead,
  { runs, period, controller }: RunRecord,
): Uint8Array {
  return inTotoPayload({
    predicateType: PREDICATE_TYPE,
    subjects: runs.map(({ id, sha256 }) => ({ name: id, sha256 })),
    predicate: {
      ...placeJson(head, 'run-record', controller),
      ...(period === undefined ? {} : { period: periodJson(period) }),
      runs: runs.map(runJson),
    },
  });
}

function readSources(fields: Fields): readonly SealedSource[] {
  const texts = fields.texts('sources');
  const sources = RUN_SOURCES.filter((source) => texts.includes(source));
  if (sources.join(' ') === texts.join(' ')) return sources;
  throw malformed(
    'run-sources',
    `Cannot read ${fields.what}: its sources are not some of ${RUN_SOURCES.join(', ')}, in this order`,
  );
}

function readId(fields: Fields): string {
  const id = fields.text('id');
  const day = runDay(id);
  if (day === undefined)
    throw malformed('run-id', `Cannot read ${fields.what}: ${quoted(id)} is no name of a run`);
  if (day === fields.text('started')) return id;
  throw malformed(
    'run-day',
    `Cannot read ${fields.what}: the run ${id} did not begin on ${quoted(fields.text('started'))}`,
  );
}

/** The first and the last line are in every log. */
const LEAST_LINES = 2;

function readLineCount(fields: Fields): number {
  const lines = fields.integer('lines');
  if (lines >= LEAST_LINES && lines <= LIMITS.runLogLines) return lines;
  throw malformed(
    'run-lines',
    `Cannot read ${fields.what}: it has ${lines} lines, ${LEAST_LINES} to ${LIMITS.runLogLines} are allowed`,
  );
}

const RUN_KEYS = ['head', 'id', 'lines', 'manifest', 'sandbox', 'sources', 'started'];

function readRun(value: Json, subject: Subject | undefined): SealedRun {
  const fields = fieldsOf(value, `a run of ${WHAT}`, RUN_KEYS, ['release']);
  const id = readId(fields);
  if (subject?.name !== id)
    throw malformed(
      'statement-subject',
      `Cannot read ${WHAT}: its subjects are not the runs that it names, in their order`,
    );
  return {
    id,
    sha256: subject.sha256,
    head: saidField(fields, 'head'),
    lines: readLineCount(fields),
    manifest: saidField(fields, 'manifest'),
    release: fields.has('release') ? saidField(fields, 'release') : undefined,
    sandbox: readWord(fields, 'sandbox', RUN_SANDBOXES),
    sources: readSources(fields),
  };
}

function readRuns(list: readonly Json[], subjects: readonly Subject[]): readonly SealedRun[] {
  if (list.length !== subjects.length || list.length > LIMITS.runsPerRecord)
    throw malformed(
      'runs',
      `Cannot read ${WHAT}: it has ${list.length} runs and ${subjects.length} subjects; as many of both are allowed, 1 to ${LIMITS.runsPerRecord}`,
    );
  const runs = list.map((run, at) => readRun(run, subjects[at]));
  if (runs.every(({ id }, at) => at === 0 || id > (runs[at - 1]?.id ?? ''))) return runs;
  throw malformed('runs', `Cannot read ${WHAT}: its runs are not in order, each once`);
}

function readDay(fields: Fields, key: 'from' | 'until'): string {
  const day = fields.text(key);
  if (dayNumber(day) !== undefined) return day;
  throw malformed(
    'day',
    `Cannot read ${fields.what}: its "${key}" ${quoted(day)} is no day; days are written as 2026-11-21`,
  );
}

function readExcept(fields: Fields, runs: readonly SealedRun[]): readonly string[] {
  if (!fields.has('except')) return [];
  const except = fields.texts('except');
  const isOrdered = except.every((id, at) => at === 0 || id > (except[at - 1] ?? ''));
  const isOther = except.every(
    (id) => runDay(id) !== undefined && !runs.some((run) => run.id === id),
  );
  if (except.length > 0 && except.length <= LIMITS.runsPerRecord && isOrdered && isOther)
    return except;
  throw malformed(
    'run-period',
    `Cannot read ${WHAT}: what its period leaves out is not 1 to ${LIMITS.runsPerRecord} names of runs in order, each once, none of which it seals`,
  );
}

function readPeriod(value: Json, runs: readonly SealedRun[]): RunPeriod {
  const fields = fieldsOf(value, `the period of ${WHAT}`, ['from', 'until'], ['except']);
  const [from, until] = [readDay(fields, 'from'), readDay(fields, 'until')];
  const except = readExcept(fields, runs);
  const outside = [...runs.map(({ id }) => id), ...except].find((id) => {
    const day = runDay(id) ?? '';
    return day < from || day > until;
  });
  if (from <= until && outside === undefined) return { from, until, except };
  throw malformed(
    'run-period',
    outside === undefined
      ? `Cannot read ${WHAT}: its period ends on ${until}, before ${from}`
      : `Cannot read ${WHAT}: the run ${outside} is not in its period from ${from} until ${until}`,
  );
}

/**
 * Reads a parsed payload back.
 * @throws GitkelError `malformed`.
 */
export function parseRunRecord(value: Json): {
  readonly head: RecordHead;
  readonly body: RunRecord;
} {
  const { subjects, predicate } = readInToto(value, PREDICATE_TYPE, WHAT);
  const fields = fieldsOf(predicate, WHAT, [...PLACE_KEYS, 'runs'], ['controller', 'period']);
  const runs = readRuns(fields.list('runs'), subjects);
  const body: RunRecord = {
    type: 'run-record',
    runs,
    period: fields.has('period') ? readPeriod(fields.json('period'), runs) : undefined,
    controller: readController(fields),
  };
  return { head: readPlace(fields, 'run-record'), body };
}
