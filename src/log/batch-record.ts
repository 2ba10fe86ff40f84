import { counted } from '../base/counted.ts';
import { malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { UnsignedRecord } from '../records/record.ts';
import { type Threshold, thresholdText } from '../keri/threshold.ts';
import type { TelEvent } from '../tel/event.ts';
import type { Draft } from './contents.ts';

/** Which key of which AID signed the commit: the key's index in the establishment event with that sequence number. */
export interface Committer {
  readonly aid: string;
  readonly establishment: number;
  readonly keyIndex: number;
}

/** What a batch adds beside events and their records. */
export type OtherDeeds = Pick<Draft, 'proofFiles' | 'statuses' | 'credentials' | 'evidence'>;

const NO_OTHERS: OtherDeeds = { proofFiles: [], statuses: [], credentials: [], evidence: [] };

/** One file that a batch adds: BLAKE3-256 in CESR text, size in bytes, path. */
export interface FileEntry {
  readonly digest: string;
  readonly size: number;
  readonly path: string;
}

/** What a commit message says: a pure function of the added files, the number, log id, prior digest and committer. */
export interface BatchRecord {
  /** The batch number, the log's clock: 0 for the first. */
  readonly number: number;
  readonly logId: string;
  /** Digest of the prior batch's signed payload; the log id in batch 0. */
  readonly prior: string;
  readonly committer: Committer;
  /** In the order in which the batch is folded. */
  readonly files: readonly FileEntry[];
}

/** Why a batch cannot add these files, whatever they hold. */
export function filesProblem(
  files: readonly Pick<FileEntry, 'size'>[],
): readonly [reason: string, detail: string] | undefined {
  if (files.length === 0 || files.length > LIMITS.filesPerBatch) {
    return ['record-files', `${files.length} files, 1 to ${LIMITS.filesPerBatch} are allowed`];
  }
  let total = 0;
  for (const { size } of files) total += size;
  return total > LIMITS.batchBytes
    ? ['batch-size', `its files have ${total} bytes, at most ${LIMITS.batchBytes} are allowed`]
    : undefined;
}

const PRINTABLE_LINES = /^[\n\u0020-\u007e]*$/;
const FORMAT_LINE = 'gitkel-batch/1';

/** The message of a batch's commit. `subject` comes from {@link subjectOf}. */
export function recordMessage(subject: string, record: BatchRecord): string {
  const { number, logId, prior, committer, files } = record;
  const lines = [
    subject,
    '',
    FORMAT_LINE,
    `number ${number}`,
    `log ${logId}`,
    `prior ${prior}`,
    `committer ${committer.aid} ${committer.establishment} ${committer.keyIndex}`,
    ...files.map((file) => `add ${file.digest} ${file.size} ${file.path}`),
  ];
  return `${lines.join('\n')}\n`;
}

function wholeNumber(text: string | undefined, line: string): number {
  if (
    text === undefined ||
    !/^(?:0|[1-9][0-9]{0,15})$/.test(text) ||
    !Number.isSafeInteger(Number(text))
  ) {
    throw malformed(
      'record-line',
      `Cannot read the batch record: ${quoted(line)} needs a whole number`,
    );
  }
  return Number(text);
}

/** The words after a line's label, exactly `count` of them. */
function words(line: string | undefined, label: string, count: number): readonly string[] {
  const parts = (line ?? '').split(' ');
  if (
    line === undefined ||
    parts[0] !== label ||
    parts.length !== count + 1 ||
    parts.includes('')
  ) {
    throw malformed(
      'record-line',
      `Cannot read the batch record: a "${label}" line is expected, not ${quoted(line ?? '')}`,
    );
  }
  return parts.slice(1);
}

/**
 * Reads a commit message back into the record it states. What it says is checked by rebuilding the message from the
 * files themselves; this only parses.
 * @throws GitkelError `malformed`.
 */
export function parseRecord(message: string): BatchRecord {
  if (!message.endsWith('\n') || !PRINTABLE_LINES.test(message)) {
    throw malformed(
      'record-text',
      'Cannot read the batch record: only printable ASCII lines are expected',
    );
  }
  const [, blank, format, ...lines] = message.slice(0, -1).split('\n');
  if (blank !== '' || format !== FORMAT_LINE) {
    throw malformed(
      'record-format',
      `Cannot read the batch record: no "${FORMAT_LINE}" after the subject`,
    );
  }
  const [numberLine, logLine, priorLine, committerLine, ...fileLines] = lines;
  const [aid = '', establishment, keyIndex] = words(committerLine, 'committer', 3);
  const files = fileLines.map((line) => {
    const [digest = '', size, path = ''] = words(line, 'add', 3);
    return { digest, size: wholeNumber(size, line), path };
  });
  const problem = filesProblem(files);
  if (problem !== undefined)
    throw malformed(problem[0], `Cannot read the batch record: ${problem[1]}`);
  return {
    number: wholeNumber(words(numberLine, 'number', 1)[0], numberLine ?? ''),
    logId: words(logLine, 'log', 1)[0] ?? '',
    prior: words(priorLine, 'prior', 1)[0] ?? '',
    committer: {
      aid,
      establishment: wholeNumber(establishment, committerLine ?? ''),
      keyIndex: wholeNumber(keyIndex, committerLine ?? ''),
    },
    files,
  };
}

/** An identifier as a subject names it: enough to recognise, never enough to trust. */
function shortened(identifier: string): string {
  return identifier.length <= 16 ? identifier : `${identifier.slice(0, 12)}...`;
}

/** `2 of 3`, or the weights. */
export function thresholdWords(threshold: Threshold, keyCount: number): string {
  return threshold.kind === 'count'
    ? `${threshold.count} of ${keyCount}`
    : thresholdText(threshold);
}

/** `2 of 3 keys must sign`, or the weights that must be reached. */
export function requirementWords(
  threshold: Threshold,
  count: number,
  noun: 'key' | 'next key',
): string {
  const nouns = count === 1 ? noun : `${noun}s`;
  return threshold.kind === 'count'
    ? `${threshold.count} of ${count} ${nouns} must sign`
    : `${count} ${nouns} with the weights ${thresholdText(threshold)} must reach 1 in every clause`;
}

/** What a record says, in a few words; text of people as JSON, escaped and cut. */
export function recordWords({ issuer, body }: Pick<UnsignedRecord, 'issuer' | 'body'>): string {
  const who = shortened(issuer);
  switch (body.type) {
    case 'device-link':
      return `link device ${quoted(body.name)} to ${who}`;
    case 'device-revoke':
      return `revoke device ${shortened(body.device)} of ${who}`;
    case 'statement':
      return `state ${quoted(body.subjects[0]?.name ?? '')}${body.subjects.length > 1 ? ` and ${body.subjects.length - 1} more` : ''} by ${who}`;
    case 'log-policy':
      return `set the log ${body.admission}${body.writers.length > 0 ? ` with ${counted(body.writers.length, 'writer')}` : ''}`;
    case 'lift':
      return `lift ${counted(body.records.length, 'record')} of ${who}`;
    case 'release':
      return `release ${quoted(body.manifest.name)} ${body.version} by ${who}`;
    case 'revoke':
      return body.target.kind === 'statement'
        ? `take back ${shortened(body.target.said)} (${body.reason}) by ${who}`
        : `revoke ${quoted(body.subject.name)} (${body.reason}) by ${who}`;
    case 'repository-policy':
      return `approve a repository policy by ${who}`;
    case 'audit':
      return `audit ${quoted(body.subject.name)} (${body.result}) by ${who}`;
    case 'vouch':
      return `vouch for ${shortened(body.aid)} (${body.level}) by ${who}`;
    case 'import':
      return `answer for ${quoted(body.subject.name)} by ${who}`;
    case 'exemption':
      return `exempt ${quoted(body.subject.name)} until ${body.expires} by ${who}`;
    case 'run-record':
      return `seal ${counted(body.runs.length, 'run')} by ${who}`;
  }
}

/** What an event does, in a few words: an interaction that seals records only by these. */
function eventWords(event: KeyEvent, records: readonly UnsignedRecord[]): readonly string[] {
  const own = records.filter(({ issuer, sn }) => issuer === event.aid && sn === event.sn);
  const told = own.map(recordWords);
  return event.type === 'ixn' && own.length > 0 ? told : [plainEventWords(event), ...told];
}

function plainEventWords(event: KeyEvent): string {
  const who = shortened(event.aid);
  switch (event.type) {
    case 'icp':
      return `create ${who} (${thresholdWords(event.threshold, event.publicKeys.length)})`;
    case 'dip':
      return `create ${who} (${thresholdWords(event.threshold, event.publicKeys.length)}) under ${shortened(event.delegator)}`;
    case 'rot':
    case 'drt':
      return event.nextDigests.length === 0
        ? `abandon ${who} at ${event.sn}`
        : `rotate ${who} at ${event.sn} (${thresholdWords(event.threshold, event.publicKeys.length)})`;
    case 'ixn':
      return `anchor ${counted(event.seals.length, 'seal')} in ${who} at ${event.sn}`;
  }
}

/** What an event of a registry does, in a few words. */
function statusWords(event: TelEvent): string {
  const { type, registry, sn } = event;
  switch (type) {
    case 'vcp':
      return `set up the registry ${shortened(registry)} of ${shortened(event.issuer)}`;
    case 'vrt':
      return `change the backers of ${shortened(registry)} at ${sn}`;
    case 'iss':
    case 'bis':
      return `issue the credential ${shortened(event.credential)} in ${shortened(registry)}`;
    case 'rev':
    case 'brv':
      return `revoke the credential ${shortened(event.credential)} in ${shortened(registry)}`;
  }
}

/** What a batch does beside its events and their records, in a few words. */
function otherWords({
  proofFiles,
  statuses,
  credentials,
  evidence,
}: OtherDeeds): readonly string[] {
  return [
    ...proofFiles.map(
      ({ aid, sn, signatures }) =>
        `prove event ${sn} of ${shortened(aid)} by ${counted(signatures, 'signature')}`,
    ),
    ...statuses.map(({ event }) => statusWords(event)),
    ...credentials.map((said) => `keep the credential ${shortened(said)}`),
    ...evidence.map(({ aid, sn }) => `prove two events of ${shortened(aid)} at ${sn}`),
  ];
}

const DEEDS_IN_SUBJECT = 3;
const SUBJECT_CHARACTERS = 200;

/**
 * The first line of a batch's message: what its events do, in order, and then what it does beside. `genesis` tells that
 * the log begins here.
 */
export function subjectOf(
  events: readonly KeyEvent[],
  genesis: boolean,
  records: readonly UnsignedRecord[] = [],
  others: OtherDeeds = NO_OTHERS,
): string {
  const deeds = [...events.flatMap((event) => eventWords(event, records)), ...otherWords(others)];
  const told = deeds.slice(0, DEEDS_IN_SUBJECT);
  const more = deeds.length - told.length;
  const subject = `${genesis ? 'open the log: ' : ''}${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  return subject.length <= SUBJECT_CHARACTERS
    ? subject
    : `${subject.slice(0, SUBJECT_CHARACTERS - 3)}...`;
}
