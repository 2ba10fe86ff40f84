/**
 * Where an attached group ends, found out while its bytes arrive: from code to code, each looked at once, so that it
 * does not matter into what pieces a stream is cut. What the group says is for others to read once it is there.
 * @module
 */
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { encodeBase64 } from '../cesr/base64.ts';
import { type Counter, readCounter } from '../cesr/counter.ts';
import { byteLength, type Domain } from '../cesr/cursor.ts';
import { primitiveSize } from '../cesr/primitive.ts';
import { signatureSize } from '../cesr/signature.ts';

type Part = 'primitive' | 'signature' | 'group';

/** What one item of a group is made of. */
const ITEMS: ReadonlyMap<string, readonly Part[]> = new Map([
  ['-A', ['signature']],
  ['-B', ['signature']],
  ['-C', ['primitive', 'primitive']],
  ['-D', ['primitive', 'primitive', 'primitive', 'signature']],
  ['-E', ['primitive', 'primitive']],
  ['-F', ['primitive', 'primitive', 'primitive', 'group']],
  ['-G', ['primitive', 'primitive']],
  ['-H', ['primitive', 'group']],
  ['-I', ['primitive', 'primitive', 'primitive']],
  ['-J', ['primitive', 'group']],
  ['-K', ['group']],
]);

/** Groups of which the counter states the size, in fours of characters. */
const SIZED: ReadonlySet<string> = new Set(['-L', '-0L', '-V', '-0V', '-Z']);

/** Levels of groups in groups that there are: -K, -J, -F, -A. */
const DEPTH = 4;

/** Characters in which every code, with the size or the count that follows it, is told. */
const HEAD = 8;

interface Open {
  readonly parts: readonly Part[];
  /** Items that are not begun yet, and the next part of the one that is. */
  items: number;
  part: number;
}

/** The way through one group, from its counter on. */
export class GroupSpan {
  readonly #domain: Domain;
  readonly #open: Open[] = [];
  #isBegun = false;
  /** Bytes that are to be left behind before the next code. */
  #skip = 0;
  #isFrame = false;

  constructor(domain: Domain) {
    this.#domain = domain;
  }

  /** Whether the group is one (-V, -0V) that frames all attachments of a message. Told by its counter. */
  get isFrame(): boolean {
    return this.#isFrame;
  }

  /** Bytes that are known to follow on the place that was reached last. */
  get known(): number {
    return this.#skip;
  }

  /**
   * Goes on from a byte, as far as the bytes before `end` allow; `at` is where it comes to, and `isEnd` whether the group
   * ends there. Unless these bytes are the last ones, a code is looked at when enough bytes are there to quote it.
   * @throws GitkelError `malformed` for a code that is unknown, or that such a group cannot have.
   */
  advance(
    bytes: Uint8Array,
    from: number,
    end: number,
    isLast: boolean,
  ): { readonly at: number; readonly isEnd: boolean } {
    let at = from;
    for (;;) {
      const step = Math.min(this.#skip, end - at);
      at += step;
      this.#skip -= step;
      if (this.#skip > 0) return { at, isEnd: false };
      const part = this.#next();
      if (part === undefined) return { at, isEnd: true };
      const head = this.#head(bytes, at, end);
      const characters = head.length < HEAD && !isLast ? undefined : this.#sizeOf(part, head);
      if (characters === undefined) {
        this.#undo();
        return { at, isEnd: false };
      }
      this.#skip = byteLength(this.#domain, characters);
    }
  }

  /** The next part, which counts as taken; `undefined` at the end of the group. */
  #next(): Part | undefined {
    if (!this.#isBegun) {
      this.#isBegun = true;
      return 'group';
    }
    for (;;) {
      const top = this.#open.at(-1);
      if (top === undefined) return undefined;
      const part = top.parts[top.part];
      if (part !== undefined) {
        top.part++;
        return part;
      }
      if (top.items > 1) {
        top.items--;
        top.part = 0;
      } else this.#open.pop();
    }
  }

  /** Gives back the part that was taken last: too little of it is there. */
  #undo(): void {
    const top = this.#open.at(-1);
    if (top === undefined) this.#isBegun = false;
    else top.part--;
  }

  #head(bytes: Uint8Array, at: number, end: number): string {
    if (this.#domain === 'text') {
      // Cheaper than a decoder for so few; what is no character of CESR is refused whichever it becomes.
      return String.fromCharCode(...bytes.subarray(at, Math.min(end, at + HEAD)));
    }
    const available = Math.min(end - at, byteLength('binary', HEAD));
    return encodeBase64(bytes, at, at + available - (available % 3));
  }

  /** Characters up to the next code; `undefined` when more of the stream has to tell. */
  #sizeOf(part: Part, head: string): number | undefined {
    try {
      switch (part) {
        case 'primitive':
          return primitiveSize(head, 0);
        case 'signature':
          return signatureSize(head, 0);
        case 'group':
          return this.#enter(head);
      }
    } catch (error) {
      if (error instanceof GitkelError && error.reason === 'cesr-short') return undefined;
      throw error;
    }
  }

  #enter(head: string): number {
    const { counter, end } = readCounter(head, 0);
    if (SIZED.has(counter.code)) return this.#sized(counter, end);
    const items = ITEMS.get(counter.code);
    if (items === undefined || this.#open.length === DEPTH) {
      throw malformed(
        'unsupported-group',
        `Cannot read the attached group ${quoted(counter.code)}: a message has no such group here`,
      );
    }
    const { count } = counter;
    if (count === 0) return end;
    this.#open.push({ parts: items, items: count, part: 0 });
    // The groups of -K have paths that start at one root, which comes first.
    if (counter.code === '-K') this.#open.push({ parts: ['primitive'], items: 1, part: 0 });
    return end;
  }

  #sized({ code, count }: Counter, end: number): number {
    if (this.#open.length > 0) {
      throw malformed(
        'unsupported-group',
        `Cannot read the attached group ${quoted(code)}: it cannot be inside of another one`,
      );
    }
    this.#isFrame = code === '-V' || code === '-0V';
    return end + 4 * count;
  }
}
