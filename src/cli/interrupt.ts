import { GitkelError } from '../base/errors.ts';

/** The error of work that ended since it was told to. */
function interrupted(): GitkelError {
  return new GitkelError('environment', 'Stopped before the end: nothing is concluded', {
    reason: 'interrupted',
  });
}

/**
 * Does long work so that Ctrl-C ends it cleanly: what it has open or made for itself is closed and removed, then the
 * process ends by the signal, as its caller expects. A second Ctrl-C ends it at once.
 * @param work calls what it is given now and then, and gives control to other work between
 */
export async function interruptible<T>(work: (check: () => void) => Promise<T>): Promise<T> {
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
  };
  process.once('SIGINT', stop);
  try {
    return await work(() => {
      if (isStopped) throw interrupted();
    });
  } finally {
    process.off('SIGINT', stop);
    if (isStopped) process.kill(process.pid, 'SIGINT');
  }
}
