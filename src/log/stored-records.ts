import { GitkelError } from '../base/errors.ts';
import { parseRecordFile, type SignedRecord } from '../records/record-file.ts';
import type { RecordType } from '../records/record-type.ts';
import type { SkillManifest } from '../records/skill-manifest.ts';
import type { Log } from './log.ts';

/** A verified log whose stored records can be read. */
export type RecordFiles = Pick<Log, 'host' | 'contents' | 'readRecordFile'>;

/**
 * A record of a verified log with its signatures, read from its file.
 * @throws GitkelError `not-found` for one that the log has not, `refused` where its stored bytes are gone or damaged.
 */
export function readRecord(log: RecordFiles, type: RecordType, said: string): SignedRecord {
  if (log.contents.records.positionOf(said) === undefined)
    throw new GitkelError(
      'not-found',
      `Cannot read the ${type} ${said}: this log has no such record`,
    );
  const bytes = log.readRecordFile(type, said);
  if (bytes !== undefined) {
    const signed = parseRecordFile(log.host.crypto, type, bytes);
    if (signed.record.said === said) return signed;
  }
  throw new GitkelError('refused', `Cannot read the ${type} ${said}: its file is gone`, {
    reason: 'file-missing',
    hint: 'The repository changed since it was verified. Run `gitkel audit`.',
  });
}

/**
 * The manifest of a release: every file of it, with its digest.
 * @throws GitkelError as {@link readRecord}.
 */
export function releasedManifest(log: RecordFiles, said: string): SkillManifest {
  const { body } = readRecord(log, 'release', said).record;
  if (body.type !== 'release') throw new Error('the file of a release holds a release');
  return body.manifest;
}
