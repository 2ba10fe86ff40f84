import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const MODULE = path.resolve(import.meta.dirname, '../../dist/src/host/unsettled.js');

/** How a process ends that waits so for a promise, and what it says. */
function endOf(run: string): { readonly status: number | null; readonly said: string } {
  const script = `import(${JSON.stringify(MODULE)}).then(({ unlessUnsettled }) => unlessUnsettled(${run}))`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  return { status, said: stderr };
}

const NOTICE = expect.stringMatching(/^gitkel: This is a bug in gitkel: .*\n {2}Please report it/);

test.each([
  {
    what: 'fails where nothing is left that could end it',
    run: 'new Promise(() => {})',
    ends: { status: 13, said: NOTICE },
  },
  {
    what: 'fails so where it was said to have gone well',
    run: '(process.exitCode = 0, new Promise(() => {}))',
    ends: { status: 13, said: NOTICE },
  },
  { what: 'ends well when it did', run: 'Promise.resolve()', ends: { status: 0, said: '' } },
  {
    what: 'leaves an exit code of its own as it is',
    run: '(process.exitCode = 4, new Promise(() => {}))',
    ends: { status: 4, said: NOTICE },
  },
  {
    what: 'lets a run end its process itself',
    run: 'new Promise(() => process.exit(0))',
    ends: { status: 0, said: '' },
  },
  {
    what: 'fails as Node does when it failed',
    run: "Promise.reject(new Error('no'))",
    ends: { status: 1, said: expect.stringContaining('Error: no') },
  },
])('unlessUnsettled() $what', ({ run, ends }) => {
  expect(endOf(run)).toEqual(ends);
});
