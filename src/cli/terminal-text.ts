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

/** How many columns a text takes, by what most terminals do: two for letters of East Asia and for emoji, none for marks. */
export function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const char of text) {
    if (/\p{M}/u.test(char)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u.test(
        char,
      )
        ? 2
        : 1;
  }
  return width;
}

/** Whether a text is a command and nothing else: a shell has to take it whole, also where it is broken. Quotes are not. */
function isCommand(text: string): boolean {
  return /^(?:next: )?gitkel [^,;'"]*$/.test(text);
}

/** A text behind an indent, broken between words alone, so that what is copied from it is whole. */
function wordsIn(
  text: string,
  columns: number,
  { first, hang }: { readonly first: string; readonly hang: string },
): readonly string[] {
  const lines: string[] = [];
  const goesOn = isCommand(text) ? ' \\' : '';
  let current = '';
  const words = text.split(/(?<=\S)(?= )/);
  for (const [at, word] of words.entries()) {
    const room = columns - (at === words.length - 1 ? 0 : goesOn.length);
    if (current === '') current = first + word.trimStart();
    else if (widthOf(current) + widthOf(word) <= room) current += word;
    else {
      lines.push(current + goesOn);
      current = hang + word.trimStart();
    }
  }
  return [...lines, current];
}

/** Columns that are side by side no more: as many cells in each line as fit, and only what is wider alone is broken. */
function stacked(cells: readonly string[], indent: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  let isBroken = false;
  for (const cell of cells) {
    if (current !== '' && !isBroken && widthOf(current) + widthOf(cell) <= columns) {
      current += cell;
      continue;
    }
    if (current !== '') lines.push(current);
    const first = lines.length === 0 ? indent : indent + HANG;
    const rows = wordsIn(cell.trimStart(), columns, { first, hang: indent + HANG + HANG });
    lines.push(...rows.slice(0, -1));
    isBroken = rows.length > 1;
    current = rows.at(-1) ?? '';
  }
  return [...lines, current];
}

/**
 * A line in as many as it takes. Where words stand in columns, with two blanks between them, the last one keeps its place
 * when what is in it fits there; else columns are put below each other.
 */
function broken(line: string, columns: number): readonly string[] {
  if (widthOf(line) <= columns) return [line];
  const [indent = ''] = /^ */.exec(line) ?? [];
  const text = line.slice(indent.length);
  const cells = text.split(/(?<=\S)(?= {2})/);
  if (cells.length === 1) return wordsIn(text, columns, { first: indent, hang: indent + HANG });
  const last = (cells.at(-1) ?? '').trimStart();
  const before = line.slice(0, line.length - last.length);
  const column = widthOf(before);
  const longest = Math.max(...last.split(' ').map(widthOf));
  return column <= columns / 2 && column + longest <= columns
    ? wordsIn(last, columns, { first: before, hang: ' '.repeat(column) })
    : stacked(cells, indent, columns);
}

/** Rows as lines in which cells stand below each other, two blanks between them. */
export function inColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell));
  return rows.map((row) =>
    row
      .map((cell, at) =>
        at === row.length - 1 ? cell : cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)),
      )
      .join('  '),
  );
}

/** Lines, harmless already, as a screen shows them best. */
export function fitted(lines: readonly string[], screen: Screen | undefined): readonly string[] {
  if (screen === undefined) return lines;
  const { columns, hasColour } = screen;
  const fitting = columns === undefined ? lines : lines.flatMap((line) => broken(line, columns));
  return hasColour ? fitting.map(painted) : fitting;
}
