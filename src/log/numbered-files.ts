import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { treeId } from '../git/growing-tree.ts';
import type { AddedFile } from './folding.ts';
import { FILES_PER_GROUP, groupPath, type LogPath, parsePath } from './layout.ts';
import type { Log } from './log.ts';
import { TreeFiles } from './tree-files.ts';

/** A file of an AID, or of a registry, as it lies in a log. */
export interface NumberedFile extends AddedFile {
  readonly place: Extract<LogPath, { kind: 'event' | 'proof' | 'status' }>;
}

function missing(identifier: string, ordinal: number): GitkelError {
  return new GitkelError('refused', `Cannot read file ${ordinal} of ${identifier}: it is gone`, {
    reason: 'file-missing',
    hint: 'The repository changed since it was verified. Run `gitkel audit`.',
  });
}

/**
 * The files of an AID (`kel`) or a registry (`tel`) of a verified log, in the order in which they were added.
 * @throws GitkelError `refused` when one is no longer there.
 */
export function* numberedFiles(
  log: Log,
  top: 'kel' | 'tel',
  identifier: string,
): Generator<NumberedFile, void> {
  const { crypto } = log.host;
  const { contents, replayed } = log;
  const count =
    top === 'kel' ? (contents.kel(identifier)?.files ?? 0) : contents.registries.files(identifier);
  const trees = new TreeFiles(log.store);
  const tip = treeId(crypto, replayed.tree);
  for (let from = 0; from < count; from += FILES_PER_GROUP) {
    const directory = groupPath(crypto, top, identifier, from);
    // The names begin with the ordinal, so that Git's order is theirs.
    const paths = trees.names(tip, directory).map((name) => `${directory}/${name}`);
    for (let ordinal = from; ordinal < Math.min(count, from + FILES_PER_GROUP); ordinal++) {
      const path = paths[ordinal - from] ?? '';
      const place = parsePath(crypto, path);
      const isNumbered = place !== undefined && 'ordinal' in place && place.ordinal === ordinal;
      const bytes = isNumbered ? trees.read(tip, path, LIMITS.fileBytes) : undefined;
      if (!isNumbered || bytes === undefined) throw missing(identifier, ordinal);
      yield { path, bytes, place };
    }
  }
}
