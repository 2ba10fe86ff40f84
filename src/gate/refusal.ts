import { quoted } from '../base/errors.ts';

/** One thing that keeps a change out: where, which rule, what was found, and what mends it. */
export interface Refusal {
  readonly path: string;
  readonly reason: string;
  readonly detail: string;
  readonly hint: string;
  /** The file that it is about, from the top of the repository. */
  readonly file: string;
}

/** A path as a line may show it, and a shell may be given it: quoted unless it is plain. */
export function shownInLine(path: string): string {
  return /^[A-Za-z0-9_./@-]+$/.test(path) ? path : quoted(path, 200);
}

/** A refusal as one line: plain text; what others wrote is quoted in it. */
export function refusalLine({ path, reason, detail, hint }: Refusal): string {
  return `${shownInLine(path)}: ${reason}: ${detail}${hint === '' ? '' : `. ${hint}`}`;
}
