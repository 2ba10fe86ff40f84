import type { FileSystem, Host } from './host.ts';

/**
 * The same host, on which nothing waits for the disk: what is written may be gone, or cut off, after a power cut. For
 * logs that can be thrown away.
 */
export function withoutSync(host: Host): Host {
  const real = host.fs;
  const fs: FileSystem = {
    openSync: (path, flags, mode) => real.openSync(path, flags, mode),
    closeSync: (fd) => real.closeSync(fd),
    readSync: (fd, buffer, offset, length, position) =>
      real.readSync(fd, buffer, offset, length, position),
    writeSync: (fd, buffer, offset, length) => real.writeSync(fd, buffer, offset, length),
    fsyncSync: () => {},
    fstatSync: (fd) => real.fstatSync(fd),
    statSync: (path) => real.statSync(path),
    lstatSync: (path) => real.lstatSync(path),
    readdirSync: (path) => real.readdirSync(path),
    readlinkSync: (path) => real.readlinkSync(path),
    mkdirSync: (path, options) => real.mkdirSync(path, options),
    rmdirSync: (path) => real.rmdirSync(path),
    renameSync: (from, to) => real.renameSync(from, to),
    linkSync: (from, to) => real.linkSync(from, to),
    unlinkSync: (path) => real.unlinkSync(path),
    utimesSync: (path, atime, mtime) => real.utimesSync(path, atime, mtime),
    chmodSync: (path, mode) => real.chmodSync(path, mode),
    statfsSync: (path) => real.statfsSync?.(path) ?? { type: 0 },
  };
  return { ...host, fs, isSynced: false };
}
