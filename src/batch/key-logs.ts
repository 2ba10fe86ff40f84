import type { KeyLogs } from '../keri/key-log.ts';
import type { Contents } from '../log/contents.ts';

/** What a log holds, as batches are planned on it. */
export function keyLogsOf(contents: Contents): KeyLogs {
  return {
    log: (aid) => contents.kel(aid),
    anchor: (delegator, event) => contents.anchors.find(delegator, event),
  };
}
