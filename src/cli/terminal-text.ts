/**
 * Lines for a person at a terminal: no wider than it, and with colour where that says something. What goes elsewhere is never
 * touched.
 * @module
 */

/** What a terminal can show. */
export interface Screen {
  /** Characters in a line; `undefined` where that is not known. */
  readonly columns: number | undefined;
  readonly hasColour: boolean;
}

const LEAST_COLUMNS = 40;
const HANG = '    ';
const RED = '31';
const GREEN = '32';
const YELLOW = '33';
const BOLD = '1';

/** How a line that begins so is shown. What others wrote stands behind such a beginning, and is shown as it is. */
const COLOURS: readonly (readonly [beginning: RegExp, code: string])[] = [
  [/^(?:NO|ERROR|NOT MOVED|WARNING|conflict|refused|invalid|tampered|revoked|gitkel)(?=[: ])/, RED],
  [/^(?:WARN|\.\.|staged batch)(?= )/, YELLOW],
  [/^(?:ok|all is well|committed|valid|verified|clean)(?=[: ]|$)/, GREEN],
  [/^ *(?:next|mend|more|what to do):(?= )/, BOLD],
];

/** The screen behind an output: none where it is a file or a pipe. */
export function screenOf(
  output: { readonly isTTY?: boolean; readonly columns?: number },
  { argv, env }: Pick<NodeJS.Process, 'argv' | 'env'>,
): Screen | undefined {
  if (output.isTTY !== true) return undefined;
  const end = argv.indexOf('--');
  const isUnwanted = (end < 0 ? argv : argv.slice(0, end)).includes('--no-color');
  const noColour = env['NO_COLOR'] ?? '';
  const hasColour = !isUnwanted && noColour === '' && env['TERM'] !== 'dumb';
  const { columns = 0 } = output;
  return { columns: columns > 0 ? Math.max(columns, LEAST_COLUMNS) : undefined, hasColour };
}

function painted(line: string): string {
  for (const [beginning, code] of COLOURS) {
    const [found] = beginning.exec(line) ?? [];
    if (found !== undefined) return `\u001b[${code}m${found}\u001b[0m${line.slice(found.length)}`;
  }
  return line;
}

/** A line in as many as it takes: broken between words alone, so that what is copied from it is whole. */
function broken(line: string, columns: number): readonly string[] {
  if (line.length <= columns) return [line];
  const [indent = ''] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  let current = '';
  for (const word of line.slice(indent.length).split(/(?<=\S)(?= )/)) {
    const start = lines.length === 0 ? indent : indent + HANG;
    if (current === '') current = start + word.trimStart();
    else if (current.length + word.length <= columns) current += word;
    else {
      lines.push(current);
      current = indent + HANG + word.trimStart();
    }
  }
  return [...lines, current];
}

/** Lines, harmless already, as a screen shows them best. */
export function fitted(lines: readonly string[], screen: Screen | undefined): readonly string[] {
  if (screen === undefined) return lines;
  const { columns, hasColour } = screen;
  const fitting = columns === undefined ? lines : lines.flatMap((line) => broken(line, columns));
  return hasColour ? fitting.map(painted) : fitting;
}
