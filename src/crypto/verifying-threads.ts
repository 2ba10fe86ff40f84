/**
 * Threads that verify Ed25519 signatures while another one goes on. What they are to verify is put into memory that both
 * sides see; nothing is sent, and nobody is waited for.
 * @module
 */
import type { createPublicKey, KeyObject, verify } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { SignatureThreads } from './crypto.ts';

/** Signatures lie in slots of so many bytes, one after the other; those of a long message take several. */
const SLOT_BYTES = 512;
/** A power of two: places are counted on and on, and go round. */
const SLOTS = 2_048;
/** Length of the message, key, signature; then the message. */
const HEAD_BYTES = 4 + 32 + 64;
/** For so many slots a thread that waits is woken. */
const WORTH_WAKING = 64;

/** Places in the memory that tells how far each side is: slots that were filled, slots that are done, a bad signature. */
const FILLED = 0;
const DONE = 1;
const BAD = 2;

interface Shared {
  readonly control: Int32Array;
  readonly slots: Uint8Array;
  readonly slotBytes: number;
  /** Public keys that are kept. */
  readonly keys: number;
}

interface NodeCrypto {
  readonly createPublicKey: typeof createPublicKey;
  readonly verify: typeof verify;
}

/** What a thread does. Only its text gets there: it uses nothing but what it is given, and writes names above as numbers. */
function work({ control, slots, slotBytes, keys }: Shared, crypto: NodeCrypto): void {
  const view = new DataView(slots.buffer);
  const most = slots.length / slotBytes;
  let known = new Map<string, KeyObject>();
  const holds = (start: number, length: number): boolean => {
    const x = Buffer.from(slots.subarray(start + 4, start + 36)).toString('base64url');
    let key = known.get(x);
    if (key === undefined) {
      key = crypto.createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
      if (known.size >= keys) known = new Map();
      known.set(x, key);
    }
    const message = Buffer.from(slots.subarray(start + 100, start + 100 + length));
    return crypto.verify(null, message, key, Buffer.from(slots.subarray(start + 36, start + 100)));
  };
  for (let done = 0; ;) {
    const filled = Atomics.load(control, 0);
    if (filled === done) {
      Atomics.wait(control, 0, filled);
      continue;
    }
    const place = (done >>> 0) % most;
    const length = view.getInt32(place * slotBytes);
    // Nothing stands between there and the end: it did not fit.
    if (length < 0) {
      done = (done + most - place) | 0;
    } else {
      if (!holds(place * slotBytes, length)) Atomics.store(control, 2, 1);
      done = (done + Math.ceil((100 + length) / slotBytes)) | 0;
    }
    Atomics.store(control, 1, done);
  }
}

const PROGRAM = `(${work.toString()})(require('node:worker_threads').workerData, require('node:crypto'))`;

class VerifyingThread {
  readonly #control = new Int32Array(new SharedArrayBuffer(12));
  readonly #slots = new Uint8Array(new SharedArrayBuffer(SLOTS * SLOT_BYTES));
  readonly #view = new DataView(this.#slots.buffer);
  readonly #worker: Worker;
  #filled = 0;
  /** Slots that were filled when it was last woken. */
  #wokenAt = 0;
  #isGone = false;

  constructor(keys: number) {
    const shared: Shared = {
      control: this.#control,
      slots: this.#slots,
      slotBytes: SLOT_BYTES,
      keys,
    };
    this.#worker = new Worker(PROGRAM, { eval: true, workerData: shared, env: {}, execArgv: [] });
    this.#worker.unref();
    const gone = (): void => {
      this.#isGone = true;
    };
    this.#worker.once('error', gone).once('exit', gone);
  }

  /** Slots that are not done yet. */
  get open(): number {
    return (this.#filled - Atomics.load(this.#control, DONE)) | 0;
  }

  /** Whether no signature was found that does not hold, and the thread lives. */
  get isWell(): boolean {
    return !this.#isGone && Atomics.load(this.#control, BAD) === 0;
  }

  /** Takes a signature over; `false` when there is no room for it. */
  offer(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    const needed = Math.ceil((HEAD_BYTES + message.length) / SLOT_BYTES);
    const place = (this.#filled >>> 0) % SLOTS;
    const skipped = place + needed > SLOTS ? SLOTS - place : 0;
    if (this.open + skipped + needed > SLOTS) return false;
    if (skipped > 0) this.#view.setInt32(place * SLOT_BYTES, -1);
    const start = skipped > 0 ? 0 : place * SLOT_BYTES;
    this.#view.setInt32(start, message.length);
    this.#slots.set(publicKey, start + 4);
    this.#slots.set(signature, start + 36);
    this.#slots.set(message, start + HEAD_BYTES);
    this.#filled = (this.#filled + skipped + needed) | 0;
    Atomics.store(this.#control, FILLED, this.#filled);
    // To wake it costs as much as to verify some of them: it is done for many at once, and in the end for what is left.
    if (((this.#filled - this.#wokenAt) | 0) >= WORTH_WAKING) this.wake();
    return true;
  }

  /** Has the thread go on, where it waits for something to do. */
  wake(): void {
    this.#wokenAt = this.#filled;
    Atomics.notify(this.#control, FILLED);
  }

  end(): void {
    void this.#worker.terminate();
  }
}

/** For fewer signatures it does not pay to start a thread. */
const TOO_FEW = 512;

/** Threads that are started one after the other, each when those before have enough to do. */
export class VerifyingThreads implements SignatureThreads {
  #awaited: number;
  #most: number;
  readonly #keys: number;
  readonly #threads: VerifyingThread[] = [];

  /**
   * @param most how many threads there may be; @param keys public keys that each of them keeps
   * @param tooFew how many signatures are not taken over before the first thread is started
   */
  constructor(most: number, keys: number, tooFew = TOO_FEW) {
    this.#awaited = tooFew;
    this.#most = most;
    this.#keys = keys;
  }

  announce(signatures: number): void {
    if (signatures >= this.#awaited) this.#awaited = 0;
  }

  offer(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    for (const thread of this.#threads)
      if (thread.open < SLOTS / 2 && thread.offer(publicKey, message, signature)) return true;
    if (this.#awaited-- > 0 || this.#threads.length >= this.#most) return false;
    return this.#started()?.offer(publicKey, message, signature) === true;
  }

  /** One more thread; `undefined` where the system has none left, or no memory for it: then those that are there must do. */
  #started(): VerifyingThread | undefined {
    try {
      const thread = new VerifyingThread(this.#keys);
      this.#threads.push(thread);
      return thread;
    } catch {
      this.#most = this.#threads.length;
      return undefined;
    }
  }

  get areDone(): boolean {
    for (const thread of this.#threads) if (thread.open > 0) thread.wake();
    return this.#threads.every((thread) => thread.open === 0 || !thread.isWell);
  }

  get areWell(): boolean {
    return this.#threads.every((thread) => thread.isWell);
  }

  end(): void {
    for (const thread of this.#threads) thread.end();
  }
}
