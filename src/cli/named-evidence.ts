import { GitkelError, quoted } from '../base/errors.ts';
import { keptEvidence, readEvidence } from '../keys/evidence-files.ts';
import { evidencePath } from '../log/layout.ts';
import type { Log } from '../log/log.ts';
import { batchReader } from '../log/read-batch.ts';
import type { Session } from './session.ts';

/** The evidence of a log by its SAIDs, each with the batch that brought it. */
function evidenceIn({ contents }: Log): ReadonlyMap<string, number> {
  const marks = contents.aids.flatMap((aid) => contents.marks.of(aid));
  return new Map(marks.map(({ evidence, position }) => [evidence, position] as const));
}

function readFrom(log: Log, said: string, position: number): Uint8Array | undefined {
  const path = evidencePath(log.host.crypto, said);
  return batchReader(log)(position).files.find((file) => file.path === path)?.bytes;
}

/**
 * The bytes of the one evidence, of this home or of the log if there is one, whose SAID begins so.
 * @throws GitkelError `not-found`, or `usage` when several begin so.
 */
export async function namedEvidence(session: Session, text: string): Promise<Uint8Array> {
  const kept = keptEvidence(session.home);
  const log = kept.includes(text) ? undefined : await session.logIfAny();
  const inLog = log === undefined ? new Map<string, number>() : evidenceIn(log);
  const found = [...new Set([...kept, ...inLog.keys()])].filter((said) => said.startsWith(text));
  const [said] = found;
  if (said === undefined || found.length > 1) {
    const [code, why] =
      said === undefined
        ? (['not-found', 'neither this home nor the log has one of that name'] as const)
        : (['usage', `${found.length} begin so`] as const);
    throw new GitkelError(code, `Cannot find the evidence ${quoted(text)}: ${why}`, {
      hint: 'gitkel evidence list shows what this home has, gitkel audit what the log has.',
    });
  }
  const position = inLog.get(said);
  const bytes =
    readEvidence(session.home, said) ??
    (log === undefined || position === undefined ? undefined : readFrom(log, said, position));
  if (bytes === undefined) throw new Error('evidence that was found is there');
  return bytes;
}
