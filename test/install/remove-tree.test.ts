import { createFsFromVolume, Volume } from 'memfs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { nativeCrypto } from '../../src/crypto/native.ts';
import type { FileSystem } from '../../src/host/host.ts';
import { memoryHost } from '../../src/host/memory.ts';
import { removeTree } from '../../src/install/remove-tree.ts';

/** Nobody here is root: what lies in a directory that its owner may not write to cannot be removed. */
function asOwner(real: FileSystem): FileSystem {
  const guarded = (call: (path: string) => void) => (path: string) => {
    if ((real.lstatSync(dirname(path)).mode & 0o200) === 0)
      throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
    call(path);
  };
  return {
    ...real,
    unlinkSync: guarded((path) => real.unlinkSync(path)),
    rmdirSync: guarded((path) => real.rmdirSync(path)),
  };
}

test('removeTree() removes what was made read-only, and follows no link', () => {
  const volume = Volume.fromJSON({ '/skills/a/scripts/run.sh': 'x', '/keep/me': 'x' });
  volume.symlinkSync('/keep', '/skills/a/linked');
  volume.chmodSync('/keep', 0o555);
  for (const path of ['/skills/a/scripts/run.sh', '/skills/a/scripts', '/skills/a'])
    volume.chmodSync(path, 0o555);
  const fs: unknown = createFsFromVolume(volume);
  const host = memoryHost(
    asOwner(fs as FileSystem),
    nativeCrypto,
    (length) => new Uint8Array(length),
    () => 0,
  );
  removeTree(host, '/skills/a');
  expect(volume.toJSON()).toEqual({ '/skills': null, '/keep/me': 'x' });
  expect(volume.statSync('/keep').mode & 0o777).toBe(0o555);
});
