/** A process of its own: `<git dir> <ref> hold` dies with the lock, `<git dir> <ref> <moves> <numbers>` counts the ref up. */
import { join } from 'node:path';
import { takeLock } from '../../src/git/lock.ts';
import { fileRefs, moveRefWaiting } from '../../src/git/refs.ts';
import { nodeHost } from '../../src/host/node.ts';
import { countingIds } from './counting.ts';

const [, , gitDir = '', ref = '', moves = '', numbers = ''] = process.argv;
const host = nodeHost();

async function countUp(): Promise<void> {
  const refs = fileRefs(host, { gitDir, commonDir: gitDir });
  const ids = countingIds(Number(numbers));
  for (let done = 0; done < Number(moves);) {
    const current = refs.read(ref);
    const moved = await moveRefWaiting(
      host,
      refs,
      ref,
      current,
      ids[current === undefined ? 0 : ids.indexOf(current) + 1],
    );
    if (moved.ok) done++;
  }
}

if (moves === 'hold') {
  const attempt = takeLock(host, gitDir, join(gitDir, ref));
  process.send?.(attempt.ok);
  setInterval(() => {}, 1000);
} else await countUp();
