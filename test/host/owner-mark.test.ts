import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import { isGone, ownMark } from '../../src/host/owner-mark.ts';

const EXT4 = 0xef53;
const NFS = 0x6969;
const OVERLAY = 0x794c_7630;
const FUSE = 0x6573_5546;

/** A host in a boot of its own, which sees a file system of that kind; of its own boot only `dead` is dead. */
function machine(boot: string, type: number | 'unknown' | 'failing'): Host {
  const host = nodeHost();
  const statfsSync = (): { readonly type: number } => {
    if (type === 'failing') throw Object.assign(new Error('EIO'), { code: 'EIO' });
    return { type: type === 'unknown' ? 0 : type };
  };
  const { statfsSync: _, ...plain } = host.fs;
  const fs = type === 'unknown' ? plain : { ...plain, statfsSync };
  const processes = {
    self: `${boot}.1`,
    isDead: (name: string) => name === `${boot}.dead`,
    isOfOtherBoot: (name: string) => !name.startsWith(`${boot}.`),
  };
  return { ...host, fs, processes };
}

describe('ownMark()', () => {
  it('is made of what stands in names of files', () => {
    expect(ownMark(nodeHost(), '/')).toMatch(/^[A-Za-z0-9.-]+$/);
  });

  it('says whether the disk is one of this machine', () => {
    expect(ownMark(machine('a', EXT4), '/')).toBe('a.1-local');
    for (const type of [NFS, OVERLAY, FUSE, 'unknown', 'failing'] as const)
      expect(ownMark(machine('a', type), '/')).toBe('a.1');
  });
});

describe('isGone()', () => {
  it('is certain of the dead of this boot, and of no living one', () => {
    for (const type of [EXT4, NFS] as const) {
      const host = machine('a', type);
      expect(isGone(host, '/', ownMark(host, '/'))).toBe(false);
      expect(isGone(host, '/', 'a.dead')).toBe(true);
      expect(isGone(host, '/', 'a.dead-local')).toBe(true);
      expect(isGone(host, '/', 'a.2-local')).toBe(false);
    }
  });

  it('is certain of another boot only where both see a disk of their own machine', () => {
    for (const theirs of [EXT4, NFS, 'unknown'] as const)
      for (const ours of [EXT4, NFS, OVERLAY, 'unknown', 'failing'] as const) {
        const mark = ownMark(machine('earlier', theirs), '/');
        const isCertain = theirs === EXT4 && ours === EXT4;
        expect(isGone(machine('later', ours), '/', mark), `${theirs} ${ours}`).toBe(isCertain);
      }
  });

  it('knows nothing about other boots where the machine does not tell them apart', () => {
    const later = machine('later', EXT4);
    const { isOfOtherBoot: _, ...processes } = later.processes;
    expect(isGone({ ...later, processes }, '/', 'earlier.1-local')).toBe(false);
  });
});
