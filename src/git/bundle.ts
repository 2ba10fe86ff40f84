/**
 * Git bundles of version 2 (gitformat-bundle): a line that says so, refs, an empty line, a pack.
 * @module
 */
import { concat, fromUtf8, utf8 } from '../base/bytes.ts';
import { type GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { isObjectId } from './object.ts';
import { isRefName } from './ref-name.ts';

const SIGNATURE = '# v2 git bundle\n';
const HEAD = 'HEAD';
const LF = 0x0a;

/** What a bundle holds. The pack is a part of the input. */
export interface Bundle {
  /** Ids by the names of refs below `refs/`. */
  readonly refs: ReadonlyMap<string, string>;
  /** What HEAD was, where the bundle says so. */
  readonly head: string | undefined;
  readonly pack: Uint8Array;
}

function refuse(reason: string, why: string, hint?: string): GitkelError {
  return malformed(reason, `Cannot read the bundle: ${why}`, hint === undefined ? {} : { hint });
}

/** Whether bytes begin as a bundle does, of whatever version. */
export function looksLikeBundle(bytes: Uint8Array): boolean {
  return /^# v\d+ git bundle\n/.test(fromUtf8(bytes.subarray(0, SIGNATURE.length)) ?? '');
}

/** The lines up to the empty one, and where the pack begins. */
function headerOf(bytes: Uint8Array): {
  readonly lines: readonly string[];
  readonly end: number;
} {
  const lines: string[] = [];
  for (let start = SIGNATURE.length; ;) {
    const found = bytes.subarray(start, LIMITS.bundleHeaderBytes).indexOf(LF);
    if (found < 0) {
      throw bytes.length > LIMITS.bundleHeaderBytes
        ? refuse('bundle-header', `its header is longer than ${LIMITS.bundleHeaderBytes} bytes`)
        : refuse('bundle-cut-off', 'it ends within its header');
    }
    if (found === 0) return { lines, end: start + 1 };
    const line = fromUtf8(bytes.subarray(start, start + found));
    if (line === undefined) throw refuse('bundle-header', 'a line of its header is no UTF-8');
    lines.push(line);
    if (lines.length > LIMITS.bundleRefs)
      throw refuse('bundle-header', `it lists more than ${LIMITS.bundleRefs} refs`);
    start += found + 1;
  }
}

function refOf(line: string): readonly [name: string, oid: string] {
  if (line.startsWith('-')) {
    throw refuse(
      'bundle-prerequisites',
      'it holds only what came after commits that are not in it',
      'Make one that holds everything: git bundle create FILE --all',
    );
  }
  const [oid, name] = [line.slice(0, 40), line.slice(41)];
  if (!isObjectId(oid) || line[40] !== ' ' || (name !== HEAD && !isRefName(name)))
    throw refuse('bundle-header', `a line of its header is ${quoted(line)}`);
  return [name, oid];
}

/**
 * Reads a bundle that holds everything it needs. The pack is not looked into.
 * @throws GitkelError `malformed`: `bundle-version`, `bundle-cut-off`, `bundle-header`, `bundle-prerequisites`.
 */
export function parseBundle(bytes: Uint8Array): Bundle {
  if (fromUtf8(bytes.subarray(0, SIGNATURE.length)) !== SIGNATURE) {
    throw refuse(
      'bundle-version',
      'it does not begin as a bundle of version 2',
      'Make one with: git bundle create --version=2 FILE --all',
    );
  }
  const { lines, end } = headerOf(bytes);
  const refs = new Map<string, string>();
  for (const [name, oid] of lines.map(refOf)) {
    if (refs.has(name)) throw refuse('bundle-header', `it lists ${quoted(name)} twice`);
    refs.set(name, oid);
  }
  if (refs.size === 0) throw refuse('bundle-header', 'it lists no ref');
  const head = refs.get(HEAD);
  refs.delete(HEAD);
  return { refs, head, pack: bytes.subarray(end) };
}

/** A bundle of one branch, which is also its HEAD, or of a HEAD alone. The pack holds all that the commit reaches. */
export function encodeBundle(ref: string, oid: string, pack: Uint8Array): Uint8Array {
  const lines = [...new Set([ref, HEAD])].map((name) => `${oid} ${name}\n`);
  return concat(utf8(`${SIGNATURE}${lines.join('')}\n`), pack);
}
