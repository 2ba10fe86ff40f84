/** What is shown at a terminal while something takes long, and that nothing is shown elsewhere. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BusyLine, Progress, waitedFor } from '../../src/cli/progress.ts';
import { readSkill } from '../../src/cli/skill-source.ts';
import { nodeHost } from '../../src/host/node.ts';
import { digestSkill } from '../../src/skills/skill-digest.ts';

const CLEARED = '\r\u001b[K';
let shown: string[] = [];
let dir: string;
const { isTTY } = process.stderr;

function terminal(isThere: boolean): void {
  Object.defineProperty(process.stderr, 'isTTY', { value: isThere, configurable: true });
}

beforeEach(() => {
  shown = [];
  dir = mkdtempSync(`${tmpdir()}/progress-`);
  vi.useFakeTimers();
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    shown.push(String(text));
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  terminal(isTTY);
  rmSync(dir, { recursive: true });
});

describe('readSkill()', () => {
  const digested = (): number => {
    const skill = `${dir}/notes`;
    mkdirSync(`${skill}/more`, { recursive: true });
    writeFileSync(`${skill}/SKILL.md`, '---\nname: notes\ndescription: Takes notes.\n---\n');
    for (const name of ['a', 'b', 'c']) writeFileSync(`${skill}/more/${name}.txt`, name);
    const host = nodeHost();
    return readSkill(host, { source: skill }, (entries) => {
      const slow = Array.from(entries, (entry) => ({
        ...entry,
        read: () => {
          vi.advanceTimersByTime(1000);
          return entry.read();
        },
      }));
      const digest = digestSkill(host.crypto, slow);
      return digest.outcome === 'digested' ? digest.manifest.files.length : 0;
    });
  };

  test('shows which file it is at, of how many, and leaves nothing on the line', () => {
    terminal(true);
    expect(digested()).toBe(4);
    expect(shown.slice(0, -1).map((text) => text.replace(/ \(.*/, ''))).toEqual(
      [1, 2, 3, 4].map((at) => `\rreading file ${at} of 4`),
    );
    expect(shown.at(-1)).toBe(CLEARED);
  });

  test('shows nothing where there is no terminal', () => {
    terminal(false);
    expect(digested()).toBe(4);
    expect(shown).toEqual([]);
  });
});

describe('waitedFor()', () => {
  const waited = async (ms: number): Promise<string> => {
    const done = waitedFor(
      'publishing',
      new Promise<string>((resolve) => {
        setTimeout(() => resolve('done'), ms);
      }),
    );
    await vi.advanceTimersByTimeAsync(ms);
    return done;
  };

  test('says what is waited for after a second, and clears it', async () => {
    terminal(true);
    expect(await waited(1500)).toBe('done');
    expect(shown).toEqual(['\rpublishing …\u001b[K', CLEARED]);
  });

  test('says nothing of what is done sooner, or where there is no terminal', async () => {
    terminal(true);
    expect(await waited(900)).toBe('done');
    terminal(false);
    expect(await waited(1500)).toBe('done');
    expect(shown).toEqual([]);
  });
});

test('Progress counts what nobody knows the end of; BusyLine is cleared once', () => {
  terminal(true);
  const progress = new Progress('reading file');
  progress.count(1);
  vi.advanceTimersByTime(200);
  progress.count(2);
  progress.count(3);
  progress.end();
  const line = new BusyLine();
  line.show('unlocking alice');
  line.clear();
  line.clear();
  expect(shown).toEqual([
    '\rreading file 2\u001b[K',
    CLEARED,
    '\runlocking alice …\u001b[K',
    CLEARED,
  ]);
});
