/** Goes through work that is cut into steps without doing anything between them. */
export function inOneGo<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Leaves such work where it is: what it has open is closed. */
export function endSteps(steps: Iterator<void, unknown>): void {
  steps.return?.();
}
