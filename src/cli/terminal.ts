import { StringDecoder } from 'node:string_decoder';

/** What ends a line, and what a person types to stop (Ctrl-C, Ctrl-D), or to erase. */
const LINE_ENDS = ['\r', '\n'];
const STOPS = ['\u0003', '\u0004'];
const ERASES = new Set(['\b', '\u007f']);
const ERASE_LINE = '\u0015';

/** The terminal's input. What was typed ahead of a question is kept for the next one. */
const input = { decoder: new StringDecoder('utf8'), rest: '', ended: false };

/** A line that was typed blind, with what was erased of it taken out. */
function edited(line: string): string {
  const kept: string[] = [];
  for (const char of line) {
    if (ERASES.has(char)) kept.pop();
    else if (char === ERASE_LINE) kept.length = 0;
    else kept.push(char);
  }
  return kept.join('');
}

/** Where the first of some characters stands in what was typed; -1 for nowhere. */
function firstOf(chars: readonly string[]): number {
  const places = chars.map((char) => input.rest.indexOf(char)).filter((place) => place >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

/** Takes the next line off what was typed; `undefined` while it is not complete. */
function takeLine(): { readonly line: string | undefined } | undefined {
  const [end, stop] = [firstOf(LINE_ENDS), firstOf(STOPS)];
  if (stop >= 0 && (end < 0 || stop < end)) {
    input.rest = input.rest.slice(stop + 1);
    return { line: undefined };
  }
  if (end < 0) return input.ended ? { line: undefined } : undefined;
  const line = input.rest.slice(0, end);
  input.rest = input.rest.slice(end + (input.rest.startsWith('\r\n', end) ? 2 : 1));
  return { line };
}

/**
 * Waits for a line, and leaves the input as it was. Interrupts count as stopping. `ask` is called when everything is
 * ready for the answer: a person, or a program, may answer at once.
 */
function nextLine(ask: () => void): Promise<string | undefined> {
  const { stdin } = process;
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      stdin.off('data', onData).off('end', onEnd).off('error', onError);
      process.off('SIGINT', onStop);
      stdin.pause();
      then();
    };
    const look = (): void => {
      const taken = takeLine();
      if (taken !== undefined) settle(() => resolve(taken.line));
    };
    const onData = (chunk: Buffer | string): void => {
      input.rest += typeof chunk === 'string' ? chunk : input.decoder.write(chunk);
      look();
    };
    const onEnd = (): void => {
      input.ended = true;
      look();
    };
    const onStop = (): void => settle(() => resolve(undefined));
    const onError = (error: Error): void => settle(() => reject(error));
    stdin.on('data', onData).on('end', onEnd).on('error', onError);
    process.on('SIGINT', onStop);
    ask();
    stdin.resume();
    look();
  });
}

/**
 * Asks for a line at the terminal. Hidden, nothing of what is typed is shown.
 * @returns `undefined` when the person stopped instead: Ctrl-C, Ctrl-D, or the end of the input
 */
export async function askLine(
  question: string,
  options: { readonly hidden: boolean },
): Promise<string | undefined> {
  const { stdin, stderr } = process;
  if (options.hidden) stdin.setRawMode(true);
  try {
    const line = await nextLine(() => stderr.write(question));
    if (options.hidden || line === undefined) stderr.write('\n');
    return line === undefined || !options.hidden ? line : edited(line);
  } finally {
    if (options.hidden) stdin.setRawMode(false);
  }
}
