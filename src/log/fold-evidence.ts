import { LIMITS } from '../base/limits.ts';
import { verifyEvidence } from './evidence.ts';
import { type AddedFile, type FoldRefusal, type Folding, refuse } from './folding.ts';
import type { LogPath } from './layout.ts';
import { markOf } from './marks.ts';

/** Folds a file of evidence: it proves itself, against an identifier of this log, and for the first time. */
export function foldEvidence(
  folding: Folding,
  file: AddedFile,
  path: Extract<LogPath, { kind: 'evidence' }>,
): FoldRefusal | undefined {
  const { crypto, drafts, marks, contents } = folding;
  if (file.bytes.length > LIMITS.fileBytes)
    return refuse(file.path, 'file-size', `the evidence has ${file.bytes.length} bytes`);
  const verdict = verifyEvidence(crypto, file.bytes);
  if (!verdict.ok) return refuse(file.path, verdict.reason, verdict.detail);
  const { proven } = verdict;
  if (proven.said !== path.said)
    return refuse(file.path, 'path-record', 'the path names other evidence than the file holds');
  const trunk = drafts.log(proven.aid);
  if (trunk === undefined) {
    const detail = `the evidence is about ${proven.aid}, which is not in this log`;
    return refuse(file.path, 'evidence-unknown', detail);
  }
  const mark = markOf(crypto, proven, trunk);
  if (marks.positionOf(mark) !== undefined) {
    const detail = `the log has evidence of two events for place ${proven.sn} of ${proven.aid} already`;
    return refuse(file.path, 'evidence-twice', detail);
  }
  marks.add(mark, contents.batches);
  folding.evidence.push(mark);
  return undefined;
}
