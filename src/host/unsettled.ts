/** What Node ends with by itself when a module waits for what never comes. */
const UNSETTLED = 13;

function onExit(code: number): void {
  if (code === 0) process.exitCode = UNSETTLED;
}

/**
 * Waits for the run of a program. A process in which nothing is left to be done ends well by itself: one that still waits
 * then has failed, whatever it waits for.
 */
export async function unlessUnsettled(run: Promise<unknown>): Promise<void> {
  process.once('exit', onExit);
  await run;
  process.removeListener('exit', onExit);
}
