import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hookObjects, objectVariables } from '../../src/git/hook-objects.ts';
import { gitEnvironment } from '../../src/git/git-process.ts';
import { hookReader } from '../../src/git/git-reader.ts';
import { hookStore } from '../../src/git/hook-store.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { nodeHost } from '../../src/host/node.ts';
import { git, gitTestEnvironment, hasGit, temporaryDirectory, thrownBy } from './support.ts';
import { execFileSync } from 'node:child_process';

const host = nodeHost();

interface Bare {
  readonly dir: string;
  readonly quarantine: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** A directory like a bare repository in the middle of a push. */
function bare(name = 'repo'): Bare {
  const dir = join(temporaryDirectory(), name);
  const quarantine = join(dir, 'objects/tmp_objdir-incoming-x');
  mkdirSync(join(quarantine, 'pack'), { recursive: true });
  return {
    dir,
    quarantine,
    environment: {
      GIT_OBJECT_DIRECTORY: quarantine,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(dir, 'objects'),
      GIT_QUARANTINE_PATH: quarantine,
    },
  };
}

describe('hookObjects()', () => {
  it('takes the quarantine of a push, by absolute and relative paths and by way of a link', () => {
    const { dir, quarantine, environment } = bare();
    const own = join(dir, 'objects');
    expect(hookObjects(host, dir, environment, dir)).toEqual({ own, quarantine });
    const relative = {
      GIT_OBJECT_DIRECTORY: './objects/tmp_objdir-incoming-x',
      GIT_QUARANTINE_PATH: './objects/tmp_objdir-incoming-x',
      GIT_ALTERNATE_OBJECT_DIRECTORIES: './objects',
    };
    expect(hookObjects(host, dir, relative, dir).quarantine).toBe(quarantine);
    const link = join(temporaryDirectory(), 'link');
    symlinkSync(dir, link);
    const linked = {
      GIT_OBJECT_DIRECTORY: join(link, 'objects/tmp_objdir-incoming-x'),
      GIT_QUARANTINE_PATH: join(link, 'objects/tmp_objdir-incoming-x'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(link, 'objects'),
    };
    expect(hookObjects(host, dir, linked, dir).own).toBe(own);
    expect(hookObjects(host, dir, {}, dir)).toEqual({ own, quarantine: undefined });
  });

  it.each([
    ['objects elsewhere', 'GIT_OBJECT_DIRECTORY', '/tmp'],
    ['a quarantine elsewhere', 'GIT_QUARANTINE_PATH', '/tmp'],
    ['alternates elsewhere', 'GIT_ALTERNATE_OBJECT_DIRECTORIES', '/tmp'],
    ['one alternate too many', 'GIT_ALTERNATE_OBJECT_DIRECTORIES', 'objects:/tmp'],
    ['no directory of objects', 'GIT_OBJECT_DIRECTORY', undefined],
  ])('refuses %s', (_, name, value) => {
    const { dir, environment } = bare();
    const odd = { ...environment, [name]: value };
    expect(thrownBy(() => hookObjects(host, dir, odd, dir))).toMatchObject({
      code: 'environment',
      reason: 'quarantine',
    });
  });

  it('refuses a directory of objects that is set without a quarantine and is not the own one', () => {
    const { dir } = bare();
    expect(
      thrownBy(() => hookObjects(host, dir, { GIT_OBJECT_DIRECTORY: '/tmp' }, dir)),
    ).toMatchObject({ reason: 'quarantine' });
  });
});

describe('objectVariables()', () => {
  it('keeps the quarantine set, and a path with a colon whole', () => {
    const { dir, environment } = bare('a:b"c');
    const quoted = `"${join(dir, 'objects').replaceAll('"', String.raw`\"`)}"`;
    const told = { ...environment, GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted };
    const objects = hookObjects(host, dir, told, dir);
    expect(objectVariables(objects)).toEqual(told);
    expect(gitEnvironment({ GIT_QUARANTINE_PATH: '/x' }, { hookObjects: objects })).toMatchObject(
      told,
    );
  });
});

describe.skipIf(!hasGit)('hookReader() and hookStore() (need git)', () => {
  it('read what is in quarantine and what is in the repository, also with a colon in its path', async () => {
    const { dir, quarantine, environment } = bare('a:b');
    git(temporaryDirectory(), ['init', '-q', '--bare', dir]);
    const write = (text: string, env: NodeJS.ProcessEnv): string =>
      execFileSync('git', ['hash-object', '-w', '--stdin'], {
        cwd: dir,
        input: text,
        env: { ...gitTestEnvironment(), ...env },
      })
        .toString('utf8')
        .trim();
    const stored = write('stored', {});
    const pushed = write('pushed', { GIT_OBJECT_DIRECTORY: quarantine });
    const told = {
      ...environment,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${join(dir, 'objects')}"`,
    };
    const objects = hookObjects(host, dir, told, dir);
    const reader = hookReader(host, objects);
    const store = hookStore(host, dir, objects);
    onTestFinished(async () => {
      await reader.close();
      store.close();
    });
    for (const [oid, text] of [
      [stored, 'stored'],
      [pushed, 'pushed'],
    ] as const) {
      const expected = { type: 'blob', bytes: new TextEncoder().encode(text) };
      expect(await reader.read(oid)).toEqual(expected);
      expect(store.read(oid)).toMatchObject(expected);
    }
    expect(await reader.read('a'.repeat(40))).toBeUndefined();
    expect(store.read('a'.repeat(40))).toBeUndefined();
    // What is in quarantine is not in the repository.
    expect(hookStore(host, dir, { own: objects.own, quarantine: undefined }).read(pushed)).toBe(
      undefined,
    );
  });

  it('lists the quarantine once, and sees what comes into the repository', () => {
    const { dir, quarantine, environment } = bare();
    git(temporaryDirectory(), ['init', '-q', '--bare', dir]);
    const store = hookStore(host, dir, hookObjects(host, dir, environment, dir));
    onTestFinished(() => store.close());
    const written = (objects: string, text: string): string => {
      const other = new ObjectStore(host, { commonDir: dir }, objects);
      const [oid = ''] = other.writePack([{ type: 'blob', bytes: new TextEncoder().encode(text) }]);
      other.close();
      return oid;
    };
    expect(store.read('a'.repeat(40))).toBeUndefined();
    expect(store.read(written(join(dir, 'objects'), 'repository'))).toBeDefined();
    expect(store.read(written(quarantine, 'quarantine'))).toBeUndefined();
  });

  it('takes a damaged object in quarantine for damage', async () => {
    const { dir, quarantine, environment } = bare();
    git(temporaryDirectory(), ['init', '-q', '--bare', dir]);
    const oid = 'ab'.repeat(20);
    mkdirSync(join(quarantine, 'ab'));
    writeFileSync(join(quarantine, 'ab', 'ab'.repeat(19)), 'rubbish');
    const objects = hookObjects(host, dir, environment, dir);
    const reader = hookReader(host, objects);
    onTestFinished(async () => reader.close());
    await expect(reader.read(oid)).rejects.toMatchObject({ reason: 'object-corrupt' });
    expect(thrownBy(() => hookStore(host, dir, objects).read(oid))).toMatchObject({
      reason: 'object-corrupt',
    });
  });
});
