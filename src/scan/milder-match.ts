/**
 * Where a pattern says less than it does elsewhere. What makes it less is what stands there itself, never a word that anybody can add.
 * @module
 */
import { isKnownInstaller } from './known-installers.ts';
import type { ScanPart } from './scan-part.ts';
import type { ScanSeverity } from './severity.ts';

interface Range {
  readonly start: number;
  readonly end: number;
}

const PROSE = /\.(?:md|markdown|mdx)$/i;

/** What takes a file, as a command or told to an agent: the bare word, not that something else reads it. */
const TAKES =
  /\b(?:append|attach|base64|cat|collect|copy|cp|curl|display|dump|echo|embed|encode|exfiltrate|extract|fetch|gather|get|grab|grep|head|include|less|list|load|look|more|note|nc|open|output|paste|post|print|put|read|retrieve|rsync|scp|search|send|share|show|sort|source|strings|submit|tail|take|tar|transmit|upload|use|view|wget|xxd|zip)\b/gi;
/** Right before such a word: then it is told not to. */
const FORBIDS = /\b(?:do\s+not|don't|don\u2019t|never|must\s+not|no\s+need\s+to)\s+$/i;
/** `sudo` with what a person sets up a machine with: a package put in its place, a service that is started. */
const SETS_UP =
  /^sudo[ \t]+(?:-[A-Za-z]{1,4}[ \t]+)*(?:chown|cp|install|mv|rm|systemctl|tee|useradd|adduser)$/;

/** What of a line is about who may do what on a machine. */
const RIGHTS = /sudoers|passwd|shadow|ld\.so|pam\.d|authorized_keys|\/root\b/;

/** Bytes of a line, and of the one before it, that are looked at. */
const NEAR = 400;

function isTaken(part: ScanPart, { start, end }: Range): boolean {
  const text = part.characters();
  const before = text
    .slice(Math.max(0, start - NEAR), start)
    .split('\n')
    .slice(-2)
    .join('\n');
  const [after = ''] = text.slice(end, end + NEAR).split('\n', 1);
  const around = before + text.slice(start, end) + after;
  return Array.from(around.matchAll(TAKES)).some(
    ({ index }) => !FORBIDS.test(around.slice(Math.max(0, index - 24), index)),
  );
}

function isSetUp(part: ScanPart, { start, end }: Range): boolean {
  const text = part.characters();
  const [line = ''] = text.slice(start, end + NEAR).split('\n', 1);
  return SETS_UP.test(text.slice(start, end)) && !RIGHTS.test(line);
}

/** The severity of a match where it is less than that of its rule. */
export function milderSeverity(
  rule: string,
  part: ScanPart,
  range: Range,
): ScanSeverity | undefined {
  const matched = part.characters().slice(range.start, range.end);
  switch (rule) {
    case 'RCE-01':
    case 'RCE-03':
      return isKnownInstaller(matched) ? 'low' : undefined;
    case 'EXF-03':
      return PROSE.test(part.name) && !isTaken(part, range) ? 'medium' : undefined;
    case 'PRV-01':
      return PROSE.test(part.name) && isSetUp(part, range) ? 'medium' : undefined;
    default:
      return undefined;
  }
}
