/**
 * Which paths a skill may have: those that mean one and the same file on every system to which it may be copied.
 * @module
 */
import { utf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';

/** Why a path is none that a skill may have. */
export type PathProblemReason =
  | 'path-empty'
  | 'path-dots'
  | 'path-control'
  | 'path-character'
  | 'path-invisible'
  | 'path-not-nfc'
  | 'path-trailing'
  | 'path-device'
  | 'path-segment-length'
  | 'path-length'
  | 'path-depth';

/** What a path breaks, in words that go on from "its path". */
export interface PathProblem {
  readonly reason: PathProblemReason;
  readonly detail: string;
}

/** Names of devices on Windows, with any extension (Microsoft: "Naming Files, Paths, and Namespaces"). */
const DEVICE =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])$/i;

/** Characters that not every file system takes in a name; and U+FFFD, which stands for bytes that are not text. */
const FORBIDDEN = /[\\:*?"<>|\ufffd\p{Co}\p{Cs}]/u;

/** What Unicode has not assigned: what it normalises to may depend on the version. */
const UNASSIGNED = /\p{Cn}/u;

/** Characters that are not seen, and that some file systems leave out when they compare names. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/u;

function segmentProblem(segment: string): PathProblem | undefined {
  if (segment === '')
    return { reason: 'path-empty', detail: 'it is absolute, or a part of it is empty' };
  if (segment === '.' || segment === '..')
    return { reason: 'path-dots', detail: 'a part of it is "." or ".."' };
  if (/\p{Cc}/u.test(segment))
    return { reason: 'path-control', detail: 'it holds a control character' };
  if (FORBIDDEN.test(segment)) {
    return {
      reason: 'path-character',
      detail: 'it holds one of \\ : * ? " < > |, a private character, or no text',
    };
  }
  if (/[. ]$/.test(segment))
    return { reason: 'path-trailing', detail: 'a part of it ends in a dot or a space' };
  if (DEVICE.test(segment.split('.')[0]?.trimEnd() ?? ''))
    return { reason: 'path-device', detail: 'a part of it names a device on Windows' };
  if (utf8(segment).length > LIMITS.skillSegmentBytes) {
    return {
      reason: 'path-segment-length',
      detail: `a part of it has more than ${LIMITS.skillSegmentBytes} bytes`,
    };
  }
  return undefined;
}

/**
 * What is wrong with the form of a path from the root of a skill, by rules that every version of Unicode judges alike:
 * what is in a log is valid everywhere or nowhere. `undefined` when nothing is.
 */
export function pathFormProblem(path: string): PathProblem | undefined {
  const segments = path.split('/');
  for (const segment of segments) {
    const problem = segmentProblem(segment);
    if (problem !== undefined) return problem;
  }
  if (utf8(path).length > LIMITS.skillPathBytes)
    return { reason: 'path-length', detail: `it has more than ${LIMITS.skillPathBytes} bytes` };
  if (segments.length > LIMITS.skillDepth)
    return { reason: 'path-depth', detail: `it has more than ${LIMITS.skillDepth} parts` };
  return undefined;
}

/**
 * What is wrong with a path from the root of a skill that is released, judged or installed here; `undefined` when nothing
 * is. Some of it depends on the version of Unicode that this machine knows.
 */
export function pathProblem(path: string): PathProblem | undefined {
  const problem = pathFormProblem(path);
  if (problem !== undefined) return problem;
  if (UNASSIGNED.test(path))
    return { reason: 'path-character', detail: 'it holds a character that is not assigned' };
  if (INVISIBLE.test(path))
    return { reason: 'path-invisible', detail: 'it holds a character that is not seen' };
  if (path.normalize('NFC') !== path)
    return { reason: 'path-not-nfc', detail: 'it is not in Unicode normal form C' };
  return undefined;
}

/** Two paths with the same folded form may be one file somewhere: letter case, composition and width do not count. */
export function foldedPath(path: string): string {
  return path.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase();
}

/** Whether a name is Git's directory on some file system: also its short name on Windows. */
export function namesGit(segment: string): boolean {
  return /^(?:\.git|git~[0-9])$/.test(foldedPath(segment));
}
