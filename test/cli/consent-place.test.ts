import { Config } from '@oclif/core/config';
import { afterEach, expect, test, vi } from 'vitest';
import { BaseCommand } from '../../src/cli/base-command.ts';

class Asking extends BaseCommand {
  async run(): Promise<void> {
    this.show('what would be done');
  }
}

afterEach(() => {
  vi.restoreAllMocks();
});

async function shownOn(stdinIsTerminal: boolean, stdoutIsTerminal: boolean): Promise<string> {
  const seen: string[] = [];
  const wasTerminal = [process.stdin.isTTY, process.stdout.isTTY] as const;
  vi.spyOn(process.stderr, 'write').mockImplementation(() => seen.push('stderr') > 0);
  vi.spyOn(console, 'log').mockImplementation(() => void seen.push('stdout'));
  vi.spyOn(process.stdout, 'write').mockImplementation(() => seen.push('stdout') > 0);
  [process.stdin.isTTY, process.stdout.isTTY] = [stdinIsTerminal, stdoutIsTerminal];
  try {
    await new Asking([], new Config({ root: import.meta.dirname })).run();
  } finally {
    [process.stdin.isTTY, process.stdout.isTTY] = wasTerminal;
    vi.restoreAllMocks();
  }
  return seen.join();
}

test('show() shows what a person agrees to where the question is asked, whatever the output is led to', async () => {
  expect(await shownOn(true, true)).toBe('stdout');
  expect(await shownOn(true, false)).toBe('stderr');
  expect(await shownOn(false, false)).toBe('stdout');
});
