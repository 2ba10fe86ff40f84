/** As many words as the longest name of a command has. */
const LONGEST_NAME = 3;

/** The words at the start, of which a command's name may be made. */
function leadingWords(argv: readonly string[]): readonly string[] {
  const end = argv.findIndex((arg) => arg.startsWith('-') || arg.includes('='));
  return end === -1 ? argv : argv.slice(0, end);
}

/**
 * The commands that the framework has to know to run what is asked: the one that the arguments name, or all of them where that
 * is not plain, as for help, for topics and for what no command is called.
 * @param ids of all commands (`identity:show`)
 */
export function neededCommands(argv: readonly string[], ids: readonly string[]): readonly string[] {
  if (argv[0] === '--version') return [];
  if (argv.includes('--help')) return ids;
  const words = leadingWords(argv);
  if (words.some((word) => word.includes(':'))) return ids;
  for (let count = Math.min(LONGEST_NAME, words.length); count > 0; count--) {
    const id = words.slice(0, count).join(':');
    if (ids.includes(id)) return [id];
    // It is the topic of commands, and no name itself.
    if (ids.some((one) => one.startsWith(`${id}:`))) return ids;
  }
  return ids;
}
