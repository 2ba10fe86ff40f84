import { LIMITS } from '../base/limits.ts';

/**
 * What the platform writes to the standard input, to its end or one byte further than may be read.
 * @param limit bytes
 */
export async function platformInput(
  stream: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stream) {
    parts.push(part);
    length += part.length;
    if (length > limit) break;
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Text of at most so many characters, with a mark where it was cut. */
export function cut(text: string, limit: number = LIMITS.platformTextCharacters): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 3)}...`;
}
