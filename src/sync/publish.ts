/**
 * Publishing: with an upstream, a batch is committed once the upstream has it, and not before.
 * @module
 */
import { pushRef, pushStuck } from '../git/remote-push.ts';
import type { Log, Publish } from '../log/log.ts';
import { pull, type PullOptions, pullProblem } from './pull.ts';
import { objectsOf, type Remote } from './remote.ts';

/** Milliseconds that are waited for at first, and at most, after a push that came too late. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 2_000;
/** Pushes that may come too late one after the other without that anything came: some seconds. */
const TRIES_WITHOUT_NEWS = 12;

export interface PublishOptions extends PullOptions {
  /** Called when the remote has taken a batch; seconds since 1970 when it was asked. */
  readonly onTaken?: (at: number) => void;
}

/**
 * Publishes all that a log holds where its branch is not yet.
 * @returns whether it was taken; `false` when the branch has come there meanwhile
 */
export async function publishAll(log: Log, remote: Remote): Promise<boolean> {
  const { tip } = log.replayed;
  if (tip === undefined) return true;
  const objects = objectsOf(log.repository);
  const pushing = { ref: remote.ref, expected: undefined, next: tip, objects };
  return (await pushRef(log.host, remote.place, pushing)) === 'taken';
}

async function takeWhatCame(log: Log, remote: Remote, options: PullOptions): Promise<void> {
  const outcome = await pull(log, remote, options);
  const problem = pullProblem(outcome);
  if (problem !== undefined) throw problem;
  if (outcome.status === 'unpublished') await publishAll(log, remote);
}

/**
 * What makes a log publish: each batch is pushed from exactly the tip that it extends. Where the remote stands elsewhere,
 * what is new there is taken over, and the batch has to be folded again; the longer that goes on, the longer it waits, at
 * random, so that many writers do not keep each other from it.
 */
export function publisher(log: Log, remote: Remote, options: PublishOptions): Publish {
  let longest = FIRST_PAUSE;
  let withoutNews = 0;
  return async ({ oid, parent }) => {
    const { host } = log;
    const at = host.now();
    const objects = objectsOf(log.repository);
    let said = '';
    const onMoved = (what: string): void => {
      said = what;
    };
    const pushing = { ref: remote.ref, expected: parent, next: oid, objects, onMoved };
    if ((await pushRef(host, remote.place, pushing)) === 'taken') {
      longest = FIRST_PAUSE;
      withoutNews = 0;
      options.onTaken?.(at);
      return true;
    }
    await host.sleep(Math.ceil((longest * (1 + (host.random(1)[0] ?? 0))) / 256));
    longest = Math.min(2 * longest, LONGEST_PAUSE);
    await takeWhatCame(log, remote, options);
    withoutNews = log.replayed.tip === parent ? withoutNews + 1 : 0;
    if (withoutNews >= TRIES_WITHOUT_NEWS) throw pushStuck(remote.address, said);
    return false;
  };
}
