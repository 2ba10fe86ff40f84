/**
 * What may stand next on a command line, from the words before it and what the commands are. Pure.
 * @module
 */

/** A flag of a command, as the manifest describes it. */
export interface KnownFlag {
  readonly name: string;
  readonly type: 'boolean' | 'option';
  readonly char?: string;
  readonly summary?: string;
  readonly helpValue?: string | readonly string[];
  readonly options?: readonly string[];
  readonly multiple?: boolean;
  readonly hidden?: boolean;
}

export interface KnownArgument {
  readonly name: string;
  readonly description?: string;
  readonly options?: readonly string[];
}

/** A command, as the manifest describes it. */
export interface KnownCommand {
  /** With colons between its words. */
  readonly id: string;
  readonly summary?: string;
  readonly hidden?: boolean;
  readonly strict?: boolean;
  readonly flags: Readonly<Record<string, KnownFlag>>;
  readonly args: Readonly<Record<string, KnownArgument>>;
}

/** What kind of thing is wanted: names that are looked up, files, or something that only the person knows. */
export type Wanted = 'identity' | 'key' | 'batch' | 'skill' | 'run' | 'reason' | 'file' | 'nothing';

/** What may stand next. */
export interface Next {
  /** What stands before the value in the last word: `--flag=`, or nothing. */
  readonly prefix: string;
  readonly words: readonly Suggestion[];
  readonly wanted: readonly Wanted[];
}

export interface Suggestion {
  readonly value: string;
  readonly about: string;
}

const NOTHING: Next = { prefix: '', words: [], wanted: [] };

/** By what the help shows in the place of a value. */
const OF_HELP_VALUE: Readonly<Record<string, Wanted>> = {
  AID: 'identity',
  'AID[@SN:SAID]': 'identity',
  BATCH: 'batch',
  DIR: 'file',
  FILE: 'file',
};
const OF_FLAG: Readonly<Record<string, Wanted>> = { key: 'key', batch: 'batch', skill: 'skill' };

/** By the name of an argument; some mean something else below a topic. */
const OF_ARGUMENT: Readonly<Record<string, readonly Wanted[]>> = {
  aid: ['identity'],
  identity: ['identity'],
  writer: ['identity'],
  run: ['run'],
  skill: ['skill'],
  of: ['skill'],
  code: ['reason'],
  directory: ['file'],
  dir: ['file'],
  file: ['file'],
  source: ['file'],
  first: ['file'],
  second: ['file'],
  path: ['file'],
  target: ['skill', 'file'],
  batch: ['batch', 'file'],
};
const OF_TOPIC: Readonly<Record<string, Readonly<Record<string, readonly Wanted[]>>>> = {
  batch: { id: ['batch'] },
  key: { name: ['key'] },
  run: { id: ['run'] },
  skill: { name: ['skill'], aid: ['identity'] },
  trust: { what: ['identity', 'skill'], of: [] },
};

function wantedByFlag({ name, helpValue }: KnownFlag): readonly Wanted[] {
  const shown = typeof helpValue === 'string' ? helpValue : (helpValue?.[0] ?? '');
  const wanted = OF_FLAG[name] ?? OF_HELP_VALUE[shown];
  return wanted === undefined ? [] : [wanted];
}

function wantedByArgument(command: KnownCommand, { name }: KnownArgument): readonly Wanted[] {
  const [topic = ''] = command.id.split(':');
  return OF_TOPIC[topic]?.[name] ?? OF_ARGUMENT[name] ?? [];
}

/** What the words before the last one come to. */
interface Read {
  readonly id: string;
  readonly command: KnownCommand | undefined;
  readonly given: ReadonlySet<string>;
  /** How many arguments stand there already. */
  readonly args: number;
  /** The flag whose value comes next. */
  readonly open: KnownFlag | undefined;
  readonly isEnded: boolean;
}

function flagOf(command: KnownCommand | undefined, word: string): KnownFlag | undefined {
  const flags = Object.values(command?.flags ?? {});
  if (word.startsWith('--')) return flags.find(({ name }) => name === word.slice(2));
  return flags.find(({ char }) => char !== undefined && word === `-${char}`);
}

function readWords(commands: readonly KnownCommand[], words: readonly string[]): Read {
  let id = '';
  const given = new Set<string>();
  let [args, isEnded] = [0, false];
  let open: KnownFlag | undefined;
  const isKnown = (wanted: string): boolean =>
    commands.some((one) => one.id === wanted || one.id.startsWith(`${wanted}:`));
  const command = (): KnownCommand | undefined => commands.find((one) => one.id === id);
  for (const word of words) {
    const next = id === '' ? word : `${id}:${word}`;
    if (open !== undefined) open = undefined;
    else if (word === '--') isEnded = true;
    else if (!isEnded && word.startsWith('-')) {
      const flag = flagOf(command(), word);
      given.add(flag?.name ?? word.replace(/^--|=.*$/g, ''));
      if (flag?.type === 'option') open = flag;
    } else if (args === 0 && !isEnded && isKnown(next)) id = next;
    else args += 1;
  }
  return { id, command: command(), given, args, open, isEnded };
}

/** The flags that may still be given. */
function flagsOf({ command, given }: Read): readonly Suggestion[] {
  return Object.values(command?.flags ?? {})
    .filter(
      ({ name, hidden, multiple }) => hidden !== true && (multiple === true || !given.has(name)),
    )
    .map(({ name, summary = '' }) => ({ value: `--${name}`, about: summary }));
}

/** The next words of commands, those of topics once. */
function commandsBelow(commands: readonly KnownCommand[], id: string): readonly Suggestion[] {
  const below = new Map<string, string>();
  const prefix = id === '' ? '' : `${id}:`;
  for (const command of commands) {
    if (command.hidden === true || command.id === id || !command.id.startsWith(prefix)) continue;
    const [word = '', ...rest] = command.id.slice(prefix.length).split(':');
    if (rest.length === 0) below.set(word, command.summary ?? '');
    else if (!below.has(word)) below.set(word, '');
  }
  return [...below].map(([value, about]) => ({ value, about }));
}

function valuesOf(flag: KnownFlag, prefix: string): Next {
  const words = (flag.options ?? []).map((value) => ({ value, about: '' }));
  return { prefix, words, wanted: words.length > 0 ? [] : wantedByFlag(flag) };
}

/**
 * What may stand in the place of the last word.
 * @param words all words after the program's name up to the one that is typed, which may be empty
 */
export function nextWords(commands: readonly KnownCommand[], words: readonly string[]): Next {
  const last = words.at(-1) ?? '';
  const read = readWords(commands, words.slice(0, -1));
  if (read.open !== undefined) return valuesOf(read.open, '');
  if (read.isEnded) return { ...NOTHING, wanted: ['file'] };
  const [, name] = /^(--[^=]+)=/.exec(last) ?? [];
  if (name !== undefined) {
    const flag = flagOf(read.command, name);
    return flag?.type === 'option' ? valuesOf(flag, `${name}=`) : NOTHING;
  }
  if (last.startsWith('-')) return { ...NOTHING, words: flagsOf(read) };
  const below = read.args === 0 ? commandsBelow(commands, read.id) : [];
  const all = Object.values(read.command?.args ?? {});
  const argument = all[read.args] ?? (read.command?.strict === false ? all.at(-1) : undefined);
  if (read.command === undefined || argument === undefined) return { ...NOTHING, words: below };
  const options = (argument.options ?? []).map((value) => ({ value, about: '' }));
  return {
    prefix: '',
    words: [...below, ...options],
    wanted: wantedByArgument(read.command, argument),
  };
}
