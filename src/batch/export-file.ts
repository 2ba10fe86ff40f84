import { fromUtf8, utf8 } from '../base/bytes.ts';
import { canonicalBytes, type Json, parseCanonical } from '../base/canonical-json.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { signerOf } from '../records/record.ts';
import type { Log } from '../log/log.ts';
import { checkStaged, type Collected, collectFiles } from './collected.ts';
import { type KelText, type ReplayedKel, replayKels } from './replayed-kels.ts';
import { parseStagedBatch, type StagedBatch } from './staged-batch.ts';

/** What a co-signer needs to judge a batch with nothing else at hand; everything in it was verified. */
export interface VerifiedExport {
  readonly collected: Collected;
  readonly kels: ReadonlyMap<string, ReplayedKel>;
}

const FORMAT = 'gitkel-export/1';

/** Whether a file says that it is an export; what it holds is for {@link verifyExport} to see. */
export function isExport(bytes: Uint8Array): boolean {
  return fromUtf8(bytes)?.includes(`"format":"${FORMAT}"`) === true;
}

function eventText(aid: string, sn: number, bytes: Uint8Array | undefined): string {
  const text = bytes === undefined ? undefined : fromUtf8(bytes);
  if (text !== undefined && text !== '') return text;
  throw new GitkelError('refused', `Cannot export ${aid}: its event ${sn} cannot be read`, {
    reason: 'file-missing',
  });
}

function kelJson(log: Log, aid: string): Json {
  const kel = log.contents.kel(aid);
  const events = Array.from({ length: kel?.length ?? 0 }, (_, sn) =>
    eventText(aid, sn, log.readEvent(aid, sn)),
  );
  const superseded = (kel?.disputed ?? []).map((event) =>
    eventText(aid, event.sn, log.readEventFile(aid, event)),
  );
  return { aid, events, ...(superseded.length === 0 ? {} : { superseded }) };
}

/** Every AID whose KEL a reader of the batch needs: of its events, of their delegators, and of whoever signs its records. */
function involvedAids({ events, records }: StagedBatch): ReadonlySet<string> {
  return new Set([
    ...events.flatMap((event) =>
      event.type === 'dip' ? [event.aid, event.delegator] : [event.aid],
    ),
    ...records.flatMap((record) => signerOf(record) ?? []),
  ]);
}

/** AIDs of a log, and all whose approval stands above them. */
function withDelegators(log: Log, aids: ReadonlySet<string>): readonly string[] {
  const found = new Set<string>();
  for (const aid of aids) {
    let above: string | undefined = aid;
    while (above !== undefined && !found.has(above)) {
      const kel = log.contents.kel(above);
      if (kel !== undefined) found.add(above);
      above = kel?.state.delegator;
    }
  }
  return [...found].toSorted();
}

/**
 * The export of a batch: the batch, what was contributed, and the complete KELs of every AID involved.
 * @throws GitkelError `refused` when it would be larger than what is read again.
 */
export function encodeExport(log: Log, collected: Collected): Uint8Array {
  const aids = withDelegators(log, involvedAids(collected.batch));
  const files = [...collected.contributions, ...collected.withdrawals].map(
    ({ bytes }) => fromUtf8(bytes) ?? '',
  );
  const bytes = canonicalBytes({
    batch: fromUtf8(collected.batch.bytes) ?? '',
    contributions: files,
    format: FORMAT,
    kels: aids.map((aid) => kelJson(log, aid)),
  });
  if (bytes.length <= LIMITS.batchFileBytes) return bytes;
  throw new GitkelError(
    'refused',
    `Cannot export batch ${collected.batch.id}: the file would have ${bytes.length} bytes, the limit is ${LIMITS.batchFileBytes}`,
    {
      reason: 'too-large',
      hint: 'Let the co-signers sign in a copy of the log.',
    },
  );
}

function parseKel(item: Json): KelText {
  const kel = fieldsOf(item, 'a KEL of the export', ['aid', 'events'], ['superseded']);
  const superseded = kel.has('superseded') ? kel.texts('superseded') : [];
  if (kel.has('superseded') && superseded.length === 0)
    throw malformed('export-form', 'Cannot read the export: a list of superseded events is empty');
  return { aid: kel.text('aid'), events: kel.texts('events'), superseded };
}

/**
 * Reads an export and verifies all of it: every KEL replayed from its inception, the batch's events followed from them,
 * its requests computed again, every contribution checked (wrong ones are left out).
 * @throws GitkelError `malformed` or `refused`.
 */
export function verifyExport(crypto: Crypto, bytes: Uint8Array): VerifiedExport {
  const fields = fieldsOf(
    parseCanonical(bytes, LIMITS.batchFileBytes, 'the export'),
    'the export',
    ['batch', 'contributions', 'format', 'kels'],
  );
  if (fields.text('format') !== FORMAT) {
    throw malformed(
      'export-format',
      `Cannot read the export: format ${quoted(fields.text('format'))}, this version reads "${FORMAT}"`,
    );
  }
  const batch = parseStagedBatch(crypto, utf8(fields.text('batch')));
  const logs = replayKels(crypto, involvedAids(batch), fields.list('kels').map(parseKel));
  const plan = checkStaged(crypto, batch, logs);
  const files = fields.texts('contributions').slice(0, LIMITS.contributionsPerBatch).map(utf8);
  return { collected: collectFiles(crypto, batch, plan, files), kels: logs.kels };
}
