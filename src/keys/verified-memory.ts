/**
 * What this machine verified, so that it need not be verified again: values by key, for each log, as of one mark. A small
 * head, authenticated with the machine's key, names the root of a {@link PageTree}, whose digests vouch for the rest.
 * Nothing here waits for the disk: what is torn, changed, or of another machine is as if it were not there.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { sameBytes, toHex } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { errnoOf, namesIn, onDisk, removeIfPresent, shownPath } from '../host/files.ts';
import type { Home } from './home.ts';
import {
  homeFolder,
  verifiedHeadPath,
  type VerifiedOf,
  verifiedPagesName,
  verifiedPagesPath,
} from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import { requireDigest } from './key-text.ts';
import { appending, PageFile } from './page-file.ts';
import { type AppendPage, PageTree } from './page-tree.ts';
import { readHead, type VerifiedHead, writeHead } from './verified-head.ts';

/** What was remembered of a log at one moment. */
export interface Snapshot {
  /** What it was remembered for: how far, and by which rules. */
  readonly mark: Json;
  /** The value under a key. `damaged`: it was changed since, and nothing of this counts any more. */
  read(key: string): Uint8Array | 'absent' | 'damaged';
}

/** What is to be remembered of a log. */
export interface Keeping {
  readonly mark: Json;
  /** Values that are added or replaced; all of them where there is nothing to add to. Of two for one key the later counts. */
  readonly values: Iterable<readonly [key: string, value: Uint8Array]>;
  /** What they are added to. */
  readonly since: Snapshot | undefined;
}

const LOCK = 'verified';
/** A file is written anew when it is this many times what is still reached, and so much more. */
const WASTE = 3;
const SPARE_BYTES = 1_048_576;

class KeptSnapshot implements Snapshot {
  readonly mark: Json;
  /** The name of the file of pages. */
  readonly file: string;
  readonly pages: PageFile;
  readonly tree: PageTree;

  constructor(mark: Json, file: string, pages: PageFile, tree: PageTree) {
    this.mark = mark;
    this.file = file;
    this.pages = pages;
    this.tree = tree;
  }

  read(key: string): Uint8Array | 'absent' | 'damaged' {
    try {
      return this.tree.get(key) ?? 'absent';
    } catch (error) {
      if (!(error instanceof GitkelError)) throw error;
      return 'damaged';
    }
  }
}

function isTooLarge({ pages, tree }: KeptSnapshot): boolean {
  return pages.size > WASTE * tree.liveBytes + SPARE_BYTES;
}

/**
 * The verified memory of one home. Close it when done.
 *
 * What was verified of a push is remembered apart, since it may never become the log: on top of what is remembered of the
 * log, in the same pages, under a head of its own. Once the log is there, {@link adopt} makes it the log's.
 */
export class VerifiedMemory {
  readonly #home: Home;
  readonly #of: VerifiedOf;
  readonly #opened = new Set<PageFile>();

  /** @param of whether it is of logs, or of what was pushed to them */
  constructor(home: Home, of: VerifiedOf = 'log') {
    this.#home = home;
    this.#of = of;
  }

  #open(name: string): PageFile {
    const pages = new PageFile(this.#home.host, verifiedPagesPath(this.#home.dir, name));
    this.#opened.add(pages);
    return pages;
  }

  #snapshot(head: VerifiedHead): KeptSnapshot {
    const pages = this.#open(head.file);
    const tree = new PageTree(this.#home.host.crypto, pages.read, head.root, head.live);
    return new KeptSnapshot(head.mark, head.file, pages, tree);
  }

  /** What is remembered of a log; `undefined` when nothing is that this machine wrote. */
  recall(logId: string): Snapshot | undefined {
    requireDigest(logId, 'the log id');
    for (let head = readHead(this.#home, logId, this.#of); head !== undefined;) {
      try {
        return this.#snapshot(head);
      } catch (error) {
        if (!(error instanceof GitkelError)) throw error;
        // Written anew meanwhile: the new head names the new file.
        const again = readHead(this.#home, logId, this.#of);
        head = again?.file === head.file ? undefined : again;
      }
    }
    return undefined;
  }

  /**
   * Remembers values. Where another process of this home remembered something since, that stays, and the outcome is
   * `undefined`: this is a saving of time, and the next one catches up.
   * @throws GitkelError `environment` for trouble with the disk.
   */
  async keep(logId: string, keeping: Keeping): Promise<Snapshot | undefined> {
    requireDigest(logId, 'the log id');
    try {
      return await withHomeLock(this.#home, LOCK, () => this.#keep(logId, keeping));
    } catch (error) {
      if (!(error instanceof GitkelError)) throw error;
      if (error.reason === 'page-damaged') this.forget(logId);
      else if (error.reason !== 'home-locked') throw error;
      return undefined;
    }
  }

  #keep(logId: string, { mark, values, since }: Keeping): Snapshot | undefined {
    const present = readHead(this.#home, logId);
    if (!(since instanceof KeptSnapshot)) {
      const empty = (pages: PageFile): PageTree =>
        new PageTree(this.#home.host.crypto, pages.read, undefined, 0);
      return this.#write(logId, mark, this.#newFile(logId), (pages, append) =>
        empty(pages).grown(values, append),
      );
    }
    const { tree, file } = since;
    const isSame =
      present?.file === file &&
      sameBytes(present.root.digest, tree.root?.digest ?? new Uint8Array());
    if (!isSame) return undefined;
    // Only of the log itself a file is written anew, by which pushes that came to nothing are gone.
    if (this.#of === 'pushed' && isTooLarge(since)) return undefined;
    const grown = this.#write(logId, mark, file, (_, append) => tree.grown(values, append));
    if (this.#of === 'pushed' || !isTooLarge(grown)) return grown;
    return this.#write(logId, mark, this.#newFile(logId), (into, append) =>
      grown.tree.copied(into.read, append),
    );
  }

  #newFile(logId: string): string {
    return verifiedPagesName(logId, toHex(this.#home.host.random(8)));
  }

  /** Appends pages, and makes the head name their root. */
  #write(
    logId: string,
    mark: Json,
    file: string,
    work: (pages: PageFile, append: AppendPage) => PageTree,
  ): KeptSnapshot {
    const { host, dir } = this.#home;
    const kept = appending(host, verifiedPagesPath(dir, file), (append) => {
      const pages = this.#open(file);
      return new KeptSnapshot(mark, file, pages, work(pages, append));
    });
    const { root, liveBytes: live } = kept.tree;
    if (root === undefined) throw new Error('there is something to remember');
    writeHead(this.#home, logId, { file, live, mark, root }, this.#of);
    this.#removeOthers(logId, file);
    return kept;
  }

  /** Files of pages that no head names any more, also those that a process left that died. */
  #removeOthers(logId: string, file: string): void {
    const { host, dir } = this.#home;
    const others = namesIn(host, homeFolder(dir, 'verified')).filter(
      (name) => name.startsWith(`${logId}.`) && name.endsWith('.pages') && name !== file,
    );
    if (others.length === 0) return;
    const apart = readHead(this.#home, logId, this.#of === 'log' ? 'pushed' : 'log')?.file;
    for (const name of others)
      if (name !== apart) removeIfPresent(host, verifiedPagesPath(dir, name));
  }

  /**
   * Makes what was remembered of a push what is remembered of its log, if it is still the last that was.
   * @throws GitkelError `environment` for trouble with the disk.
   */
  async adopt(logId: string, pushed: Snapshot): Promise<void> {
    const { host, dir } = this.#home;
    const adopt = (): void => {
      const root = readHead(this.#home, logId, 'pushed')?.root.digest;
      const own = pushed instanceof KeptSnapshot ? pushed.tree.root?.digest : undefined;
      if (root === undefined || own === undefined || !sameBytes(root, own)) return;
      const path = verifiedHeadPath(dir, logId, 'pushed');
      onDisk(`Cannot rename ${shownPath(path)}`, () =>
        host.fs.renameSync(path, verifiedHeadPath(dir, logId)),
      );
    };
    try {
      await withHomeLock(this.#home, LOCK, adopt);
    } catch (error) {
      if (!(error instanceof GitkelError) || error.reason !== 'home-locked') throw error;
    }
  }

  /** Forgets what is remembered of a log. */
  forget(logId: string): void {
    const { host, dir } = this.#home;
    try {
      for (const of of ['log', 'pushed'] as const)
        removeIfPresent(host, verifiedHeadPath(dir, logId, of));
    } catch (error) {
      if (!(error instanceof GitkelError) || errnoOf(error.cause) === undefined) throw error;
    }
  }

  close(): void {
    for (const pages of this.#opened) pages.close();
    this.#opened.clear();
  }
}
