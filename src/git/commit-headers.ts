/**
 * Headers of commit objects: the lines before the first empty one; a line that begins with a space goes on from the one
 * before.
 * @module
 */
import { fromUtf8 } from '../base/bytes.ts';
import { quoted } from '../base/errors.ts';

/** Names of the rules of the canonical form. */
export type CommitProblem =
  | 'commit-encoding'
  | 'commit-headers'
  | 'commit-merge'
  | 'commit-identity'
  | 'commit-date'
  | 'commit-unsigned'
  | 'commit-second-signature'
  | 'commit-armor'
  | 'commit-message';

export interface CommitRefused {
  readonly ok: false;
  readonly reason: CommitProblem;
  readonly detail: string;
}

/** A commit that is not in the canonical form. */
export function refused(reason: CommitProblem, detail: string): CommitRefused {
  return { ok: false, reason, detail };
}

/** One header of a commit. */
export interface Header {
  readonly name: string;
  /** Continuation lines are joined by LF, without their leading space. */
  readonly value: string;
}

function splitHeaders(text: string): readonly Header[] {
  const headers: { name: string; value: string }[] = [];
  for (const line of text.split('\n')) {
    const last = headers.at(-1);
    if (line.startsWith(' ') && last !== undefined) {
      last.value += `\n${line.slice(1)}`;
      continue;
    }
    const space = line.indexOf(' ');
    headers.push(
      space < 0
        ? { name: line, value: '' }
        : { name: line.slice(0, space), value: line.slice(space + 1) },
    );
  }
  return headers;
}

/** Says what keeps the headers from being tree, at most one parent, author, committer and one gpgsig, in this order. */
export function headerOrderProblem(names: readonly string[]): CommitRefused | undefined {
  const count = (name: string): number => names.filter((other) => other === name).length;
  if (count('parent') > 1)
    return refused('commit-merge', `the commit has ${count('parent')} parents`);
  if (names.filter((name) => name.startsWith('gpgsig')).length > 1) {
    return refused('commit-second-signature', 'the commit has more than one signature header');
  }
  if (count('gpgsig') === 0) return refused('commit-unsigned', 'the commit has no SSH signature');
  const expected = [
    'tree',
    ...(count('parent') === 1 ? ['parent'] : []),
    'author',
    'committer',
    'gpgsig',
  ];
  if (names.length === expected.length && expected.every((name, index) => names[index] === name))
    return undefined;
  return refused('commit-headers', `the headers are ${quoted(names.join(' '))}`);
}

/** The parts of a commit's text. */
export interface SplitCommit {
  readonly headers: readonly Header[];
  readonly message: string;
}

/** The text of a commit's bytes, which is strict UTF-8. */
export function commitText(bytes: Uint8Array): string | CommitRefused {
  return fromUtf8(bytes) ?? refused('commit-encoding', 'the commit is not UTF-8 text');
}

/** Splits the text of a commit into headers and message. */
export function splitText(text: string): SplitCommit | CommitRefused {
  const end = text.indexOf('\n\n');
  if (end < 0) return refused('commit-message', 'the commit has no message');
  return { headers: splitHeaders(text.slice(0, end)), message: text.slice(end + 2) };
}

/** Splits bytes into headers and message; both strict UTF-8. */
export function splitCommit(bytes: Uint8Array): SplitCommit | CommitRefused {
  const text = commitText(bytes);
  return typeof text === 'string' ? splitText(text) : text;
}

/** Where the empty line between headers and message begins. */
export function endOfHeaders(bytes: Uint8Array): number | undefined {
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at + 1] === 0x0a) return at + 1;
  }
  return undefined;
}
