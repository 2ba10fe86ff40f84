/**
 * Commands that are named to a person, with what the person said of places: without that they would not find the log, or
 * another home.
 * @module
 */
import { wordOf } from './shell-word.ts';

const CARRIED = ['log', 'home', 'branch'] as const;

/** Commands, or topics of them, that ask no log, or to which `--log` says something else. */
const WITHOUT_LOG = /^(?:clone|init|hook|key|name|policy init|stream)(?: |$)/;

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

/** Every command but those of which each call names all that it needs; a run knows its own alone. */
const COMMAND =
  /\bgitkel ((?:allowed-signers|anchor|audit|clone|compare|doctor|gc|init|pin|pull|show|status|sync|web|log(?: policy [a-z]+)?|hook (?:print|run) [a-z-]+|(?:batch|device|escrow|evidence|hook|identity|key|name|policy|run|skill|stream|trust|witness) [a-z-]+))(?![\w-])/g;

/**
 * Puts the global flags of a run into every `gitkel …` that a text names, behind the words of the command.
 * @param argv the arguments of the run
 */
export function withGivenFlags(text: string, argv: readonly string[]): string {
  const flags = given(argv);
  if (flags.size === 0) return text;
  return text.replaceAll(COMMAND, (found, command: string, at: number) => {
    const rest = text.slice(at + found.length);
    const isForOthers = FOR_OTHERS.test(command + rest) || text.slice(0, at).includes('co-signer:');
    if (isForOthers || rest.startsWith(' --help')) return found;
    const isNamed = /^[^`;]* --log\b/.test(rest);
    const carried = [...flags]
      .filter(([name]) => name === 'home' || !(isNamed || WITHOUT_LOG.test(command)))
      .map(([, flag]) => ` ${flag}`);
    return `${found}${carried.join('')}`;
  });
}

/** The same for lines that are printed: those alone that begin with a command, or with what calls for one. */
export function nextWithGivenFlags(line: string, argv: readonly string[]): string {
  return /^ *(?:(?:next|mend): )?gitkel /.test(line) ? withGivenFlags(line, argv) : line;
}
