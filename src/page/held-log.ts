/**
 * What was dropped on the page, or fetched by it, as the files of a repository in memory.
 * @module
 */
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { type GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type Bundle, looksLikeBundle, parseBundle } from '../git/bundle.ts';
import { indexPack, type OnObject } from '../git/index-pack.ts';
import { LOG_BRANCH, branchRef } from '../log/layout.ts';
import { cloneFiles } from './clone-archive.ts';

/** Files by absolute paths, directories that may be empty, and the one that is to be audited. */
export interface HeldLog {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly directories: ReadonlySet<string>;
  readonly dir: string;
}

/** Refs, what HEAD says, and one pack that holds all that they reach. */
export type Fetched = Omit<Bundle, 'head'> & {
  /** The name of a ref, or an id; `undefined` where the source does not tell. */
  readonly head: string | undefined;
};

const DIR = '/log';
const ZIP = [0x50, 0x4b] as const;
const PACK = utf8('PACK');
const CONFIG = '[core]\n\trepositoryformatversion = 0\n\tbare = true\n';

/** HEAD as Git writes it: the branch where one stands there, `main` before others; else the commit alone. */
function headText({ refs, head }: Fetched): string {
  if (head === undefined || head.startsWith('refs/'))
    return `ref: ${head ?? branchRef(LOG_BRANCH)}\n`;
  const there = [...refs].filter(([name, oid]) => oid === head && name.startsWith('refs/heads/'));
  const main = there.find(([name]) => name === branchRef(LOG_BRANCH)) ?? there[0];
  return main === undefined ? `${head}\n` : `ref: ${main[0]}\n`;
}

/**
 * A bare repository of what was fetched.
 * @throws GitkelError `malformed` for a pack that is damaged or lacks objects.
 */
export function repositoryOf(crypto: Crypto, fetched: Fetched, onObject?: OnObject): HeldLog {
  const { refs, pack } = fetched;
  const index = indexPack(crypto, pack, onObject);
  const packed = [...refs].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const files = new Map<string, Uint8Array>([
    [`${DIR}/HEAD`, utf8(headText(fetched))],
    [`${DIR}/config`, utf8(CONFIG)],
    [
      `${DIR}/packed-refs`,
      utf8(
        `# pack-refs with: sorted \n${packed.map(([name, oid]) => `${oid} ${name}\n`).join('')}`,
      ),
    ],
    [`${DIR}/objects/pack/pack-of-the-source.pack`, pack],
    [`${DIR}/objects/pack/pack-of-the-source.idx`, index],
  ]);
  return { files, directories: new Set([`${DIR}/refs`]), dir: DIR };
}

function unknownForm(bytes: Uint8Array): GitkelError {
  const hint =
    'Drop what `git bundle create log.bundle --all` makes, or a zipped bare clone (`git clone --bare`).';
  if (bytes.length === 0) return malformed('empty', 'Cannot read the file: it is empty', { hint });
  if (PACK.every((byte, at) => bytes[at] === byte)) {
    return malformed(
      'pack-alone',
      'Cannot audit a pack alone: it does not tell which commit is the last one',
      { hint },
    );
  }
  const start = fromUtf8(bytes.subarray(0, 32));
  return malformed(
    'unknown-form',
    `Cannot read the file: it is neither a bundle nor a zip file${start === undefined ? '' : `; it begins with ${quoted(start)}`}`,
    { hint },
  );
}

/** The error for what does not fit into a page's memory. */
export function tooLarge(): GitkelError {
  return malformed('too-large', `Cannot read a file of more than ${LIMITS.pageBytes} bytes here`, {
    hint: 'Audit it with `gitkel audit`, which does not hold it in memory.',
  });
}

/**
 * Takes a file in: a bundle of version 2, or a zip file of a clone.
 * @throws GitkelError `malformed`, with what is wrong.
 */
export function heldLog(crypto: Crypto, bytes: Uint8Array, onObject?: OnObject): HeldLog {
  if (bytes.length > LIMITS.pageBytes) throw tooLarge();
  if (looksLikeBundle(bytes)) return repositoryOf(crypto, parseBundle(bytes), onObject);
  if (ZIP.every((byte, at) => bytes[at] === byte)) return cloneFiles(bytes);
  throw unknownForm(bytes);
}
