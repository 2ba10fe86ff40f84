/**
 * Answers a shell that completes a command line, in a process that loads nothing else: `gitkel __complete SHELL WORD…`.
 * A line for each suggestion, its value, a tab and what it is; `:files` where names of files may stand, too.
 * @module
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { filesOnly } from '../host/files-only.ts';
import { knownValues } from './complete-values.ts';
import { type KnownCommand, nextWords, type Suggestion } from './complete-words.ts';

/** Shells that take a line apart at `=`, and want what stands behind it alone. */
const PARTED = new Set(['bash']);

/** What completion needs to know of the commands; the build takes it out of the manifest. */
function knownCommands(directory: string): readonly KnownCommand[] {
  const known: readonly KnownCommand[] = JSON.parse(
    readFileSync(path.join(directory, 'complete.json'), 'utf8'),
  );
  return known;
}

/** What a flag says somewhere in the words, or the environment. */
function said(words: readonly string[], flag: string, variable?: string): string | undefined {
  const at = words.lastIndexOf(`--${flag}`);
  const joined = words.findLast((word) => word.startsWith(`--${flag}=`));
  const value = joined?.slice(flag.length + 3) ?? (at < 0 ? undefined : words[at + 1]);
  const known = value ?? (variable === undefined ? undefined : process.env[variable]);
  return known === '' ? undefined : known;
}

/** Words as they stand on the line: some shells part `--flag=value` in three. */
function joinedWords(words: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const [at, word] of words.entries()) {
    const before = joined.at(-1);
    const isValue = words[at - 1] === '=' && before?.startsWith('--') === true;
    if (before !== undefined && (isValue || (word === '=' && before.startsWith('--'))))
      joined[joined.length - 1] = before + word;
    else joined.push(word);
  }
  return joined;
}

/** Whether a shell and its person can take it: no character that moves a cursor, ends a line, or is not seen. */
function isHarmless({ value }: Suggestion): boolean {
  return value !== '' && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(value) && !value.startsWith(':');
}

function lineOf({ value, about }: Suggestion, prefix: string): string {
  const words = about.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ');
  return `${prefix}${value}\t${words}\n`;
}

/**
 * Prints what may stand in the place of the last word.
 * @param argv the shell's name, and the words of the line after the program's name
 * @param directory that of the main module
 */
export async function complete(argv: readonly string[], directory: string): Promise<void> {
  const [shell = '', ...given] = argv;
  const isParted = PARTED.has(shell);
  const words = isParted ? joinedWords(given) : given;
  const next = nextWords(knownCommands(directory), words);
  const typed = (words.at(-1) ?? '').slice(next.prefix.length);
  const places = {
    host: filesOnly(),
    cwd: process.cwd(),
    home: said(words, 'home', 'GITKEL_HOME'),
    log: said(words, 'log', 'GITKEL_LOG'),
    into: said(words, 'into'),
  };
  const values = await Promise.all(next.wanted.map((one) => knownValues(places, one, typed)));
  const prefix = isParted ? '' : next.prefix;
  const lines = [...next.words.filter(({ value }) => value.startsWith(typed)), ...values.flat()]
    .filter(isHarmless)
    .map((one) => lineOf(one, prefix));
  process.stdout.write([...lines, ...(next.wanted.includes('file') ? [':files\n'] : [])].join(''));
}
