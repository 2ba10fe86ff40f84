/**
 * The hooks of a server: what they answer Git, and what they say to whoever pushes.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { HookAnswer } from './hook-place.ts';
import type { RefRefusal } from './judge-moves.ts';
import { refusalLine } from './refusal.ts';

const PREFIX = 'gitkel: refused: ';

/** What Git goes on with, silently. */
export const ALLOWED: HookAnswer = { isAllowed: true, lines: [] };

/** Refs as a line names them. */
function refNames(refs: readonly string[]): string {
  const [first = '', ...others] = refs;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** Refusals, a line for each, and what became of the rest. */
export function refusedAnswer(refusals: readonly RefRefusal[], rest: string): HookAnswer {
  const shown = refusals.slice(0, LIMITS.gateProblems);
  const more = refusals.length - shown.length;
  return {
    isAllowed: false,
    lines: [
      ...shown.map((refusal) => {
        const { path, refs } = refusal;
        const where = refs.length === 1 && refs[0] === path ? '' : ` [${refNames(refs)}]`;
        return asciiLine(`${PREFIX}${refusalLine({ ...refusal, file: path })}${where}`);
      }),
      ...(more > 0 ? [`${PREFIX}${more} more`] : []),
      `gitkel: ${rest}`,
    ],
  };
}

/** One line of plain text: whatever a message quotes, it moves no cursor on the terminal of whoever pushes. */
export function asciiLine(text: string): string {
  return text.replaceAll(
    /[^\u0020-\u007e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The answer where a hook cannot decide: nothing passes, and the operator is told why. */
function failedAnswer(error: unknown): HookAnswer {
  if (error instanceof GitkelError) {
    const { message, reason, hint } = error;
    const why = reason === undefined ? message : `${reason}: ${message}`;
    return {
      isAllowed: false,
      lines: [
        asciiLine(`${PREFIX}${why}`),
        ...(hint === undefined ? [] : [asciiLine(`gitkel: ${hint}`)]),
      ],
    };
  }
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    isAllowed: false,
    lines: [
      `${PREFIX}the hook failed, which is a fault of gitkel; nothing passes until it is mended`,
      ...what
        .split('\n')
        .slice(0, LINES_OF_A_FAULT)
        .map((line) => asciiLine(`gitkel: ${line}`)),
    ],
  };
}

const LINES_OF_A_FAULT = 8;

/** Runs a hook; whatever goes wrong in it, it refuses. */
export async function answerOfHook(decide: () => Promise<HookAnswer>): Promise<HookAnswer> {
  try {
    return await decide();
  } catch (error) {
    return failedAnswer(error);
  }
}
