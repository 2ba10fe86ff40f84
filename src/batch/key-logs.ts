import type { Contents } from '../log/contents.ts';
import { marksOf } from '../log/marks.ts';
import type { ReadGround } from './read-set.ts';

/** What a log holds, as batches are planned on it. */
export function keyLogsOf(contents: Contents): ReadGround {
  return {
    log: (aid) => contents.kel(aid),
    anchor: (delegator, event) => contents.anchors.find(delegator, event),
    marksOf: (aid) =>
      marksOf(contents, aid).flatMap(({ status, evidence }) =>
        status === 'duplicitous' ? [evidence] : [],
      ),
  };
}
