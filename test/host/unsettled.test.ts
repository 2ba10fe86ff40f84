import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const MODULE = path.resolve(import.meta.dirname, '../../dist/src/host/unsettled.js');

/** How a process ends that waits so for a promise. */
function endOf(run: string): number | null {
  const script = `import(${JSON.stringify(MODULE)}).then(({ unlessUnsettled }) => unlessUnsettled(${run}))`;
  return spawnSync(process.execPath, ['-e', script], { stdio: 'ignore' }).status;
}

test.each([
  {
    what: 'fails where nothing is left that could end it',
    run: 'new Promise(() => {})',
    status: 13,
  },
  { what: 'ends well when it did', run: 'Promise.resolve()', status: 0 },
  {
    what: 'leaves an exit code of its own as it is',
    run: '(process.exitCode = 4, new Promise(() => {}))',
    status: 4,
  },
  { what: 'fails as Node does when it failed', run: "Promise.reject(new Error('no'))", status: 1 },
])('unlessUnsettled() $what', ({ run, status }) => {
  expect(endOf(run)).toBe(status);
});
