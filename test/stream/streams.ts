/** Streams in pieces, and what was read from them in a form that can be compared. */
import { concat } from '../../src/base/bytes.ts';
import { type StreamItem, StreamReader } from '../../src/stream/reader.ts';

/** Everything that is read from a stream that arrives in these chunks. */
export function readChunks(chunks: readonly Uint8Array[]): readonly StreamItem[] {
  const reader = new StreamReader();
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()];
}

export function readWhole(...parts: readonly Uint8Array[]): readonly StreamItem[] {
  return readChunks([concat(...parts)]);
}

/** The stream cut before each of these places. */
export function cutAt(stream: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (stream.length + 1)))].toSorted(
    (a, b) => a - b,
  );
  const starts = [0, ...ends];
  return starts.map((start, i) => stream.subarray(start, ends[i] ?? stream.length));
}

/** The bytes of messages as text: shorter to show when a comparison fails. */
export function shown(items: readonly StreamItem[]): readonly unknown[] {
  return items.map((item) =>
    item.kind === 'error' ? item : { ...item, bytes: Buffer.from(item.bytes).toString('latin1') },
  );
}
