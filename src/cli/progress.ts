const EVERY_MS = 100;

/** Puts a text where the last one stood; what would go on in a second line could not be taken away again. */
function overwrite(text: string): void {
  const { columns } = process.stderr;
  process.stderr.write(`\r${columns > 1 ? text.slice(0, columns - 1) : text}\u001b[K`);
}

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
    if (!this.#isTime(now)) return;
    const rate = (done * 1000) / Math.max(1, now - this.#started);
    const left = Math.ceil((total - done) / Math.max(rate, 1e-3));
    this.#show(`${done} of ${total} (${Math.round(rate)}/s, ${left} s left)`);
  }

  /** As {@link update}, where nobody knows yet how much there is. */
  count(done: number): void {
    if (this.#isTime(Date.now())) this.#show(`${done}`);
  }

  #isTime(now: number): boolean {
    return process.stderr.isTTY && now - this.#shown >= EVERY_MS && now - this.#started >= EVERY_MS;
  }

  #show(text: string): void {
    this.#shown = Date.now();
    overwrite(`${this.#label} ${text}`);
  }

  end(): void {
    if (this.#shown > 0) process.stderr.write('\r\u001b[K');
  }
}

/** One line at a terminal's stderr that says what is waited for; elsewhere nothing. */
export class BusyLine {
  #isShown = false;

  show(label: string): void {
    if (!process.stderr.isTTY) return;
    this.#isShown = true;
    overwrite(`${label} …`);
  }

  clear(): void {
    if (this.#isShown) process.stderr.write('\r\u001b[K');
    this.#isShown = false;
  }
}

/** How long something may take before a person is told what is waited for. */
const PATIENCE_MS = 1000;

/** Waits for work of which nobody knows how long it takes; after a second a terminal is told what is waited for. */
export async function waitedFor<T>(label: string, work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work;
  const line = new BusyLine();
  const timer = setTimeout(() => line.show(label), PATIENCE_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    line.clear();
  }
}
