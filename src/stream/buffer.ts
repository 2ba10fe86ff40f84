/**
 * Bytes that have arrived and are not done with yet.
 * @module
 */

const SMALLEST = 4_096;

/** A queue of bytes in one piece. What is taken off the front is gone; the bytes that it shows are overwritten later. */
export class ByteQueue {
  #bytes = new Uint8Array(SMALLEST);
  #start = 0;
  #end = 0;
  #view: Uint8Array | undefined;

  get length(): number {
    return this.#end - this.#start;
  }

  /** All bytes of the queue, until the next call of another method. */
  get bytes(): Uint8Array {
    this.#view ??= this.#bytes.subarray(this.#start, this.#end);
    return this.#view;
  }

  append(chunk: Uint8Array): void {
    this.#view = undefined;
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(this.length + chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Moves what is there to the front, of a larger piece where it has to be: twice the size, so that no byte moves often. */
  #makeRoom(needed: number): void {
    if (2 * needed <= this.#bytes.length) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
    } else {
      const larger = new Uint8Array(2 * needed);
      larger.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = larger;
    }
    this.#end -= this.#start;
    this.#start = 0;
  }

  drop(count: number): void {
    this.#view = undefined;
    this.#start += count;
    if (this.#start === this.#end) this.#start = this.#end = 0;
  }
}
