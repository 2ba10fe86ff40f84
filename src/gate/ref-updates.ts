import { fromUtf8 } from '../base/bytes.ts';
import { malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { isObjectId } from '../git/object.ts';
import { isRefName } from '../git/ref-name.ts';

/** What a ref is moved to or from: an object, nothing, or, in transactions of newer Gits, another ref that it stands for. */
export type RefTarget = { readonly oid: string } | { readonly symbolic: string } | undefined;

/** One line of what Git tells `pre-receive` and `reference-transaction` (githooks(5)). */
export interface RefUpdate {
  /** Of a transaction `undefined` also where Git does not say what the ref was. */
  readonly from: RefTarget;
  /** `undefined`: the ref is deleted. */
  readonly to: RefTarget;
  readonly ref: string;
}

const NOTHING = '0'.repeat(40);

function target(text: string): RefTarget | 'wrong' {
  if (text === NOTHING) return undefined;
  if (isObjectId(text)) return { oid: text };
  const symbolic = text.startsWith('ref:') ? text.slice('ref:'.length) : '';
  return isRefName(symbolic) ? { symbolic } : 'wrong';
}

/** Refs directly in the Git directory: `HEAD`, `ORIG_HEAD`, `FETCH_HEAD` and their like (gitglossary(7), "pseudoref"). */
export function isPseudoRef(ref: string): boolean {
  return /^[A-Z_]+$/.test(ref);
}

function readLine(line: string): RefUpdate {
  const [all, old = '', fresh = '', ref = ''] = /^(\S+) (\S+) (\S+)$/.exec(line) ?? [];
  const [from, to] = [target(old), target(fresh)];
  const isName = isRefName(ref) || isPseudoRef(ref);
  if (all === undefined || from === 'wrong' || to === 'wrong' || !isName)
    throw malformed('ref-update', `Cannot read what Git told the hook: ${quoted(line, 200)}`);
  return { from, to, ref };
}

/**
 * Parses what Git writes to the standard input of a hook: `<old> SP <new> SP <ref> LF` for each ref.
 * @throws GitkelError `malformed`: `ref-update`, `too-many-refs`, `too-large`.
 */
export function parseRefUpdates(bytes: Uint8Array): readonly RefUpdate[] {
  if (bytes.length > LIMITS.hookInputBytes) {
    throw malformed(
      'too-large',
      `Cannot judge what moves: Git tells more than ${LIMITS.hookInputBytes} bytes of refs`,
    );
  }
  const text = fromUtf8(bytes);
  const lines = text?.split('\n');
  if (lines === undefined || lines.pop() !== '')
    throw malformed('ref-update', 'Cannot read what Git told the hook: it is not lines of text');
  if (lines.length > LIMITS.hookRefs) {
    throw malformed(
      'too-many-refs',
      `Cannot judge ${lines.length} refs at once: the limit is ${LIMITS.hookRefs}`,
      { hint: 'Push fewer refs at a time.' },
    );
  }
  return lines.map(readLine);
}
