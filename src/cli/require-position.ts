import { GitkelError } from '../base/errors.ts';
import type { Log } from '../log/log.ts';

/** A position that the log has; its last one unless told. @throws GitkelError `not-found`. */
export function requirePosition({ contents }: Log, position = contents.batches - 1): number {
  if (position >= 0 && position < contents.batches) return position;
  throw new GitkelError('not-found', `Cannot find batch ${position} in this log`, {
    hint:
      contents.batches === 0
        ? 'It has no batch yet.'
        : `Its batches are 0 to ${contents.batches - 1}.`,
  });
}
