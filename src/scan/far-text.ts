import type { Spotted } from './finding.ts';
import type { ScanPart } from './scan-part.ts';

/** Lines, and columns, of nothing behind which text is not found any more. */
const BLANK_LINES = 40;
const BLANK_COLUMNS = 400;
const FAR_RIGHT = new RegExp(`(?<=\\S)[ \\t]{${BLANK_COLUMNS},}(?=[^\\s|])`, 'g');

interface BlankRun {
  readonly start: number;
  readonly lines: number;
  readonly end: number;
}

/** Runs of blank lines with something behind them, in one pass. */
function* blankRuns(characters: string): Generator<BlankRun> {
  const isBlank = (at: number): boolean => {
    const code = characters.charCodeAt(at);
    return code === 0x20 || code === 0x09 || code === 0x0d;
  };
  let [start, lines] = [0, 0];
  for (let at = 0; at < characters.length;) {
    let end = at;
    while (end < characters.length && isBlank(end)) end++;
    if (characters.charCodeAt(end) === 0x0a) {
      if (lines === 0) start = at;
      lines++;
      at = end + 1;
      continue;
    }
    if (lines > 0 && end < characters.length) yield { start, lines, end };
    lines = 0;
    const next = characters.indexOf('\n', end);
    at = next < 0 ? characters.length : next + 1;
  }
}

/** UNI-05: text far below or far to the right of everything else. */
export function* farText(part: ScanPart): Generator<Spotted> {
  const characters = part.characters();
  for (const { start, lines, end } of blankRuns(characters)) {
    if (lines <= BLANK_LINES) continue;
    yield { rule: 'UNI-05', start, end, detail: `text follows on ${lines} blank lines` };
  }
  if (!characters.includes(' '.repeat(64)) && !characters.includes('\t'.repeat(16))) return;
  for (const { index, 0: blank } of characters.matchAll(FAR_RIGHT))
    yield {
      rule: 'UNI-05',
      start: index,
      end: index + blank.length,
      detail: `text follows on ${blank.length} spaces in its line`,
    };
}
