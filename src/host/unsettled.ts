/** What Node ends with by itself when a module waits for what never comes. */
const UNSETTLED = 13;

const NOTICE = `gitkel: This is a bug in gitkel: it waits for what never comes
  Please report it, with the command. What was reported committed before it is safe.
`;

/** Node emits this event when nothing is left to be done, and not where a program ends its process itself. */
function onIdle(): void {
  if ((process.exitCode ?? 0) === 0) process.exitCode = UNSETTLED;
  process.stderr.write(NOTICE);
}

/**
 * Waits for the run of a program. A process in which nothing is left to be done ends well by itself: one that still waits
 * then has failed, whatever it waits for. A run may end its process itself, with the exit code that it names.
 */
export async function unlessUnsettled(run: Promise<unknown>): Promise<void> {
  process.once('beforeExit', onIdle);
  try {
    await run;
  } finally {
    process.removeListener('beforeExit', onIdle);
  }
}
