const EVERY_MS = 100;

/** Shows how far long work is, on a terminal's stderr only. `label` says what; the line is removed at the end. */
export class Progress {
  readonly #label: string;
  readonly #started = Date.now();
  #shown = 0;

  constructor(label: string) {
    this.#label = label;
  }

  update(done: number, total: number): void {
    const now = Date.now();
    if (!process.stderr.isTTY || now - this.#shown < EVERY_MS || now - this.#started < EVERY_MS)
      return;
    this.#shown = now;
    const rate = (done * 1000) / Math.max(1, now - this.#started);
    const left = Math.ceil((total - done) / Math.max(rate, 1e-3));
    process.stderr.write(
      `\r${this.#label} ${done} of ${total} (${Math.round(rate)}/s, ${left} s left)\u001b[K`,
    );
  }

  end(): void {
    if (this.#shown > 0) process.stderr.write('\r\u001b[K');
  }
}
