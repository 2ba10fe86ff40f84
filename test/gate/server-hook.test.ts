import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileRefs, moveRefWaiting } from '../../src/git/refs.ts';
import { nodeHost } from '../../src/host/node.ts';
import { hasGit } from '../git/support.ts';
import { MAIN } from '../support/push.ts';
import { makePushes, type PushWorld } from '../support/pushes.ts';
import { configureHooks, hookRun, received, refusedBy, transacted } from '../support/served.ts';

const host = nodeHost({ fsync: false });
const top = mkdtempSync(join(tmpdir(), 'gitkel-test-'));
const [dir, log] = [join(top, 'repository.git'), join(top, 'log')];
let world: PushWorld;

beforeAll(async () => {
  world = await makePushes(host, { repository: dir, log });
  configureHooks(
    dir,
    { logDir: log, logRef: 'refs/heads/main', logId: world.releases.id },
    world.policy,
  );
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

async function setMain(tip: string | undefined): Promise<void> {
  const refs = fileRefs(host, world.repository);
  await moveRefWaiting(host, refs, MAIN, refs.read(MAIN), tip);
}

describe.skipIf(!hasGit)('server hooks (need git)', () => {
  it('preReceive() and referenceTransaction() give every push of the corpus the verdict of the gate', async () => {
    const pushed: Record<string, readonly string[]> = {};
    const moved: Record<string, readonly string[]> = {};
    for (const { name, updates, main } of world.pushes) {
      await setMain(main);
      pushed[name] = refusedBy(await received(hookRun(host, dir, updates)));
      const run = hookRun(host, dir, updates);
      moved[name] = refusedBy(await transacted(run));
      await transacted(run, 'aborted');
    }
    const expected = Object.fromEntries(world.pushes.map(({ name, refused }) => [name, refused]));
    expect(pushed).toEqual(expected);
    expect(moved).toEqual(expected);
  });
});
