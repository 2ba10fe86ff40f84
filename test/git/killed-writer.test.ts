import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mailboxCommit } from '../../src/git/commit.ts';
import { type GitObject, objectId } from '../../src/git/object.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { fileRefs } from '../../src/git/refs.ts';
import { initRepository } from '../../src/git/repository.ts';
import type { FileSystem, Host, Processes } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import { git, hasGit, temporaryDirectory } from './support.ts';

const REF = 'refs/heads/main';
const PACKED = 'refs/heads/packed';

/** A process that is gone: nothing it does any more has an effect, not even what it does to clean up. */
class Killed extends Error {}

/** A file system whose user is killed before the `last`-th call that changes something. */
function mortal(
  real: FileSystem,
  last: number,
): { readonly fs: FileSystem; readonly calls: () => number } {
  let calls = 0;
  const mutating =
    <A extends unknown[], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      if (calls >= last) throw new Killed();
      calls++;
      return call(...args);
    };
  const fs: FileSystem = {
    ...real,
    openSync: (path, flags, mode) =>
      flags === 'r' ? real.openSync(path, flags, mode) : mutating(real.openSync)(path, flags, mode),
    writeSync: mutating(real.writeSync),
    fsyncSync: mutating(real.fsyncSync),
    mkdirSync: mutating(real.mkdirSync),
    rmdirSync: mutating(real.rmdirSync),
    renameSync: mutating(real.renameSync),
    linkSync: mutating(real.linkSync),
    unlinkSync: mutating(real.unlinkSync),
    utimesSync: mutating(real.utimesSync),
    chmodSync: mutating(real.chmodSync),
  };
  return { fs, calls: () => calls };
}

function processNamed(self: string, dead: readonly string[]): Processes {
  return { self, isDead: (name) => dead.includes(name) };
}

function commits(crypto: Host['crypto']): readonly GitObject[] {
  const tree: GitObject = { type: 'tree', bytes: new Uint8Array() };
  const id = objectId(crypto, 'tree', tree.bytes);
  return [
    tree,
    ...['old\n', 'new\n'].map((message): GitObject => ({
      type: 'commit',
      bytes: mailboxCommit(id, message),
    })),
  ];
}

describe.skipIf(!hasGit)('a writer that is killed', () => {
  const { crypto } = nodeHost();
  const [tree, oldCommit, newCommit] = commits(crypto) as [GitObject, GitObject, GitObject];
  const [old, next] = [oldCommit, newCommit].map(({ bytes }) =>
    objectId(crypto, 'commit', bytes),
  ) as [string, string];

  const prepare = (): string => {
    const host = nodeHost();
    const dir = join(temporaryDirectory(), 'repo');
    const repository = initRepository(host, dir, { bare: true, branch: 'main' });
    const store = new ObjectStore(host, repository);
    store.writePack([tree, oldCommit]);
    store.close();
    git(dir, ['update-ref', PACKED, old]);
    git(dir, ['pack-refs', '--all', '--prune']);
    git(dir, ['update-ref', REF, old]);
    return dir;
  };
  const write = (host: Host, dir: string): void => {
    const store = new ObjectStore(host, { commonDir: dir });
    try {
      const refs = fileRefs(host, { gitDir: dir, commonDir: dir });
      store.writePack([newCommit]);
      if (refs.read(REF) === old) expect(refs.compareAndSwap(REF, old, next)).toEqual({ ok: true });
      if (refs.read(PACKED) !== undefined)
        expect(refs.compareAndSwap(PACKED, old, undefined)).toEqual({ ok: true });
      refs.compareAndSwap('refs/gitkel/new', undefined, next);
    } finally {
      store.close();
    }
  };

  it('leaves the old or the new state before every call, and the next writer finishes', () => {
    const whole = mortal(nodeHost().fs, Number.POSITIVE_INFINITY);
    write(nodeHost({ fs: whole.fs }), prepare());
    expect(whole.calls()).toBeGreaterThan(30);
    for (let last = 0; last < whole.calls(); last++) {
      const dir = prepare();
      const doomed = nodeHost({
        fs: mortal(nodeHost().fs, last).fs,
        processes: processNamed('doomed', []),
      });
      expect(() => write(doomed, dir)).toThrow(Killed);
      const found = git(dir, ['rev-parse', REF]);
      expect([old, next]).toContain(found);
      if (last % 5 === 0)
        expect(git(dir, ['fsck', '--full', '--strict', '--no-dangling'])).toBe('');
      write(nodeHost({ processes: processNamed('heir', ['doomed']) }), dir);
      expect(git(dir, ['for-each-ref', '--format=%(objectname) %(refname)'])).toBe(
        `${next} refs/gitkel/new\n${next} ${REF}`,
      );
      expect(readdirSync(join(dir, 'gitkel-locks'))).toEqual([]);
      expect(readdirSync(join(dir, 'refs/heads'))).toEqual(['main']);
    }
  }, 120_000);
});
