/**
 * Plays the shell sessions that a document shows (`alice$ gitkel …`, and what it prints), each person with a home, in
 * one folder. Identifiers, commits and dates are others in each run: those of the document stand for those of the run.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BINARY, runBinary, runProgram } from '../support/binary.ts';
import { runAtTerminal } from '../support/terminal.ts';

/** One command of a document, and the lines that it shows of what was printed. */
export interface Shown {
  readonly who: string;
  readonly command: string;
  readonly lines: readonly string[];
}

/** What differs from run to run, each kind with its form: dates, digests and keys, codes, ids, directories. */
const NAMES = [
  String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`,
  String.raw`SHA256:[A-Za-z0-9+/]{43}`,
  String.raw`[0-9A-Z]{4}(?:-[0-9A-Z]{4}){4}`,
  String.raw`\b[BDE][A-Za-z0-9_-]{43}`,
  String.raw`\b[BDE][A-Za-z0-9_-]{11}\b`,
  String.raw`\b[0-9a-f]{40}\b`,
  String.raw`\b(?=[0-9a-f]*\d)[0-9a-f]{7}\b`,
  String.raw`\b[0-9a-f](?:/[0-9a-f]){2}(?=/)`,
];
const NAME = new RegExp(NAMES.map((form) => `(?:${form})`).join('|'), 'g');
const DATE = /^\d{4}-\d\d-\d\dT/;
const QUESTION = ' [y/N] ';
/** How a document says that a command ends with another exit code than 0. */
const EXIT = /^\[exit ([1-9][0-9]*)\]$/;

/** Every command of the fenced blocks of a document that has somebody's prompt. */
export function shownSessions(file: string): readonly Shown[] {
  const blocks = readFileSync(file, 'utf8').matchAll(/^```\n([^]*?)\n```$/gm);
  return Array.from(blocks, ([, block = '']) => block.split(/^(?=[a-z]+\$ )/m)).flatMap((parts) =>
    parts.flatMap((part) => {
      const [first = '', ...rest] = part.trimEnd().split('\n');
      const [, who, line] = /^([a-z]+)\$ (.*)$/.exec(first) ?? [];
      if (who === undefined || line === undefined) return [];
      const [, mark] = /<<'?(\w+)'?/.exec(line) ?? [];
      // What is given to the command on the lines below it belongs to it.
      const given = mark === undefined ? [] : rest.slice(0, rest.indexOf(mark) + 1);
      const lines = rest.slice(given.length).filter((one) => one !== '' && one !== '…');
      return [{ who, command: [line, ...given].join('\n'), lines }];
    }),
  );
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** A folder in which sessions are played. */
export class Sessions {
  readonly dir = mkdtempSync(path.join(tmpdir(), 'gitkel-docs-'));
  /** The working directory of whoever did not go elsewhere. */
  cwd = this.dir;
  /** Where the others are. */
  readonly #places = new Map<string, string>();
  /** What stands in the document, and what it is in this run. */
  readonly #names = new Map<string, string>();

  constructor() {
    const bin = path.join(this.dir, 'bin');
    mkdirSync(bin);
    writeFileSync(
      path.join(bin, 'gitkel'),
      `#!/bin/sh\nexec "${process.execPath}" "${BINARY}" "$@"\n`,
    );
    chmodSync(path.join(bin, 'gitkel'), 0o755);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Says what a name of the document is in this run, where no line shows it before it is used. */
  learn(told: string, real: string): void {
    this.#names.set(told, real);
  }

  /** Runs a command that the document leaves out; gives what it printed. */
  async prepare(who: string, command: string): Promise<string> {
    return (await this.run(who, command)).join('\n');
  }

  /** Runs a command and tells which of the lines that are shown, in their order, it did not print. */
  async play({ who, command, lines }: Shown): Promise<readonly string[]> {
    const ran = await this.run(who, this.#translated(command), lines);
    const printed = ran.map((line) => line.replaceAll(this.dir, '/srv').trimEnd());
    let at = 0;
    return lines.filter((line) => {
      const found = printed.findIndex((one, index) => index >= at && this.#matches(line, one));
      if (found !== -1) at = found + 1;
      return found === -1;
    });
  }

  /** A command in which the names of the document are those of this run; a name may be cut short. */
  #translated(command: string): string {
    return command.replaceAll(NAME, (name) => {
      const known = [...this.#names].find(([told]) => told.startsWith(name));
      if (known === undefined) throw new Error(`${name} was not shown before: ${command}`);
      return known[1].slice(0, name.length);
    });
  }

  /** Whether a line of the document is one that was printed; if so, its names stand for the printed ones. */
  #matches(line: string, printed: string): boolean {
    const told = line.match(NAME) ?? [];
    const form = line.split(NAME).map(escaped).join('(.+)');
    const found = new RegExp(`^${form}$`).exec(printed)?.slice(1);
    if (found === undefined) return false;
    // Dates stand for themselves only: what is one second in the document may be two in this run.
    const pairs = told
      .map((name, index) => [name, found[index] ?? ''] as const)
      .filter(([name]) => !DATE.test(name));
    const fits = ([name, real]: readonly [string, string]): boolean =>
      real.length === name.length && (this.#names.get(name) ?? real) === real;
    if (!pairs.every(fits)) return false;
    for (const [name, real] of pairs) this.#names.set(name, real);
    return true;
  }

  /** Runs a command; gives the lines that it printed. */
  async run(
    who: string,
    command: string,
    lines: readonly string[] = [],
  ): Promise<readonly string[]> {
    const cwd = this.#places.get(who) ?? this.cwd;
    const [, place] = /^cd ([\w./-]+)$/.exec(command) ?? [];
    if (place !== undefined) {
      this.#places.set(who, path.resolve(cwd, place));
      return [];
    }
    const env = {
      GITKEL_HOME: path.join(this.dir, `home-${who}`),
      PATH: `${path.join(this.dir, 'bin')}:${process.env['PATH'] ?? ''}`,
      GIT_AUTHOR_NAME: who,
      GIT_AUTHOR_EMAIL: `${who}@example.com`,
      GIT_COMMITTER_NAME: who,
      GIT_COMMITTER_EMAIL: `${who}@example.com`,
    };
    const question = lines.find((line) => line.includes(QUESTION));
    if (question !== undefined) {
      const answer = question.slice(question.indexOf(QUESTION) + QUESTION.length);
      const words = command.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
      const args = words.slice(1).map((word) => word.replaceAll('"', ''));
      const { shown, exitCode } = await runAtTerminal(args, [[QUESTION, `${answer}\n`]], {
        cwd,
        env,
      });
      if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}: ${shown}`);
      return shown.split('\r\n').map((line) => line.split('\u001b[K').at(-1) ?? line);
    }
    const isOpen = !command.includes(' key new ') || command.includes('--no-passphrase');
    const plain = isOpen ? command : `${command} --no-passphrase`;
    const [first, ...args] = plain.split(' ');
    const at = { cwd, env };
    // A shell is needed where it has something to do.
    const { stdout, stderr, exitCode } =
      first === 'gitkel' && /^[\w ./@:=,-]+$/.test(plain)
        ? await runBinary(args, at)
        : await runProgram('sh', ['-c', plain], at);
    const isRefused = lines.some((line) => line.includes('[remote rejected]'));
    const told = lines.map((line) => EXIT.exec(line)?.[1]).find((code) => code !== undefined);
    if (told === undefined ? (exitCode !== 0) !== isRefused : exitCode !== Number(told))
      throw new Error(`${plain} ended with ${exitCode ?? '?'}: ${stderr}`);
    return `${stdout}\n${stderr}\n${told === undefined ? '' : `[exit ${told}]`}`.split('\n');
  }
}
