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

/** How long something may take before a person is told what is waited for. */
const PATIENCE_MS = 1000;

/** Waits for work of which nobody knows how long it takes; after a second a terminal is told what is waited for. */
export async function waitedFor<T>(label: string, work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work;
  let isShown = false;
  const timer = setTimeout(() => {
    isShown = true;
    process.stderr.write(`\r${label} …\u001b[K`);
  }, PATIENCE_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    if (isShown) process.stderr.write('\r\u001b[K');
  }
}
