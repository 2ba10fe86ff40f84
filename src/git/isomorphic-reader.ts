import { join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { readFileBounded } from '../host/files.ts';
import type { FileStats, Host } from '../host/host.ts';
import { type GitObject, isObjectType } from './object.ts';
import { isClaimed } from './object-claims.ts';
import {
  type ObjectReader,
  objectTooLarge,
  readChecked,
  type UncheckedReader,
} from './object-reader.ts';
import type { Repository } from './repository.ts';

/** Bytes that are read until what isomorphic-git remembers is dropped: it keeps every object. */
const REMEMBERED_BYTES = 67_108_864;

function absent(path: string): Error {
  return Object.assign(new Error(`nothing is at ${path}`), { code: 'ENOENT' });
}

async function refuseWrite(): Promise<never> {
  throw Object.assign(new Error('only for reading'), { code: 'EROFS' });
}

/** The files of a host in the form that isomorphic-git takes, for reading only. */
function filesOf(host: Host): { readonly promises: Required<PromiseFiles> } {
  const { fs } = host;
  const readFile = async (path = '', options?: ReadFileOptions): Promise<Uint8Array | string> => {
    const bytes = readFileBounded(host, path, LIMITS.wholePackBytes);
    if (bytes === undefined) throw absent(path);
    const encoding = typeof options === 'string' ? options : options?.encoding;
    return encoding === 'utf8' ? new TextDecoder().decode(bytes) : bytes;
  };
  return {
    promises: {
      readFile,
      stat: async (path) => fs.statSync(path),
      lstat: async (path) => fs.lstatSync(path),
      readdir: async (path) => fs.readdirSync(path),
      readlink: async (path) => fs.readlinkSync(path),
      writeFile: refuseWrite,
      mkdir: refuseWrite,
      rmdir: refuseWrite,
      unlink: refuseWrite,
      symlink: refuseWrite,
    },
  };
}

type ReadFileOptions = string | { readonly encoding?: string } | undefined;

interface PromiseFiles {
  readFile(path?: string, options?: ReadFileOptions): Promise<Uint8Array | string>;
  stat(path: string): Promise<FileStats>;
  lstat(path: string): Promise<FileStats>;
  readdir(path: string): Promise<string[]>;
  readlink(path: string): Promise<string>;
  writeFile(): Promise<never>;
  mkdir(): Promise<never>;
  rmdir(): Promise<never>;
  unlink(): Promise<never>;
  symlink(): Promise<never>;
}

function unchecked(host: Host, gitdir: string): UncheckedReader {
  const fs = filesOf(host);
  let cache: object = {};
  let remembered = 0;
  const forget = async (): Promise<void> => {
    cache = {};
    remembered = 0;
  };
  const load = async (oid: string): Promise<GitObject | undefined> => {
    const { readObject } = await import('isomorphic-git');
    const read = await readObject({ fs, gitdir, oid, format: 'content', cache });
    const { type, object } = read;
    if (!isObjectType(type) || !(object instanceof Uint8Array)) return undefined;
    return { type, bytes: Uint8Array.from(object) };
  };
  return {
    async read(oid, limit) {
      let object: GitObject | undefined;
      try {
        object = await load(oid);
      } catch (error) {
        // Absent or damaged: its errors do not say for certain which.
        if (error instanceof GitkelError && error.code === 'environment') throw error;
        return undefined;
      }
      const size = object?.bytes.length ?? 0;
      if (size > limit) throw objectTooLarge(oid, size, limit);
      remembered += size;
      if (remembered > REMEMBERED_BYTES) await forget();
      return object;
    },
    refresh: forget,
    close: forget,
  };
}

/**
 * Reads through isomorphic-git, which needs neither git nor `node:zlib`. It holds each pack that it reads in memory as a
 * whole, and inflates an object before its size is known.
 */
export function isomorphicReader(
  host: Host,
  { commonDir }: Pick<Repository, 'commonDir'>,
): ObjectReader {
  const objects = join(commonDir, 'objects');
  const reader = unchecked(host, commonDir);
  const claimed = (oid: string): boolean => isClaimed(host, objects, oid);
  return {
    read: async (oid, limit = LIMITS.objectBytes) =>
      readChecked(host, objects, reader, claimed, [oid, limit]),
    has: async (oid) => claimed(oid),
    close: async () => reader.close(),
  };
}
