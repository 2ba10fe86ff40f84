/**
 * The file `packed-refs` (gitrepository-layout): many refs, one a line, `^<id>` lines for what a tag peels to.
 * @module
 */
import { isPrintableAscii } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { readFileBounded, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { isObjectId } from './object.ts';

/** The error for a ref that does not hold what a ref holds; it is never taken for an absent one. */
export function refDamaged(path: string, what: string): GitkelError {
  return new GitkelError('refused', `Cannot read the ref ${shownPath(path)}: ${what}`, {
    reason: 'ref-corrupt',
    hint: 'Compare with another copy of the repository before you repair it.',
  });
}

/** Bytes as text in which each character is one byte, so that names that are no UTF-8 survive. */
function bytesAsText(bytes: Uint8Array): string {
  const ascii = new TextDecoder();
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    const part = bytes.subarray(at, at + 8192);
    // Nearly all refs are ASCII, and a decoder is many times faster.
    text += part.every((byte) => byte < 0x80) ? ascii.decode(part) : String.fromCharCode(...part);
  }
  return text;
}

function textAsBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

function lines(path: string, bytes: Uint8Array): readonly string[] {
  const all = bytesAsText(bytes).split('\n');
  if (all.pop() !== '') throw refDamaged(path, 'its last line is cut off');
  return all;
}

/** The ref of a line; `undefined` for the header and for peeled ids. */
function refOfLine(path: string, line: string): readonly [name: string, oid: string] | undefined {
  if (line.startsWith('#')) return undefined;
  const peeled = line.startsWith('^');
  const oid = peeled ? line.slice(1) : line.slice(0, 40);
  if (!isObjectId(oid) || (!peeled && (line[40] !== ' ' || line.length === 41))) {
    throw refDamaged(path, `a line holds ${quoted(line)}`);
  }
  return peeled ? undefined : [line.slice(41), oid];
}

/** A name as `packed-refs` spells it. */
function spelled(name: string): string {
  return bytesAsText(new TextEncoder().encode(name));
}

function nameOf(spelling: string): string {
  if (isPrintableAscii(spelling)) return spelling;
  return new TextDecoder().decode(textAsBytes(spelling));
}

/**
 * The packed refs, by name; empty when there is no such file.
 * @throws GitkelError `refused`, reason `ref-corrupt`.
 */
export function readPackedRefs(host: Host, path: string): ReadonlyMap<string, string> {
  const refs = new Map<string, string>();
  const bytes = readFileBounded(host, path, LIMITS.packedRefsBytes);
  if (bytes === undefined) return refs;
  for (const line of lines(path, bytes)) {
    const ref = refOfLine(path, line);
    if (ref !== undefined) refs.set(nameOf(ref[0]), ref[1]);
  }
  return refs;
}

/** The bytes of the file without some refs and what they peel to; every other line stays as it is. */
export function withoutPackedRefs(host: Host, path: string, names: readonly string[]): Uint8Array {
  const bytes = readFileBounded(host, path, LIMITS.packedRefsBytes) ?? new Uint8Array();
  const spellings = new Set(names.map(spelled));
  let isDropping = false;
  const kept = lines(path, bytes).filter((line) => {
    if (!line.startsWith('^')) isDropping = spellings.has(refOfLine(path, line)?.[0] ?? '');
    return !isDropping;
  });
  return textAsBytes(kept.map((line) => `${line}\n`).join(''));
}
