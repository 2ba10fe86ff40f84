/**
 * Many small parts looked at in one piece: each look costs the engine as much as a hundred kilobytes of text.
 * @module
 */
import { concat } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import type { RuleHit } from './pattern-thread.ts';

/** What stands between two parts. What a pattern matches across it is no match, and makes both be looked at alone. */
const BETWEEN = Uint8Array.of(0x0a, 0x00, 0x0a);

/** A range that a rule matched, in one part. */
export interface PlacedHit {
  readonly hit: RuleHit;
  readonly start: number;
  readonly end: number;
}

/** Indices of parts that are looked at together, in their order. */
export function batchesOf(
  sizes: readonly number[],
  most: number = LIMITS.scanBatchBytes,
): number[][] {
  const batches: number[][] = [];
  let room = -1;
  for (const [index, size] of sizes.entries()) {
    const needed = size + BETWEEN.length;
    const last = batches.at(-1);
    if (last === undefined || needed > room) {
      batches.push([index]);
      room = most - needed;
    } else {
      last.push(index);
      room -= needed;
    }
  }
  return batches;
}

/** Parts one behind the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return concat(...parts.flatMap((bytes) => [bytes, BETWEEN]));
}

/**
 * Which part each range lies in, and where there.
 * @returns for each part what matched in it; `undefined` where the parts have to be looked at alone
 */
export function separated(
  parts: readonly Uint8Array[],
  hits: readonly RuleHit[],
): PlacedHit[][] | undefined {
  const starts: number[] = [];
  let at = 0;
  for (const { length } of parts) {
    starts.push(at);
    at += length + BETWEEN.length;
  }
  const placed: PlacedHit[][] = parts.map(() => []);
  for (const hit of hits) {
    if (hit.isFull) return undefined;
    for (const [from, length] of hit.places) {
      const index = lastAtMost(starts, from);
      const start = from - (starts[index] ?? 0);
      if (start + length > (parts[index]?.length ?? 0)) return undefined;
      placed[index]?.push({ hit, start, end: start + length });
    }
  }
  return placed;
}

/** The index of the last of ascending numbers that is at most `most`. */
function lastAtMost(numbers: readonly number[], most: number): number {
  let [low, high] = [0, numbers.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? Infinity) <= most) low = middle;
    else high = middle;
  }
  return low;
}

const LF = 0x0a;

/** A piece of a part: lines that are short, or a piece of a long one. */
interface Piece {
  readonly start: number;
  end: number;
  readonly isRun: boolean;
  /** Whether its line goes on in the next one. */
  readonly isCut: boolean;
}

/** The lines of a part, long ones in pieces that overlap. */
function piecesOf(bytes: Uint8Array): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let from = 0; from < bytes.length;) {
    const found = bytes.indexOf(LF, from);
    const end = found < 0 ? bytes.length : found + 1;
    const last = pieces.at(-1);
    if (end - from > LIMITS.scanLineBytes) pieces.push(...piecesOfLine(from, end));
    else if (last?.isRun === true) last.end = end;
    else pieces.push({ start: from, end, isRun: true, isCut: false });
    from = end;
  }
  return pieces;
}

function piecesOfLine(from: number, end: number): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let start = from; ; start += LIMITS.scanLineBytes - LIMITS.scanLineOverlap) {
    const to = Math.min(end, start + LIMITS.scanLineBytes);
    pieces.push({ start, end: to, isRun: false, isCut: to < end });
    if (to === end) return pieces;
  }
}

/** Whether a part has a line that would be cut. */
export function hasLongLine(bytes: Uint8Array): boolean {
  return piecesOf(bytes).some(({ isCut }) => isCut);
}

/** A part with its long lines cut, and how ranges in that lead back to the part. */
export function cutLines(bytes: Uint8Array): {
  readonly bytes: Uint8Array;
  readonly place: (hits: readonly RuleHit[]) => PlacedHit[];
} {
  const pieces = piecesOf(bytes);
  const texts: Uint8Array[] = [];
  const starts: number[] = [];
  let at = 0;
  for (const { start, end, isCut } of pieces) {
    const piece = bytes.subarray(start, end);
    texts.push(piece, ...(isCut ? [BETWEEN] : []));
    starts.push(at);
    at += piece.length + (isCut ? BETWEEN.length : 0);
  }
  const origin = (from: number): number => {
    const index = lastAtMost(starts, from);
    const { start, end } = pieces[index] ?? { start: 0, end: 0 };
    return Math.min(end, start + from - (starts[index] ?? 0));
  };
  const place = (hits: readonly RuleHit[]): PlacedHit[] =>
    hits.flatMap((hit) =>
      hit.places.map(([from, length]) => ({
        hit,
        start: origin(from),
        end: Math.max(origin(from), length === 0 ? 0 : origin(from + length - 1) + 1),
      })),
    );
  return { bytes: concat(...texts), place };
}
