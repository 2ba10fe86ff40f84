import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inTurn } from '../../src/git/turn.ts';
import type { Host, Processes } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import { freshMemoryHost, temporaryDirectory } from './support.ts';

const FILE = 'gitkel-writer.lock';

function hostNamed(self: string, dead: readonly string[] = []): Host {
  const processes: Processes = { self, isDead: (name) => dead.includes(name) };
  return nodeHost({ processes });
}

describe('inTurn()', () => {
  it('does the work of those who contend one after the other', async () => {
    const dir = temporaryDirectory();
    const host = hostNamed('here');
    let [working, most] = [0, 0];
    const done = await Promise.all(
      Array.from({ length: 12 }, async (_, index) =>
        inTurn(host, dir, index > 0, async () => {
          working++;
          most = Math.max(most, working);
          await host.sleep(1);
          working--;
          return index;
        }),
      ),
    );
    expect(done).toEqual(done.map((_, index) => index));
    // The one that does not contend waits for nobody who comes after it.
    expect(most).toBeLessThanOrEqual(2);
    expect(existsSync(join(dir, FILE))).toBe(false);
  });

  it('leaves no trace of one who does not contend, and ends a turn when the work fails', async () => {
    const dir = temporaryDirectory();
    const host = hostNamed('here');
    const isThere = async (): Promise<boolean> => existsSync(join(dir, FILE));
    expect(await inTurn(host, dir, false, isThere)).toBe(false);
    expect(await inTurn(host, dir, true, isThere)).toBe(true);
    const failing = inTurn(host, dir, true, async () => {
      throw new Error('the work');
    });
    await expect(failing).rejects.toThrow('the work');
    expect(await isThere()).toBe(false);
  });

  it('takes the turn of a process that is gone away at once, and of one that keeps it after a while', async () => {
    const dir = temporaryDirectory();
    let slept = 0;
    const sleep = async (milliseconds: number): Promise<void> => {
      slept += milliseconds;
    };
    const host = { ...hostNamed('here', ['gone']), sleep };
    for (const [holder, longest] of [
      ['gone', 100],
      ['', 4_000],
      ['alive', 4_000],
    ] as const) {
      writeFileSync(join(dir, FILE), holder);
      slept = 0;
      expect(await inTurn(host, dir, false, async () => 'done')).toBe('done');
      expect(slept).toBeLessThan(longest);
      expect(existsSync(join(dir, FILE))).toBe(false);
    }
  });

  it('does the work without a turn where no file can be made', async () => {
    const host = freshMemoryHost();
    expect(await inTurn(host, '/not/there', true, async () => 'done')).toBe('done');
  });
});
