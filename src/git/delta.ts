/**
 * Deltas of packed objects (gitformat-pack, "Deltified representation").
 * @module
 */

interface Size {
  readonly value: number;
  readonly next: number;
}

/** A size in groups of seven bits, least significant first; `undefined` when cut off or too large. */
function sizeAt(delta: Uint8Array, start: number): Size | undefined {
  let value = 0;
  let scale = 1;
  for (let at = start; at < delta.length && at < start + 7; at++) {
    const byte = delta[at] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, next: at + 1 };
    scale *= 128;
  }
  return undefined;
}

/** The size of what a delta makes, as it states itself; `undefined` when the delta is damaged. */
export function deltaResultSize(delta: Uint8Array): number | undefined {
  const base = sizeAt(delta, 0);
  return base === undefined ? undefined : sizeAt(delta, base.next)?.value;
}

interface Copy {
  readonly offset: number;
  readonly length: number;
  readonly next: number;
}

/** A copy instruction: the bits of its first byte say which bytes of offset and length follow. */
function copyAt(delta: Uint8Array, start: number): Copy | undefined {
  const command = delta[start] ?? 0;
  let next = start + 1;
  let offset = 0;
  let length = 0;
  for (let bit = 0; bit < 7; bit++) {
    if ((command & (1 << bit)) === 0) continue;
    const byte = delta[next++];
    if (byte === undefined) return undefined;
    if (bit < 4) offset += byte * 256 ** bit;
    else length += byte * 256 ** (bit - 4);
  }
  return { offset, length: length === 0 ? 0x1_0000 : length, next };
}

/**
 * Applies a delta to its base; `undefined` when the delta is damaged or made for another base. The caller has bounded
 * {@link deltaResultSize}.
 */
export function applyDelta(base: Uint8Array, delta: Uint8Array): Uint8Array | undefined {
  const baseSize = sizeAt(delta, 0);
  const resultSize = baseSize === undefined ? undefined : sizeAt(delta, baseSize.next);
  if (resultSize === undefined || baseSize?.value !== base.length) return undefined;
  const result = new Uint8Array(resultSize.value);
  let filled = 0;
  let at = resultSize.next;
  while (at < delta.length) {
    const command = delta[at] ?? 0;
    let part: Uint8Array;
    if (command >= 0x80) {
      const copy = copyAt(delta, at);
      if (copy === undefined || copy.offset + copy.length > base.length) return undefined;
      part = base.subarray(copy.offset, copy.offset + copy.length);
      at = copy.next;
    } else {
      // Zero is reserved; the others are the number of bytes that follow.
      if (command === 0 || at + 1 + command > delta.length) return undefined;
      part = delta.subarray(at + 1, at + 1 + command);
      at += 1 + command;
    }
    if (filled + part.length > result.length) return undefined;
    result.set(part, filled);
    filled += part.length;
  }
  return filled === result.length ? result : undefined;
}
