import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { gitReader } from '../../src/git/git-reader.ts';
import { isomorphicReader } from '../../src/git/isomorphic-reader.ts';
import { ownReader } from '../../src/git/own-reader.ts';
import { initRepository } from '../../src/git/repository.ts';
import { nodeHost } from '../../src/host/node.ts';
import { objectReaderContract } from '../contract/object-reader.ts';
import { git, hasGit, PLACES, temporaryDirectory } from './support.ts';

const OID = 'a'.repeat(40);

describe.each(PLACES)('readers on %s', (name, makePlace) => {
  const isOnDisk = name === 'node:fs';
  describe('ownReader()', () => {
    objectReaderContract({
      open: (host, commonDir) => ownReader(host, { commonDir }),
      makePlace,
      isOnDisk,
    });
  });

  describe('isomorphicReader()', () => {
    objectReaderContract({
      open: (host, commonDir) => isomorphicReader(host, { commonDir }),
      makePlace,
      isOnDisk,
    });
  });

  describe.skipIf(!isOnDisk || !hasGit)('gitReader() (needs git and a disk)', () => {
    objectReaderContract({
      open: (host, commonDir) => gitReader(host, { commonDir }),
      makePlace,
      isOnDisk,
    });
  });
});

describe('gitReader()', () => {
  function repository(): string {
    const dir = join(temporaryDirectory(), 'repo');
    initRepository(nodeHost(), dir, { bare: true, branch: 'main' });
    return dir;
  }

  it('refuses a repository whose objects are elsewhere', () => {
    const dir = repository();
    writeFileSync(join(dir, 'objects/info/alternates'), '/elsewhere\n');
    expect(() => gitReader(nodeHost(), { commonDir: dir })).toThrow(
      expect.objectContaining({ code: 'environment', reason: 'alternates' }),
    );
  });

  it('says when there is no git', async () => {
    vi.stubEnv('PATH', temporaryDirectory());
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const reader = gitReader(nodeHost(), { commonDir: repository() });
    await expect(reader.read(OID)).rejects.toMatchObject({ reason: 'git-missing' });
    await reader.close();
  });

  it.skipIf(!hasGit)(
    'starts nothing that the repository names, and cleans up (needs git)',
    async () => {
      const dir = repository();
      const proof = join(dir, 'ran');
      for (const [key, value] of [
        ['core.repositoryformatversion', '1'],
        ['extensions.partialClone', 'origin'],
        ['remote.origin.promisor', 'true'],
        ['remote.origin.url', dir],
        ['remote.origin.uploadpack', `touch ${proof}; git-upload-pack`],
      ] as const)
        git(dir, ['config', key, value]);
      const blob = git(dir, ['hash-object', '-w', '--stdin'], 'real');
      const other = git(dir, ['hash-object', '-w', '--stdin'], 'fake');
      mkdirSync(join(dir, 'refs/replace'), { recursive: true });
      writeFileSync(join(dir, 'refs/replace', blob), `${other}\n`);
      const ours = (): readonly string[] =>
        readdirSync(tmpdir()).filter((name) => name.startsWith('gitkel-git-'));
      const before = ours();
      const reader = gitReader(nodeHost(), { commonDir: dir });
      expect(await reader.read(OID)).toBeUndefined();
      expect(new TextDecoder().decode((await reader.read(blob))?.bytes)).toBe('real');
      await reader.close();
      expect(existsSync(proof)).toBe(false);
      expect(ours().filter((name) => !before.includes(name))).toEqual([]);
      await expect(reader.close()).resolves.toBeUndefined();
    },
  );
});
