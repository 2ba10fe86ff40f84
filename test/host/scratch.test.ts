import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeScratch } from '../../src/host/scratch.ts';
import { temporaryDirectory } from '../git/support.ts';
import { runProgram } from '../support/binary.ts';

const BUILT = path.resolve(import.meta.dirname, '../../dist/src/host/scratch.js');

/** A process that makes a directory, puts something into it and is killed; gives the name of the directory. */
async function killedIn(parent: string, kind: string): Promise<string> {
  const script = `
    import { mkdirSync, writeFileSync } from 'node:fs';
    import { makeScratch } from ${JSON.stringify(BUILT)};
    const { path } = makeScratch(${JSON.stringify(parent)}, ${JSON.stringify(kind)});
    mkdirSync(path + '/copy.git');
    writeFileSync(path + '/copy.git/HEAD', 'ref: refs/heads/main');
    process.kill(process.pid, 'SIGKILL');`;
  const before = new Set(readdirSync(parent));
  const ran = await runProgram(process.execPath, ['--input-type=module', '-e', script]);
  expect(ran.signal).toBe('SIGKILL');
  const made = readdirSync(parent).find((name) => !before.has(name)) ?? '';
  return made;
}

test('makeScratch() removes what killed processes left of that kind, and nothing else', async () => {
  const parent = temporaryDirectory();
  const left = await killedIn(parent, 'one');
  const other = await killedIn(parent, 'two');
  const living = makeScratch(path.dirname(parent), 'one');
  const foreign = ['one-x-aaaaaa', 'one-', `${left}x`];
  for (const name of foreign) mkdirSync(path.join(parent, name));
  writeFileSync(path.join(parent, `${left.slice(0, -6)}bbbbbb`), 'a file');
  const scratch = makeScratch(parent, 'one');
  expect(readdirSync(parent).toSorted()).toEqual(
    [path.basename(scratch.path), other, ...foreign, `${left.slice(0, -6)}bbbbbb`].toSorted(),
  );
  scratch.remove();
  living.remove();
  expect(readdirSync(parent)).not.toContain(path.basename(scratch.path));
});

test('makeScratch() leaves those of processes that run', async () => {
  const parent = temporaryDirectory();
  const { path: living, remove } = makeScratch(parent, 'one');
  const left = await killedIn(parent, 'one');
  // The next process removes what the one before it left, and leaves ours.
  const next = await killedIn(parent, 'one');
  expect(readdirSync(parent).toSorted()).toEqual([path.basename(living), next].toSorted());
  expect(left).not.toBe(next);
  remove();
});
