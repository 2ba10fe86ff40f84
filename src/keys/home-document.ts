/**
 * The JSON documents of a home: RFC 8785 text and one line feed, read exactly and within bounds.
 * @module
 */
import { type Json, canonicalBytes, parseCanonical } from '../base/canonical-json.ts';
import { concat } from '../base/bytes.ts';
import { malformed } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { readFileBounded, writeFileDurably } from '../host/files.ts';
import type { Host } from '../host/host.ts';

const LINE_FEED = 0x0a;

/** The bytes of a document: canonical JSON and one line feed. */
export function documentBytes(value: Json): Uint8Array {
  return concat(canonicalBytes(value), Uint8Array.of(LINE_FEED));
}

/**
 * Parses what `documentBytes` writes, and nothing else.
 * @throws GitkelError `malformed`.
 */
export function parseDocument(bytes: Uint8Array, limit: number, what: string): Json {
  if (bytes.length > limit) {
    throw malformed(
      'too-large',
      `Cannot read ${what}: ${bytes.length} bytes, the limit is ${limit}`,
    );
  }
  if (bytes.at(-1) !== LINE_FEED) {
    throw malformed('truncated', `Cannot read ${what}: it does not end in a line feed`);
  }
  return parseCanonical(bytes.subarray(0, -1), limit, what);
}

/** The document in a file, or `undefined` when there is no such file. */
export function readDocument(host: Host, path: string, what: string): Json | undefined {
  const bytes = readFileBounded(host, path, LIMITS.homeFileBytes);
  return bytes === undefined ? undefined : parseDocument(bytes, LIMITS.homeFileBytes, what);
}

/** Replaces a file by a document; it is on the disk when this returns. */
export function writeDocument(host: Host, path: string, value: Json): void {
  writeFileDurably(host, path, documentBytes(value), 0o600);
}
