import { GitkelError } from '../base/errors.ts';
import type { CommitterChoice } from '../batch/prepared-commit.ts';
import { LIMITS } from '../base/limits.ts';
import { type ProvenDuplicity, verifyEvidence } from '../log/evidence.ts';
import { evidencePath } from '../log/layout.ts';
import type { Log } from '../log/log.ts';
import { type Mark, markOf } from '../log/marks.ts';
import { commitFiles, type FiledBatch } from './commit-files.ts';

/** What became of evidence that was to be added to a log. */
export type AddedEvidence =
  | { readonly status: 'committed'; readonly batch: FiledBatch; readonly mark: Mark }
  /** The log has evidence of the same two events. */
  | { readonly status: 'known'; readonly position: number; readonly mark: Mark };

/**
 * What evidence proves.
 * @throws GitkelError `refused` when it proves nothing.
 */
export function provenBy(log: Pick<Log, 'host'>, bytes: Uint8Array): ProvenDuplicity {
  const verdict = verifyEvidence(log.host.crypto, bytes);
  if (verdict.ok) return verdict.proven;
  const detail = verdict.detail.replace(/^Cannot read evidence of duplicity: /, '');
  throw new GitkelError('refused', `Cannot use the evidence: ${detail}`, {
    reason: verdict.reason,
    hint: 'Evidence is what `gitkel evidence export` wrote; `gitkel evidence verify FILE` says what it proves.',
  });
}

/**
 * Adds evidence of duplicity to a log, where it marks the identifier from that position on.
 * @throws GitkelError `refused` when it proves nothing, is of an identifier that the log has not, or no key at hand may
 * commit it.
 */
export async function addEvidence(
  log: Log,
  bytes: Uint8Array,
  choice: Omit<CommitterChoice, 'isCurrent'>,
): Promise<AddedEvidence> {
  const { crypto } = log.host;
  const proven = provenBy(log, bytes);
  for (let tries = 0; tries < LIMITS.commitTries; tries++) {
    log.refresh();
    const kel = log.contents.kel(proven.aid);
    if (kel === undefined) {
      throw new GitkelError(
        'refused',
        `Cannot add the evidence: ${proven.aid} is not in this log`,
        {
          reason: 'evidence-unknown',
          hint: 'Import its key event log first: gitkel identity import FILE',
        },
      );
    }
    const mark = markOf(crypto, proven, kel);
    const position = log.contents.marks.positionOf(mark);
    if (position !== undefined) return { status: 'known', position, mark };
    const files = [{ path: evidencePath(crypto, proven.said), bytes }];
    const batch = await commitFiles(log, () => files, choice, tries > 0);
    if (batch !== 'moved') return { status: 'committed', batch, mark };
  }
  throw new GitkelError('environment', 'Cannot add the evidence: the log moves all the time', {
    reason: 'log-busy',
    hint: 'Try again.',
  });
}
