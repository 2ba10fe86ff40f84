import { join } from 'node:path';
import { LIMITS } from '../base/limits.ts';
import { inodeOf, namesIn, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { ownedLocks } from './lock-owners.ts';

/** A lock that Git or another program made. */
export interface ForeignLock {
  readonly path: string;
  /** Seconds since it was made, by this machine's clock. */
  readonly age: number;
}

const AT_THE_TOP = [
  'HEAD.lock',
  'packed-refs.lock',
  'config.lock',
  'index.lock',
  'shallow.lock',
  'gitkel-packs.lock',
];

function* locksBelow(host: Host, dir: string): Generator<string> {
  const open = [dir];
  let seen = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const name of namesIn(host, at)) {
      if (++seen > LIMITS.refs) return;
      const path = join(at, name);
      if (name.endsWith('.lock')) yield path;
      else if (statOf(host, path)?.isDirectory() === true) open.push(path);
    }
  }
}

/** The locks in a repository that no process of ours made: they are for whoever made them to end. */
export function foreignLocks(host: Host, commonDir: string): readonly ForeignLock[] {
  const own = new Set(ownedLocks(host, commonDir).flatMap(({ inode }) => inode ?? []));
  const paths = [
    ...AT_THE_TOP.map((name) => join(commonDir, name)),
    ...locksBelow(host, join(commonDir, 'refs')),
  ];
  return paths.flatMap((path) => {
    const stats = statOf(host, path);
    if (stats === undefined || own.has(inodeOf(stats) ?? -1)) return [];
    return [{ path, age: Math.max(0, host.now() - Math.floor(stats.mtimeMs / 1000)) }];
  });
}
