/**
 * Commands that are named to a person, with what the person said of places: without that they would not find the log, or
 * another home.
 * @module
 */
import { wordOf } from './shell-word.ts';

const CARRIED = ['log', 'home', 'branch'] as const;

/** Commands, or topics of them, that ask no log, or to which `--log` says something else. */
const WITHOUT_LOG =
  /^(?:clone|init|completion|explain|help|hook|key|name|policy:init|stream)(?::|$)/;

/** What others do with a file that they are given, in places of their own. */
const FOR_OTHERS = /^(?:batch sign|witness receipt) (?:FILE\b|\S+\.json\b)/;

/** The global flags among arguments, as they were given there; what stands after `--` is for another program. */
function given(argv: readonly string[]): ReadonlyMap<string, string> {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const found = new Map<string, string>();
  for (const [at, word] of own.entries()) {
    for (const name of CARRIED) {
      const value = word === `--${name}` ? own[at + 1] : undefined;
      if (value !== undefined) found.set(name, `--${name} ${wordOf(value)}`);
      else if (word.startsWith(`--${name}=`))
        found.set(name, `--${name} ${wordOf(word.slice(name.length + 3))}`);
    }
  }
  return found;
}

/** The longest command that words begin with, as they stand there. */
function commandIn(words: string, ids: ReadonlySet<string>): string | undefined {
  const parts = words.split(' ');
  for (let count = parts.length; count > 0; count--) {
    if (ids.has(parts.slice(0, count).join(':'))) return parts.slice(0, count).join(' ');
  }
  return undefined;
}

/**
 * Puts the global flags of a run into every `gitkel …` that a text names, behind the words of the command.
 * @param argv the arguments of the run
 * @param ids the ids of all commands, with colons
 */
export function withGivenFlags(
  text: string,
  argv: readonly string[],
  ids: readonly string[],
): string {
  const flags = given(argv);
  if (flags.size === 0) return text;
  const known = new Set(ids);
  return text.replaceAll(
    /\bgitkel ([a-z-]+(?: [a-z-]+){0,2})/g,
    (found, words: string, at: number) => {
      const command = commandIn(words, known);
      if (command === undefined) return found;
      const end = at + 'gitkel '.length + command.length;
      const rest = text.slice(end);
      if (FOR_OTHERS.test(command + rest)) return found;
      const isNamed = /^[^`;]* --log\b/.test(rest);
      const id = command.replaceAll(' ', ':');
      const carried = [...flags]
        .filter(([name]) => name === 'home' || !(isNamed || WITHOUT_LOG.test(id)))
        .map(([, flag]) => ` ${flag}`);
      return `gitkel ${command}${carried.join('')}${words.slice(command.length)}`;
    },
  );
}

/** The same for lines that are printed: those alone that begin with a command, or with what calls for one. */
export function nextWithGivenFlags(
  line: string,
  argv: readonly string[],
  ids: readonly string[],
): string {
  return /^ *(?:(?:next|mend): )?gitkel /.test(line) ? withGivenFlags(line, argv, ids) : line;
}
