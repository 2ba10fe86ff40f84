/** Every example that help and explanations show can be typed as it stands. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Command } from '@oclif/core/command';
import { parse } from '@oclif/core/parser';
import { describe, expect, test } from 'vitest';
import { explanations } from '../../src/cli/explain.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

const NAMES = readdirSync(path.join(ROOT, 'commands'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace(/\.ts$/, '').replaceAll(path.sep, ' '));

async function commandNamed(name: string): Promise<Command.Class> {
  const file = path.join(ROOT, 'commands', `${name.replaceAll(' ', '/')}.ts`);
  const module = (await import(file)) as { readonly default: Command.Class };
  return module.default;
}

/** The words of a simple command line, quotes taken off; what a shell would do with `$`, `*` and `~` is left as it is. */
function wordsOf(line: string): readonly string[] {
  return Array.from(line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g), ([word]) =>
    word.replaceAll(
      /"([^"]*)"|'([^']*)'/g,
      (_, a: string | undefined, b: string | undefined) => a ?? b ?? '',
    ),
  );
}

/** The calls of gitkel in a line of shell: around pipes, in substitutions, before what is written elsewhere. */
function callsIn(example: string): readonly string[] {
  return example
    .replaceAll('<%= config.bin %>', 'gitkel')
    .split(/\|\||&&|[|;]|\$\(|<\(|\)"?$|[<>] ?\S+$/)
    .map((part) => part.trim())
    .filter((part) => part.startsWith('gitkel '));
}

/** Parses a call as the command itself would. */
async function parsed(call: string): Promise<void> {
  const [, ...words] = wordsOf(call);
  const length = [4, 3, 2, 1].find((count) => NAMES.includes(words.slice(0, count).join(' ')));
  if (length === undefined) throw new Error(`there is no such command: ${call}`);
  const command = await commandNamed(words.slice(0, length).join(' '));
  // The framework takes that flag off before a command parses the rest.
  const given = words.slice(length).filter((word) => word !== '--json');
  if (given.includes('--help')) return;
  const { baseFlags, flags, args, strict } = command;
  await parse([...given], {
    flags: { ...baseFlags, ...flags },
    args: args ?? {},
    strict,
    '--': true,
  });
}

describe('examples', () => {
  test.for(NAMES)('of gitkel %s can be typed', async (name) => {
    const { examples } = await commandNamed(name);
    for (const example of examples) {
      const text = typeof example === 'string' ? example : example.command;
      const calls = callsIn(text);
      expect(calls.length, `${text} calls gitkel`).toBeGreaterThan(0);
      for (const call of calls) await parsed(call);
    }
  });

  test('of explanations can be typed', async () => {
    const wrong: string[] = [];
    for (const { code, example } of explanations()) {
      await parsed(example).catch((error: Error) => {
        wrong.push(`${code}: ${example}: ${error.message}`);
      });
    }
    expect(wrong).toEqual([]);
  });
});
